import { createHook } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { codes, committed, hostOf, refused, settled } from './stories.ts';
import { bad, game, good, Moments } from './ticking-game.ts';

describe('a release whose modules err is taken back', () => {
  it('past the threshold: the version before runs again, and the outcome says so', async () => {
    const { t, ticks, heard, of } = await game({ 'goblin.ts': good('one') });
    const before = t.host.release;
    const outcome = committed(await t.change({ 'goblin.ts': bad }));
    ticks(5);
    await settled();
    expect(of('reload:rolled-back')).toEqual([]);
    ticks(1);
    expect(await outcome.settled).toBe('rolled-back');
    expect(heard()).toBe('one');
    expect(t.host.release).toEqual(before);
    expect(of('reload:rolled-back')).toMatchObject([
      { cause: 'probation', from: { number: 2 }, release: { number: 1 }, errors: 6, evaluated: ['goblin.ts'] },
    ]);
  });

  it('counting those of callbacks that are called at the commit, for players who are there', async () => {
    const join = createHook<(player: number) => void>('join', { current: () => [1, 2, 3, 4] });
    const t = await hostOf(
      { 'main.ts': 'export const n = 1;' },
      { entries: ['main.ts'], modules: { '@game/api': { onJoin: join.add } } },
    );
    const text = "import { onJoin } from '@game/api'; onJoin(() => { throw new Error('no'); });";
    const outcome = committed(await t.change({ 'main.ts': text }));
    for (let player = 5; player <= 6; player += 1) join.call(player);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('be it at the commit alone', async () => {
    const join = createHook<(player: number) => void>('join', { current: () => [1, 2, 3, 4, 5, 6] });
    const t = await hostOf(
      { 'main.ts': 'export const n = 1;' },
      { entries: ['main.ts'], modules: { '@game/api': { onJoin: join.add } } },
    );
    const text = "import { onJoin } from '@game/api'; onJoin(() => { throw new Error('no'); });";
    const outcome = committed(await t.change({ 'main.ts': text }));
    expect(await outcome.settled).toBe('rolled-back');
    await settled();
    const told = t.events.flatMap(({ type }) => (type.startsWith('reload:') ? [type] : []));
    expect(told).toEqual(['reload:started', 'reload:committed', 'reload:started', 'reload:rolled-back']);
  });

  it('a stopped loop counts as all', async () => {
    const { t, ticks, heard } = await game({ 'goblin.ts': good('one') }, { limits: { loop: 20 } });
    const text = "import { onTick } from '@game/api'; onTick(() => { for (;;); });";
    const outcome = committed(await t.change({ 'goblin.ts': text }));
    ticks(1);
    expect(await outcome.settled).toBe('rolled-back');
    expect(heard()).toBe('one');
  });

  it('whatever it throws: what has no text of its own is told as what it is', async () => {
    const { t, ticks, heard } = await game({ 'goblin.ts': good('one') });
    const text = "import { onTick } from '@game/api'; onTick(() => { throw Object.create(null); });";
    const outcome = committed(await t.change({ 'goblin.ts': text }));
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(heard()).toBe('one');
    const [diagnostic] = refused(await t.host.sync());
    expect(diagnostic?.message).toContain('it erred 6 times (at last: a value of type object)');
  });

  it('what was taken back does not come again by following; a mended text does', async () => {
    const { t, ticks, heard } = await game({ 'goblin.ts': good('one'), 'chat.ts': good('chat') });
    const outcome = committed(await t.change({ 'goblin.ts': bad }));
    ticks(6);
    await outcome.settled;
    const [diagnostic] = refused(await t.host.sync());
    expect(diagnostic).toMatchObject({ code: 'BARRED', module: 'goblin.ts' });
    expect(diagnostic?.message).toContain('it erred 6 times (at last: no such goblin)');
    expect(codes(refused(await t.change({ 'chat.ts': good('hello') })))).toEqual(['BARRED']);
    committed(await t.change({ 'goblin.ts': good('two') }));
    expect(heard()).toBe('two,hello');
  });

  it('the module whose line throws answers, not the one whose entry point it was', async () => {
    const user = "import { onTick } from '@game/api'; import { roll } from './dice.ts'; onTick(() => roll());";
    const { t, ticks, of } = await game({ 'dice.ts': 'export const roll = () => 6;', 'user.ts': user });
    const outcome = committed(
      await t.change({
        'dice.ts': "export const roll = () => { throw new Error('lost'); };",
        'other.ts': 'export {};',
      }),
    );
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(of('script:error')[0]).toMatchObject({ module: 'user.ts', place: { module: 'dice.ts', line: 1 } });
    expect(refused(await t.host.sync())).toMatchObject([{ code: 'BARRED', module: 'dice.ts' }]);
  });

  it('errors of modules that did not run in it do not count', async () => {
    const { t, ticks, of } = await game({ 'old.ts': bad, 'new.ts': good('one') });
    const outcome = committed(await t.change({ 'new.ts': good('two') }));
    ticks(50);
    await t.clock.advance(30_000);
    expect(await outcome.settled).toBe('kept');
    expect(of('reload:rolled-back')).toEqual([]);
  });

  it('what erred as often before is borne', async () => {
    const { t, ticks, of } = await game({ 'goblin.ts': bad });
    ticks(20);
    const outcome = committed(await t.change({ 'goblin.ts': `${bad} // still\nexport const v = 2;` }));
    ticks(25);
    await settled();
    expect(of('reload:rolled-back')).toEqual([]);
    ticks(1);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('be it in a helper that did not run in it', async () => {
    const user = (n: number) =>
      `import { onTick } from '@game/api'; import { roll } from './dice.ts'; onTick(() => roll()); export const n = ${n};`;
    const dice = "export const roll = () => { throw new Error('lost'); };";
    const { t, ticks, of } = await game({ 'dice.ts': dice, 'user.ts': user(1) });
    ticks(20);
    const outcome = committed(await t.change({ 'user.ts': user(2) }));
    expect(outcome.evaluated).toEqual(['user.ts']);
    ticks(25);
    await settled();
    expect(of('reload:rolled-back')).toEqual([]);
    ticks(1);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('an error counts once, however many modules of the release stand in its stack', async () => {
    const user = "import { onTick } from '@game/api'; import { roll } from './dice.ts'; onTick(() => roll()); ";
    const dice = (n: number) => `export const roll = () => { throw new Error('${n}'); };`;
    const { t, ticks } = await game({ 'dice.ts': dice(1), 'user.ts': user });
    ticks(10);
    const outcome = committed(await t.change({ 'dice.ts': dice(2), 'user.ts': `${user} export {};` }));
    expect(outcome.evaluated).toEqual(['dice.ts', 'user.ts']);
    ticks(16);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('what erred longer ago than a window is no measure', async () => {
    const { t, ticks } = await game({ 'goblin.ts': bad });
    ticks(20);
    await t.clock.advance(31_000);
    const outcome = committed(await t.change({ 'goblin.ts': `${bad} export const v = 2;` }));
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('nor is what a release erred that was taken back', async () => {
    const { t, ticks } = await game({ 'goblin.ts': good('one') });
    for (let n = 0; n < 3; n += 1) {
      const outcome = committed(await t.change({ 'goblin.ts': `${bad} export const n = ${n};` }));
      ticks(6);
      expect(await outcome.settled).toBe('rolled-back');
    }
  });

  it('after the window it stands, and later errors take nothing back', async () => {
    const { t, ticks, of } = await game({ 'goblin.ts': good('one') });
    const outcome = committed(await t.change({ 'goblin.ts': bad }));
    ticks(5);
    await t.clock.advance(30_000);
    expect(await outcome.settled).toBe('kept');
    ticks(50);
    await settled();
    expect(of('reload:rolled-back')).toEqual([]);
  });

  it('with what came on top of it', async () => {
    const { t, ticks, heard } = await game({ 'goblin.ts': good('one'), 'chat.ts': good('chat') });
    const first = committed(await t.change({ 'goblin.ts': bad }));
    const second = committed(await t.change({ 'chat.ts': good('hello') }));
    ticks(6);
    expect(await Promise.all([first.settled, second.settled])).toEqual(['rolled-back', 'rolled-back']);
    expect(heard()).toBe('one,chat');
  });

  it('of sixteen releases at most: the one before them stands', async () => {
    const { t } = await game({ 'goblin.ts': good('0') });
    const first = committed(await t.change({ 'goblin.ts': good('1') }));
    let isSettled = false;
    void first.settled.then(() => {
      isSettled = true;
    });
    for (let release = 2; release <= 16; release += 1) committed(await t.change({ 'goblin.ts': good(`${release}`) }));
    expect(isSettled).toBe(false);
    committed(await t.change({ 'goblin.ts': good('17') }));
    expect(await first.settled).toBe('kept');
  });

  it('not where a release that mends it has come meanwhile', async () => {
    const moments = new Moments();
    const { t, ticks, heard, of } = await game({ 'goblin.ts': good('one') }, { activate: moments.activate });
    const changing = t.change({ 'goblin.ts': bad });
    await moments.ready(1);
    await moments.come();
    const outcome = committed(await changing);
    ticks(6);
    await moments.ready(1);
    const mending = t.change({ 'goblin.ts': good('two') });
    await moments.ready(2);
    await moments.come();
    committed(await mending);
    expect(await outcome.settled).toBe('kept');
    expect(heard()).toBe('two');
    expect(of('reload:rolled-back')).toEqual([]);
  });

  it('with numbers of its own, or not at all', async () => {
    const one = await game({ 'goblin.ts': good('one') }, { probation: { errors: 0 } });
    const outcome = committed(await one.t.change({ 'goblin.ts': bad }));
    one.ticks(1);
    expect(await outcome.settled).toBe('rolled-back');
    const none = await game({ 'goblin.ts': good('one') }, { probation: false });
    const kept = committed(await none.t.change({ 'goblin.ts': bad }));
    none.ticks(100);
    expect(await kept.settled).toBe('kept');
  });
});

describe('a module that errs because another was edited', () => {
  const shop =
    "import { onTick, say } from '@game/api'; import { make } from './rates.ts'; const rate = make(); " +
    'onTick(() => say(String(rate.value)));';
  const rates = (value: string) => `export const make = () => (${value});`;
  const modules = { 'rates.ts': rates('{ value: 1 }'), 'shop.ts': shop, 'chat.ts': 'export const n = 1;' };

  it('is not barred itself: what was edited is, and a mended one comes through', async () => {
    const { t, ticks, heard } = await game(modules);
    const outcome = committed(await t.change({ 'rates.ts': rates('undefined'), 'chat.ts': 'export const n = 2;' }));
    expect(outcome.evaluated).toEqual(['rates.ts', 'shop.ts', 'chat.ts']);
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    const [diagnostic] = refused(await t.host.sync());
    expect(diagnostic).toMatchObject({ code: 'BARRED', module: 'rates.ts' });
    expect(diagnostic?.message).toContain(
      "What changed in 'rates.ts' and 1 other module was taken back and is not taken again: 'shop.ts' erred 6 times",
    );
    expect(codes(refused(await t.change({ 'other.ts': 'export {};' })))).toEqual(['BARRED']);
    committed(await t.change({ 'rates.ts': rates('{ value: 2 }') }));
    expect(heard()).toBe('2');
  });

  it('does not keep the game from loading more', async () => {
    const { t, ticks } = await game(modules);
    await t.change({ 'other.ts': 'export const n = 1;' });
    const outcome = committed(await t.change({ 'rates.ts': rates('undefined') }));
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(await t.import('other.ts')).toMatchObject({ n: 1 });
  });

  it('errs because of a text that was imported as such, or of a module that went, alike', async () => {
    const bounty =
      "import { onTick, say } from '@game/api'; import text from './bounty.txt' with { type: 'text' }; " +
      "import { base } from './base'; const gold = JSON.parse(text || 'null'); onTick(() => say(base.of(gold.pieces)));";
    const of = (n: number) => `export const base = { of: (pieces: number) => ${n} + pieces };`;
    const { t, ticks, heard } = await game({ 'main.ts': good('nothing yet') });
    const texts = { 'bounty.txt': '{ "pieces": 1 }', 'base.ts': of(10), 'base/index.ts': 'export const base = {};' };
    committed(await t.change({ ...texts, 'main.ts': bounty }));
    for (const change of [{ 'bounty.txt': '' }, { 'bounty.txt': '{ "pieces": 1 }', 'base.ts': null }]) {
      const outcome = committed(await t.change(change));
      ticks(6);
      expect(await outcome.settled).toBe('rolled-back');
      expect(codes(refused(await t.host.sync()))).toEqual(['BARRED']);
      expect(heard()).toBe('11');
    }
    committed(await t.change({ 'base.ts': of(20) }));
    expect(heard()).toBe('21');
  });

  it('does not have a release taken back that mends it', async () => {
    const moments = new Moments();
    const { t, ticks, heard, of } = await game(modules, { activate: moments.activate });
    const changing = t.change({ 'rates.ts': rates('undefined') });
    await moments.ready(1);
    await moments.come();
    const outcome = committed(await changing);
    ticks(6);
    await moments.ready(1);
    const mending = t.change({ 'rates.ts': rates('{ value: 2 }') });
    await moments.ready(2);
    await moments.come();
    committed(await mending);
    expect(await outcome.settled).toBe('kept');
    expect(heard()).toBe('2');
    expect(of('reload:rolled-back')).toEqual([]);
  });
});

describe('state goes back with the code', () => {
  const slot = (version: number, rest: string, migrations = '') =>
    `import { state } from 'rekindle/script'; import { onTick, say } from '@game/api';
     const bounty = state('bounty', () => ({ gold: 0 }), { version: ${version}, ${migrations} });
     onTick(() => { ${rest} });`;
  const up = 'up: { 2: (old: { gold: number }) => ({ gold: old.gold, silver: 1 }) },';
  const down = 'down: { 2: (now: { gold: number }) => ({ gold: now.gold }) },';

  it('slots of the same version keep their value, migrated ones go down', async () => {
    const one = slot(1, 'bounty.gold += 1; say(JSON.stringify(bounty));');
    const { t, ticks, heard } = await game({ 'main.ts': one });
    ticks(3);
    const outcome = committed(
      await t.change({ 'main.ts': slot(2, "bounty.gold += 1; throw new Error('no');", up + down) }),
    );
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(heard()).toBe('{"gold":10}');
  });

  it('a slot without a way down holds the release', async () => {
    const { t, ticks, of } = await game({ 'main.ts': slot(1, 'say(JSON.stringify(bounty));') });
    const outcome = committed(await t.change({ 'main.ts': slot(2, "throw new Error('no');", up) }));
    ticks(6);
    expect(await outcome.settled).toBe('held');
    expect(of('reload:held')).toMatchObject([
      { errors: 6, modules: ['main.ts'], diagnostics: [{ code: 'MIGRATION_MISSING' }], release: { number: 2 } },
    ]);
    expect(t.host.release.number).toBe(2);
    ticks(20);
    await settled();
    expect(of('reload:held')).toHaveLength(1);
  });

  it('a body that throws when it runs again holds it, too', async () => {
    let calls = 0;
    const once = () => {
      calls += 1;
      if (calls > 1) throw new Error('registered already');
    };
    const text = `import { once } from '@game/once'; once(); ${good('one')}`;
    const { t, ticks, of } = await game({ 'main.ts': text }, { modules: { '@game/once': { once } } });
    const outcome = committed(await t.change({ 'main.ts': bad }));
    ticks(6);
    expect(await outcome.settled).toBe('held');
    expect(of('reload:held')).toMatchObject([{ diagnostics: [{ code: 'BODY_THREW' }] }]);
  });
});

it('a moment that has not come after five seconds is told', async () => {
  let apply: (() => unknown) | undefined;
  const { t, of } = await game(
    { 'goblin.ts': good('one') },
    {
      activate: (given) => {
        apply = given;
      },
    },
  );
  const changing = t.change({ 'goblin.ts': good('two') });
  while (apply === undefined) await settled();
  await t.clock.advance(4_999);
  expect(of('reload:waiting')).toEqual([]);
  await t.clock.advance(1);
  await settled();
  expect(of('reload:waiting')).toMatchObject([{ cause: 'sync', modules: ['goblin.ts'], waited: 5_000 }]);
  apply?.();
  committed(await changing);
});

describe('errors of a version that does not run', () => {
  const floating = (n: number) =>
    `export const n = ${n};\nfor (let i = 0; i < 8; i++) void (async () => { await null; throw new Error('late'); })();`;

  it.each([
    ['one that was refused', `${floating(3)}\nthrow new Error('no');`, 'refused'],
    ['one that was rehearsed', floating(3), 'committed'],
  ])('do not count against the one that does: %s', async (_what, text, status) => {
    const t = await hostOf({ 'goblin.ts': 'export const n = 1;' }, { entries: ['goblin.ts'] });
    const outcome = committed(await t.change({ 'goblin.ts': 'export const n = 2;' }));
    t.forget();
    await t.publish({ 'goblin.ts': text });
    const came = status === 'refused' ? await t.host.sync() : await t.host.rehearse();
    expect(came.status).toBe(status);
    await settled();
    const told = t.events.filter((event) => event.type === 'script:error');
    expect(told).toHaveLength(8);
    for (const { revision } of told) expect(revision).not.toBe(t.host.modules()[0]?.revision);
    expect([t.host.release, t.events.filter(({ type }) => type === 'reload:rolled-back')]).toEqual([
      outcome.release,
      [],
    ]);
    await t.clock.advance(30_000);
    expect(await outcome.settled).toBe('kept');
  });

  it('count where the version that runs has only got other comments', async () => {
    const text =
      "export const n = 2;\nexport const fail = () => void (async () => { await null; throw new Error('late'); })();";
    const t = await hostOf({ 'goblin.ts': 'export const n = 1;' }, { entries: ['goblin.ts'] });
    const outcome = committed(await t.change({ 'goblin.ts': text }));
    expect(await t.change({ 'goblin.ts': `// a comment\n${text}` })).toMatchObject({ evaluated: [] });
    const { fail } = await t.import<{ fail(): void }>('goblin.ts');
    for (let i = 0; i < 6; i++) fail();
    await settled();
    expect(await outcome.settled).toBe('rolled-back');
  });
});
