/** What did not come (a plugin that failed, a release that was refused or rehearsed) and stayed in the caches of unchanged code. */
import { describe, expect, it } from 'vitest';
import { committed, deferred, hostOf, type Modules, refused, settled } from './stories.ts';

type Keep = { keep(id: string): Promise<{ v: number }> };

const ofNamespaces = 'const kept: any = {}; export const keep = async (id: string) => (kept[id] ??= await import(id));';
const ofPromises = 'const kept: any = {}; export const keep = (id: string) => (kept[id] ??= import(id));';
const asks = "import { keep } from './keep.ts'; export const said = (await keep('./plugin.ts')).v;";
const broken = "import { keep } from './keep.ts'; await keep('./plugin.ts'); throw new Error('broken');";

async function gameOf(files: Modules, options: Parameters<typeof hostOf>[1] = {}) {
  const t = await hostOf(
    { 'main.ts': 'export const said = 0;', 'plugin.ts': 'export const v = 1;', 'room.ts': asks, ...files },
    options,
  );
  const main = await t.import<{ said: number }>('main.ts');
  const { keep } = await t.import<Keep>('keep.ts');
  const loaded = () => t.host.modules().map(({ id }) => id);
  return { t, main, keep, loaded };
}

describe('a plugin that failed, and was caught, after it had asked a helper for another one', () => {
  const catches = "await import('./broken.ts').catch(() => {});";

  it('leaves it to the body that asks next, in a later release', async () => {
    const { t, main, loaded } = await gameOf({ 'keep.ts': ofNamespaces, 'broken.ts': broken });
    committed(await t.change({ 'main.ts': `${catches} export const said = 0;` }));
    committed(await t.change({ 'main.ts': asks }));
    expect([main.said, loaded()]).toEqual([1, ['keep.ts', 'main.ts', 'plugin.ts']]);
  });

  it('leaves it to a room that is loaded after a first start', async () => {
    const main = `import './keep.ts'; ${catches}`;
    const { t } = await gameOf({ 'keep.ts': ofNamespaces, 'broken.ts': broken, 'main.ts': main });
    expect(await t.import('room.ts')).toMatchObject({ said: 1 });
  });

  it('leaves it to the body that caught that, and asks for it from the cache', async () => {
    const next = asks.replace('export', `${catches} export`);
    const { t, main, loaded } = await gameOf({ 'keep.ts': ofPromises, 'broken.ts': broken });
    committed(await t.change({ 'main.ts': next }));
    expect([main.said, loaded().includes('plugin.ts')]).toEqual([1, true]);
    committed(await t.change({ 'plugin.ts': 'export const v = 2;' }));
    expect(main.said).toBe(2);
  });
});

describe.each([
  [
    'another module',
    {
      'cache.ts': 'export const kept: any = {};',
      'keep.ts': `import { kept } from './cache.ts'; ${ofNamespaces.replace('const kept: any = {};', '')}`,
    },
  ],
  ['a global', { 'keep.ts': ofNamespaces.replace('= {};', '= ((globalThis as any).kept ??= {});') }],
] as [string, Modules][])('a helper that keeps what it imports in %s', (_, files) => {
  it('refuses no release for what it kept of one that was refused', async () => {
    const { t, main } = await gameOf(files);
    refused(await t.change({ 'main.ts': `${asks} throw new Error('no');` }));
    committed(await t.change({ 'main.ts': asks }));
    expect(main.said).toBe(1);
  });

  it('refuses none for what it kept of a rehearsal', async () => {
    const { t, main } = await gameOf(files);
    await t.publish({ 'main.ts': asks });
    await t.host.rehearse();
    committed(await t.host.sync());
    expect(main.said).toBe(1);
  });

  it('refuses no load', async () => {
    const { t } = await gameOf(files);
    refused(await t.change({ 'main.ts': `${asks} throw new Error('no');` }));
    expect(await t.import('room.ts')).toMatchObject({ said: 1 });
  });
});

describe('a helper after a rehearsal', () => {
  async function rehearsed() {
    const game = await gameOf({
      'keep.ts': ofNamespaces,
      'lazy.ts': 'export const load = (id: string) => import(id);',
    });
    await game.t.publish({ 'main.ts': asks });
    await game.t.host.rehearse();
    committed(await game.t.change({ 'main.ts': 'export const said = 1;' }));
    return game;
  }

  it('serves a room that running code loads', async () => {
    const { t } = await rehearsed();
    const { load } = await t.import<{ load(id: string): Promise<{ said: number }> }>('lazy.ts');
    expect((await load('./room.ts')).said).toBe(1);
  });

  it('shows what is committed to running code, once it is', async () => {
    const { t, keep } = await rehearsed();
    await t.import('plugin.ts');
    committed(await t.change({ 'plugin.ts': 'export const v = 2;' }));
    expect((await keep('./plugin.ts')).v).toBe(2);
  });
});

describe('what an unchanged helper may have kept of what the release edits', () => {
  it.each([
    ['promises', ofPromises],
    ['namespaces', ofNamespaces],
  ])('is not what a body is given, though running code let it keep that meanwhile: %s', async (_, helper) => {
    const gate = deferred();
    const { t, main, keep } = await gameOf({ 'keep.ts': helper }, { modules: { '@game/t': { gate: gate.promise } } });
    await t.import('plugin.ts');
    const next = `import { gate } from '@game/t'; ${asks.replace('export', 'await gate; export')}`;
    const change = t.change({ 'main.ts': next, 'plugin.ts': 'export const v = 2;' });
    await settled();
    await keep('./plugin.ts');
    gate.resolve();
    committed(await change);
    expect(main.said).toBe(2);
  });

  const load = 'export const load = (id: string) => import(id);';
  const keeps = ofPromises.replace('import(id)', 'load(id)');
  it.each([
    ['imports it', `import { load } from './load.ts'; ${keeps}`],
    ['imports it by a barrel', `import { load } from './barrel.ts'; ${keeps}`],
    ['imports it with import()', `const { load } = await import('./load.ts'); ${keeps}`],
  ])('is not where another module keeps for it, which %s', async (_, helper) => {
    const barrel = "export { load } from './load.ts';";
    const { t, main } = await gameOf({ 'keep.ts': helper, 'load.ts': load, 'barrel.ts': barrel });
    await t.import('room.ts');
    await t.import('plugin.ts');
    committed(await t.change({ 'main.ts': asks }));
    committed(await t.host.unload(['room.ts']));
    committed(await t.change({ 'plugin.ts': 'export const v = 2;' }));
    expect(main.said).toBe(2);
  });
});

it('two loads by running code, of which one awaits and is given the module of that code, come beside each other', async () => {
  const gate = deferred();
  const t = await hostOf(
    {
      'main.ts':
        'let n = 0; export const load = (id: string) => { n += 1; return import(id); }; export const count = () => n;',
      'first.ts': "import { gate } from '@game/t'; await gate; export const at = (await import('./main.ts')).count();",
      'second.ts': 'export const v = 1;',
    },
    { modules: { '@game/t': { gate: gate.promise } } },
  );
  const { load } = await t.import<{ load(id: string): Promise<object> }>('main.ts');
  const loads = [load('./first.ts'), load('./second.ts')];
  await settled();
  gate.resolve();
  expect(await Promise.all(loads)).toMatchObject([{ at: 2 }, { v: 1 }]);
});
