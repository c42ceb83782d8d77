import { describe, expect, it } from 'vitest';
import { MiniLinker } from './mini-linker.ts';
import { artifactOf, run, runAll } from './run.ts';

/** What an importer sees of `n` after each call of `step`. */
async function seen(declarations: string, ...steps: string[]): Promise<unknown[]> {
  const namespace = await run(
    `${declarations}\n${steps.map((step, i) => `export function s${i}() { ${step} }`).join('\n')}`,
  );
  const values: unknown[] = [namespace.n];
  for (const index of steps.keys()) {
    (namespace[`s${index}`] as () => void)();
    values.push(namespace.n);
  }
  return values;
}

describe('an exported binding is live', () => {
  it.each([
    ['assignment', 'n = 2', 2],
    ['assignment used as a value', 'const x = (n = 2); if (x !== 2) throw 0', 2],
    ['compound assignment', 'n += 4', 5],
    ['logical assignment that assigns', 'n &&= 7', 7],
    ['logical assignment that does not', 'n ||= 7', 1],
    ['prefix update', 'if (++n !== 2) throw 0', 2],
    ['postfix update', 'if (n++ !== 1) throw 0', 2],
    ['update as a statement', 'n--', 0],
    ['update in a for', 'for (; n < 5; n++);', 5],
    ['chained assignment', 'let m; m = n = 3; if (m !== 3) throw 0', 3],
    ['array destructuring', '[, n] = [1, 2]', 2],
    ['object destructuring', '({ a: n } = { a: 2 })', 2],
    ['shorthand destructuring', '({ n } = { n: 2 })', 2],
    ['shorthand with a default', '({ n = 9 } = {})', 9],
    ['nested destructuring with rest', '[{ a: [...n] }] = [{ a: [1, 2] }]', [1, 2]],
    ['destructuring used as a value', 'const x = ([n] = [5, 6]); if (x[1] !== 6) throw 0', 5],
    ['for-of over it', 'for (n of [3, 4]);', 4],
    ['for-in over it', 'for (n in { k: 1 });', 'k'],
    ['for-of with a pattern', 'for ([n] of [[3], [4]]);', 4],
    ['for-of that breaks', 'for (n of [3, 4]) break;', 3],
    ['assignment in a closure', '[1].forEach(() => { n = 8 })', 8],
    ['assignment in a default value', '((a = (n = 6)) => a)()', 6],
    ['assignment in a class field', 'new (class { f = (n = 6) })()', 6],
    ['assignment in a static block', 'class C { static { n = 6 } }', 6],
    ['assignment in a template', 'void `$' + '{(n = 6)}`', 6],
    ['assignment in a computed key', 'void { [(n = 6)]: 1 }', 6],
    ['assignment behind a label', 'a: b: n = 6', 6],
    ['assignment as a body', 'if (n) n = 6; else n = 7', 6],
    ['assignment as an arrow body', '(() => n = 6)()', 6],
    ['assignment in a sequence', 'let x = (0, n = 6, 1)', 6],
    ['a conditional target', 'n ? n = 6 : n = 7', 6],
  ])('%s', async (_, step, expected) => {
    expect(await seen('export let n: any = 1;', step)).toEqual([1, expected]);
  });

  it('and a shadowing binding of the same name is not', async () => {
    const shadows = [
      'let n = 2; n = 3',
      '((n) => { n = 3 })(2)',
      'try { throw 2 } catch (n) { n = 3 }',
      'for (let n of [1, 2]) n = 3',
      'var n: any = 2; n = 3',
      'function n() {} (n as any) = 3',
      'class n {} (n as any) = 3',
      '(function n() {})()',
      'const [{ n }] = [{ n: 2 }]',
      '{ function n() {} }',
      'switch (1) { case 1: let n = 2; n++ }',
    ];
    expect(await seen('export let n: any = 1;', ...shadows)).toEqual([1, ...shadows.map(() => 1)]);
  });

  it('under every name that it is exported with', async () => {
    const namespace = await run('let x = 1; export { x, x as y, x as "a b" }; export const set = (v) => { x = v };');
    (namespace.set as (value: number) => void)(5);
    expect(namespace).toMatchObject({ x: 5, y: 5, 'a b': 5 });
  });

  it('also when the export stands before the declaration', async () => {
    expect(await run('export { x }; let x = 1; x++;')).toMatchObject({ x: 2 });
  });

  it('between the declarators of one declaration', async () => {
    const sources = {
      'a.ts': "import { read } from 'b.ts'; export let first = 1, second = read();",
      'b.ts': "import * as a from 'a.ts'; export const read = () => a.first;",
      'main.ts': "export * from 'a.ts';",
    };
    expect(await runAll(sources)).toMatchObject({ first: 1, second: 1 });
  });

  it('of several names of one pattern', async () => {
    const namespace = await run('export const { a, b: [c, ...d], ...e } = { a: 1, b: [2, 3, 4], f: 5 };');
    expect({ ...namespace }).toEqual({ a: 1, c: 2, d: [3, 4], e: { f: 5 } });
  });

  it('when a nested var is the binding of the module', async () => {
    const namespace = await run(
      'if (true) { var n = 1; } for (var m = 0; m < 3; m++); for (var k of [7, 8]); export { n, m, k };',
    );
    expect({ ...namespace }).toEqual({ n: 1, m: 3, k: 8 });
  });

  it('when it is a class or a function', async () => {
    const namespace = await run(
      'export class C { static made = C; } export function f() { return C; } f = (() => 1) as any;',
    );
    expect((namespace.C as { made: unknown }).made).toBe(namespace.C);
    expect((namespace.f as () => unknown)()).toBe(1);
  });
});

