/** Helpers that keep what they have imported, between bodies that await and code that runs on beside them. */
import { describe, expect, it } from 'vitest';
import { committed, deferred, evaluated, hostOf, type Modules, refused, settled } from './stories.ts';

type Keep = { keep(id: string): Promise<{ v: number }> };

const ofPromises = 'const kept: any = {}; export const keep = (id: string) => (kept[id] ??= import(id));';
const ofNamespaces = 'const kept: any = {}; export const keep = async (id: string) => (kept[id] ??= await import(id));';
const plugin = (v: number) => `export const v = ${v};`;
const asks = "import { keep } from './keep.ts'; const { v } = await keep('./plugin.ts'); export const said = v;";

async function gameOf(files: Modules, options: Parameters<typeof hostOf>[1] = {}) {
  const t = await hostOf({ 'main.ts': 'export const said = 0;', 'plugin.ts': plugin(1), ...files }, options);
  const main = await t.import<{ said: number }>('main.ts');
  const { keep } = await t.import<Keep>('keep.ts');
  return { t, main, keep };
}

describe('what a helper kept of a release that was refused', () => {
  const refusal = { 'main.ts': `${asks} throw new Error('no');` };

  it.each([
    ['promises', ofPromises],
    ['namespaces', ofNamespaces],
  ])('is not what the mended one is given: a helper that keeps %s', async (_, helper) => {
    const { t, main } = await gameOf({ 'keep.ts': helper });
    refused(await t.change(refusal));
    committed(await t.change({ 'main.ts': asks, 'plugin.ts': plugin(2) }));
    expect([main.said, t.host.modules().map(({ id }) => id)]).toEqual([2, ['keep.ts', 'main.ts', 'plugin.ts']]);
  });

  it('is not what code is given that runs on', async () => {
    const { t, keep } = await gameOf({ 'keep.ts': ofPromises });
    refused(await t.change({ ...refusal, 'plugin.ts': plugin(2) }));
    await t.publish({ 'main.ts': 'export const said = 0;', 'plugin.ts': plugin(3) });
    committed(await t.host.sync());
    expect((await keep('./plugin.ts')).v).toBe(3);
    expect(t.host.modules().map(({ id }) => id)).toContain('plugin.ts');
  });

  it('is not what a rehearsal leaves behind', async () => {
    const { t, main, keep } = await gameOf({ 'keep.ts': ofPromises });
    await t.publish({ 'main.ts': asks, 'plugin.ts': plugin(2) });
    expect((await t.host.rehearse()).status).toBe('committed');
    await t.publish({ 'main.ts': asks, 'plugin.ts': plugin(3) });
    committed(await t.host.sync());
    expect([main.said, (await keep('./plugin.ts')).v]).toEqual([3, 3]);
  });

  it('does not hang where that release is prepared again', async () => {
    const { t, main } = await gameOf({
      'keep.ts': ofPromises,
      'plugin.ts': "import { price } from './price.ts'; export const get = () => price; export let v = 0;",
      'price.ts': 'export const price = 1;',
    });
    await t.import('plugin.ts');
    const next =
      "import { keep } from './keep.ts'; const { get } = await keep('./plugin.ts'); export const said = get();";
    committed(await t.change({ 'main.ts': next, 'price.ts': 'export const price = 2;' }));
    expect(main.said).toBe(2);
  });
});

describe('what a helper has made of an import() whose release ended before it', () => {
  const never = "import { never } from '@game/t'; await never; export const v = 2;";

  describe.each([
    ['an async function', 'const load = async (id: string) => await import(id);'],
    ['a .then', 'const load = (id: string) => import(id).then((all) => ({ ...all }));'],
  ])('by %s', (_, load) => {
    const started = () =>
      gameOf(
        { 'keep.ts': `const kept: any = {}; ${load} export const keep = (id: string) => (kept[id] ??= load(id));` },
        { modules: { '@game/t': { never: new Promise(() => {}) } } },
      );

    it('is not what the newer release waits for', async () => {
      const { t, main } = await started();
      void t.change({ 'main.ts': asks, 'plugin.ts': never });
      await settled();
      const outcome = committed(await t.change({ 'main.ts': asks, 'plugin.ts': plugin(3) }));
      expect(outcome.reasons['keep.ts']).toBe('may have kept what was imported for a release that did not come');
      expect(main.said).toBe(3);
    });

    it('is rejected for code that runs on', async () => {
      const { t, keep } = await started();
      const bad = asks.replace('const { v } = await', 'void').replace('export const said = v;', 'await null; throw 1;');
      refused(await t.change({ 'main.ts': bad, 'plugin.ts': never.replace('await never', 'await null; await null') }));
      const asked = keep('./plugin.ts').then(
        () => 'resolved',
        ({ code }) => code,
      );
      expect(await Promise.race([asked, settled()])).toBe('IMPORT_ABORTED');
    });
  });
});

