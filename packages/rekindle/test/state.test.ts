import { describe, expect, it } from 'vitest';
import { codes, committed, hostOf, refused, settled } from './stories.ts';

const script = (body: string) =>
  `import { state, effect } from 'rekindle/script'; import { log } from '@game/log'; ${body}`;

function logged() {
  const log: string[] = [];
  return { log, modules: { '@game/log': { log: (text: string) => void log.push(text) } } };
}

describe('slots', () => {
  it('outlive edits by identity, and a refusal too', async () => {
    const { modules } = logged();
    const text = (n: number) =>
      script(`export const bag = state('bag', () => new Map([['made by', ${n}]])); export const n = ${n};`);
    const t = await hostOf({ 'main.ts': text(1) }, { modules });
    const main = await t.import<{ bag: Map<string, number>; n: number }>('main.ts');
    const { bag } = main;
    bag.set('gold', 5);
    committed(await t.change({ 'main.ts': text(2) }));
    expect(main.bag).toBe(bag);
    refused(await t.change({ 'main.ts': `${text(3)} throw new Error('no');` }));
    expect([main.n, main.bag]).toEqual([2, bag]);
    expect(bag).toEqual(
      new Map([
        ['made by', 1],
        ['gold', 5],
      ]),
    );
  });

  const bounty = (version: number, more = '') =>
    script(`
      export const bounty: any = state('bounty', () => ({ gold: 1 }), {
        version: ${version},
        up: { 2: (old: any) => ({ ...old, silver: 0 }), 3: (old: any) => { if (old.gold > 5) throw new Error('too rich'); return { ...old, copper: 0 }; } },
        down: { 2: (now: any) => ({ gold: now.gold }) },
      });
      ${more}
    `);

  it('migrate inside the transaction: what comes after sees the new shape, what refuses leaves the old one', async () => {
    const { modules } = logged();
    const t = await hostOf(
      {
        'bounty.ts': bounty(1),
        'user.ts': "import { bounty } from './bounty.ts'; export const keys = Object.keys(bounty);",
      },
      { modules },
    );
    const user = await t.import<{ keys: string[] }>('user.ts');
    const slot = await t.import<{ bounty: { gold: number } }>('bounty.ts');
    const before = slot.bounty;
    refused(
      await t.change({
        'bounty.ts': bounty(2),
        'user.ts':
          "import { bounty } from './bounty.ts'; export const keys = Object.keys(bounty); throw new Error(keys.join());",
      }),
    );
    expect(slot.bounty).toBe(before);
    expect(before).toEqual({ gold: 1 });
    committed(
      await t.change({ 'user.ts': "import { bounty } from './bounty.ts'; export const keys = Object.keys(bounty);" }),
    );
    expect(user.keys).toEqual(['gold', 'silver']);
    expect(slot.bounty).toEqual({ gold: 1, silver: 0 });
    expect(before).toEqual({ gold: 1 });
    expect(t.events.filter(({ type }) => type === 'state:migrated')).toMatchObject([
      { module: 'bounty.ts', slot: 'bounty', from: 1, to: 2 },
    ]);
  });

  it('whose migration throws refuse the release, with the value as it was', async () => {
    const { modules } = logged();
    const t = await hostOf({ 'bounty.ts': bounty(2) }, { modules });
    const slot = await t.import<{ bounty: { gold: number } }>('bounty.ts');
    const before = slot.bounty;
    before.gold = 10;
    const diagnostics = refused(await t.change({ 'bounty.ts': bounty(3) }));
    expect(codes(diagnostics)).toEqual(['MIGRATION_FAILED']);
    expect(diagnostics[0]).toMatchObject({ module: 'bounty.ts' });
    expect(diagnostics[0]?.message).toContain('too rich');
    expect(slot.bounty).toBe(before);
    before.gold = 3;
    committed(await t.host.sync());
    expect(slot.bounty).toEqual({ gold: 3, copper: 0 });
    expect(codes(refused(await t.change({ 'bounty.ts': bounty(2) })))).toEqual(['MIGRATION_MISSING']); // no step down from 3
    expect(slot.bounty).toEqual({ gold: 3, copper: 0 });
  });

  it('of a first load that fails are gone with it', async () => {
    const { modules, log } = logged();
    const text = "log('made'); export const bag = state('bag', () => { log('init'); return {}; });";
    const t = await hostOf({ 'main.ts': script(`${text} throw new Error('no');`) }, { modules });
    await t.import('main.ts').catch(() => {});
    await t.change({ 'main.ts': script(text) });
    await t.import('main.ts');
    expect(log.filter((line) => line === 'init')).toHaveLength(2);
  });
});

