import { describe, expect, it } from 'vitest';
import { codes, committed, deferred, evaluated, hostOf, type Modules, refused, settled } from './stories.ts';

type Host = Awaited<ReturnType<typeof hostOf>>;

const loaded = (t: Host) => t.host.modules().map(({ id }) => id);

/** What an edit of one module runs: as `explain` says it beforehand, and as the outcome does. */
async function edit(t: Host, id: string, text: string): Promise<readonly string[]> {
  const { onChange } = await t.host.explain(id);
  const outcome = committed(await t.change({ [id]: text }));
  expect(onChange.map(({ module }) => module)).toEqual(outcome.evaluated);
  return outcome.evaluated;
}

async function mainOf(modules: Modules) {
  const t = await hostOf(modules);
  return { t, main: await t.import<{ said: unknown }>('main.ts') };
}

describe('a top level that waits for an import()', () => {
  const main = "const { v } = await import('./plugin.ts'); export const said = v;";

  it('runs again when what it was given changes', async () => {
    const { t, main: view } = await mainOf({ 'main.ts': main, 'plugin.ts': 'export const v = 1;' });
    expect(await edit(t, 'plugin.ts', 'export const v = 2;')).toEqual(['main.ts', 'plugin.ts']);
    expect(view.said).toBe(2);
    expect(await edit(t, 'plugin.ts', 'export const v = 3;')).toEqual(['main.ts', 'plugin.ts']);
    expect(view.said).toBe(3);
    expect(await edit(t, 'main.ts', main.replace('= v', '= -v'))).toEqual(['main.ts']);
    expect(view.said).toBe(-3);
    expect((await t.host.explain('plugin.ts')).onChange).toEqual([
      { module: 'main.ts', reason: "observes the exports of 'plugin.ts'" },
      { module: 'plugin.ts', reason: 'was edited' },
    ]);
  });

  it('registers an edited plugin again', async () => {
    const table: Record<string, string> = {};
    const plugin = (text: string) => `export const register = (table: any) => { table.a = '${text}'; };`;
    const t = await hostOf(
      {
        'main.ts': "import { table } from '@game/t'; for (const id of ['./a.ts']) (await import(id)).register(table);",
        'a.ts': plugin('one'),
      },
      { modules: { '@game/t': { table } } },
    );
    await t.import('main.ts');
    committed(await t.change({ 'a.ts': plugin('two') }));
    expect(table).toEqual({ a: 'two' });
  });

  it('runs again for what the code of a plugin reads, and the plugin is not called with old values', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': "const { get } = await import('./plugin.ts'); export const said = get();",
      'plugin.ts': "import { price } from './price.ts'; export const get = () => price;",
      'price.ts': 'export const price = 1;',
    });
    expect(await edit(t, 'price.ts', 'export const price = 2;')).toEqual(['main.ts', 'price.ts', 'plugin.ts']);
    expect(view.said).toBe(2);
  });

  it('runs again through a barrel, for a name that is new', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': "export const said = Object.keys(await import('./barrel.ts')).join();",
      'barrel.ts': "export * from './inner.ts';",
      'inner.ts': '',
    });
    expect(evaluated(await t.change({ 'inner.ts': 'export const a = 1;' }))).toEqual(['main.ts', 'inner.ts']);
    expect(view.said).toBe('a');
  });

  it('runs again along a chain of them, in the order in which they begin', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': "const { b } = await import('./b.ts'); export const said = b;",
      'b.ts': "const { c } = await import('./c.ts'); export const b = c;",
      'c.ts': 'export const c = 1;',
    });
    expect(loaded(t)).toEqual(['main.ts', 'b.ts', 'c.ts']);
    expect(await edit(t, 'c.ts', 'export const c = 2;')).toEqual(['main.ts', 'b.ts', 'c.ts']);
    expect(view.said).toBe(2);
    expect(loaded(t)).toEqual(['main.ts', 'b.ts', 'c.ts']);
  });

  it('is given what observes an edit anew, also where it was to leave: imported by name before, with import() now', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': "import { twice } from './twice.ts'; export const said = twice;",
      'twice.ts': "import { n } from './n.ts'; export const twice = n * 2;",
      'n.ts': 'export const n = 1;',
    });
    const next = {
      'main.ts': "export const said = (await import('./twice.ts')).twice;",
      'n.ts': 'export const n = 2;',
    };
    expect(evaluated(await t.change(next)).toSorted()).toEqual(['main.ts', 'n.ts', 'twice.ts']);
    expect(view.said).toBe(4);
  });

  it('is given what was to leave with the module that moved', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': main.replace('plugin.ts', 'plugin'),
      'plugin.ts': "export const { v } = await import('/inner.ts');",
      'inner.ts': 'export const v = 1;',
    });
    const moved = { 'plugin.ts': null, 'plugin/index.ts': "export const { v } = await import('/inner.ts');" };
    expect(evaluated(await t.change({ ...moved, 'main.ts': `${main.replace('plugin.ts', 'plugin')} 1;` }))).toEqual([
      'main.ts',
      'plugin/index.ts',
    ]);
    expect([view.said, loaded(t)]).toEqual([1, ['main.ts', 'plugin/index.ts', 'inner.ts']]);
  });

  it('keeps the places of its imports, whichever of them is done first', async () => {
    const main = (n: number) =>
      `await Promise.all([import('./slow.ts'), import('./quick.ts')]); await import('./last.ts'); export const said = ${n};`;
    const t = await hostOf({
      'main.ts': main(1),
      'slow.ts': 'for (let n = 0; n < 20; n++) await null;',
      'quick.ts': '',
      'last.ts': '',
    });
    await t.import('main.ts');
    const order = ['main.ts', 'slow.ts', 'quick.ts', 'last.ts'];
    expect(loaded(t)).toEqual(order);
    expect(evaluated(await t.change({ 'main.ts': main(2), 'last.ts': '1;' }))).toEqual(['main.ts', 'last.ts']);
    expect(loaded(t)).toEqual(order);
  });

  it('looks for it again where it moved, and is refused where it is gone', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': main.replace('plugin.ts', 'plugin'),
      'plugin.ts': 'export const v = 1;',
    });
    const moved = { 'plugin.ts': null, 'plugin/index.ts': 'export const v = 2;' };
    expect(evaluated(await t.change(moved))).toEqual(['main.ts', 'plugin/index.ts']);
    expect(view.said).toBe(2);
    expect(codes(refused(await t.change({ 'plugin/index.ts': null })))).toEqual(['UNRESOLVED_IMPORT']);
    expect(view.said).toBe(2);
  });

  it('is refused where it imports by name what is gone, though what it awaits has only moved', async () => {
    const { t } = await mainOf({
      'main.ts': "import { n } from './n.ts'; const { v } = await import('./plugin'); export const said = v + n;",
      'plugin.ts': 'export const v = 1;',
      'n.ts': 'export const n = 1;',
    });
    const moved = { 'plugin.ts': null, 'plugin/index.ts': 'export const v = 2;' };
    expect(codes(refused(await t.change({ ...moved, 'n.ts': null })))).toEqual(['DELETED_IMPORT']);
  });

  it('looks for what it leads to, too: the plugin that moved is imported by its own imports', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': main.replace('plugin.ts', 'plugin'),
      'plugin.ts': "import { b } from './b.ts'; export const v = 1; export const w = b;",
      'b.ts': "import * as plugin from './plugin'; export const b = () => plugin.v;",
    });
    const moved = {
      'plugin.ts': null,
      'plugin/index.ts': "import { b } from '../b.ts'; export const v = 2; export const w = b;",
    };
    const { evaluated, reasons } = committed(await t.change(moved));
    expect(evaluated).toEqual(['main.ts', 'b.ts', 'plugin/index.ts']);
    expect(reasons['b.ts']).toBe('imports lead elsewhere');
    expect(view.said).toBe(2);
  });

  it.each([
    ['does not compile', 'const = ;'],
    ['imports what is not there', "import { nothing } from './list.ts'; nothing();"],
    ['throws', "throw new Error('no');"],
    ['throws after an await', "await null; throw new Error('no');"],
  ])('does without a plugin that %s, as soon as it is not asked for', async (_, broken) => {
    const list = (...ids: string[]) => `export const ids: string[] = ${JSON.stringify(ids)};`;
    const t = await hostOf({
      'main.ts': "import { ids } from './list.ts'; for (const id of ids) await import(id);",
      'list.ts': list('./a.ts', './b.ts'),
      'a.ts': '',
      'b.ts': '',
    });
    await t.import('main.ts');
    refused(await t.change({ 'b.ts': broken }));
    refused(await t.change({ 'list.ts': `${list('./a.ts', './b.ts')} 1;` }));
    expect(loaded(t)).toEqual(['list.ts', 'main.ts', 'a.ts', 'b.ts']);
    expect(evaluated(await t.change({ 'list.ts': list('./a.ts') }))).toEqual(['list.ts', 'main.ts']);
    expect(loaded(t)).toEqual(['list.ts', 'main.ts', 'a.ts']);
  });

  it('cannot catch that an edit breaks a module which runs and which it asks for once more', async () => {
    const caught = (n: number) =>
      `export const said = ${n}; for (const id of ['./plugin.ts']) try { await import(id); } catch {}`;
    const { t } = await mainOf({ 'main.ts': caught(1), 'plugin.ts': '' });
    const faults = refused(await t.change({ 'main.ts': caught(2), 'plugin.ts': 'const = ;' }));
    expect(faults).toMatchObject([{ code: 'SYNTAX_ERROR', module: 'plugin.ts' }]);
    expect(loaded(t)).toEqual(['main.ts', 'plugin.ts']);
  });

  it('is not left by what it imported when it failed itself', async () => {
    const { t } = await mainOf({
      'main.ts': 'export const load = (id: string) => import(id);',
      'plugin.ts': "await import('./part.ts'); throw new Error('no');",
      'part.ts': 'setInterval(() => {}, 5);',
    });
    const { load } = await t.import<{ load(id: string): Promise<unknown> }>('main.ts');
    await expect(load('./plugin.ts')).rejects.toThrow('no');
    await t.host.sync();
    expect(loaded(t)).toEqual(['main.ts']);
  });

  it('is one of those who import a module: that is not taken out without it', async () => {
    const { t } = await mainOf({ 'main.ts': main, 'plugin.ts': 'export const v = 1;' });
    const [fault] = refused(await t.host.unload('plugin.ts'));
    expect(fault).toMatchObject({ code: 'STILL_IMPORTED' });
    expect(fault?.message).toContain("'main.ts'");
    committed(await t.host.unload('plugin.ts', { cascade: true }));
    expect(loaded(t)).toEqual([]);
  });

  it('enters a cycle where the game does, and not where it imports it', async () => {
    const { t } = await mainOf({
      'main.ts': "export { b } from './b.ts'; export { said } from './late.ts';",
      'late.ts': 'export const said = 1;',
      'a.ts': "import { b } from './b.ts'; export const a = 1; export const f = () => b;",
      'b.ts': "import { a } from './a.ts'; export const b = a + 1;",
    });
    const late = "const { f } = await import('./a.ts'); export const said = f();";
    const next = {
      'late.ts': late,
      'a.ts': "import { b } from './b.ts'; export const a = 2; export const f = () => b;",
    };
    expect(evaluated(await t.change(next))).toEqual(['a.ts', 'b.ts', 'late.ts']);
    expect(await t.import('main.ts')).toMatchObject({ b: 3, said: 3 });
  });

  it('does without one that is gone where it catches that', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': `let found: unknown = 'none'; try { found = (await import('./plugin.ts')).v; } catch {} export const said = found;`,
      'plugin.ts': 'export const v = 1;',
    });
    expect(evaluated(await t.change({ 'plugin.ts': null }))).toEqual(['main.ts']);
    expect([view.said, loaded(t)]).toEqual(['none', ['main.ts']]);
  });

  it('cannot catch that an edit breaks a module which runs: the release is refused', async () => {
    const { t, main: view } = await mainOf({
      'main.ts': `let found: unknown = 'none'; try { found = (await import('./plugin.ts')).v; } catch {} export const said = found;`,
      'plugin.ts': 'export const v = 1;',
    });
    expect(codes(refused(await t.change({ 'plugin.ts': "throw new Error('no');" })))).toEqual(['BODY_THREW']);
    expect([view.said, loaded(t)]).toEqual([1, ['main.ts', 'plugin.ts']]);
  });

  it('takes its plugins out with the line that imported them', async () => {
    const list = (...ids: string[]) =>
      `for (const id of ${JSON.stringify(ids)}) await import(id); export const said = 0;`;
    const { t } = await mainOf({
      'main.ts': list('./a.ts', './b.ts'),
      'a.ts': '',
      'b.ts': "import './c.ts';",
      'c.ts': '',
    });
    const outcome = committed(await t.change({ 'main.ts': list('./a.ts') }));
    expect([outcome.evaluated, outcome.modules]).toEqual([['main.ts'], ['main.ts', 'b.ts', 'c.ts']]);
    expect(loaded(t)).toEqual(['main.ts', 'a.ts']);
    expect(evaluated(await t.change({ 'main.ts': list('./a.ts', './b.ts') }))).toEqual(['main.ts', 'c.ts', 'b.ts']);
    expect(loaded(t)).toEqual(['main.ts', 'a.ts', 'c.ts', 'b.ts']);
    await edit(t, 'main.ts', 'export const said = 0;');
    expect(loaded(t)).toEqual(['main.ts']);
  });

  it('no longer runs again for what its newest version was not given', async () => {
    const { t } = await mainOf({ 'main.ts': main, 'plugin.ts': 'export const v = 1;' });
    await t.import('plugin.ts');
    await edit(t, 'main.ts', 'await null; export const said = 0;');
    expect(await edit(t, 'plugin.ts', 'export const v = 2;')).toEqual(['plugin.ts']);
    await edit(t, 'main.ts', main);
    expect(await edit(t, 'plugin.ts', 'export const v = 3;')).toEqual(['main.ts', 'plugin.ts']);
    await edit(t, 'main.ts', 'export const said = 0;');
    expect(await edit(t, 'plugin.ts', 'export const v = 4;')).toEqual(['plugin.ts']);
  });

  it('does not run again for what it was given when it had ended, or what its functions import later', async () => {
    const t = await hostOf({
      'a.ts': "import('./main.ts').then(() => {}); await null; export const load = () => import('./plugin.ts');",
      'main.ts': "export { load } from './a.ts'; export const said = 1;",
      'plugin.ts': 'export const v = 1;',
    });
    const { load } = await t.import<{ load(): Promise<unknown> }>('main.ts');
    await load();
    expect(await edit(t, 'plugin.ts', 'export const v = 2;')).toEqual(['plugin.ts']);
    expect(await edit(t, 'main.ts', "export { load } from './a.ts'; export const said = 2;")).toEqual(['main.ts']);
  });
});