describe('a cell is taken after the value is there', () => {
  it.each([
    ['assignment', 'x = await wait()'],
    ['used assignment', 'return (x = await wait())'],
    ['compound assignment', 'x += await wait()'],
    ['destructuring', '[x] = [await wait()]'],
    ['used destructuring', 'return ([x] = [await wait()])'],
    ['yield', 'return (function* () { x = yield 1 })()'],
  ])('%s', async (_, step) => {
    const source = `
      let go; export const wait = () => new Promise((ok) => { go = () => ok(5) });
      export let x = 1; export const release = () => go();
      export async function start() { ${step} }`;
    const linker = new MiniLinker({ 'main.ts': source });
    const namespace = await linker.evaluate('main.ts');
    const artifact = linker.modules.get('main.ts')?.artifact;
    const old = artifact?.locals.findIndex(({ name }) => name === 'x') as number;
    const started = (namespace.start as () => Promise<unknown>)();
    const successor = (artifact?.locals ?? []).map(() => ({ v: 'successor' }));
    linker.replaceCells('main.ts', successor);
    if (step.includes('yield')) {
      const generator = (await started) as Generator;
      generator.next();
      generator.next(5);
    } else {
      (namespace.release as () => void)();
      await started;
    }
    expect(successor[old]?.v).toBe(step.includes('+=') ? 6 : 5);
    expect(namespace.x).toBe(1);
  });
});

describe('hoisting', () => {
  it('functions are there before any code runs, var is undefined', async () => {
    const namespace = await runAll({
      'a.ts':
        "import { state } from 'b.ts'; export function f() { return 1 } export var v = 2; export const seen = state;",
      'b.ts': "import { f, v } from 'a.ts'; export const state = [f(), v];",
      'main.ts': "export { seen } from 'a.ts';",
    });
    expect(namespace.seen).toEqual([1, undefined]);
  });

  it.each(['let x = 1', 'const x = 1', 'class x {}', 'const { x } = { x: 1 }'])(
    'reading `export %s` too early is a ReferenceError',
    async (declaration) => {
      const namespace = await runAll({
        'a.ts': `import 'b.ts'; export ${declaration};`,
        'b.ts': "import { x } from 'a.ts'; export let message = ''; try { x; } catch (error) { message = error.name; }",
        'main.ts': "import 'a.ts'; export { message } from 'b.ts';",
      });
      expect(namespace.message).toBe('ReferenceError');
    },
  );

  it('keeps the dead zone of bindings that are not exported', async () => {
    await expect(run('x; let x = 1;')).rejects.toThrow(ReferenceError);
  });

  it('makes `let x;` undefined, not dead', async () => {
    expect(await run('export let x;')).toEqual({ x: undefined });
  });
});

