/** Plugins: what top levels import with `import()` and wait for, as it comes, changes, breaks and leaves. */
import { scoped } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codes, committed, hostOf, type Modules, refused, settled } from './stories.ts';

describe('a plugin that awaits', () => {
  it('sees what its importer set up before it imported it, as at a fresh start', async () => {
    const t = await hostOf({
      'reg.ts': 'export const reg = { n: 0 };',
      'main.ts':
        "import { reg } from './reg.ts'; await null; reg.n = 2; export const said = (await import('./p.ts')).v;",
      'p.ts': "import { reg } from './reg.ts'; export const v = reg.n; await null;",
    });
    const main = await t.import<{ said: number }>('main.ts');
    expect(main.said).toBe(2);
    committed(await t.change({ 'reg.ts': 'export const reg = { n: 0 }; export const more = 1;' }));
    committed(await t.host.reload(['reg.ts', 'main.ts', 'p.ts']));
    expect(main.said).toBe(2);
  });

  it('does not run where it is no longer imported', async () => {
    const ran: string[] = [];
    const p = (n: number) => `import { ran } from '@game/t'; ran('p${n}'); await null;`;
    const t = await hostOf(
      { 'main.ts': "await import('./p.ts');", 'p.ts': p(1) },
      { modules: { '@game/t': { ran: (id: string) => void ran.push(id) } } },
    );
    await t.import('main.ts');
    committed(await t.change({ 'main.ts': 'await null;', 'p.ts': p(2) }));
    expect(ran).toEqual(['p1']);
  });
});

describe('a plugin that the edited top level no longer imports', () => {
  const list = (...ids: string[]) => `for (const id of ${JSON.stringify(ids)}) await import(id);`;
  const files = {
    'main.ts': list('./p.ts'),
    'p.ts': "import { x } from './lib.ts'; export const y = x;",
    'lib.ts': 'export const x = 1; export const z = 1;',
    'game.ts': "export { z } from './lib.ts';",
  };

  it.each([
    ['what it imports is gone', { 'lib.ts': 'export const z = 2;' }],
    ['it has a syntax error', { 'p.ts': 'const = ' }],
    ['it imports what does not exist', { 'p.ts': "import './none.ts';" }],
    ['it awaits and throws', { 'p.ts': "await null; throw new Error('no');" }],
    ['it throws', { 'p.ts': "throw new Error('no');" }],
  ] as [string, Modules][])('refuses nothing: %s', async (_, edit) => {
    const t = await hostOf(files);
    await t.import('game.ts');
    await t.import('main.ts');
    committed(await t.change({ 'main.ts': list(), ...edit }));
    expect(t.host.modules().map(({ id }) => id)).toEqual(['lib.ts', 'game.ts', 'main.ts']);
  });

  it('nor does one that was imported by name', async () => {
    const t = await hostOf({ ...files, 'main.ts': "import './p.ts';" });
    await t.import('game.ts');
    await t.import('main.ts');
    committed(await t.change({ 'main.ts': '', 'lib.ts': 'export const z = 2;' }));
  });
});

describe('code that runs for an awaited import()', () => {
  const shop = {
    'main.ts': 'export const said = 0;',
    'help.ts': "import { price } from './price.ts'; export const get = () => price;",
    'price.ts': 'export const price = 1;',
  };

  it('a new plugin whose top level calls unchanged code in a statement is called with the new values', async () => {
    const told: number[] = [];
    const t = await hostOf(shop, { modules: { '@game/t': { tell: (n: number) => void told.push(n) } } });
    await t.import('main.ts');
    await t.import('help.ts');
    committed(
      await t.change({
        'main.ts': "await import('./new.ts'); export const said = 1;",
        'new.ts': "import { get } from './help.ts'; import { tell } from '@game/t'; tell(get());",
        'price.ts': 'export const price = 2;',
      }),
    );
    expect(told.at(-1)).toBe(2);
  });

  it('a loaded module that runs again keeps its right value although an awaited body imports it for the first time', async () => {
    const t = await hostOf({
      ...shop,
      'e.ts': "import { get } from './help.ts'; const x = { v: 0 }; x.v = get(); export const read = () => x.v;",
    });
    await t.import('main.ts');
    const e = await t.import<{ read(): number }>('e.ts');
    committed(
      await t.change({
        'main.ts': "await import('./e.ts'); export const said = 1;",
        'price.ts': 'export const price = 2;',
      }),
    );
    expect(e.read()).toBe(2);
  });
});

