/** What a body imports with `import()` for the first time while it is awaited, where no plan could know of it. */
import { describe, expect, it } from 'vitest';
import { committed, deferred, evaluated, hostOf, refused, settled } from './stories.ts';

const shop = {
  'main.ts': 'export const said = 0;',
  'help.ts': "import { price } from './price.ts'; export const get = () => price;",
  'price.ts': 'export const price = 1;',
};
const asking = "const { get } = await import('./help.ts'); export const said = get();";
const dearer = 'export const price = 2;';

async function shopOf(more: Readonly<Record<string, string>> = {}) {
  const t = await hostOf({ ...shop, ...more });
  const main = await t.import<{ said: number }>('main.ts');
  const { get } = await t.import<{ get(): number }>('help.ts');
  return { t, main, get };
}

describe('an unchanged module whose code reads what the release edits', () => {
  it('runs again where an awaited body imports it for the first time, with all that observes it', async () => {
    const { t, main } = await shopOf({ 'keep.ts': "import { get } from './help.ts'; export const kept = get;" });
    const keep = await t.import<{ kept(): number }>('keep.ts');
    const { kept } = keep;
    const outcome = committed(await t.change({ 'main.ts': asking, 'price.ts': dearer }));
    expect(outcome.evaluated.toSorted()).toEqual(['help.ts', 'keep.ts', 'main.ts', 'price.ts']);
    expect(outcome.reasons).toMatchObject({
      'help.ts': "is called by 'main.ts' while that is awaited",
      'keep.ts': "observes 'get' of 'help.ts'",
    });
    expect([main.said, keep.kept(), kept === keep.kept]).toEqual([2, 2, false]);
  });

  it('does so however far behind what is imported it stands', async () => {
    const { t, main } = await shopOf({ 'far.ts': "import { get } from './help.ts'; export const far = () => get();" });
    await t.import('far.ts');
    const asks = "const { far } = await import('./far.ts'); export const said = far();";
    const ran = evaluated(await t.change({ 'main.ts': asks, 'price.ts': dearer }));
    expect([main.said, ran.toSorted()]).toEqual([2, ['far.ts', 'help.ts', 'main.ts', 'price.ts']]);
  });

  it('does so behind a module that is new, and behind the import() of an unchanged helper', async () => {
    const { t, main } = await shopOf({ 'load.ts': 'export const load = (id: string) => import(id);' });
    await t.import('load.ts');
    const next = {
      'main.ts': "import { load } from './load.ts'; const { v } = await load('./new.ts'); export const said = v;",
      'new.ts': "import { get } from './help.ts'; export const v = get() * 10;",
      'price.ts': dearer,
    };
    expect(evaluated(await t.change(next)).toSorted()).toEqual(['help.ts', 'main.ts', 'new.ts', 'price.ts']);
    expect(main.said).toBe(20);
  });

  it('does not where nothing that it reads is edited, or nobody awaits it', async () => {
    const { t, main } = await shopOf();
    expect(evaluated(await t.change({ 'main.ts': asking }))).toEqual(['main.ts']);
    const later = "export let said = -1; import('./help.ts').then(({ get }) => { said = get(); });";
    expect(evaluated(await t.change({ 'main.ts': later, 'price.ts': dearer }))).toEqual(['main.ts', 'price.ts']);
    await settled();
    expect(main.said).toBe(2);
  });
});

describe('modules that were imported by name, and are by `import()` in the release', () => {
  const ids = Array.from({ length: 40 }, (_, n) => `./p${n}.ts`);
  const awaiting = `for (const id of ${JSON.stringify(ids)}) await import(id);`;
  const plugins = Object.fromEntries(ids.map((id) => [id.slice(2), '']));

  async function listOf(more: Readonly<Record<string, string>> = {}) {
    let runs = 0;
    const t = await hostOf(
      { ...plugins, ...more, 'main.ts': ids.map((id) => `import '${id}';`).join('') },
      { modules: { '@game/count': { count: () => void runs++ } } },
    );
    await t.import('main.ts');
    return { t, runs: () => runs };
  }
  const counting = `import { count } from '@game/count'; count(); ${awaiting}`;

  it('are all found at once: top levels run twice, and not once for each of them', async () => {
    const { t, runs } = await listOf();
    expect(evaluated(await t.change({ 'main.ts': counting }))).toEqual(['main.ts']);
    expect([runs(), t.host.modules().length]).toEqual([2, 41]);
  });

  it('refuse the release once, where its top level fails then', async () => {
    const { t, runs } = await listOf();
    const told = refused(await t.change({ 'main.ts': `${counting} throw new Error('no');` }));
    expect([told.map(({ message }) => message), runs()]).toEqual([['Error: no'], 2]);
  });

  it('run again where they read what is edited', async () => {
    const { t } = await listOf({
      'p7.ts': "import { v } from './v.ts'; export const w = v;",
      'v.ts': 'export const v = 1;',
    });
    const next = { 'main.ts': counting, 'v.ts': 'export const v = 2;' };
    expect(evaluated(await t.change(next))).toEqual(['main.ts', 'v.ts', 'p7.ts']);
  });
});