describe('a helper that was called for what did not come', () => {
  const counting = 'export let calls = 0; export const keep = (id: string) => { calls += 1; return import(id); };';
  const options = { onStateLoss: 'refuse', modules: { '@game/t': { never: new Promise(() => {}) } } } as const;

  it('does not run again after a rehearsal, which said so', async () => {
    const { t } = await gameOf({ 'keep.ts': counting }, options);
    await t.publish({ 'main.ts': asks, 'plugin.ts': plugin(2) });
    const rehearsal = await t.host.rehearse();
    expect(rehearsal).toMatchObject({ status: 'committed', evaluated: ['main.ts', 'plugin.ts'] });
    expect(evaluated(await t.host.sync())).toEqual(rehearsal.evaluated);
  });

  it('does not run again after a release that gave way', async () => {
    const { t } = await gameOf({ 'keep.ts': counting }, options);
    void t.change({ 'main.ts': `${asks} import { never } from '@game/t'; await never;` });
    await settled();
    expect(evaluated(await t.change({ 'main.ts': asks }))).toEqual(['main.ts', 'plugin.ts']);
  });

  it('shows what is committed through the namespace object that it has kept', async () => {
    const { t, keep } = await gameOf({ 'keep.ts': ofNamespaces });
    await t.import('plugin.ts');
    refused(await t.change({ 'main.ts': `${asks} throw new Error('no');`, 'plugin.ts': plugin(2) }));
    const kept = await keep('./plugin.ts');
    expect(kept.v).toBe(1);
    committed(await t.change({ 'main.ts': 'export const said = 0;', 'plugin.ts': plugin(3) }));
    expect(kept.v).toBe(3);
  });

  it('keeps what it is asked for by the version that imported it by name before', async () => {
    const { t } = await gameOf({ 'keep.ts': ofNamespaces });
    committed(await t.change({ 'main.ts': "import { v } from './plugin.ts'; export const said = v;" }));
    const later = asks.replace('{ v }', 'all').replace('= v;', '= () => all.v;');
    committed(await t.change({ 'main.ts': later }));
    expect(t.host.modules().map(({ id }) => id)).toContain('plugin.ts');
  });

  it('is prepared again with a release that is given what it has kept and looks at it later', async () => {
    const { t, main } = await gameOf({ 'keep.ts': ofNamespaces });
    const later = asks.replace('{ v }', 'all').replace('= v;', '= () => all.v;');
    refused(await t.change({ 'main.ts': `${later} throw new Error('no');` }));
    committed(await t.change({ 'main.ts': later, 'plugin.ts': plugin(2) }));
    expect((main.said as unknown as () => number)()).toBe(2);
    expect(t.host.modules().map(({ id }) => id)).toContain('plugin.ts');
  });

  it('is prepared again with a release that is given what it has kept of a module that re-exports', async () => {
    const { t, main } = await gameOf({ 'keep.ts': ofNamespaces, 'barrel.ts': "export * from './plugin.ts';" });
    await t.import('barrel.ts');
    const next = asks.replace('plugin', 'barrel');
    refused(await t.change({ 'main.ts': `${next} throw new Error('no');`, 'plugin.ts': plugin(2) }));
    committed(await t.change({ 'main.ts': next, 'plugin.ts': plugin(3) }));
    expect(main.said).toBe(3);
  });
});

