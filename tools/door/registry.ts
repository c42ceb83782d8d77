// Finds the modules behind a door: every `<name>.ts` beside its `run.ts`. Files in folders are helpers of those.
// Nothing is listed by hand, so that a new proof is one new file.
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describeOptions, type Options } from './options.ts';

/** What every module behind a door exports. */
export interface Entry {
  /** One line for `--help`. */
  readonly summary: string;
  readonly options: Options;
}

export async function names(folder: string): Promise<string[]> {
  const files = await readdir(folder, { withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts') && file.name !== 'run.ts')
    .map((file) => file.name.slice(0, -'.ts'.length))
    .sort();
}

export async function load<E extends Entry>(folder: string, name: string): Promise<E> {
  return (await import(new URL(`${name}.ts`, pathToFileURL(`${folder}/`)).href)) as E;
}

/** The text of `--help`: each name with its summary and its options. */
export async function catalogue(folder: string): Promise<string[]> {
  const all = await names(folder);
  const width = Math.max(0, ...all.map((name) => name.length));
  const indent = ' '.repeat(width + 3);
  const lines: string[] = [];
  for (const name of all) {
    const { summary, options } = await load(folder, name);
    lines.push(`  ${name.padEnd(width)}   ${summary}`, ...describeOptions(options).map((line) => `${indent}${line}`));
  }
  return lines;
}

/** The name that takes the fewest letters changed, put in or left out; undefined where none is near. */
export function nearest(wanted: string, among: readonly string[]): string | undefined {
  const ranked = among.map((name) => ({ name, distance: distance(wanted, name) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, wanted.length / 2) ? best.name : undefined;
}

/** Levenshtein's, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
