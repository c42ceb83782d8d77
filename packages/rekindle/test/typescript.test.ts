/**
 * TypeScript as it is written today, through a host: what each form gives when it runs, and what of a `tsconfig.json`
 * decides about it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderStore } from '@rekindle/store-fs';
import { createHost, type HostOptions } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, hostOf, rejection } from './stories.ts';

/** The export `r` of `main.ts`. */
async function result(main: string, modules: Record<string, string> = {}): Promise<unknown> {
  const t = await hostOf({ 'main.ts': main, ...modules });
  return (await t.import<{ r: unknown }>('main.ts')).r;
}

describe('a script may hold', () => {
  const a = {
    'a.ts': `
      export interface Goblin { hp: number }
      export type Name = string;
      export enum Mood { Calm, Angry = 5, Wild }
      export const enum Speed { Slow = 1 << 1, Fast = Slow * 2 }
      export namespace Names { export const first: Name = 'Grik'; }
      export abstract class Npc { abstract step(): string; walk() { return this.step(); } }
      export const hp = 10;
    `,
  };

  it.each<[string, string, unknown]>([
    ['an enum', 'enum E { A, B = 4, C, D = "d" } export const r = [E.A, E.C, E[4], E.D];', [0, 5, 'B', 'd']],
    ['an enum that is computed', 'enum E { A = 1, B = "ab".length } export const r = [E.B, E[2]];', [2, 'B']],
    ['an enum in two parts', 'enum E { A } enum E { B = 1 } export const r = [E.A, E.B, E[1]];', [0, 1, 'B']],
    [
      'an enum of another module',
      "import { Mood } from './a.ts'; export const r = [Mood.Angry, Mood[6]];",
      [5, 'Wild'],
    ],
    ['a const enum', 'const enum E { A = 1 << 3, B } export const r = [E.A, E.B];', [8, 9]],
    [
      'a const enum of another module',
      "import { Speed } from './a.ts'; export const r = [Speed.Slow, Speed.Fast];",
      [2, 4],
    ],
    [
      'a namespace',
      'namespace N { export const a = 1; export namespace M { export const b = a + 1; } } export const r = [N.a, N.M.b];',
      [1, 2],
    ],
    [
      'a namespace in parts, beside a function and a class of its name',
      'function f() { return f.a; } namespace f { export const a = 1; } class C {} namespace C { export const b = 2; } export const r = [f(), C.b];',
      [1, 2],
    ],
    [
      'a namespace of another module, and a name for a member',
      "import { Names } from './a.ts'; import first = Names.first; export const r = first;",
      'Grik',
    ],
    ['a namespace of types alone', 'namespace T { export type A = 1; } let a: T.A = 1; export const r = a;', 1],
    [
      'parameter properties',
      'class A { constructor(readonly a: number, private b = a + 1, protected readonly c?: string) {} } export const r = { ...new A(1) };',
      { a: 1, b: 2, c: undefined },
    ],
    [
      'parameter properties that fields read',
      'class A { constructor(private a: number) {} double = () => this.a * 2; } export const r = new A(2).double();',
      4,
    ],
    [
      'accessor',
      'class A { accessor a = 1; static accessor s = 2; } const a = new A(); a.a += 1; export const r = [a.a, A.s, Object.keys(a)];',
      [2, 2, []],
    ],
    [
      'using',
      'const log: string[] = []; { using a = { [Symbol.dispose]: () => log.push("a") }; using b = { [Symbol.dispose]: () => log.push("b") }; log.push("in"); } export const r = log;',
      ['in', 'b', 'a'],
    ],
    [
      'await using',
      'const log: string[] = []; { await using a = { [Symbol.asyncDispose]: async () => { await null; log.push("a"); } }; log.push("in"); } log.push("out"); export const r = log;',
      ['in', 'a', 'out'],
    ],
    [
      'satisfies, as, as const, angle brackets and !',
      'const o = { a: 1 as number, b: "b" } as const satisfies { a: number; b: string }; const n = <unknown>o.a; let m: number | null = 2; export const r = [o.b, n, m!];',
      ['b', 1, 2],
    ],
    [
      'import type, and inline type',
      "import type { Goblin } from './a.ts'; import { type Name, hp } from './a.ts'; import type * as all from './a.ts'; const g: Goblin = { hp }, n: Name = 'n'; let f: typeof all.hp = 1; export const r = [g, n, f];",
      [{ hp: 10 }, 'n', 1],
    ],
    [
      'a type that is imported without the word',
      "import { Goblin, Name, hp } from './a.ts'; const g: Goblin = { hp }; export const r: [Goblin, Name] = [g, 'n'];",
      [{ hp: 10 }, 'n'],
    ],
    [
      'a module that is imported for its types alone, and need not be there',
      "import type { A } from './gone.ts'; import { B } from './gone.ts'; const a: A & B = 1 as never; export const r = a;",
      1,
    ],
    [
      'types that are exported again',
      "export type { Goblin } from './a.ts'; export { type Name, hp as r } from './a.ts'; export type * from './a.ts';",
      10,
    ],
    [
      'an abstract class',
      "import { Npc } from './a.ts'; class Orc extends Npc { override step() { return 'steps'; } } export const r = new Orc().walk();",
      'steps',
    ],
    [
      'overloads',
      'function f(a: string): 1; function f(a: number): 2; function f(a: unknown) { return typeof a === "string" ? 1 : 2; } class A { m(): 1; m(a: 1): 2; m(a?: 1) { return a ?? 0; } constructor(); constructor(a: 1); constructor(a?: 1) {} } export const r = [f(""), f(1), new A().m(1)];',
      [1, 2, 1],
    ],
    [
      'declare: fields leave what the parent made',
      'class A { a = 1; } class B extends A { declare a: number; } class C extends A { a!: number; } export const r = [new B().a, "a" in new C(), new C().a];',
      [1, true, undefined],
    ],
    [
      'declare: variables, functions, modules, the global scope',
      'declare const a: number; declare function f(): void; declare module "x" { const y: 1; } declare global { interface Window { z: 1 } } export const r = [typeof a, typeof f];',
      ['undefined', 'undefined'],
    ],
    [
      'definite assignment',
      'let a!: number; const set = () => { a = 1; }; set(); class A { b!: string; } export const r = [a, Object.keys(new A())];',
      [1, ['b']],
    ],
    [
      'generics, this types, predicates and assertions',
      'const id = <const T,>(a: T) => a; function is(this: void, a: unknown): a is string { return typeof a === "string"; } function must(a: unknown): asserts a {} must(1); const f = id<number>; export const r = [f(1), is("")];',
      [1, true],
    ],
    [
      'index signatures, optional members, readonly and getters with types',
      'class A { [key: string]: unknown; static readonly s: number = 1; o?: string; get g(): number { return 1; } set g(v: number) {} } export const r = [A.s, new A().g];',
      [1, 1],
    ],
    [
      'JSON by attribute',
      "import names from './names.json' with { type: 'json' }; export const r = names;",
      ['Grik', 'Snag'],
    ],
    [
      'a decorator of the language',
      'const twice = (m: () => number, { name }: { name: string | symbol }) => function (this: object) { return [name, m.call(this) * 2]; }; class A { @twice hp() { return 5; } } export const r = new A().hp();',
      ['hp', 10],
    ],
  ])('%s', async (_, main, expected) => {
    expect(await result(main, { ...a, 'names.json': '["Grik", "Snag"]' })).toEqual(expected);
  });

  it('files of every kind that import each other', async () => {
    const t = await hostOf({
      'main.ts': "export { a } from './a.mts'; export { b } from './b.js'; export { c } from './c.mjs';",
      'a.mts': "import { b } from './b.js'; export const a: string = 'a' + b;",
      'b.js': "import { c } from './c.mjs'; export const b = 'b' + c;",
      'c.mjs': "import { d } from './d.ts'; export const c = 'c' + d.name;",
      'd.ts': "import d from './d.json'; export { d };",
      'd.json': '{ "name": "d" }',
    });
    expect(await t.import('main.ts')).toMatchObject({ a: 'abcd', b: 'bcd', c: 'cd' });
    committed(await t.change({ 'd.json': '{ "name": "e" }' }));
    expect(await t.import('main.ts')).toMatchObject({ a: 'abce', b: 'bce', c: 'ce' });
  });

  it('no types in JavaScript', async () => {
    const t = await hostOf({ 'main.js': 'export const a: number = 1;' });
    expect(await rejection(t.import('main.js'))).toMatchObject({ code: 'SYNTAX_ERROR' });
  });
});