describe('a release that is prepared again for it', () => {
  it('begins once, as far as anybody is told', async () => {
    const { t } = await shopOf();
    const before = t.events.length;
    committed(await t.change({ 'main.ts': asking, 'price.ts': dearer }));
    expect(t.events.slice(before).map(({ type }) => type)).toEqual(['reload:started', 'reload:committed']);
  });

  it('leaves nothing of its first attempt: effects and timers stand once', async () => {
    const told: string[] = [];
    const tell = (what: string) => {
      told.push(what);
      return () => void told.push(`no ${what}`);
    };
    const t = await hostOf(shop, { modules: { '@game/tell': { tell } } });
    await t.import('main.ts');
    await t.import('help.ts');
    const standing = "import { effect } from 'rekindle/script'; import { tell } from '@game/tell';";
    const next = {
      'main.ts': `${standing} setInterval(() => tell('tick'), 7); effect(() => tell('effect')); ${asking}`,
      'price.ts': dearer,
    };
    committed(await t.change(next));
    await t.clock.advance(7);
    expect(told).toEqual(['effect', 'tick']);
  });

  it('is refused with nothing changed where it fails the second time', async () => {
    const { t, main, get } = await shopOf();
    const fails = `${asking} if (said === 2) throw new Error('too dear');`;
    expect(refused(await t.change({ 'main.ts': fails, 'price.ts': dearer }))).toMatchObject([
      { code: 'BODY_THREW', module: 'main.ts' },
    ]);
    expect([main.said, get()]).toEqual([0, 1]);
  });

  it('gives way to a newer one while its bodies await', async () => {
    const gate = deferred();
    const t = await hostOf(shop, { modules: { '@game/gate': { gate: gate.promise } } });
    const main = await t.import<{ said: number }>('main.ts');
    await t.import('help.ts');
    const waits = `import { gate } from '@game/gate'; ${asking} await gate;`;
    const first = t.change({ 'main.ts': waits, 'price.ts': dearer });
    await settled();
    const second = t.change({ 'main.ts': 'export const said = 5;' });
    expect([(await first).status, (await second).status, main.said]).toEqual(['committed', 'committed', 5]);
    gate.resolve();
  });

  it('is rehearsed as it would come', async () => {
    const { t, main } = await shopOf();
    await t.publish({ 'main.ts': asking, 'price.ts': dearer });
    const rehearsal = await t.host.rehearse();
    expect([rehearsal.status, rehearsal.evaluated.toSorted()]).toEqual([
      'committed',
      ['help.ts', 'main.ts', 'price.ts'],
    ]);
    expect(main.said).toBe(0);
    expect(evaluated(await t.host.sync())).toEqual(rehearsal.evaluated);
  });
});

describe('a module that was to leave, and that an awaited body imports', () => {
  it('is in the plan: its accept callback hears of what is edited below it', async () => {
    const heard: number[] = [];
    const t = await hostOf(
      {
        'main.ts': "export { said } from './shown.ts';",
        'shown.ts':
          "import { hear } from '@game/hear'; import './n.ts'; export const said = 1; import.meta.hot?.accept('./n.ts', (n) => hear(n?.n));",
        'n.ts': 'export const n = 1;',
      },
      { modules: { '@game/hear': { hear: (n: number) => heard.push(n) } } },
    );
    await t.import('main.ts');
    const next = {
      'main.ts': "export const { said } = await import('./shown.ts');",
      'n.ts': 'export const n = 2;',
    };
    expect(evaluated(await t.change(next)).toSorted()).toEqual(['main.ts', 'n.ts']);
    expect(heard).toEqual([2]);
  });
});
