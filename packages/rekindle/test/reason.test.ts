/** `reason` of `rekindle/script`: why this version of the module runs. */
import { createHook } from 'rekindle';
import { reason as standalone } from 'rekindle/script';
import type { TestHost, TestHostOptions } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, type Modules, refused } from './stories.ts';

const SCRIPT = "import { effect, reason, state } from 'rekindle/script';\nimport { note } from '@game';\n";
const noting = (id: string, more = '') => `${SCRIPT}${more}\nnote('${id}', reason);`;

interface Story {
  readonly t: TestHost;
  /** What was noted since it was last asked. */
  noted(): string[];
}

async function story(modules: Modules, options: TestHostOptions = {}): Promise<Story> {
  const notes: string[] = [];
  const note = (id: string, reason: string) => void notes.push(`${id} ${reason}`);
  const t = await hostOf(modules, { ...options, modules: { '@game': { note }, ...options.modules } });
  return { t, noted: () => notes.splice(0) };
}

describe('reason', () => {
  it('is boot for what start loads, and for what is loaded into nothing', async () => {
    const { t, noted } = await story({
      'a.ts': noting('a', "import './b.ts';"),
      'b.ts': noting('b'),
      'c.ts': noting('c'),
    });
    await t.import('c.ts');
    await t.host.start({ entries: ['a.ts'] });
    expect(noted()).toEqual(['c boot', 'b boot', 'a boot']);
    await t.host.namespace('room', { entries: ['a.ts'] });
    expect(noted()).toEqual(['b boot', 'a boot']);
  });

  it('is added for what comes to a namespace that runs: by a release, the game, an import() or evaluate', async () => {
    const { t, noted } = await story({
      'a.ts': noting('a'),
      'c.ts': noting('c'),
      'd.ts': noting('d'),
      'e.ts': noting('e'),
    });
    await t.host.start({ entries: ['a.ts'] });
    committed(await t.change({ 'a.ts': noting('a', "import './b.ts';"), 'b.ts': noting('b') }));
    expect(noted()).toEqual(['a boot', 'b added', 'a edited']);
    await t.import('c.ts');
    await t.host.evaluate(noting('text'), { id: 'text.ts' });
    await t.host.evaluate(noting('text', '// again\n1;'), { id: 'text.ts' });
    expect(noted()).toEqual(['c added', 'text added', 'text edited']);
    committed(
      await t.change({ 'a.ts': noting('a', "await import('./d.ts');\nexport const later = () => import('./e.ts');") }),
    );
    expect(noted()).toEqual(['d added', 'a edited']);
    const { later } = await t.import<{ later(): Promise<unknown> }>('a.ts');
    await later();
    expect(noted()).toEqual(['e added']);
  });

  it('is edited for a new text and for whoever was asked to run, dependency for those that observe it', async () => {
    const modules = {
      'a.ts': noting('a', "import { b } from './b.ts';\nnote('b is', String(b));"),
      'b.ts': noting('b', 'export const b = 1;'),
    };
    const { t, noted } = await story(modules);
    await t.host.start({ entries: ['a.ts'] });
    noted();
    committed(await t.change({ 'b.ts': noting('b', 'export const b = 2;') }));
    expect(noted()).toEqual(['b edited', 'b is 2', 'a dependency']);
    committed(await t.host.reload('a.ts'));
    expect(noted()).toEqual(['b is 2', 'a edited']);
    committed(await t.host.reloadAll());
    expect(noted()).toEqual(['b edited', 'b is 2', 'a edited']);
  });

  it('is taken-back by revert and by probation', async () => {
    const { t, noted } = await story({ 'a.ts': noting('a') }, { probation: { window: 1_000, errors: 0 } });
    await t.host.start({ entries: ['a.ts'] });
    committed(await t.change({ 'a.ts': noting('a', '1;') }));
    committed(await t.host.revert());
    expect(noted()).toEqual(['a boot', 'a edited', 'a taken-back']);
    const outcome = committed(
      await t.change({ 'a.ts': noting('a', 'export const fail = () => { throw new Error("no"); };') }),
    );
    const { fail } = await t.import<{ fail(): void }>('a.ts');
    t.host.run(fail);
    expect(await outcome.settled).toBe('rolled-back');
    expect(noted()).toEqual(['a edited', 'a taken-back']);
  });

  it('is restored in modules whose slots came from a snapshot, once', async () => {
    const slot = "export const gold = state('gold', () => ({ pieces: 1 }));";
    const modules = {
      'a.ts': noting('a', `import './b.ts';\n${slot}`),
      'b.ts': noting('b'),
      'c.ts': noting('c', slot),
    };
    const before = await story(modules, { entries: ['a.ts', 'c.ts'] });
    const restore = await before.t.host.snapshot();
    const { t, noted } = await story(modules, { restore });
    await t.host.start({ entries: ['a.ts'] });
    await t.import('c.ts');
    expect(noted()).toEqual(['b boot', 'a restored', 'c restored']);
    committed(await t.change({ 'a.ts': noting('a', `import './b.ts';\n${slot}\n1;`) }));
    expect(noted()).toEqual(['a edited']);
  });

  it('is restored also where all of them are taken over from elsewhere, from the first line on', async () => {
    const slot = (name: string, options = '') =>
      `export const ${name} = state('${name}', () => ({ pieces: 1 })${options});`;
    const before = await story({ 'old.ts': noting('old', slot('gold')) }, { entries: ['old.ts'] });
    const restore = await before.t.host.snapshot();
    const heir = noting('heir', slot('coins', ", { from: 'old.ts#gold' }"));
    const other = noting('other', slot('more', ", { from: 'old.ts#silver' }"));
    const { t, noted } = await story({ 'heir.ts': heir, 'other.ts': other }, { restore });
    await t.host.start({ entries: ['heir.ts', 'other.ts'] });
    expect(noted()).toEqual(['heir restored', 'other boot']);
  });

  it('stays what it was for the effects and callbacks of the version', async () => {
    const onTick = createHook<() => void>('tick');
    const modules = { '@hooks': { onTick: onTick.add } };
    const text = (more: string) =>
      noting(
        'body',
        `import { onTick } from '@hooks';\nonTick(() => note('hook', reason));\neffect(() => { note('effect', reason); return () => note('clean-up', reason); });\n${more}`,
      );
    const { t, noted } = await story({ 'a.ts': text('') }, { modules });
    await t.host.start({ entries: ['a.ts'] });
    onTick.call();
    expect(noted()).toEqual(['body boot', 'effect boot', 'hook boot']);
    refused(await t.change({ 'a.ts': text("note('refused', reason); throw new Error('no');") }));
    onTick.call();
    expect(noted()).toEqual(['refused edited', 'hook boot']);
    committed(await t.change({ 'a.ts': text('1;') }));
    onTick.call();
    expect(noted()).toEqual(['body edited', 'clean-up boot', 'effect edited', 'hook edited']);
  });

  it('is that of the module in whose text it is read, not of who calls', async () => {
    const lib = `${SCRIPT}export const why = () => note('lib', reason);`;
    const { t, noted } = await story({ 'a.ts': noting('a', "import { why } from './lib.ts';\nwhy();"), 'lib.ts': lib });
    await t.host.start({ entries: ['a.ts'] });
    committed(await t.change({ 'a.ts': noting('a', "import { why } from './lib.ts';\nwhy();\n1;") }));
    expect(noted()).toEqual(['lib boot', 'a boot', 'lib boot', 'a edited']);
  });

  it('is told by a rehearsal as it would be', async () => {
    const { t, noted } = await story({ 'a.ts': noting('a') }, { entries: ['a.ts'] });
    await t.publish({ 'a.ts': noting('a', '1;') });
    expect((await t.host.rehearse()).status).toBe('committed');
    expect(noted()).toEqual(['a boot', 'a edited']);
  });

  it('is boot without a host', () => expect(standalone).toBe('boot'));
});

