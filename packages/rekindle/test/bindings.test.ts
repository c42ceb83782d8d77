import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, evaluated, hostOf, refused } from './stories.ts';

type Numbers = Record<string, number>;

describe('a live binding', () => {
  it('shows a new value to code that does not run again', async () => {
    const t = await hostOf({
      'rules.ts': 'export let max = 5; export function limit() { return max; }',
      'main.ts': "import { max, limit } from './rules.ts'; export const read = () => [max, limit()];",
    });
    const { read } = await t.import<Calls<'read'>>('main.ts');
    expect(read()).toEqual([5, 5]);
    expect(
      evaluated(await t.change({ 'rules.ts': 'export let max = 7; export const limit = () => max * 2;' })),
    ).toEqual(['rules.ts']);
    expect(read()).toEqual([7, 14]);
  });

  it('is written by its own module alone', async () => {
    const t = await hostOf({
      'count.ts': 'export let n = 0; export const up = () => { n += 1; return n; };',
      'main.ts': "import { n, up } from './count.ts'; export const go = () => { up(); return n; };",
    });
    const { go } = await t.import<Calls<'go'>>('main.ts');
    const count = await t.import<Numbers>('count.ts');
    expect([go(), go(), count['n']]).toEqual([1, 2, 2]);
    expect(() => Object.assign(count, { n: 9 })).toThrow(TypeError);
    expect(count['n']).toBe(2);
  });

  it('reaches the game through an object whose identity never changes', async () => {
    const t = await hostOf({ 'a.ts': 'export const one = 1;' });
    const before = await t.import<Numbers>('a.ts');
    committed(await t.change({ 'a.ts': 'export const one = 10; export const two = 2; export default 3;' }));
    const after = await t.import<Numbers>('a.ts');
    expect(after).toBe(before);
    expect({ ...before }).toEqual({ one: 10, two: 2, default: 3 });
    committed(await t.change({ 'a.ts': 'export const two = 20;' }));
    expect(Object.keys(before)).toEqual(['two']);
    expect('one' in before).toBe(false);
  });

  it('runs an importer again whose top level read the value, and nobody else', async () => {
    const t = await hostOf(
      {
        'speed.ts': 'export const speed = 3;',
        'cached.ts': "import { speed } from './speed.ts'; export const twice = speed * 2;",
        'lazy.ts': "import { speed } from './speed.ts'; export const twice = () => speed * 2;",
        'deaf.ts': "import './speed.ts'; export const own = 1;",
        'main.ts': "import './cached.ts'; import './lazy.ts'; import './deaf.ts';",
      },
      { entries: ['main.ts'] },
    );
    const outcome = committed(await t.change({ 'speed.ts': 'export const speed = 4;' }));
    expect(outcome.evaluated).toEqual(['speed.ts', 'cached.ts']);
    expect(outcome.reasons['cached.ts']).toBe("observes 'speed' of 'speed.ts'");
    expect((await t.import<Numbers>('cached.ts'))['twice']).toBe(8);
  });

  it('follows calls: a top level observes what the functions that it calls read', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const base = 1;',
      'mid.ts': "import { base } from './leaf.ts'; export const build = () => base + 1; export const other = () => 0;",
      'top.ts': "import { build } from './mid.ts'; export const built = build();",
      'side.ts': "import { other } from './mid.ts'; export const zero = other();",
      'main.ts': "import './top.ts'; import './side.ts';",
    });
    await t.import('main.ts');
    expect(evaluated(await t.change({ 'leaf.ts': 'export const base = 10;' }))).toEqual(['leaf.ts', 'top.ts']);
    expect((await t.import<Numbers>('top.ts'))['built']).toBe(11);
  });
});