describe('what a helper has kept for another body', () => {
  it('counts also where that was of a release which was refused', async () => {
    const { t, main } = await gameOf({ 'keep.ts': ofNamespaces });
    await t.import('plugin.ts');
    refused(await t.change({ 'main.ts': `${asks} throw new Error('no');` }));
    expect(evaluated(await t.change({ 'main.ts': asks }))).toEqual(['main.ts']);
    committed(await t.change({ 'plugin.ts': plugin(2) }));
    expect(main.said).toBe(2);
  });

  it.each([
    ['promises', ofPromises, true],
    ['namespaces', ofNamespaces, true],
    ['nothing', 'export const keep = (id: string) => import(id);', false],
  ])('counts as given to each that calls it: %s', async (_, helper, counts) => {
    const { t } = await gameOf({
      'keep.ts': helper,
      'first.ts': asks,
      'second.ts': asks.replace('plugin', 'other'),
      'other.ts': plugin(5),
    });
    await t.import('first.ts');
    const second = await t.import<{ said: number }>('second.ts');
    committed(await t.change({ 'second.ts': `${asks} export const more = 1;` }));
    expect(evaluated(await t.change({ 'plugin.ts': plugin(2) }))).toContain('second.ts');
    expect(second.said).toBe(2);
    committed(await t.change({ 'second.ts': asks.replace('plugin', 'other') }));
    const ran = evaluated(await t.change({ 'plugin.ts': plugin(3) }));
    expect([ran.includes('second.ts'), second.said]).toEqual([counts || ran.includes('keep.ts'), 5]);
  });
});

describe('a helper that is called by a body and beside it', () => {
  const gated = `import { gate } from '@game/t'; ${asks.replace('export', 'await gate; export')}`;

  it('gives the body what the release brings, and who calls it beside that what is committed', async () => {
    const gate = deferred();
    const { t, main, keep } = await gameOf(
      { 'keep.ts': ofPromises },
      { modules: { '@game/t': { gate: gate.promise } } },
    );
    await t.import('plugin.ts');
    const change = t.change({ 'main.ts': gated, 'plugin.ts': plugin(2) });
    await settled();
    const beside = await keep('./plugin.ts');
    expect(beside.v).toBe(1);
    gate.resolve();
    committed(await change);
    expect([main.said, beside.v]).toEqual([2, 2]);
    expect(await keep('./plugin.ts')).toBe(beside);
  });

  it('gives the body what running code asked for before any body had begun', async () => {
    const { t, main, keep } = await gameOf({ 'keep.ts': ofPromises });
    await t.publish({ 'main.ts': asks });
    const sync = t.host.sync();
    const beside = keep('./plugin.ts');
    expect(evaluated(await sync)).toEqual(['main.ts', 'plugin.ts']);
    expect([main.said, (await beside).v, beside.constructor]).toEqual([1, 1, Promise]);
  });

  it('does so where the release is prepared again meanwhile', async () => {
    const gate = deferred();
    const { t, main, keep } = await gameOf(
      {
        'keep.ts': ofPromises,
        'help.ts': "import { price } from './price.ts'; export const get = () => price;",
        'price.ts': 'export const price = 1;',
      },
      { modules: { '@game/t': { gate: gate.promise } } },
    );
    await t.import('help.ts');
    const next = `import { gate } from '@game/t'; await gate; const { get } = await import('./help.ts'); ${asks}`;
    const change = t.change({ 'main.ts': next.replace('= v', '= v + get()'), 'price.ts': 'export const price = 2;' });
    await settled();
    void keep('./plugin.ts');
    gate.resolve();
    committed(await change);
    expect(main.said).toBe(3);
  });

  it('tells nobody of a rejection that all have caught', async () => {
    const gate = deferred();
    const { t, keep } = await gameOf(
      { 'keep.ts': ofPromises, 'plugin.ts': "throw new Error('bad');" },
      { modules: { '@game/t': { gate: gate.promise } } },
    );
    const catches = asks.replace("('./plugin.ts')", "('./plugin.ts').catch(() => ({ v: -1 }))");
    const change = t.change({ 'main.ts': `import { gate } from '@game/t'; await gate; ${catches}` });
    await settled();
    const beside = keep('./plugin.ts').catch(() => 'caught');
    gate.resolve();
    committed(await change);
    expect(await beside).toBe('caught');
    await settled();
    expect(t.events.filter(({ type }) => type === 'script:error')).toEqual([]);
  });

  it('gives the body what running code asked for first, which waits for its turn', async () => {
    const gate = deferred();
    const { t, main, keep } = await gameOf(
      { 'keep.ts': ofPromises },
      { modules: { '@game/t': { gate: gate.promise } } },
    );
    const first = gated.replace('const { v }', 'await gate; const { v }');
    const change = t.change({ 'main.ts': first });
    await settled();
    const beside = keep('./plugin.ts'); // until the release has come
    gate.resolve();
    expect(evaluated(await change)).toEqual(['main.ts', 'plugin.ts']);
    expect([main.said, (await beside).v]).toEqual([1, 1]);
    expect(beside.constructor).toBe(Promise);
  });
});