describe('a helper that keeps what it imported', () => {
  const helper = 'const known: any = {}; export const load = (id: string) => (known[id] ??= import(id));';
  const main = (id: string, more = '') =>
    `import { load } from './helper.ts'; const { v } = await load('${id}'); export const said = v; ${more}`;
  type Host = Awaited<ReturnType<typeof hostOf>>;
  const loaded = (t: Host) => t.host.modules().map(({ id }) => id);

  it('the line is taken out, and put in again: the plugin is there again', async () => {
    const t = await hostOf({
      'main.ts': main('./p.ts'),
      'helper.ts': helper,
      'p.ts': "import { w } from './w.ts'; setInterval(() => {}, 5); export const v = () => w;",
      'w.ts': 'export const w = 1;',
    });
    const view = await t.import<{ said(): number }>('main.ts');
    committed(await t.change({ 'main.ts': "import './helper.ts'; export const said = () => 0;" }));
    expect(loaded(t)).not.toContain('p.ts');
    committed(await t.change({ 'main.ts': main('./p.ts', '1;') }));
    expect(loaded(t)).toContain('p.ts');
    expect(view.said()).toBe(1);
  });

  it('the plugin is deleted: refused, as without the cache', async () => {
    const t = await hostOf({ 'main.ts': main('./p.ts'), 'helper.ts': helper, 'p.ts': 'export const v = 1;' });
    await t.import('main.ts');
    expect(codes(refused(await t.change({ 'p.ts': null })))).toEqual(['UNRESOLVED_IMPORT']);
  });

  it('the plugin has moved: the new one is found', async () => {
    const t = await hostOf({ 'main.ts': main('./p'), 'helper.ts': helper, 'p.ts': 'export const v = 1;' });
    const view = await t.import<{ said: number }>('main.ts');
    committed(await t.change({ 'p.ts': null, 'p/index.ts': 'export const v = 2;' }));
    expect([view.said, loaded(t)]).toEqual([2, ['helper.ts', 'main.ts', 'p/index.ts']]);
  });

  it.each([
    ['another name', 'export const v = 1; export const w = 2;'],
    ['another value', 'export const v = 2;'],
  ])('the plugin re-exports what is edited: %s is seen', async (_, edit) => {
    const t = await hostOf({
      'main.ts':
        "import { load } from './helper.ts'; const { ...all } = await load('./p.ts'); export const said = () => all;",
      'helper.ts': helper,
      'p.ts': "export * from './lib.ts';",
      'lib.ts': 'export const v = 1;',
    });
    const view = await t.import<{ said(): object }>('main.ts');
    committed(await t.change({ 'lib.ts': edit }));
    expect(view.said()).toEqual({ ...(await t.import('lib.ts')) });
  });

  it('a new module stands before the plugin: it is found', async () => {
    const t = await hostOf({ 'main.ts': main('./p'), 'helper.ts': helper, 'p/index.ts': 'export const v = 1;' });
    const view = await t.import<{ said: number }>('main.ts');
    committed(await t.change({ 'p.ts': 'export const v = 2;' }));
    expect([view.said, loaded(t)]).toEqual([2, ['helper.ts', 'main.ts', 'p.ts']]);
  });

  it('two bodies use the plugin, one stops: it stays for the other', async () => {
    const t = await hostOf({
      'a.ts': main('./p.ts'),
      'b.ts': main('./p.ts'),
      'helper.ts': helper,
      'p.ts': 'export const v = 1;',
    });
    for (const id of ['helper.ts', 'a.ts', 'b.ts']) await t.import(id);
    committed(await t.change({ 'a.ts': 'export const said = 0;' }));
    expect(loaded(t)).toContain('p.ts');
  });

  it('of two bodies one is unloaded: the plugin stays for the other', async () => {
    const t = await hostOf({
      'a.ts': main('./p.ts'),
      'b.ts': main('./p.ts'),
      'helper.ts': helper,
      'p.ts': 'export const v = 1;',
    });
    await t.import('a.ts');
    await t.import('b.ts');
    committed(await t.host.unload('a.ts'));
    expect(loaded(t)).toContain('p.ts');
  });
});

