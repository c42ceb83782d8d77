import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompileOptions, instantiate, type Position, sourceMap } from '../src/index.ts';
import { artifactOf, run } from './run.ts';

const source = `// Combat rules
import { roll } from './dice.ts';
import * as log from './log.ts';

type Goblin = {
  hp: number;
};

export let rounds: number = 0;

export function hit(goblin: Goblin, by: number): number {
  rounds++; goblin.hp -= roll(by); log.write(goblin.hp); console.log(rounds);
  if (goblin.hp < 0) throw new Error(\`dead: \${goblin.hp}\`);
  return (rounds = rounds + by) as number;
}
`;

/** The author's place of a piece of the emitted text, found by its text. */
function traced(text: string, options: Partial<CompileOptions> = {}, piece = text): string {
  const { code } = artifactOf(source, options);
  const lines = code.split('\n');
  const line = lines.findIndex((row) => row.includes(piece));
  const column = (lines[line] ?? '').indexOf(piece);
  const tracer = sourceMap(source, { id: 'main.ts', ...options });
  const place = tracer?.originalPosition({ line: line + 1, column: column + piece.indexOf(text) + 1 });
  return place === undefined ? 'nowhere' : `${place.line}:${place.column}`;
}

/** The author's place of a piece of the source. */
function written(text: string): string {
  const before = source.slice(0, source.indexOf(text));
  const line = before.split('\n').length;
  return `${line}:${before.length - before.lastIndexOf('\n')}`;
}

describe('a place in emitted text leads to the author’s', () => {
  it.each([
    ['rounds++', 'rounds++'],
    ['goblin.hp -=', 'goblin.hp -='],
    ['$roll.v', 'roll(by)'],
    ['log.$0log_write.v', 'log.write'],
    ['$0g.console', 'console.log'],
    ['log(rounds)', 'log(rounds)'],
    ['throw', 'throw'],
    ['new Error', 'new Error'],
    ['return', 'return'],
  ])('%s', (emitted, original) => {
    const piece = emitted.replace(/^log\.\$/, '$');
    expect(traced(piece)).toBe(written(original));
  });

  it('also behind what the rewrite put in', () => {
    expect(traced('rounds + by')).toBe(written('rounds + by'));
    expect(traced('goblin.hp)', {}, '($log,goblin.hp)')).toBe(written('goblin.hp)'));
  });

  it('also within a token and a template', () => {
    expect(traced('ead:', {}, 'dead: ')).toBe(written('ead:'));
    expect(traced('unds++', {}, 'rounds++')).toBe(written('unds++'));
  });

  it('what stands in the head leads nowhere wrong', () => {
    const tracer = sourceMap(source, { id: 'main.ts' });
    expect(tracer?.originalPosition({ line: 1, column: 5 })?.line).toBeLessThanOrEqual(2);
  });

  it('entries have their own way', () => {
    const tracer = sourceMap(source, { id: 'main.ts' });
    const { imports, requests } = artifactOf(source);
    expect(imports.map(({ at }) => tracer?.entryPosition(at))).toEqual([
      { line: 2, column: 10 },
      { line: 3, column: 8 },
      { line: 12, column: 36 },
    ]);
    expect(requests.map(({ at }) => tracer?.entryPosition(at)?.column)).toEqual([22, 22]);
  });

  it('there is none for a source that does not compile', () => {
    expect(sourceMap('let = 1', { id: 'main.ts' })).toBeUndefined();
    expect(sourceMap('x', { id: 'main.txt' })).toBeUndefined();
  });

  it('a JSON module is one place', () => {
    expect(sourceMap('{}', { id: 'a.json' })?.originalPosition({ line: 1, column: 200 })).toEqual({
      line: 1,
      column: 1,
    });
  });
});

describe('what V8 reports', () => {
  /** The place that the stack of an error names. */
  function placeOf(error: unknown): Position {
    const [, line, column] = /main\.ts:(\d+):(\d+)/.exec(String((error as Error).stack)) ?? [];
    return { line: Number(line), column: Number(column) };
  }

  it.each([
    ["\n\nconst a: number = 1;\nthrow new Error('x');", 4, 7],
    ['let a: any = null;\n/* c */ a.b.c;', 2, 11],
    [
      'export let n = 1;\nfunction f(x: number) { n = x; return g(n); }\nfunction g(y) {\n  if (n++) throw new TypeError();\n}\nf(2);',
      4,
      18,
    ],
    ['export const a = 1, b = (): never => { throw new Error() };\nexport default b();', 1, 46],
    ['nope();', 1, 1],
    ['let s = "\\u2028\u2028"; /* \u2028 */ nope();', 3, 5],
    ['let x = `a\r\nb`;\r\nnope();', 3, 1],
  ])('%j is at %i:%i', async (text, line, column) => {
    const error = await run(text).catch((thrown: unknown) => thrown);
    expect(sourceMap(text, { id: 'main.ts' })?.originalPosition(placeOf(error))).toEqual({ line, column });
  });
});

describe('every name of the author', () => {
  it('that is emitted leads to a place where the author wrote it', () => {
    const name = fc.constantFrom('alpha', 'beta', 'gamma', 'delta');
    const statement = fc.oneof(
      name.map((a) => `${a} = ${a} + 1;`),
      fc.tuple(name, name).map(([a, b]) => `[${a}, { x: ${b} }] = [${b}, { x: ${a} as number }];`),
      fc.tuple(name, name).map(([a, b]) => `type T${a} = { ${b}: string };\nimported(${a}, ns.f(${b}), ns.${a});`),
      name.map((a) => `/* ${a} */ for (${a} of [1]) { ${a}++; void (${a} ||= 3); }`),
      fc.tuple(name, name).map(([a, b]) => `{ let ${a}: number = 1; ${b} = { ${a}, ${b} }; }`),
    );
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (statements) => {
        const text = `import { imported } from 'a'; import * as ns from 'b';\nexport let alpha: any, beta: any; let gamma: any; var delta;\n${statements.join('\n')}`;
        const artifact = artifactOf(text);
        const tracer = sourceMap(text, { id: 'main.ts' });
        const lines = text.split('\n');
        const emitted = artifact.code.split('\n');
        for (const [index, row] of emitted.entries()) {
          for (const { 0: found, index: at } of row.matchAll(/(?<![\w$.])(?:alpha|beta|gamma|delta)(?![\w$])/g)) {
            // what the rewrite put in behind a write leads to the write
            if (row.slice(0, at).endsWith('.v=')) continue;
            const place = tracer?.originalPosition({ line: index + 1, column: at + 1 });
            expect(lines[(place?.line ?? 0) - 1]?.slice((place?.column ?? 0) - 1)).toMatch(new RegExp(`^${found}\\b`));
          }
        }
        expect(instantiate(artifact).ok).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
