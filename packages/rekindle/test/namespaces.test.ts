import { describe, expect, it } from 'vitest';
import { type Calls, committed, evaluated, hostOf } from './stories.ts';

describe('import * as ns', () => {
  const modules = {
    'lib.ts': "export const b = 1; export const a = 'x'; export default function name() {}",
    'user.ts': "import * as lib from './lib.ts'; export const ns = () => lib; export const b = () => lib.b;",
  };

  it('is an exact namespace object', async () => {
    const t = await hostOf(modules);
    const { ns } = await t.import<Calls<'ns'>>('user.ts');
    const lib = ns() as Record<string, unknown>;
    expect(Reflect.ownKeys(lib)).toEqual(['a', 'b', 'default', Symbol.toStringTag]);
    expect(Object.prototype.toString.call(lib)).toBe('[object Module]');
    expect(Object.getPrototypeOf(lib)).toBeNull();
    expect(Object.isExtensible(lib)).toBe(false);
    expect(Object.getOwnPropertyDescriptor(lib, 'b')).toEqual({
      value: 1,
      writable: true,
      enumerable: true,
      configurable: false,
    });
    expect(() => {
      lib['b'] = 2;
    }).toThrow(TypeError);
    expect(Reflect.deleteProperty(lib, 'b')).toBe(false);
    expect(Reflect.deleteProperty(lib, 'other')).toBe(true);
  });

  it('keeps its identity while the names stay, and shows the new values', async () => {
    const t = await hostOf(modules);
    const { ns, b } = await t.import<Calls<'ns' | 'b'>>('user.ts');
    const before = ns() as Record<string, unknown>;
    expect(
      evaluated(await t.change({ 'lib.ts': "export const b = 2; export const a = 'y'; export default class {}" })),
    ).toEqual(['lib.ts']);
    expect(ns()).toBe(before);
    expect([before['b'], before['a'], b()]).toEqual([2, 'y', 2]);
  });

  it('keeps its identity where the names stay and only lead elsewhere', async () => {
    const t = await hostOf({
      'one.ts': 'export const x = 1;',
      'two.ts': 'export const x = 2;',
      'lib.ts': "import './two.ts'; export { x } from './one.ts';",
      'user.ts': "import * as lib from './lib.ts'; export const ns = () => lib;",
    });
    const { ns } = await t.import<Calls<'ns'>>('user.ts');
    const before = ns() as Record<string, unknown>;
    committed(await t.change({ 'lib.ts': "import './one.ts'; export { x } from './two.ts';" }));
    expect(ns()).toBe(before);
    expect(before['x']).toBe(2);
  });

  it('is another object when the set of names changes; who holds the old one keeps its names', async () => {
    const t = await hostOf(modules);
    const { ns } = await t.import<Calls<'ns'>>('user.ts');
    const before = ns() as Record<string, unknown>;
    committed(await t.change({ 'lib.ts': 'export const b = 3; export const c = 4; export default class {}' }));
    const after = ns() as Record<string, unknown>;
    expect(after).not.toBe(before);
    expect(Object.keys(after)).toEqual(['b', 'c', 'default']);
    expect(Object.keys(before)).toEqual(['a', 'b', 'default']);
    expect(before['b']).toBe(3);
  });

  it('is one object for all importers, also for one that ran again and kept it', async () => {
    const t = await hostOf({
      'lib.ts': 'export const a = 1;',
      'keeper.ts':
        "import * as lib from './lib.ts'; export const kept = lib; export const ns = () => lib; export const a = lib.a;",
      'other.ts': "import * as lib from './lib.ts'; export const ns = () => lib;",
      'main.ts':
        "import * as keeper from './keeper.ts'; import * as other from './other.ts'; export const all = () => [keeper.kept, keeper.ns(), other.ns()];",
    });
    const { all } = await t.import<Calls<'all'>>('main.ts');
    const [kept, now, other] = all() as object[];
    expect(now).toBe(kept);
    expect(other).toBe(kept);
    expect(evaluated(await t.change({ 'lib.ts': 'export const a = 2;' }))).toEqual(['lib.ts', 'keeper.ts']);
    const [kept2, now2, other2] = all() as object[];
    expect(now2).toBe(kept2);
    expect(other2).toBe(kept2);
    expect(kept2).toBe(kept);
    expect({ ...kept2 }).toEqual({ a: 2 });
    committed(await t.change({ 'lib.ts': 'export const a = 3; export const b = 4;' }));
    const [kept3, now3, other3] = all() as object[];
    expect(now3).toBe(kept3);
    expect(other3).toBe(kept3);
    expect({ ...kept3 }).toEqual({ a: 3, b: 4 });
  });

  it('shows a body the staged values, through any number of re-exports', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const x = 1;',
      'inner.ts': "export { x } from './leaf.ts';",
      'outer.ts': "export { x } from './inner.ts'; export * as deep from './inner.ts';",
      'user.ts':
        "import * as outer from './outer.ts'; const read = (o: any) => [o.x, o.deep.x]; export const seen = read(outer); export const later = () => read(outer);",
    });
    const user = await t.import<Record<string, unknown>>('user.ts');
    expect(user['seen']).toEqual([1, 1]);
    expect(evaluated(await t.change({ 'leaf.ts': 'export const x = 2;' }))).toEqual(['leaf.ts', 'user.ts']);
    expect(user['seen']).toEqual([2, 2]);
    expect((user['later'] as () => unknown)()).toEqual([2, 2]);
  });

  it('a missing name of ns is undefined, and comes to life when the name does', async () => {
    const t = await hostOf({
      'lib.ts': 'export const a = 1;',
      'user.ts': "import * as lib from './lib.ts'; export const read = () => [lib.a, (lib as any).b];",
    });
    const { read } = await t.import<Calls<'read'>>('user.ts');
    expect(read()).toEqual([1, undefined]);
    committed(await t.change({ 'lib.ts': 'export const a = 1; export const b = 2;' }));
    expect(read()).toEqual([1, 2]);
    committed(await t.change({ 'lib.ts': 'export const b = 3;' }));
    expect(read()).toEqual([undefined, 3]);
  });

  it('calls a method of ns without a `this`', async () => {
    const t = await hostOf({
      'lib.ts': 'export function self(this: unknown) { return this; }',
      'user.ts': "import * as lib from './lib.ts'; export const call = () => lib.self();",
    });
    const { call } = await t.import<Calls<'call'>>('user.ts');
    // a member call has the namespace object as `this`, as in the language
    expect(Object.prototype.toString.call(call())).toBe('[object Module]');
  });
});

