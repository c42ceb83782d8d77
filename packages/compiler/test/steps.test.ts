import { parse } from 'acorn';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compile, compileSteps, complete, isSameCode, isSameCodeSteps, ParseMemory, type Steps } from '../src/index.ts';
import { parserClass, parseSteps } from '../src/parse-steps.ts';
import { ACORN_OPTIONS, loadStripper } from '../src/parsers.ts';
import { piecesOf } from '../src/pieces.ts';
import { plainModule, stripTypes } from '../src/plain-module.ts';

/** Parts of a text, whole statements and halves of them: what begins a piece also stands where nothing begins. */
const PARTS = [
  ...['const a: number = 1;\n', 'let b = a as any\n', 'export const c = <T>(x: T): T => x;\n', 'type T = string\n'],
  ...[
    'export class K<T> extends L implements M {\n  #x?: T;\n',
    '  m(this: K<T>): void {}\n',
    '}\n',
    '{\n',
    '(\n',
    ')\n',
  ],
  ...['function f(x: string): void;\n', 'function f(x: unknown) {}\n', 'export async function g(): Promise<void> {\n'],
  ...[
    'const t = `\n',
    '`;\n',
    '/*\n',
    '*/\n',
    '// a comment\n',
    '${\n',
    "'",
    'export\n',
    'export default\n',
    'declare\n',
  ],
  ...[
    'abstract\n',
    'async\n',
    'const\n',
    'function h() {}\n',
    'class N {}\n',
    'x =\n',
    '(1)\n',
    '[1]\n',
    '/r/\n',
    '/ 2\n',
  ],
  ...[
    'interface I {\n',
    'export interface J { a: 1 }\n',
    'await x;\n',
    "import type { A } from 'a';\n",
    'export { a };\n',
  ],
  ...[
    'if (a)\n',
    'label:\n',
    '@d\n',
    '\r\n',
    '\u2028',
    'é',
    'const é: É = 1;\n',
    'type É = 1\n',
    'return\n',
    "'use strict';\n",
  ],
];

const text = fc.array(fc.constantFrom(...PARTS), { minLength: 2, maxLength: 24 }).map((parts) => parts.join(''));

/** Statements that are right, each once, and words that say something about what follows. */
const rightText = fc
  .shuffledSubarray(
    [
      'const a: number = 1;\n',
      'let b = 2 as any\n',
      'export const c = <T>(x: T): T => x;\n',
      'type U = string\n',
      'function d(x: string): void;\nfunction d(x: unknown) {}\n',
      'class N {}\n',
      'export class G<T> {\n  #x?: T;\nconst = 1;\n  m(y: unknown): y is T { return true }\n}\n',
      'const t = `\nconst u = 1;\nfunction v() {}\n`;\n',
      '/* of old:\nconst old: number = 1;\nexport function older() {}\n*/\n',
      'let w = <T>(x: T)\n  : T => x\n',
      'export async function e(): Promise<void> {\n  await null;\n}\n',
      'interface I {\n}\n',
      'const é = 1;\n',
      'const f = class {}\n',
      'let g = 1 /\n2\n',
      'await null\n',
      'declare // ;\n',
      'declare\n',
      'abstract /* } */\n',
      'const h: number = 8;\n',
      'class O { i!: string }\n',
      'function j(): number { return 1 }\n',
    ],
    { minLength: 4 },
  )
  .map((parts) => parts.join(''));

const typescript = { language: 'typescript' } as const;

function tried<Result>(what: () => Result): unknown {
  try {
    return what();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...error, message: error.message };
  }
}

/** A module of so many functions, of about a hundred characters each. */
function longModule(functions: number): string {
  return Array.from(
    { length: functions },
    (_, n) =>
      `export function f${n}(of: number, by: string): string {\n  return \`\${of * ${n}} \${by}\`; // ${n}\n}\n`,
  ).join('');
}

function countOf(steps: Steps<unknown>): { pauses: number; long: number } {
  let [pauses, long] = [0, 0];
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    pauses += 1;
    if (step.value === 'long') long += 1;
  }
  return { pauses, long };
}