describe('R19: a script that comes while players are there hears of those who came before it', () => {
  const buffs = (more = '') =>
    `import { onJoin, give } from '@game';\nonJoin((player) => give(player, 'buff'));\n${more}`;

  /** A hundred players, and a release that adds `buffs.ts`. */
  async function game() {
    const players = Array.from({ length: 100 }, (_, index) => `player-${index}`);
    const given = new Map<string, number>();
    const join = createHook<(player: string) => void>('join', { current: () => players });
    const give = (player: string) => void given.set(player, (given.get(player) ?? 0) + 1);
    const t = await hostOf(
      { 'main.ts': 'export {};' },
      { modules: { '@game': { onJoin: join.add, give } }, probation: { window: 1_000, errors: 0 } },
    );
    await t.host.start({ entries: ['main.ts'] });
    const come = (player: string) => {
      players.push(player);
      join.call(player);
    };
    return { t, given, come, times: () => [...new Set(given.values())] };
  }

  it('each of the 100 once; none again when it is edited, refused or taken back', async () => {
    const { t, given, times } = await game();
    committed(await t.change({ 'main.ts': "import './buffs.ts';", 'buffs.ts': buffs() }));
    expect([given.size, times()]).toEqual([100, [1]]);
    committed(await t.change({ 'buffs.ts': buffs('1;') }));
    refused(await t.change({ 'buffs.ts': buffs("throw new Error('no');") }));
    const outcome = committed(
      await t.change({ 'buffs.ts': buffs("export const fail = () => { throw new Error('no'); };") }),
    );
    t.host.run((await t.import<{ fail(): void }>('buffs.ts')).fail);
    expect(await outcome.settled).toBe('rolled-back');
    committed(await t.change({ 'buffs.ts': buffs('2;') }));
    committed(await t.host.reloadAll());
    expect([given.size, times()]).toEqual([100, [1]]);
  });

  it('a player who joins in the tick of the commit gets one, before it and after it', async () => {
    const { t, given, come, times } = await game();
    await t.publish({ 'main.ts': "import './buffs.ts';", 'buffs.ts': buffs() });
    t.host.on('reload:started', () => come('early'));
    const syncing = t.host.sync();
    committed(await syncing);
    come('late');
    expect([given.size, times()]).toEqual([102, [1]]);
  });

  it('a second callback of an edited script is new, and the first is not', async () => {
    const { t, given, times } = await game();
    committed(await t.change({ 'main.ts': "import './buffs.ts';", 'buffs.ts': buffs() }));
    committed(await t.change({ 'buffs.ts': buffs("onJoin((player) => give(player + ' again'));") }));
    expect([given.size, times()]).toEqual([200, [1]]);
  });
});