describe('export default', () => {
  it.each([
    ['an arrow function', 'export default () => 1', 'default'],
    ['an anonymous function', 'export default function () {}', 'default'],
    ['an anonymous async function', 'export default async function () {}', 'default'],
    ['an anonymous generator', 'export default function* () {}', 'default'],
    ['an anonymous class', 'export default class {}', 'default'],
    ['an anonymous class expression', 'export default (class {})', 'default'],
    ['an anonymous function expression', 'export default (function () {})', 'default'],
    ['a class with its own name member', 'export default class { static name = "mine" }', 'mine'],
    ['a class with a name method', 'export default class { static name() {} }', expect.any(Function)],
    ['a named function', 'export default function f() {}', 'f'],
    ['a named class', 'export default class C {}', 'C'],
    ['a named function expression', 'export default (function f() {})', 'f'],
  ])('%s', async (_, source, name) => {
    const namespace = await run(source);
    expect((namespace.default as { name: unknown }).name).toEqual(name);
  });

  it('a value is fixed when the statement runs, a function declaration stays live', async () => {
    const namespace = await run('let x = 1; export default x; x = 2; export { f }; function f() { return 1 } ');
    expect(namespace.default).toBe(1);
    const live = await run('export default function f() { return 1 } (f as any) = () => 2;');
    expect((live.default as () => number)()).toBe(2);
  });

  it('a function is hoisted', async () => {
    const namespace = await runAll({
      'a.ts': "import { seen } from 'b.ts'; export default function () { return 3 } export const got = seen;",
      'b.ts': "import f from 'a.ts'; export const seen = f();",
      'main.ts': "export { got } from 'a.ts';",
    });
    expect(namespace.got).toBe(3);
  });

  it.each(['(1, 2)', '{ a: 1 }.a', '[1, 2][1]', '`2`', 'new (class { x = 2 })().x', 'await 2', '(() => 2)()'])(
    'the expression %s',
    async (expression) => {
      expect(Number((await run(`export default ${expression};`)).default)).toBe(expression.includes('a: 1') ? 1 : 2);
    },
  );

  it.each(['(function () {})', '(async function () {})', '(class {})', '(function f() {})'])(
    'the expression %s is not hoisted',
    async (expression) => {
      const namespace = await runAll({
        'a.ts': `import 'b.ts'; export default ${expression};`,
        'b.ts': "import f from 'a.ts'; export let message = ''; try { f; } catch (error) { message = error.name; }",
        'main.ts': "import 'a.ts'; export { message } from 'b.ts';",
      });
      expect(namespace.message).toBe('ReferenceError');
    },
  );

  it('has the local name of ECMA-262', () => {
    expect(artifactOf('export default 1').locals).toEqual([{ name: 'default', local: '*default*', kind: 'default' }]);
    expect(artifactOf('export default function () {}').locals[0]?.kind).toBe('function');
    expect(artifactOf('export default class C {}').locals).toEqual([{ name: 'default', local: 'C', kind: 'class' }]);
  });
});

describe('the entries', () => {
  it('list every cell with its local and kind', () => {
    const { locals } = artifactOf(
      `
      export var a = 1; export let b = 2; export const c = 3; export function d() {} export class e {}
      export { a as f };`,
      { id: 'main.js' },
    );
    expect(locals).toEqual([
      { name: 'f', local: 'a', kind: 'var' },
      { name: 'a', local: 'a', kind: 'var' },
      { name: 'b', local: 'b', kind: 'let' },
      { name: 'c', local: 'c', kind: 'const' },
      { name: 'd', local: 'd', kind: 'function' },
      { name: 'e', local: 'e', kind: 'class' },
    ]);
  });

  it('tell re-exports from exports', () => {
    const artifact = artifactOf(
      `import d, { x } from 'a';\nimport * as ns from 'b';\nexport { d, x as y, ns };\nexport { z as default, "s t" as u } from 'c';\nexport * from 'a';\nexport * as all from 'c';`,
      { id: 'main.js' },
    );
    expect(artifact.requests.map(({ specifier }) => specifier)).toEqual(['a', 'b', 'c']);
    expect(artifact.stars).toEqual([0]);
    expect(artifact.locals).toEqual([]);
    expect(artifact.indirect.map(({ name, request, from }) => [name, request, from])).toEqual([
      ['default', 2, 'z'],
      ['u', 2, 's t'],
      ['all', 2, null],
      ['d', 0, 'default'],
      ['y', 0, 'x'],
      ['ns', 1, null],
    ]);
    expect(artifact.indirect[0]?.at).toEqual({ line: 4, column: 10 });
  });

  it('keep attributes apart', () => {
    const { requests } = artifactOf(
      `import a from './a.json' with { type: 'json' };\nimport b from './a.json';\nimport c from './a.json' with { "type": "json" };\nexport { a, b, c };`,
      { id: 'main.js' },
    );
    expect(requests).toEqual([
      { specifier: './a.json', attributes: { type: 'json' }, at: { line: 1, column: 15 } },
      { specifier: './a.json', at: { line: 2, column: 15 } },
    ]);
  });
});