describe('the tsconfig.json of a folder', () => {
  async function folder(files: Readonly<Record<string, string>>): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), 'rekindle-tsconfig-'));
    onTestFinished(() => rm(root, { recursive: true }));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    }
    return root;
  }

  async function hostIn(root: string, tsconfig?: HostOptions['tsconfig']) {
    const stores = [folderStore(join(root, 'scripts'))];
    const host = createHost({ stores, cache: false, ...(tsconfig === undefined ? {} : { tsconfig }) });
    onTestFinished(() => host.close());
    return host;
  }

  const log = 'export const r: string[] = [];';
  const fields = {
    'scripts/log.ts': log,
    'scripts/main.ts': `
      import { r } from './log.ts';
      class A { set hp(value: number) { r.push('set'); } }
      class B extends A { hp = 1; }
      new B();
      export { r };
    `,
  };

  it.each<[string, object, string[]]>([
    ['nothing', {}, []],
    ['useDefineForClassFields: false', { useDefineForClassFields: false }, ['set']],
    ['an old target', { target: 'ES2021' }, ['set']],
    ['a new target', { target: 'ES2022' }, []],
    ['an old target, and fields as the language has them', { target: 'ES2020', useDefineForClassFields: true }, []],
  ])('decides how fields are made: %s', async (_, compilerOptions, expected) => {
    const root = await folder({ ...fields, 'scripts/tsconfig.json': JSON.stringify({ compilerOptions }) });
    expect(await (await hostIn(root)).import('main.ts')).toMatchObject({ r: expected });
  });

  const decorated = {
    'scripts/main.ts': `
      export const r: unknown[] = [];
      const note = (...args: unknown[]) => { r.push(args.length); };
      const inject = (target: object, key: string | undefined, index: number) => { r.push([key, index]); };
      class Item {}
      @note class A { constructor(@inject item: Item) {} @note use(@inject by: string): number { return 1; } }
      export const types = (Reflect as any).getMetadata?.('design:paramtypes', A.prototype, 'use');
    `,
  };

  it('turns TypeScript’s own decorators on, by a file that it extends', async () => {
    const root = await folder({
      ...decorated,
      'tsconfig.base.json': '{ "compilerOptions": { "experimentalDecorators": true, "target": "ES5" } }',
      'tsconfig.json': '{ "extends": "./tsconfig.base.json", "compilerOptions": { "strict": true } }',
      'scripts/tsconfig.json':
        '{\n  // of the scripts\n  "extends": ["../tsconfig.json"],\n  "compilerOptions": {},\n}',
    });
    expect(await (await hostIn(root)).import('main.ts')).toMatchObject({ r: [['use', 0], 3, [undefined, 0], 1] });
  });

  it('and the metadata of types', async () => {
    const metadata = new Map<string, unknown>();
    const known = Reflect as { metadata?: unknown };
    known.metadata = (key: string, value: unknown) => (_: object, name?: string) => {
      metadata.set(`${name ?? 'class'} ${key}`, value);
    };
    onTestFinished(() => {
      delete known.metadata;
    });
    const root = await folder({
      ...decorated,
      'scripts/tsconfig.json':
        '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
    });
    await (await hostIn(root)).import('main.ts');
    expect(metadata.get('use design:type')).toBe(Function);
    expect(metadata.get('use design:paramtypes')).toEqual([String]);
    expect(metadata.get('use design:returntype')).toBe(Number);
    expect(metadata.get('class design:paramtypes')).toEqual([expect.objectContaining({ name: 'Item' })]);
  });

  it('lets imports stay as they are written', async () => {
    const files = {
      'scripts/main.ts': "import { Goblin } from './goblin.ts'; export let goblin: Goblin | undefined;",
      'scripts/goblin.ts': "export type Goblin = { hp: number }; globalThis.ran = 'ran'; export const hp = 1;",
    };
    const dropped = await hostIn(await folder(files));
    await dropped.import('main.ts');
    expect(dropped.modules().map(({ id }) => id)).toEqual(['main.ts']);
    const verbatim = '{ "compilerOptions": { "verbatimModuleSyntax": true } }';
    const kept = await hostIn(await folder({ ...files, 'scripts/tsconfig.json': verbatim }));
    expect(await rejection(kept.import('main.ts'))).toMatchObject({ code: 'MISSING_EXPORT' });
  });

  it('may be another one, by its path or as an object', async () => {
    const root = await folder({ ...fields, 'config/scripts.json': '{ "compilerOptions": { "target": "es2019" } }' });
    const byPath = await hostIn(root, join(root, 'config/scripts.json'));
    expect(await byPath.import('main.ts')).toMatchObject({ r: ['set'] });
    const byObject = await hostIn(root, { compilerOptions: { useDefineForClassFields: false } });
    expect(await byObject.import('main.ts')).toMatchObject({ r: ['set'] });
  });

  it('that extends what is not there is told with its name', async () => {
    const root = await folder({ ...fields, 'scripts/tsconfig.json': '{ "extends": "./gone.json" }' });
    const error = await rejection((await hostIn(root)).import('main.ts'));
    expect(error).toMatchObject({ name: 'HostError', code: 'INVALID_OPTION' });
    expect(error.message).toContain(join('scripts', 'tsconfig.json'));
    expect(error.message).toContain('gone.json');
  });
});