describe('an import() in what the loop of the game calls, for a body that waits for it', () => {
  /** A game that calls what it was given in its own loop. */
  async function gameOf(modules: Modules) {
    const jobs: (() => void)[] = [];
    const loop = setInterval(() => {
      for (const job of jobs.splice(0)) job();
    }, 1);
    onTestFinished(() => clearInterval(loop));
    return hostOf(modules, { modules: { '@game/jobs': { soon: (job: () => void) => void jobs.push(job) } } });
  }
  const asks = (id: string) =>
    `import { soon } from '@game/jobs'; const ns = await new Promise<any>((done) => soon(() => done(import('${id}'))));`;

  it('runs again when what it was given changes', async () => {
    const t = await gameOf({ 'main.ts': `${asks('./p.ts')} export const said = ns.v;`, 'p.ts': 'export const v = 1;' });
    const main = await t.import<{ said: number }>('main.ts');
    committed(await t.change({ 'p.ts': 'export const v = 2;' }));
    expect(main.said).toBe(2);
  });

  it('is not given unchanged code that reads what the release edits', async () => {
    const t = await gameOf({
      'main.ts': 'export const said = 0;',
      'help.ts': "import { price } from './price.ts'; export const get = () => price;",
      'price.ts': 'export const price = 1;',
    });
    const main = await t.import<{ said: number }>('main.ts');
    await t.import('help.ts');
    committed(
      await t.change({
        'main.ts': `${asks('./help.ts')} export const said = ns.get();`,
        'price.ts': 'export const price = 2;',
      }),
    );
    expect(main.said).toBe(2);
  });
});

describe('what a scoped host module has set up', () => {
  /** A host with such a module, and how much of what it has set up stands. */
  async function busOf(modules: Modules) {
    let standing = 0;
    const bus = scoped(({ signal }) => {
      standing += 1;
      signal.addEventListener('abort', () => {
        standing -= 1;
      });
      return { a: 1 };
    });
    return { t: await hostOf(modules, { modules: { '@game/bus': bus } }), standing: () => standing };
  }

  it('what a factory set up for a version that does not come is ended', async () => {
    const { t, standing } = await busOf({
      'main.ts': 'export const said = 0;',
      'help.ts': "import { price } from './price.ts'; export const get = () => price;",
      'price.ts': 'export const price = 1;',
    });
    await t.import('main.ts');
    await t.import('help.ts');
    committed(
      await t.change({
        'main.ts': "export const said = (await import('./new.ts')).v;",
        'new.ts': "import { a } from '@game/bus'; import { get } from './help.ts'; export const v = get() + a;",
        'price.ts': 'export const price = 2;',
      }),
    );
    await settled();
    expect(standing()).toBe(1);
  });

  it('also where an import() that is caught cannot be linked', async () => {
    const { t, standing } = await busOf({ 'main.ts': '', 'help.ts': '' });
    await t.import('main.ts');
    committed(
      await t.change({
        'main.ts': "try { await import('./bad.ts'); } catch {}",
        'bad.ts': "import { a } from '@game/bus'; import { b } from './help.ts'; export const v = a + b;",
      }),
    );
    await settled();
    expect(standing()).toBe(0);
  });
});

describe('a new module that stands before a plugin', () => {
  it('is given in its place', async () => {
    const t = await hostOf({
      'main.ts': "export const { v } = await import('./plugin');",
      'plugin/index.ts': 'export const v = 1;',
    });
    const main = await t.import<{ v: number }>('main.ts');
    committed(await t.change({ 'plugin.ts': 'export const v = 2;' }));
    expect([main.v, t.host.modules().map(({ id }) => id)]).toEqual([2, ['main.ts', 'plugin.ts']]);
  });
});