describe('a long text', () => {
  it.each([
    ['anything', text],
    ['what is right', rightText],
  ])('is stripped in pieces to what its whole gives: %s', { timeout: 120_000 }, (name, texts) => {
    let inPieces = 0;
    fc.assert(
      fc.property(texts, fc.constantFrom(10, 40, 90), (source, size) => {
        const calls = vi.spyOn(loadStripper(), 'transformSync');
        const plain = complete(plainModule(source, typescript, size));
        const isWhole = calls.mock.calls.some(([given]) => given === source);
        calls.mockRestore();
        expect(plain).toEqual(complete(plainModule(source, typescript, Number.POSITIVE_INFINITY)));
        if (plain !== undefined && !isWhole) inPieces += 1;
      }),
      { numRuns: 400 },
    );
    if (name === 'what is right') expect(inPieces).toBeGreaterThan(30); // else it would show nothing
  });

  it('is stripped as a whole where the first statement of a piece goes, and the next may run on', () => {
    const source = 'type E = 1\nfunction f(x: string): void;\n/r/\nconst a: number = 1;\n';
    const whole = complete(plainModule(source, typescript, Number.POSITIVE_INFINITY));
    expect(complete(plainModule(source, typescript, 10))).toEqual(whole);
  });

  it('is parsed in steps to the same tree, or the same error', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(text, rightText), fc.constantFrom(0, 30), (source, size) => {
        const code = complete(stripTypes(source, typescript))?.code ?? source;
        const inSteps = tried(() => complete(parseSteps(new (parserClass())(ACORN_OPTIONS, code), size)));
        expect(inSteps).toEqual(tried(() => parse(code, ACORN_OPTIONS)));
      }),
      { numRuns: 400 },
    );
  });

  it('is cut between statements of the top level alone', () => {
    const pieces = piecesOf(longModule(200), 1_000);
    expect(pieces.join('')).toBe(longModule(200));
    expect(pieces.length).toBeGreaterThan(15);
    for (const piece of pieces) expect(piece).toMatch(/^export function f\d+\(/);
  });

  it('is compiled in many steps, a short one in few', () => {
    const id = 'long.ts';
    expect(countOf(compileSteps(longModule(300), { id })).pauses).toBeGreaterThan(10);
    expect(countOf(compileSteps(longModule(300), { id })).long).toBeGreaterThan(0);
    expect(countOf(compileSteps(longModule(10), { id }))).toEqual({ pauses: 2, long: 0 });
  });

  it('gives the loop back in between where a great part of it was edited', () => {
    const parses = new ParseMemory();
    const id = 'long.ts';
    for (let time = 0; time < 2; time += 1) complete(compileSteps(longModule(300), { id }, parses));
    const next = longModule(300).replaceAll('of *', 'of +');
    expect(countOf(compileSteps(next, { id }, parses)).pauses).toBeGreaterThan(10);
  });

  it('is compared with its edition in steps', () => {
    const edition = (source: string) => {
      const options = { id: 'long.ts' };
      const result = compile(source, options);
      if (!result.ok) throw new Error(result.diagnostics[0]?.message);
      return { source, options, artifact: result.artifact };
    };
    const [a, b] = [edition(longModule(300)), edition(longModule(300).replaceAll('  return', '\n    return'))];
    expect(isSameCode(a, b)).toBe(true);
    expect(countOf(isSameCodeSteps(a, b)).pauses).toBeGreaterThan(40);
    const other = edition(longModule(300).replaceAll('of *', 'of +'));
    expect(countOf(isSameCodeSteps(a, other))).toEqual({ pauses: 0, long: 0 });
  });
});

describe('a module that is compiled twice at the same time', () => {
  it('comes to what each text gives, whoever has its turn first', { timeout: 60_000 }, () => {
    const id = 'long.ts';
    const base = longModule(120);
    const edits = fc.record({ at: fc.nat(119), by: fc.constantFrom('of * 2 *', '(', 'of as number *', 'by', '7 *') });
    fc.assert(
      fc.property(fc.array(edits, { minLength: 2, maxLength: 4 }), fc.array(fc.nat(3)), (changes, turns) => {
        const parses = new ParseMemory();
        for (let time = 0; time < 2; time += 1) complete(compileSteps(base, { id }, parses));
        const texts = changes.map(({ at, by }) =>
          base.replace(`of * ${at}}`, `${by} ${at}}`).replaceAll('// 1', '// one'),
        );
        const running = texts.map((source) => ({ source, steps: compileSteps(source, { id }, parses) }));
        const results = new Map<string, unknown>();
        for (let turn = 0; running.length > 0; turn += 1) {
          const which = (turns[turn % Math.max(1, turns.length)] ?? 0) % running.length;
          const { source, steps } = running[which] as (typeof running)[number];
          const step = steps.next();
          if (step.done !== true) continue;
          running.splice(which, 1);
          results.set(source, step.value);
        }
        for (const source of texts) expect(results.get(source)).toEqual(compile(source, { id }));
      }),
      { numRuns: 30 },
    );
  });

  it('may be left in the middle', () => {
    const id = 'long.ts';
    const parses = new ParseMemory();
    for (let time = 0; time < 2; time += 1) complete(compileSteps(longModule(200), { id }, parses));
    const next = longModule(200).replaceAll('of *', 'of +');
    const left = compileSteps(next, { id }, parses);
    left.next();
    left.next();
    expect(complete(compileSteps(next, { id }, parses))).toEqual(compile(next, { id }));
  });
});
