// What comes while a release is on probation: others on top of it, each judged by itself, and its own modules, later.
import { describe, expect, it } from 'vitest';
import { type Calls, committed, refused, settled } from './stories.ts';
import { bad, game, good, Moments } from './ticking-game.ts';

/** How promises have ended so far. */
function watched(outcomes: Record<string, { readonly settled: Promise<string> }>): Record<string, string> {
  const ends: Record<string, string> = {};
  for (const [name, outcome] of Object.entries(outcomes)) {
    void outcome.settled.then((how) => {
      ends[name] = how;
    });
  }
  return ends;
}

describe('a release on top of one that is held', () => {
  const slot = (version: number, migrations = '') =>
    `import { state } from 'rekindle/script'; import { onTick } from '@game/api'; import { check } from '@game/check';
     export const bounty = state('bounty', () => ({ gold: 0 }), { version: ${version}, ${migrations} });
     onTick(() => check('main.ts'));`;
  const noWayBack = slot(2, 'up: { 2: (old: { gold: number }) => ({ gold: old.gold, silver: 1 }) },');
  const chat =
    "import { onTick } from '@game/api'; import { check } from '@game/check'; onTick(() => check('chat.ts'));";

  async function held() {
    const broken = new Set<string>(['main.ts']);
    const check = (module: string) => {
      if (broken.has(module)) throw new Error(`${module} is broken`);
    };
    const g = await game({ 'main.ts': slot(1), 'chat.ts': good('one') }, { modules: { '@game/check': { check } } });
    const first = committed(await g.t.change({ 'main.ts': noWayBack }));
    const second = committed(await g.t.change({ 'chat.ts': chat }));
    const ends = watched({ first, second });
    g.ticks(6);
    await settled();
    expect(ends).toEqual({ first: 'held' });
    return { ...g, broken, ends };
  }

  it('stays on its own probation', async () => {
    const { t, ends } = await held();
    await t.clock.advance(30_000);
    expect(ends).toEqual({ first: 'held', second: 'kept' });
  });

  it('is taken back for its own errors', async () => {
    const { ticks, broken, ends } = await held();
    broken.add('chat.ts');
    ticks(6);
    await settled();
    expect(ends).toEqual({ first: 'held', second: 'rolled-back' });
  });
});

it('a release that came to mend another is on probation itself', async () => {
  const moments = new Moments();
  const { t, ticks, heard } = await game({ 'goblin.ts': good('one') }, { activate: moments.activate });
  moments.isAtOnce = true;
  const first = committed(await t.change({ 'goblin.ts': bad }));
  moments.isAtOnce = false;
  ticks(6);
  await moments.ready(1);
  const mending = t.change({ 'goblin.ts': `${bad} export const another = 1;` });
  await moments.ready(2);
  await moments.come();
  const second = committed(await mending);
  expect(await first.settled).toBe('kept');
  ticks(30);
  await moments.come();
  expect(await second.settled).toBe('rolled-back');
  expect([t.host.release.number, heard()]).toEqual([2, '']);
});

it('what somebody goes back from has been rolled back; what it stands on stays on probation', async () => {
  const { t, heard } = await game({ 'a.ts': good('a1'), 'b.ts': good('b1') });
  const first = committed(await t.change({ 'a.ts': good('a2') }));
  const second = committed(await t.change({ 'b.ts': good('b2') }));
  const ends = watched({ first, second });
  committed(await t.host.revert());
  await settled();
  expect([heard(), ends]).toEqual(['a2,b1', { second: 'rolled-back' }]);
  await t.clock.advance(30_000);
  expect(ends).toEqual({ first: 'kept', second: 'rolled-back' });
});

