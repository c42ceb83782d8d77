// A graph of TypeScript modules as the JavaScript that Node runs by itself: types taken away, `.ts` become `.mjs`.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

/** Texts by id, each id with `.mjs` in the place of `.ts`. */
export function javascript(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([id, source]) => [asMjs(id), strip(source)]));
}

/** @example asMjs('rules/combat.ts') // 'rules/combat.mjs' */
export function asMjs(id: string): string {
  return id.replace(/\.ts$/, '.mjs');
}

function strip(source: string): string {
  const { code } = transformSync(source, {
    swcrc: false,
    configFile: false,
    isModule: true,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  return code.replace(/(from '|from ")(\.[^'"]*)\.ts(?=['"])/g, '$1$2.mjs');
}

/** Writes each text to its place in a folder. */
export async function write(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all([...new Set(Object.keys(texts).map((id) => dirname(id)))].map((part) => make(join(folder, part))));
  for (const [id, text] of Object.entries(texts)) await writeFile(join(folder, id), text);
}

const make = (folder: string) => mkdir(folder, { recursive: true });
