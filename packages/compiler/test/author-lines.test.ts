import { readdirSync, readFileSync } from 'node:fs';
import { tokenizer } from 'acorn';
import { describe, expect, it } from 'vitest';
import { instantiate, sourceMap } from '../src/index.ts';
import { artifactOf, run } from './run.ts';

const debug = { url: 'file:///scripts/a.ts' };

/** The lines of the emitted text, without what the linker's side puts before the first and after the last. */
const linesOf = (source: string) => artifactOf(source, { debug }).code.split('\n');

describe('code for a debugger', () => {
  it('stands on the lines of the author, whatever was taken out', () => {
    const source = `// a comment
interface Hidden {
  a: number;
}

import { b } from './b.ts';

export class Npc {

  hp: number = 10;

  /** Documented. */
  hit(by: number): void {
    if (by > 3)
    {
      this.hp -= by;
    }

    b(
      by,

      this.hp,
    );
  }
}
type Later = string;
export const last = { a: 1,
  b: 2 };`;
    const lines = linesOf(source);
    for (const [index, line] of source.split('\n').entries()) {
      const token = /(hp = 10|hit\(|if \(|this\.hp -=|by,$|this\.hp,$|last =|b: 2)/.exec(
        line.replace(': number', ''),
      )?.[0];
      if (token !== undefined)
        expect(lines[index]?.replace(/ +/g, ' '), `line ${index + 1}`).toContain(token.replace(/,$/, ''));
    }
  });

  it('means what it meant: templates, regular expressions, decorators, hashbangs', async () => {
    const source = `#!/usr/bin/env node
const a = \`x

\${1 +
  1}
  \`;
interface X { a: 1 }
const b = \`
\`, c = \`\${a},\${

b}

\`;
function f(this: any, strings: TemplateStringsArray) { return strings.raw.join('|') }
const d = f\`
, \${1}
\`;
const e = (x: number) =>
  x
  / 2;
let i = 1
const g = i
++i
export const r = [a, b, c, d, e(4), g, i, /[/,]
*/.source.length];`.replace(']\n*/', ']*/');
    const plain = await run(source);
    const debugged = await run(source, { debug });
    expect(debugged.r).toEqual(plain.r);
  });

  it('has a map that names the file and holds the text', () => {
    const source = 'export const a: number = 1;\nexport const b = 2;\n';
    const { code } = artifactOf(source, { debug });
    const [, encoded = ''] =
      /\n\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(.*)$/.exec(code) ?? [];
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
      version: 3,
      sources: [debug.url],
      sourcesContent: [source],
      names: [],
      mappings: 'AAAA;AACA;AACA',
    });
    expect(artifactOf(source).code).not.toContain('sourceMappingURL');
  });

  it('is traced to the author like other code', () => {
    const source = 'interface A {\n}\n\nexport const f = (a: number): never => {\n  throw new Error(String(a));\n};';
    const { code } = artifactOf(source, { debug });
    const lines = code.split('\n');
    const column = (lines[4] as string).indexOf('new Error') + 1;
    const tracer = sourceMap(source, { id: 'a.ts', debug });
    expect(tracer?.originalPosition({ line: 5, column })).toEqual({ line: 5, column: 9 });
  });

  it('of our own sources has the same tokens, with the author’s lines', () => {
    let statements = 0;
    const moved: string[] = [];
    for (const folder of ['../src/', '../../state/src/', '../../store-fs/src/'].map(
      (path) => new URL(path, import.meta.url),
    )) {
      for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
        const source = readFileSync(new URL(name, folder), 'utf8');
        const artifact = artifactOf(source, { debug });
        expect(instantiate(artifact).ok).toBe(true);
        expect(tokensOf(artifact.code)).toEqual(tokensOf(artifactOf(source).code));
        const lines = artifact.code.split('\n');
        for (const [index, line] of source.split('\n').entries()) {
          const word = /^ *(?:return|throw|const|let|if|for|while) .*?\b(\w{4,})\b/.exec(line)?.[1];
          if (word === undefined) continue;
          statements += 1;
          if (lines[index]?.includes(word) !== true) moved.push(`${name}:${index + 1}`);
        }
      }
    }
    expect(statements).toBeGreaterThan(1_000);
    // where SWC begins a line with a template, the break stays: it might be one of the template's own
    expect(moved.length / statements, moved.join(', ')).toBeLessThan(1 / 200);
  });
});

function tokensOf(code: string): string[] {
  const tokens = tokenizer(code, { ecmaVersion: 'latest', sourceType: 'script' });
  return [...tokens].map(({ type, start, end }) => `${type.label} ${code.slice(start, end)}`);
}
