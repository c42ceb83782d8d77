import { describe, expect, it } from 'vitest';
import { type Calls, committed, deferred, evaluated, hostOf, refused, rejection, settled } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('import() by running code', () => {
  it('loads a module once, and gives the namespace object that `import *` gives', async () => {
    const t = await hostOf({
      'plugin.ts':
        'globalThis.runs = (globalThis.runs ?? 0) + 1; export const runs = globalThis.runs; export default 1;',
      'main.ts': "export const load = () => import('./plugin.ts'); export const other = () => import('./plugin');",
      'static.ts': "import * as plugin from './plugin.ts'; export const ns = () => plugin;",
    });
    const { load, other } = await t.import<Calls<'load' | 'other', Promise<{ runs: number }>>>('main.ts');
    const [one, two, three] = await Promise.all([load(), load(), other()]);
    expect(one).toBe(two);
    expect(one).toBe(three);
    expect(one.runs).toBe(1);
    expect((await t.import<Calls<'ns'>>('static.ts')).ns()).toBe(one);
    committed(await t.change({ 'plugin.ts': 'export const runs = 0; export default 2;' }));
    expect(one.runs).toBe(0);
    expect(await load()).toBe(one);
  });

  it('rejects with what the body threw itself, and loads the module after a fix', async () => {
    const t = await hostOf({
      'plugin.ts': "throw new RangeError('not today');",
      'main.ts': "export const load = () => import('./plugin.ts');",
    });
    const { load } = await t.import<Calls<'load', Promise<object>>>('main.ts');
    expect(await rejection(load())).toMatchObject({ name: 'RangeError', message: 'not today' });
    expect(await rejection(load())).toMatchObject({ name: 'RangeError' });
    expect(loaded(t)).toEqual(['main.ts']);
    committed(await t.change({ 'plugin.ts': 'export const ok = true;' }));
    expect(await load()).toMatchObject({ ok: true });
  });

  it('rejects with a SyntaxError where the language says so, and with a code where nothing is found', async () => {
    const t = await hostOf({
      'syntax.ts': 'const = 1;',
      'lib.ts': 'export const a = 1;',
      'link.ts': "import { b } from './lib.ts'; b;",
      'main.ts': 'export const load = (id: string) => import(id);',
    });
    const { load } = await t.import<{ load(id: string): Promise<object> }>('main.ts');
    expect(await rejection(load('./syntax.ts'))).toMatchObject({ name: 'SyntaxError', code: 'SYNTAX_ERROR' });
    expect(await rejection(load('./link.ts'))).toMatchObject({ name: 'SyntaxError', code: 'MISSING_EXPORT' });
    const nothing = await rejection(load('./nothing.ts'));
    expect(nothing).toMatchObject({ code: 'UNRESOLVED_IMPORT' });
    expect(nothing.message).toMatch(/^'\.\/nothing\.ts' could not be loaded\. main\.ts/);
    expect(loaded(t)).toEqual(['main.ts']);
  });

  it('sees what is committed while a release waits for its moment, and does not wait for it', async () => {
    const moments: (() => unknown)[] = [];
    const t = await hostOf(
      {
        'plugin.ts': 'export const version = 1;',
        'main.ts': "import './plugin.ts'; export const load = () => import('./plugin.ts');",
      },
      { activate: (apply) => void moments.push(apply) },
    );
    const { load } = await t.import<Calls<'load', Promise<{ version: number }>>>('main.ts');
    const outcome = t.change({ 'plugin.ts': 'export const version = 2;' });
    await settled();
    expect(moments).toHaveLength(1);
    const plugin = await load();
    expect(plugin.version).toBe(1);
    moments[0]?.();
    expect(evaluated(await outcome)).toEqual(['plugin.ts']);
    expect(plugin.version).toBe(2);
  });

  it('by a version that was replaced works on; by one that was taken out it is told', async () => {
    const t = await hostOf({
      'plugin.ts': 'export const a = 1;',
      'user.ts': "export const load = () => import('./plugin.ts');",
      'main.ts': "export { load } from './user.ts';",
    });
    const { load } = await t.import<Calls<'load', Promise<{ a: number }>>>('main.ts');
    committed(await t.change({ 'user.ts': "export const load = () => import('./plugin.ts'); export const b = 1;" }));
    expect((await load()).a).toBe(1);
    committed(await t.change({ 'main.ts': 'export const load = 0;' }));
    expect(loaded(t)).toEqual(['main.ts']);
    const error = await rejection(load());
    expect(error.code).toBe('MODULE_UNLOADED');
    expect(error.message).toContain('user.ts');
    expect(loaded(t)).toEqual(['main.ts']);
  });
});

