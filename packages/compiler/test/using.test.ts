import { describe, expect, it } from 'vitest';
import { sourceMap } from '../src/index.ts';
import { artifactOf, faultOf, run, runAll } from './run.ts';

const kit = `
  export const log = [];
  export const open = (name) => { log.push('open ' + name); return { name, [Symbol.dispose]() { log.push('close ' + name) } } };
  export const openLater = (name) => { log.push('open ' + name); return { name, async [Symbol.asyncDispose]() { await 0; log.push('close ' + name) } } };
  export const fail = (name) => ({ [Symbol.dispose]() { throw new Error(name) } });`;

/** What happens, in order. */
async function logOf(body: string, id = 'main.ts'): Promise<unknown> {
  const main = `import { log, open, openLater, fail } from 'kit.js';\n${body}\nexport { log };`;
  const sources = id === 'main.ts' ? { 'main.ts': main } : { 'main.ts': `export * from '${id}';`, [id]: main };
  return (await runAll({ 'kit.js': kit, ...sources })).log;
}

describe.each(['main.ts', 'main.js'])('using in %s', (id) => {
  it.each([
    ['at the end of a block', "{ using a = open('a'); log.push('in'); } log.push('out');", 'open a, in, close a, out'],
    [
      'last first',
      "{ using a = open('a'), b = open('b'); using c = open('c'); }",
      'open a, open b, open c, close c, close b, close a',
    ],
    [
      'null and undefined are nothing',
      '{ using a = null, b = undefined; log.push(a === null && b === undefined); }',
      'true',
    ],
    [
      'when a function returns',
      "log.push((() => { using a = open('a'); return 'result'; })());",
      'open a, close a, result',
    ],
    [
      'when a block throws',
      "try { using a = open('a'); throw 1; } catch (error) { log.push(error); }",
      'open a, close a, 1',
    ],
    [
      'in a catch clause and a finally block',
      "try { throw 1; } catch { using a = open('a'); } finally { using b = open('b'); }",
      'open a, close a, open b, close b',
    ],
    [
      'in each turn of a loop',
      "for (using a of [open('a'), open('b')]) log.push(a.name);",
      'open a, open b, a, close a, b, close b',
    ],
    ['when a loop breaks', "for (using a of [open('a'), open('b')]) break;", 'open a, open b, close a'],
    [
      'at the end of a for',
      "for (using a = open('a'), i = null; ; ) { log.push('turn'); break; }",
      'open a, turn, close a',
    ],
    [
      'behind labels',
      "a: b: for (using x = open('x'); ; ) { for (;;) continue a; }".replace('continue a', 'break a'),
      'open x, close x',
    ],
    [
      'labels that continue',
      "let n = 0; a: b: for (using x = open('x'); n < 2; n++) { for (;;) continue a; }",
      'open x, close x',
    ],
    [
      'of a loop in a labelled block, when the loop ends',
      "a: { for (using x = open('x'); ; ) break; log.push('after'); break a; }",
      'open x, close x, after',
    ],
    ['in a static block', "class C { static { using a = open('a'); log.push('static'); } }", 'open a, static, close a'],
    [
      'in an arrow, a method, a getter',
      "(() => { using a = open('a'); })(); ({ m() { using b = open('b'); } }).m(); ({ get g() { using c = open('c'); return 1; } }).g;",
      'open a, close a, open b, close b, open c, close c',
    ],
    [
      'in a generator that is ended',
      "const g = (function* () { using a = open('a'); yield 1; })(); g.next(); g.return();",
      'open a, close a',
    ],
    [
      'closures of a loop keep their own',
      "const seen = []; for (using a of [open('a'), open('b')]) seen.push(() => a.name); log.push(seen.map((f) => f()).join('+'));",
      'open a, open b, close a, close b, a+b',
    ],
    [
      'asynchronously',
      "await (async () => { await using a = openLater('a'); log.push('in'); })(); log.push('out');",
      'open a, in, close a, out',
    ],
    [
      'asynchronously in a loop',
      "for (await using a of [openLater('a'), open('b')]) log.push(a.name);",
      'open a, open b, a, close a, b, close b',
    ],
    [
      'both kinds in one block',
      "{ await using a = openLater('a'); using b = open('b'); }",
      'open a, open b, close b, close a',
    ],
  ])('disposes %s', async (_, body, expected) => {
    expect(((await logOf(body, id)) as unknown[]).join(', ')).toBe(expected);
  });

  it('disposes at the end of the module, after everything in it', async () => {
    const body = "using a = open('a'); export const seen = a.name + '!'; export default log.length; log.push('in');";
    const main = `import { log, open } from 'kit.js';\n${body}\nexport { log };`;
    const namespace = await runAll({ 'kit.js': kit, 'main.ts': main });
    expect(namespace).toMatchObject({ seen: 'a!', default: 1, log: ['open a', 'in', 'close a'] });
  });

  it('awaits at the end of the module', async () => {
    expect(await logOf("await using a = openLater('a'); log.push('in');", id)).toEqual(['open a', 'in', 'close a']);
  });

  it('keeps functions hoisted', async () => {
    expect(await logOf("log.push(f()); function f() { return 'f'; } using a = open('a');", id)).toEqual([
      'f',
      'open a',
      'close a',
    ]);
  });

  it('keeps the first error, and the others in it', async () => {
    const thrown = logOf("using a = fail('a'); using b = fail('b'); throw new Error('body');", id);
    await expect(thrown).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { message: 'a' },
      suppressed: { error: { message: 'b' }, suppressed: { message: 'body' } },
    });
  });
});