describe('a top level that waits for the import() of an unchanged helper', () => {
  const helper = 'export const load = (id: string) => import(id);';
  const cache = 'const known: any = {}; export const load = (id: string) => (known[id] ??= import(id));';
  const main = (name: string, factor: number) =>
    `import { load } from './helper.ts'; const { v } = await load('./${name}.ts'); export const said = v * ${factor};`;

  it.each([
    ['that imports each time', helper, ['main.ts']],
    ['that keeps what it imported, and runs again', cache, ['helper.ts', 'main.ts']],
  ])('%s, gets the version of its own release', async (_, text, ran) => {
    const plugin = 'export const v = 1;';
    const { t, main: view } = await mainOf({ 'main.ts': main('plugin', 1), 'helper.ts': text, 'plugin.ts': plugin });
    committed(await t.change({ 'main.ts': main('plugin', 10), 'plugin.ts': 'export const v = 2;' }));
    expect(view.said).toBe(20);
    expect(evaluated(await t.change({ 'main.ts': main('plugin', 100) }))).toEqual(ran);
    expect(view.said).toBe(200);
    await edit(t, 'plugin.ts', 'export const v = 3;');
    expect(view.said).toBe(300);
  });

  it('may be given a module that is new, in a reload and in a load', async () => {
    const t = await hostOf({
      'main.ts': main('plugin', 1),
      'second.ts': main('second-plugin', 1),
      'helper.ts': helper,
      'plugin.ts': 'export const v = 1;',
      'second-plugin.ts': 'export const v = 5;',
    });
    const view = await t.import<{ said: number }>('main.ts');
    committed(await t.change({ 'main.ts': main('other', 10), 'other.ts': 'export const v = 2;' }));
    expect(view.said).toBe(20);
    expect(await t.import('second.ts')).toMatchObject({ said: 5 });
  });

  it('lets running code that calls the helper meanwhile see what is committed', async () => {
    const gate = deferred();
    const t = await hostOf(
      {
        'main.ts': main('plugin', 1),
        'helper.ts': helper,
        'plugin.ts': 'export const v = 1;',
      },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    const view = await t.import<{ said: number }>('main.ts');
    const { load } = await t.import<{ load(id: string): Promise<{ v: number }> }>('helper.ts');
    const outcome = t.change({
      'main.ts': `import { gate } from '@game/gate'; ${main('plugin', 10)} await gate;`,
      'plugin.ts': 'export const v = 2;',
    });
    await settled();
    expect([(await load('./plugin.ts')).v, view.said]).toEqual([1, 1]);
    gate.resolve();
    committed(await outcome);
    expect([(await load('./plugin.ts')).v, view.said]).toEqual([2, 20]);
  });
});

describe('an import() of a module that does not wait for it itself', () => {
  const main = "import { ready } from './dep.ts'; const { v } = await ready; export const said = v;";
  const plugin = (v: number) => ({ 'plugin.ts': `export const v = ${v};` });

  it.each([
    ['ended before', "export const ready = import('./plugin.ts');"],
    ['ended before, and awaits', "export const ready = import('./plugin.ts'); await null;"],
    ['asks for it later', "export const ready = Promise.resolve().then(() => import('./plugin.ts'));"],
  ])('is observed by whoever waits for its promise: one that %s', async (_, dep) => {
    const t = await hostOf({ 'main.ts': main, 'dep.ts': dep, ...plugin(1) });
    const view = await t.import<{ said: number }>('main.ts');
    for (const v of [2, 3]) {
      expect(evaluated(await t.change(plugin(v)))).toContain('main.ts');
      expect(view.said).toBe(v);
    }
  });

  it('is not observed where a function of running code asked for it beside a load', async () => {
    const gate = deferred();
    const t = await hostOf(
      {
        'load.ts': 'export const count = () => 1; export const load = (id: string) => import(id);',
        'first.ts':
          "import { count } from './load.ts'; import { gate } from '@game/t'; export const at = count(); await gate;",
        ...plugin(1),
      },
      { modules: { '@game/t': { gate: gate.promise } } },
    );
    const view = await t.import<{ load(id: string): Promise<unknown> }>('load.ts');
    const loads = [view.load('./first.ts')];
    await settled();
    loads.push(view.load('./plugin.ts'));
    await settled();
    gate.resolve();
    await Promise.all(loads);
    expect(evaluated(await t.change(plugin(2)))).toEqual(['plugin.ts']);
    committed(await t.host.unload(['plugin.ts']));
  });

  it('is not observed by what has nothing to do with it, or had ended', async () => {
    const t = await hostOf({
      'main.ts': "import './dep.ts'; import './early.ts'; await null; export const said = 1;",
      'dep.ts': "export const ready = import('./plugin.ts'); export const other = 1;",
      'early.ts': "import { other } from './dep.ts'; await null; export const said = other;",
      'plugin.ts': 'for (let n = 0; n < 9; n++) await null; export const v = 1;',
    });
    await t.import('main.ts');
    expect(evaluated(await t.change(plugin(2)))).toEqual(['plugin.ts']);
  });
});

describe('a module that awaits, imported by running code of what a top level was given', () => {
  it('runs while the release is prepared, with what it imports itself', async () => {
    const t = await hostOf({
      'main.ts':
        "import { v } from './v.ts'; const { load } = await import('./p.ts'); export const said = v; export { load };",
      'p.ts': "export const load = () => import('./late.ts');",
      'late.ts': "import { v } from './v.ts'; const { w } = await import('./w.ts'); export const sum = v + w.n;",
      'w.ts': 'export const w = { n: 10 };',
      'v.ts': 'export const v = 1;',
    });
    const main = await t.import<{ load(): Promise<{ sum: number }> }>('main.ts');
    const late = await main.load();
    const outcome = committed(await t.change({ 'v.ts': 'export const v = 2;' }));
    expect([outcome.evaluated, outcome.modules]).toEqual([['v.ts', 'main.ts', 'late.ts'], ['v.ts']]);
    expect([late.sum, (await main.load()).sum]).toEqual([12, 12]);
  });
});