describe('export * as ns', () => {
  it('gives the namespace object of the other module, and the new one when its names change', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const a = 1;',
      'barrel.ts': "export * as leaf from './leaf.ts';",
      'user.ts':
        "import { leaf } from './barrel.ts'; import * as direct from './leaf.ts'; export const same = () => leaf === direct; export const keys = () => Object.keys(leaf);",
    });
    const { same, keys } = await t.import<Calls<'same' | 'keys'>>('user.ts');
    const barrel = await t.import<Record<string, object>>('barrel.ts');
    expect([same(), keys()]).toEqual([true, ['a']]);
    committed(await t.change({ 'leaf.ts': 'export const a = 1; export const b = 2;' }));
    expect([same(), keys(), Object.keys(barrel['leaf'] ?? {})]).toEqual([true, ['a', 'b'], ['a', 'b']]);
  });

  it('is observed by a top level that gives the whole away', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const a = 1;',
      'barrel.ts': "export * as leaf from './leaf.ts'; export const own = 0;",
      'user.ts': "import * as all from './barrel.ts'; export const text = JSON.stringify(all);",
    });
    const user = await t.import<Record<string, string>>('user.ts');
    expect(JSON.parse(user['text'] ?? '')).toEqual({ leaf: { a: 1 }, own: 0 });
    committed(await t.change({ 'leaf.ts': 'export const a = 2;' }));
    expect(JSON.parse(user['text'] ?? '')).toEqual({ leaf: { a: 2 }, own: 0 });
  });
});