describe('a plugin that a helper imported for a top level', () => {
  const helper = 'export const load = (id: string) => import(id);';
  const body = "import { load } from './helper.ts'; await load('./plugin.ts'); export const b = 1;";
  const files = { 'helper.ts': helper, 'body.ts': body, 'plugin.ts': 'export const v = 1;' };

  it('leaves with that, where the helper stays', async () => {
    const t = await hostOf({ ...files, 'main.ts': "import './helper.ts'; import './body.ts';" });
    await t.import('main.ts');
    const outcome = committed(await t.change({ 'main.ts': "import './helper.ts';" }));
    expect(outcome.modules).toEqual(['body.ts', 'main.ts', 'plugin.ts']);
    expect(t.host.modules().map(({ id }) => id)).toEqual(['helper.ts', 'main.ts']);
  });

  const runs = { 'helper.ts': "may have kept 'plugin.ts' for 'main.ts'" };

  it.each([
    ['imports each time, and does not run again', helper, {}],
    ['keeps the promise', 'const kept: any = {}; export const load = (id: string) => (kept[id] ??= import(id));', runs],
    [
      'keeps the module',
      'const kept: any = {}; export const load = async (id) => (kept[id] ??= await import(id));',
      runs,
    ],
  ])('leaves with its line, and the others stay: a helper that %s', async (_, helper, runs) => {
    const list = (...ids: string[]) =>
      `import { load } from './helper.ts'; for (const id of ${JSON.stringify(ids)}) await load(id);`;
    const t = await hostOf({
      'main.ts': list('./plugin.ts', './other.ts'),
      'helper.ts': helper,
      'plugin.ts': files['plugin.ts'],
      'other.ts': 'export const other = { hits: 0 };',
    });
    await t.import('main.ts');
    const { other } = await t.import<{ other: object }>('other.ts');
    const outcome = committed(await t.change({ 'main.ts': list('./other.ts') }));
    expect([outcome.modules, outcome.reasons]).toEqual([
      ['main.ts', 'plugin.ts'],
      { 'main.ts': 'was edited', ...runs },
    ]);
    expect((await t.import<{ other: object }>('other.ts')).other).toBe(other);
  });

  it('does not come where that failed, and whoever imports it has caught it', async () => {
    const t = await hostOf({
      ...files,
      'main.ts': "import './helper.ts'; try { await import('./body.ts'); } catch {}",
      'body.ts': `${body} throw new Error('no');`,
    });
    await t.import('main.ts');
    expect(t.host.modules().map(({ id }) => id)).toEqual(['helper.ts', 'main.ts']);
  });
});

describe('a long list of plugins over one large core', () => {
  it('is imported in a time that does not grow with both', async () => {
    const plugins = Array.from({ length: 200 }, (_, n) => `./p${n}.ts`);
    const last = 999;
    const core: Record<string, string> = { [`c${last}.ts`]: 'export const v = 1;' };
    for (let n = 0; n < last; n++) {
      core[`c${n}.ts`] = `import { v as w } from './c${n + 1}.ts'; export const v = w + 1; export const get = () => w;`;
    }
    const main = `export const said = []; for (const id of ${JSON.stringify(plugins)}) said.push((await import(id)).p);`;
    const plugin = "import { v } from './c0.ts'; export const p = v;";
    const t = await hostOf({
      'main.ts': main,
      ...core,
      ...Object.fromEntries(plugins.map((id) => [id.slice(2), plugin])),
    });
    const view = await t.import<{ said: number[] }>('main.ts');
    // a script that holds the loop is stopped: so would this one be, if each of its imports looked through the core
    const outcome = committed(await t.change({ 'main.ts': `${main} export const more = 1;` }));
    expect([outcome.evaluated, view.said.at(-1)]).toEqual([['main.ts'], 1000]);
    const all = committed(await t.change({ [`c${last}.ts`]: 'export const v = 2;' }));
    expect([all.evaluated.length, view.said.length, view.said.at(-1)]).toEqual([1201, 200, 1001]);
  });
});