describe('the word using', () => {
  it.each([
    ['a name', 'const using = (x) => x; using(1); export const r = using (3);'],
    ['a name over lines', 'let using = 1\nlet x = 2; using\nx\nexport const r = 3;'],
    ['a member', 'const o = { using: 3 }; export const r = o.using;'],
    ['an operand', 'const using = "p"; export const r = using in { p: 1 } ? 3 : 0;'],
    ['a type', 'type using = number; let x: using = 3; export const r = x as using;'],
    ['in a string', "export const r = 'we are using it = '.length - 15;"],
    ['in a template', 'export const r = `using it = `.length - 8;'],
    ['in a comment', '// using it = 1\n/* using it = 2 */ export const r = 3;'],
    ['in a regular expression', 'export const r = /using it = 1/.source.length - 9;'],
    [
      'in a regular expression that looks like a division',
      'function f() {} /using it = 1/.test(""); export const r = 3;',
    ],
  ])('may be %s', async (_, source) => {
    expect((await run(source)).r).toBe(3);
  });

  it('of a faulty declaration is told at its place', () => {
    expect(faultOf('let a = 1;\n{ using b = 3 3; }')).toMatchObject({ line: 2, column: 15 });
    expect(faultOf('{ await using b = 1, b = 2; }')).toMatchObject({
      line: 1,
      column: 22,
      message: "'b' is declared twice",
    });
  });
});

describe('the emitted text', () => {
  it('imports the helpers that TypeScript uses', () => {
    const { requests, imports } = artifactOf("import { a } from 'a'; { using b = a; }");
    expect(requests.map(({ specifier }) => specifier)).toEqual([
      'a',
      '@swc/helpers/_/_ts_add_disposable_resource',
      '@swc/helpers/_/_ts_dispose_resources',
    ]);
    expect(imports.map(({ name, local }) => [name, local])).toEqual([
      ['a', 'a'],
      ['_', '*_ts_add_disposable_resource*'],
      ['_', '*_ts_dispose_resources*'],
    ]);
  });

  it('keeps lines and leads back to the author’s columns', () => {
    const source = 'type A = 1;\n{\n  using a: any = null, b = open(1);\n  throw b;\n}';
    const lines = artifactOf(source).code.split('\n');
    const line = lines.findIndex((row) => row.includes('throw b'));
    const tracer = sourceMap(source, { id: 'main.ts' });
    expect(tracer?.originalPosition({ line: line + 1, column: (lines[line] ?? '').indexOf('throw') + 1 })).toEqual({
      line: 4,
      column: 3,
    });
    const using = lines.findIndex((row) => row.includes('const a'));
    expect(tracer?.originalPosition({ line: using + 1, column: (lines[using] ?? '').indexOf('const a') + 1 })).toEqual({
      line: 3,
      column: 3,
    });
  });
});