describe('a renamed export', () => {
  const modules = {
    'limits.ts': 'export const clamp = (n: number) => Math.min(n, 10); export const maxSpeed = 5;',
    'walk.ts': "import { clamp } from './limits.ts'; export const walk = (n: number) => clamp(n);",
    'run.ts': "import { clamp as c } from './limits.ts'; export const run = (n: number) => c(n * 2);",
    'main.ts': "export { walk } from './walk.ts'; export { run } from './run.ts';",
  };

  it('goes through all files in one save', async () => {
    const t = await hostOf(modules);
    const main = await t.import<Record<string, (n: number) => number>>('main.ts');
    const outcome = await t.change({
      'limits.ts': 'export const limit = (n: number) => Math.min(n, 20); export const maxSpeed = 5;',
      'walk.ts': "import { limit } from './limits.ts'; export const walk = (n: number) => limit(n);",
      'run.ts': "import { limit as c } from './limits.ts'; export const run = (n: number) => c(n * 2);",
    });
    expect(evaluated(outcome)).toEqual(['limits.ts', 'walk.ts', 'run.ts']);
    expect([main['walk']?.(100), main['run']?.(7)]).toEqual([20, 14]);
  });

  it('is refused where an importer was forgotten: every one of them is told, with the nearest name', async () => {
    const t = await hostOf(modules);
    const main = await t.import<Record<string, (n: number) => number>>('main.ts');
    const diagnostics = refused(
      await t.change({ 'limits.ts': 'export const clampSpeed = (n: number) => n; export const maxSpeed = 5;' }),
    );
    expect(codes(diagnostics)).toEqual(['MISSING_EXPORT', 'MISSING_EXPORT']);
    expect(diagnostics.map(({ module }) => module).sort()).toEqual(['run.ts', 'walk.ts']);
    for (const { message, hint } of diagnostics) {
      expect(message).toBe("'clamp' is not exported by 'limits.ts'. Did you mean 'clampSpeed'?");
      expect(hint).toBe('limits.ts exports: clampSpeed, maxSpeed.');
    }
    expect([main['walk']?.(100), main['run']?.(7)]).toEqual([10, 10]);
  });
});

describe('what is wrong with a change set', () => {
  it('is told all at once: syntax, names and paths of every file', async () => {
    const t = await hostOf({
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 1;',
      'c.ts': 'export const c = 1;',
      'main.ts': "import './a.ts'; import './b.ts'; import './c.ts';",
    });
    await t.import('main.ts');
    const diagnostics = refused(
      await t.change({
        'a.ts': 'export const a = ;',
        'b.ts': "import './nowhere.ts'; import './nobody.ts'; export const b = 2;",
        'c.ts': 'export const c = (;',
      }),
    );
    expect(diagnostics.map(({ code, module }) => `${module} ${code}`).sort()).toEqual([
      'a.ts SYNTAX_ERROR',
      'b.ts UNRESOLVED_IMPORT',
      'b.ts UNRESOLVED_IMPORT',
      'c.ts SYNTAX_ERROR',
    ]);
  });

  it('names every missing export of one importer', async () => {
    const t = await hostOf({
      'lib.ts': 'export const one = 1; export const two = 2;',
      'main.ts': "import { one, two } from './lib.ts'; export const sum = () => one + two;",
    });
    await t.import('main.ts');
    const diagnostics = refused(await t.change({ 'lib.ts': 'export const three = 3;' }));
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("'one' is not exported by 'lib.ts'."),
      expect.stringContaining("'two' is not exported by 'lib.ts'."),
    ]);
  });

  it('a module that exports nothing says so', async () => {
    const t = await hostOf({
      'lib.ts': 'export const one = 1;',
      'main.ts': "import { one } from './lib.ts'; export const read = () => one;",
    });
    await t.import('main.ts');
    const [diagnostic] = refused(await t.change({ 'lib.ts': 'const one = 1;' }));
    expect(diagnostic?.message).toBe("'one' is not exported by 'lib.ts'.");
    expect(diagnostic?.hint).toBe('lib.ts exports: nothing.');
  });
});

