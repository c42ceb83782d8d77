import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, instantiate } from '../src/index.ts';
import { faultOf } from './run.ts';

const nested = (count: number, open: string, close: string) => `${open.repeat(count)}1${close.repeat(count)}`;

// a process that dies by a segmentation fault takes its time on a busy machine
describe('texts that end the native compiler (R5)', { timeout: 60_000 }, () => {
  it.each([
    ['3,000 parentheses', nested(3_000, '(', ')')],
    ['20,000 parentheses', nested(20_000, '(', ')')],
    ['3,000 brackets', nested(3_000, '[', ']')],
    ['20,000 brackets', nested(20_000, '[', ']')],
    ['20,000 braces', nested(20_000, '{', '}')],
    ['3,000 type arguments', `let x: ${'Array<'.repeat(3_000)}a${'>'.repeat(3_000)};`],
    ['20,000 type arguments', `let x: ${'Array<'.repeat(20_000)}a${'>'.repeat(20_000)};`],
    ['a sum of 100,000 terms', `export const x = 1${'+1'.repeat(100_000)};`],
    ['5,000 arrows', `export const x = ${'x=>'.repeat(5_000)}1;`],
    ['20,000 calls', `a${'.a()'.repeat(20_000)};`],
    ['20,000 else if', `if(a){}${'else if(a){}'.repeat(20_000)}`],
    ['3,000 conditions', `${'if(a)'.repeat(3_000)};`],
  ])('%s are refused with module, line and frame', (_, source) => {
    const fault = faultOf(`\n\n${source}`, { id: 'bad.ts' });
    expect(fault).toMatchObject({ code: 'SOURCE_TOO_DEEP', module: 'bad.ts', line: 3 });
    expect(fault.frame).toContain('> 3 |');
  });

  it.each([
    ['a space that does not break', 'enum E { A }\n-\u00a0import a', 'U+00A0', 2, 2],
    ['a line separator', '-\t\u2028import a = b.c;', 'U+2028', 1, 3],
    ['an ideographic space', 'let a = 1;\n!\u3000new.x', 'U+3000', 2, 2],
  ])('%s behind an operator that begins a statement is refused', (_, source, name, line, column) => {
    const fault = faultOf(source, { id: 'bad.ts' });
    expect(fault).toMatchObject({ module: 'bad.ts', line, column });
    expect(fault.message).toContain(name);
  });

  it('wide spaces where they do no harm are none', () => {
    const source = 'enum\u00a0E { A\u3000}\u2028export const a =\u00a0E.A; // \u00a0';
    expect(compile(source, { id: 'a.ts' })).toMatchObject({ ok: true });
  });

  it('one that ends the stack of the quick way costs the next one nothing', () => {
    const plain = () => {
      const result = compile('export const speed: number = 5;', { id: 'speed.ts' });
      return result.ok && result.artifact.plain;
    };
    expect(plain()).toBe(true);
    for (const text of [`export const f = ${'x=>'.repeat(1_500)}1;`, `export const x = ${'!'.repeat(9_000)}1;`]) {
      compile(text, { id: 'deep.ts' });
      expect(plain()).toBe(true);
    }
  });

  it('a string of 32 MB is refused', () => {
    const fault = faultOf(`\nconst x = '${'a'.repeat(32 * 2 ** 20)}';`);
    expect(fault).toMatchObject({ code: 'SOURCE_TOO_LARGE', line: 2 });
    expect(fault.frame?.length).toBeLessThan(1_000);
  });

  it('a text that would keep the compiler busy without end is refused', () => {
    const fault = faultOf(`const x = ${'class extends '.repeat(40)}a${'{}'.repeat(40)};`);
    expect(fault).toMatchObject({
      code: 'SOURCE_TOO_DEEP',
      message: 'Too many classes stand in the heritage of each other here',
      line: 1,
    });
  });

  it('what is only suspect compiles in a child', () => {
    const source = `export const x: number[] = ${'['.repeat(300)}${']'.repeat(300)};`;
    const result = compile(source, { id: 'main.ts' });
    if (!result.ok) throw new Error(result.diagnostics[0]?.message);
    expect(instantiate(result.artifact).ok).toBe(true);
    expect(result.artifact.locals).toEqual([{ name: 'x', local: 'x', kind: 'const' }]);
  });

  it('a fault in a suspect text is told at its place', () => {
    const fault = faultOf(`export const x = ${'['.repeat(300)}${']'.repeat(300)};\nlet y = 3 3;`);
    expect(fault).toMatchObject({ code: 'SYNTAX_ERROR', line: 2, column: 11 });
  });

  it('the limit is the caller’s', () => {
    expect(faultOf(nested(11, '(', ')'), { limits: { nesting: 10 } })).toMatchObject({
      code: 'SOURCE_TOO_DEEP',
      column: 11,
      message: 'Brackets are nested more than 10 deep here',
    });
    expect(compile(nested(10, '(', ')'), { id: 'a.js', limits: { nesting: 10 } }).ok).toBe(true);
    expect(faultOf(nested(3_000, '(', ')'), { limits: { nesting: 100_000 } }).code).toBe('SOURCE_TOO_DEEP');
  });

  it('the child does not see NODE_OPTIONS of this process', () => {
    const script = `
      import { compile } from '@rekindle/compiler';
      const result = compile('export const x = ' + '['.repeat(300) + ']'.repeat(300), { id: 'a.js' });
      process.exit(result.ok ? 7 : 8);`;
    const register = new URL('../../../tools/run/register.mjs', import.meta.url).pathname;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@rekindle/source', '--input-type=module', '-e', script],
      {
        cwd: new URL('..', import.meta.url),
        env: { ...process.env, NODE_OPTIONS: `--import=${register}` },
        encoding: 'utf8',
      },
    );
    expect([status, stderr]).toEqual([7, '']);
  });
});

describe('any text', { timeout: 60_000 }, () => {
  const fragments = fc.constantFrom(
    ...'export import default from const let var function class async await yield return if else for of in while do switch case break new this super typeof void delete try catch throw static get set enum namespace type interface using => ... ?. ?? ** ++ -- += ||= = == === ( ) [ ] { } ; , . : ? ! ~ + - * / % < > & | ^ @ # ` ${ \' " a b x 1 0x 1n "s" /r/g \n // /* */ é 😀 \u2028 <div> $0m import.meta'.split(
      ' ',
    ),
  );

  it('gives a result with places inside the text, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fragments, { maxLength: 40 }).map((words) => words.join(' ')),
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.string({ unit: 'grapheme', maxLength: 60 }),
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
        ),
        fc.constantFrom('a.ts', 'a.js', 'a.json'),
        (source, id) => {
          const result = compile(source, { id });
          if (result.ok) {
            instantiate(result.artifact);
            return;
          }
          expect(result.diagnostics.length).toBeGreaterThan(0);
          const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
          for (const { code, module, line = 0, column = 0, message, frame } of result.diagnostics) {
            expect(code).not.toBe('COMPILER_FAILED');
            expect(module).toBe(id);
            expect(message).not.toBe('');
            expect(frame).toContain('^');
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(lines.length);
            expect(column).toBeGreaterThan(0);
            expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 2);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