describe('a release of which nothing runs', () => {
  it('is kept at once', async () => {
    const { t } = await game({ 'goblin.ts': good('one') });
    const outcome = committed(await t.change({ 'goblin.ts': `// a comment\n${good('one')}` }));
    expect(await outcome.settled).toBe('kept');
  });

  it('ends with what it stands on', async () => {
    const { t, ticks } = await game({ 'goblin.ts': good('one'), 'chat.ts': good('c1') });
    const change = async (modules: Record<string, string>) => committed(await t.change(modules));
    const first = await change({ 'goblin.ts': good('two') });
    const second = await change({ 'chat.ts': `// a comment\n${good('c1')}` });
    const ends = watched({ first, second });
    await t.clock.advance(29_999);
    expect(ends).toEqual({});
    await t.clock.advance(1);
    expect(ends).toEqual({ first: 'kept', second: 'kept' });
    const third = await change({ 'goblin.ts': bad });
    const fourth = await change({ 'chat.ts': good('c1') });
    ticks(6);
    expect(await third.settled).toBe('rolled-back');
    expect(await fourth.settled).toBe('rolled-back');
  });
});

describe('a module that a release brought, and that is imported only later', () => {
  it('by a script, counts for the release and leaves with it', async () => {
    const { t, ticks, heard } = await game({ 'main.ts': good('one') });
    const more = "export const more = () => import('./boss.ts');";
    const outcome = committed(await t.change({ 'main.ts': `${good('two')} ${more}`, 'boss.ts': bad }));
    const later = committed(await t.change({ 'chat.ts': good('chat'), 'main.ts': `${good('three')} ${more}` }));
    await (await t.import<Calls<'more', Promise<object>>>('main.ts')).more();
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(await later.settled).toBe('rolled-back');
    expect([heard(), t.host.modules().map(({ id }) => id)]).toEqual(['one', ['main.ts']]);
    expect(refused(await t.host.sync())).toMatchObject([{ code: 'BARRED', module: 'boss.ts' }]);
  });

  it('by the game, counts for the release, which cannot go back without it', async () => {
    const { t, ticks } = await game({ 'main.ts': good('one') });
    const outcome = committed(await t.change({ 'main.ts': good('two'), 'boss.ts': bad }));
    await t.import('boss.ts');
    ticks(6);
    expect(await outcome.settled).toBe('held');
  });

  it('does not count where it was there before, or stands in no release', async () => {
    const { t, ticks } = await game({ 'main.ts': good('one') });
    committed(await t.change({ 'boss.ts': bad }));
    const outcome = committed(await t.change({ 'main.ts': good('two') }));
    await t.import('boss.ts');
    await t.host.evaluate(bad, { id: 'console/1.ts' });
    ticks(20);
    await t.clock.advance(30_000);
    expect(await outcome.settled).toBe('kept');
  });
});

describe('where the moment to go back comes after the window', () => {
  it('what came on top has been rolled back too, however long that took', async () => {
    const moments = new Moments();
    moments.isAtOnce = true;
    const { t, ticks, heard } = await game(
      { 'goblin.ts': good('one'), 'chat.ts': good('c1') },
      { activate: moments.activate },
    );
    const first = committed(await t.change({ 'goblin.ts': bad }));
    await t.clock.advance(10_000);
    const second = committed(await t.change({ 'chat.ts': good('c2') }));
    const ends = watched({ first, second });
    moments.isAtOnce = false;
    ticks(6);
    await moments.ready(1);
    await t.clock.advance(60_000);
    await settled();
    expect(ends).toEqual({});
    await moments.come();
    expect([heard(), ends]).toEqual(['one,c1', { first: 'rolled-back', second: 'rolled-back' }]);
  });

  it('and another has mended it meanwhile, what came on top has stood its time', async () => {
    const moments = new Moments();
    moments.isAtOnce = true;
    const { t, ticks, heard } = await game(
      { 'goblin.ts': good('one'), 'chat.ts': good('c1') },
      { activate: moments.activate },
    );
    const first = committed(await t.change({ 'goblin.ts': bad }));
    const second = committed(await t.change({ 'chat.ts': good('c2') }));
    const ends = watched({ first, second });
    moments.isAtOnce = false;
    ticks(6);
    await moments.ready(1);
    await t.clock.advance(60_000);
    const mending = t.change({ 'goblin.ts': good('two') });
    await moments.ready(2);
    await moments.come();
    committed(await mending);
    expect([heard(), ends]).toEqual(['two,c2', { first: 'kept', second: 'kept' }]);
  });
});