describe('re-exports', () => {
  it('a diamond sees one leaf, run once', async () => {
    const t = await hostOf({
      'leaf.ts':
        "globalThis.runs = (globalThis.runs ?? 0) + 1; export const value = 'v1'; export const runs = globalThis.runs;",
      'left.ts': "export { value as left } from './leaf.ts';",
      'right.ts': "import { value } from './leaf.ts'; export { value as right };",
      'main.ts':
        "import { left } from './left.ts'; import { right } from './right.ts'; export const both = () => [left, right];",
    });
    const { both } = await t.import<Calls<'both'>>('main.ts');
    expect(both()).toEqual(['v1', 'v1']);
    const leaf = await t.import<Numbers>('leaf.ts');
    expect(leaf['runs']).toBe(1);
    committed(
      await t.change({
        'leaf.ts':
          "globalThis.runs = (globalThis.runs ?? 0) + 1; export const value = 'v2'; export const runs = globalThis.runs;",
      }),
    );
    expect(both()).toEqual(['v2', 'v2']);
    expect(leaf['runs']).toBe(2);
  });

  it('`export *` follows names that come and go, and never gives a default', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const a = 1; export const b = 2; export default 3;',
      'barrel.ts': "export * from './leaf.ts';",
      'main.ts': "import * as all from './barrel.ts'; export const names = () => Object.keys(all);",
    });
    const { names } = await t.import<Calls<'names'>>('main.ts');
    const barrel = await t.import('barrel.ts');
    expect(names()).toEqual(['a', 'b']);
    committed(await t.change({ 'leaf.ts': 'export const b = 20; export const c = 30; export default 4;' }));
    expect(names()).toEqual(['b', 'c']);
    expect({ ...barrel }).toEqual({ b: 20, c: 30 });
  });

  it('`export *` of one name from two modules is ambiguous: refused where it is imported', async () => {
    const t = await hostOf({
      'left.ts': 'export const shared = 1;',
      'right.ts': 'export const own = 2;',
      'barrel.ts': "export * from './left.ts'; export * from './right.ts';",
      'main.ts': "import { shared, own } from './barrel.ts'; export const read = () => [shared, own];",
    });
    const { read } = await t.import<Calls<'read'>>('main.ts');
    const [diagnostic] = refused(await t.change({ 'right.ts': 'export const own = 2; export const shared = 3;' }));
    expect(diagnostic).toMatchObject({
      code: 'AMBIGUOUS_EXPORT',
      module: 'main.ts',
      message: "'shared' comes from more than one 'export *' of 'barrel.ts'.",
    });
    expect(read()).toEqual([1, 2]);
  });

  it('a name that comes to a namespace object runs those again who looked at that, by whatever name it was imported', async () => {
    const t = await hostOf({
      'leaf.ts': 'export {};',
      'barrel.ts': "export * from './leaf.ts';",
      'all.ts': "export * as rules from './barrel.ts';",
      'main.ts': "import { rules } from './all.ts'; export const names = Object.keys(rules);",
    });
    const main = await t.import<{ names: string[] }>('main.ts');
    expect(main.names).toEqual([]);
    expect(evaluated(await t.change({ 'leaf.ts': 'export const hp = 1;' }))).toEqual(['leaf.ts', 'main.ts']);
    expect(main.names).toEqual(['hp']);
  });

  it('a name that moves to another leaf runs those again who read it at top level', async () => {
    const t = await hostOf({
      'old.ts': "export const hit = 'old';",
      'new.ts': "export const hit = 'new';",
      'barrel.ts': "export { hit } from './old.ts'; import './new.ts';",
      'build.ts': "import { hit } from './barrel.ts'; export const build = () => hit + '!';",
      'main.ts': "import { hit } from './barrel.ts'; export const copy = hit; export const read = () => hit;",
      'indirect.ts': "import { build } from './build.ts'; export const built = build();",
      'all.ts': "export * from './main.ts'; export * from './indirect.ts';",
    });
    const all = await t.import<Record<string, unknown>>('all.ts');
    const outcome = await t.change({ 'barrel.ts': "export { hit } from './new.ts'; import './old.ts';" });
    expect([...evaluated(outcome)].sort()).toEqual(['barrel.ts', 'indirect.ts', 'main.ts']);
    expect(all['copy']).toBe('new');
    expect(all['built']).toBe('new!');
    expect((all['read'] as () => string)()).toBe('new');
  });
});