describe('import() in a body of the synchronous step', () => {
  it('settles after the commit, with the new version', async () => {
    const t = await hostOf({
      'lib.ts': 'export const v = 1;',
      'plugin.ts': "import { v } from './lib.ts'; export const seen = () => v;",
      'main.ts': "import './lib.ts'; export const plugin = import('./plugin.ts').then((p) => p.seen());",
    });
    const main = await t.import<{ plugin: Promise<number> }>('main.ts');
    expect(await main.plugin).toBe(1);
    committed(
      await t.change({
        'lib.ts': 'export const v = 2;',
        'main.ts': "import './lib.ts'; export const plugin = import('./plugin.ts').then((p) => p.seen() * 10);",
      }),
    );
    expect(await main.plugin).toBe(20);
  });

  it('rejects when the release is refused', async () => {
    const told: unknown[] = [];
    const t = await hostOf(
      { 'plugin.ts': '', 'main.ts': 'export const a = 1;' },
      { modules: { '@game/told': { tell: (what: unknown) => told.push(what) } } },
    );
    await t.import('main.ts');
    refused(
      await t.change({
        'main.ts':
          "import { tell } from '@game/told'; import('./plugin.ts').catch((error) => tell(error.code)); throw new Error('no');",
      }),
    );
    await settled();
    expect(told).toEqual(['IMPORT_ABORTED']);
    expect(loaded(t)).toEqual(['main.ts']);
  });

  it('that nobody waits for ends no process when the release is refused', async () => {
    const t = await hostOf({ 'plugin.ts': '', 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    refused(await t.change({ 'main.ts': "import('./plugin.ts'); throw new Error('no');" }));
    await settled(); // an unhandled rejection fails the test run
  });
});

describe('await import() in a body that awaits', () => {
  it('belongs to the release: it is there with the commit, and the order is that of the imports', async () => {
    const t = await hostOf({
      'dep.ts': "export const name = 'dep';",
      'plugin.ts': "import { name } from './dep.ts'; export const text = name + '!';",
      'main.ts': "const { text } = await import('./plugin.ts'); export const said = text;",
    });
    expect((await t.import<{ said: string }>('main.ts')).said).toBe('dep!');
    expect(loaded(t).sort()).toEqual(['dep.ts', 'main.ts', 'plugin.ts']);
  });

  it('goes with the release when it is refused', async () => {
    const t = await hostOf({
      'plugin.ts': 'setInterval(() => {}, 10); export const a = 1;',
      'main.ts': 'export const a = 1;',
    });
    await t.import('main.ts');
    refused(await t.change({ 'main.ts': "await import('./plugin.ts'); throw new Error('no');" }));
    await t.clock.advance(0);
    expect(loaded(t)).toEqual(['main.ts']);
    expect(t.clock.due).toEqual([]);
  });

  it('of several at once loads each once', async () => {
    const t = await hostOf({
      'base.ts': 'globalThis.base = (globalThis.base ?? 0) + 1; export const base = globalThis.base;',
      'deep/er.ts': "export { base } from '../base.ts';",
      'a.ts': "import { base } from './deep/er.ts'; export const a = base;",
      'b.ts': "import { base } from './base.ts'; export const b = base;",
      'main.ts':
        "const [{ a }, { b }, again] = await Promise.all([import('./a.ts'), import('./b.ts'), import('./a.ts')]); export const sum = [a, b, again.a];",
    });
    expect((await t.import<{ sum: number[] }>('main.ts')).sum).toEqual([1, 1, 1]);
    expect(loaded(t).sort()).toEqual(['a.ts', 'b.ts', 'base.ts', 'deep/er.ts', 'main.ts']);
  });

  it('of a module that fails can be caught: nothing of that module is left in the release', async () => {
    const t = await hostOf({
      'helper.ts': 'setInterval(() => {}, 10); export const h = 1;',
      'broken.ts': "import './helper.ts'; setInterval(() => {}, 20); throw new Error('broken');",
      'syntax.ts': "import './helper.ts'; const = 1;",
      'main.ts': `
        export const caught: string[] = [];
        for (const id of ['./broken.ts', './syntax.ts', './nothing.ts', './broken.ts']) {
          try { await import(id); } catch (error) { caught.push((error as Error).name); }
        }
      `,
    });
    const main = await t.import<{ caught: string[] }>('main.ts');
    expect(main.caught).toEqual(['Error', 'SyntaxError', 'ScriptLoadError', 'Error']);
    await t.clock.advance(0);
    expect(loaded(t)).toEqual(['main.ts']);
    expect(t.clock.due).toEqual([]);
    committed(await t.change({ 'broken.ts': 'export const ok = 1;' }));
    expect(loaded(t)).toEqual(['main.ts']);
    expect(await t.import('broken.ts')).toMatchObject({ ok: 1 });
  });

  it('of a module that awaits as well', async () => {
    const gate = deferred<number>();
    const t = await hostOf(
      {
        'slow.ts': "import { gate } from '@game/gate'; export const value = await gate;",
        'main.ts': "const { value } = await import('./slow.ts'); export const twice = value * 2;",
      },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    const importing = t.import<{ twice: number }>('main.ts');
    await settled();
    gate.resolve(21);
    expect((await importing).twice).toBe(42);
  });

  it('of itself, or of who waits for it, does not settle and meets the limit', async () => {
    const t = await hostOf({ 'main.ts': "await import('./main.ts');" }, { limits: { prepare: 300 } });
    const importing = rejection(t.import('main.ts'));
    await settled();
    await t.clock.advance(300);
    expect(await importing).toMatchObject({ code: 'AWAIT_TIME_LIMIT' });
    expect(loaded(t)).toEqual([]);
  });
});

describe('import() with options', () => {
  it('takes attributes as the language does', async () => {
    const t = await hostOf({
      'data.json': '{ "a": 1 }',
      'main.ts': 'export const load = (options: any) => import("./data.json", options);',
    });
    const { load } = await t.import<{ load(options?: unknown): Promise<{ default: { a: number } }> }>('main.ts');
    expect((await load({ with: { type: 'json' } })).default.a).toBe(1);
    expect(await rejection(load(5))).toBeInstanceOf(TypeError);
    expect(await rejection(load({ with: { type: 1 } }))).toBeInstanceOf(TypeError);
    expect(await rejection(load({ with: { flavour: 'sweet' } }))).toBeInstanceOf(TypeError);
  });

  it('reports what its specifier throws as a rejection', async () => {
    const t = await hostOf({
      'main.ts': "export const load = () => import({ toString() { throw new Error('no string'); } } as any);",
    });
    const { load } = await t.import<Calls<'load', Promise<object>>>('main.ts');
    expect(await rejection(load())).toMatchObject({ message: 'no string' });
  });
});