describe('timers', () => {
  it('keep their due times over an edit, and over refusals of every kind', async () => {
    const { log, modules } = logged();
    const text = (n: number, wrong = '') =>
      script(`
        setInterval(() => log('every ${n}'), 1000);
        setTimeout(() => log('once ${n}'), 500);
        export const later = () => setTimeout(() => log('set later by ${n}'), 700);
        ${wrong}
      `);
    const t = await hostOf({ 'main.ts': text(1) }, { modules, limits: { activate: 50 }, probation: false });
    const main = await t.import<{ later(): void }>('main.ts');
    await t.clock.advance(300);
    main.later();
    for (const wrong of [
      "throw new Error('no');",
      'const = 1;',
      'for (;;);',
      "effect(() => { throw new Error('no'); });",
      "await null; throw new Error('no');",
    ]) {
      refused(await t.change({ 'main.ts': text(2, wrong) }));
      await t.clock.advance(0);
      expect(t.clock.due).toEqual([500, 1000, 1000]);
    }
    committed(await t.change({ 'main.ts': text(3) }));
    await t.clock.advance(0);
    expect(t.clock.due).toEqual([500, 1000, 1000]);
    await t.clock.advance(1700);
    expect(log).toEqual(['once 3', 'set later by 1', 'every 3', 'every 3']);
  });
});

describe('effects', () => {
  const text = (name: string, wrong = '') =>
    script(`
      effect(() => { log('+${name}'); ${wrong} return () => log('-${name}'); });
    `);

  it('are cleaned up importers first, and set up imports first', async () => {
    const { log, modules } = logged();
    const t = await hostOf(
      { 'a.ts': text('a1'), 'b.ts': `import './a.ts'; ${text('b1')}`, 'main.ts': "import './b.ts';" },
      { modules, entries: ['main.ts'] },
    );
    expect(log).toEqual(['+a1', '+b1']);
    log.length = 0;
    committed(await t.change({ 'a.ts': text('a2'), 'b.ts': `import './a.ts'; ${text('b2')}` }));
    expect(log).toEqual(['-b1', '-a1', '+a2', '+b2']);
    log.length = 0;
    await t.close();
    expect(log).toEqual(['-b2', '-a2']);
  });

  it('stand again after a refused effect stage, with an event for each; everything else is as before', async () => {
    const { log, modules } = logged();
    const t = await hostOf(
      {
        'a.ts': text('a1'),
        'b.ts': `import './a.ts'; ${text('b1')} export const n = 1;`,
        'main.ts': "export { n } from './b.ts';",
      },
      { modules },
    );
    const main = await t.import<{ n: number }>('main.ts');
    log.length = 0;
    const diagnostics = refused(
      await t.change({
        'a.ts': text('a2'),
        'b.ts': `import './a.ts'; ${text('b2', "throw new Error('the port is taken');")} export const n = 2;`,
      }),
    );
    expect(diagnostics).toMatchObject([{ code: 'BODY_THREW', module: 'b.ts' }]);
    expect(diagnostics[0]?.message).toContain('the port is taken');
    expect(log).toEqual(['-b1', '-a1', '+a2', '+b2', '-a2', '+a1', '+b1']);
    expect(main.n).toBe(1);
    await settled();
    expect(
      t.events.filter(({ type }) => type === 'effect:restarted').map((event) => 'module' in event && event.module),
    ).toEqual(['a.ts', 'b.ts']);
    log.length = 0;
    committed(await t.change({ 'b.ts': `import './a.ts'; ${text('b3')} export const n = 3;` }));
    expect(log).toEqual(['-b1', '-a1', '+a2', '+b3']);
  });

  it('whose clean-up throws are reported; the commit stands', async () => {
    const { modules } = logged();
    const t = await hostOf(
      { 'main.ts': script("effect(() => () => { throw new Error('stuck'); }); export const n = 1;") },
      { modules },
    );
    const main = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': script('export const n = 2;') }));
    await settled();
    expect(main.n).toBe(2);
    expect(t.events.filter(({ type }) => type === 'effect:failed')).toMatchObject([
      { module: 'main.ts', when: 'cleanup' },
    ]);
  });
});
