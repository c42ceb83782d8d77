/** Living objects whose class goes to another module: with the slot that holds them, or with an export that leads there. */
import { createHook, type InstancesUpgraded } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, refused, settled } from './stories.ts';

const SCRIPT = "import { state } from 'rekindle/script';\n";

interface Orc {
  hp: number;
  readonly mood?: string;
  step(): string;
}
interface Index {
  readonly all: Map<number, Orc>;
  readonly Orc: new () => Orc;
}

const index = (from: string) => `export * from './${from}.ts';`;
const orc = `${SCRIPT}export class Orc { hp = 10; step() { return 'walks'; } }
export const all = state('orcs', () => new Map([[1, new Orc()]]));`;
const warband = `${SCRIPT}export class Orc { hp = 20; mood = 'calm'; step() { return 'runs'; } }
export const all = state('warband', () => new Map(), { from: 'npc/orc.ts#orcs' });`;

async function living() {
  const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': index('orc') }, { entries: ['npc/index.ts'] });
  const game = await t.import<Index>('npc/index.ts');
  return { t, game, one: game.all.get(1) as Orc, Old: game.Orc };
}

function upgrades(t: TestHost): InstancesUpgraded[] {
  return t.events.filter((event) => event.type === 'instances:upgraded');
}

describe('a class that moves with the slot that holds its objects', () => {
  const move = { 'npc/orc.ts': null, 'npc/warband.ts': warband, 'npc/index.ts': index('warband') };

  it('has the living ones: methods, fields, identity, instanceof', async () => {
    const { t, game, one, Old } = await living();
    committed(await t.change(move));
    expect(game.all.get(1)).toBe(one);
    expect([one.step(), one.hp, one.mood]).toEqual(['runs', 10, 'calm']);
    expect(one).toBeInstanceOf(game.Orc);
    expect(new game.Orc()).toBeInstanceOf(Old);
    expect(upgrades(t)).toMatchObject([{ module: 'npc/warband.ts', classes: ['Orc'], kept: [], stale: [] }]);
  });

  it('is met as the new code knows it by the migration of the same release', async () => {
    const { t, game } = await living();
    const listed = warband.replace(
      "from: 'npc/orc.ts#orcs'",
      "from: 'npc/orc.ts#orcs', version: 2, up: { 2: (old) => new Map([...old].map(([id, one]) => [id + one.step(), one])) }",
    );
    committed(await t.change({ ...move, 'npc/warband.ts': listed }));
    expect([...game.all.keys()]).toEqual(['1runs']);
  });

  it('leaves them as they were where the release is refused', async () => {
    const { t, one, Old } = await living();
    refused(await t.change({ ...move, 'npc/index.ts': `${index('warband')}\nthrow new Error('no');` }));
    expect([one.step(), one.mood]).toEqual(['walks', undefined]);
    expect(one).toBeInstanceOf(Old);
    expect(Object.getPrototypeOf(one)).toBe(Old.prototype);
  });

  it('has them back when the release is taken back, those too that were made meanwhile; and forth again', async () => {
    const { t, game, one } = await living();
    committed(await t.change(move));
    const two = new game.Orc();
    game.all.set(2, two);
    committed(await t.host.revert());
    expect([...game.all.values()]).toEqual([one, two]);
    expect([one.step(), two.step()]).toEqual(['walks', 'walks']);
    expect(two).toBeInstanceOf(game.Orc);
    committed(await t.host.revert(2));
    expect([one.step(), two.step()]).toEqual(['runs', 'runs']);
    committed(await t.change({ 'npc/warband.ts': warband.replace('runs', 'flies') }));
    expect([one.step(), two.step(), new game.Orc().step()]).toEqual(['flies', 'flies', 'flies']);
  });

  it('has them back when probation takes the release back: slot, version, class', async () => {
    const tick = createHook<() => void>('tick');
    const t = await hostOf(
      { 'npc/orc.ts': orc, 'npc/index.ts': index('orc') },
      { modules: { '@game': { onTick: tick.add } }, entries: ['npc/index.ts'] },
    );
    const game = await t.import<Index>('npc/index.ts');
    const one = game.all.get(1) as Orc;
    const failing = `import { onTick } from '@game';\n${warband.replace(
      ' });',
      ", version: 2, up: { 2: (old) => new Map(old) }, down: { 2: (now) => new Map(now) } });\nonTick(() => { throw new Error('no'); });",
    )}`;
    committed(await t.change({ ...move, 'npc/warband.ts': failing }));
    expect(one.step()).toBe('runs');
    for (let call = 0; call < 6; call++) tick.call();
    await t.clock.advance(1_000);
    await settled();
    expect(t.events.filter(({ type }) => type === 'reload:rolled-back')).toMatchObject([{ cause: 'probation' }]);
    expect([...game.all]).toEqual([[1, one]]);
    expect(one.step()).toBe('walks');
    expect(one).toBeInstanceOf(game.Orc);
    expect(t.events.filter(({ type }) => type === 'state:dropped')).toEqual([]);
  });

  it('is told of by line where they cannot follow', async () => {
    const { t, one } = await living();
    const hidden = warband.replace('hp = 20;', '#hp = 20;');
    committed(await t.change({ ...move, 'npc/warband.ts': hidden }));
    expect(one.step()).toBe('walks');
    expect(upgrades(t)).toMatchObject([
      {
        classes: [],
        kept: [{ class: 'Orc', diagnostic: { code: 'CLASS_PRIVATE', module: 'npc/warband.ts', line: 2 } }],
      },
    ]);
  });

  it('from a snapshot, too', async () => {
    const { t } = await living();
    const restore = await t.host.snapshot();
    const u = await hostOf({ 'npc/warband.ts': warband, 'npc/index.ts': index('warband') }, { restore });
    const { all, Orc } = await u.import<Index>('npc/index.ts');
    expect(all.get(1)).toMatchObject({ hp: 10, mood: 'calm' });
    expect(all.get(1)?.step()).toBe('runs');
    expect(all.get(1)).toBeInstanceOf(Orc);
  });
});

describe('a class that its module exports from another one now', () => {
  const out = "export class Orc { hp = 20; step() { return 'runs'; } }";
  const keeps = `${SCRIPT}import { Orc } from './race.ts';\nexport { Orc };
export const all = state('orcs', () => new Map([[1, new Orc()]]));`;

  it('has the living ones, and has them back', async () => {
    const { t, game, one } = await living();
    committed(await t.change({ 'npc/race.ts': out, 'npc/orc.ts': keeps }));
    expect(game.all.get(1)).toBe(one);
    expect(one.step()).toBe('runs');
    expect(one).toBeInstanceOf(game.Orc);
    committed(await t.host.revert());
    expect(one.step()).toBe('walks');
    expect(one).toBeInstanceOf(game.Orc);
  });

  it('under another name, too', async () => {
    const { t, one } = await living();
    const named = "import { Brute as Orc } from './race.ts';";
    committed(
      await t.change({
        'npc/race.ts': out.replace('class Orc', 'class Brute'),
        'npc/orc.ts': keeps.replace("import { Orc } from './race.ts';", named),
      }),
    );
    expect(one.step()).toBe('runs');
  });

  it('does not have those of a class of its own that it had before', async () => {
    const { t, game, one } = await living();
    committed(await t.change({ 'npc/race.ts': out, 'npc/index.ts': `import './race.ts';\n${index('orc')}` }));
    committed(await t.change({ 'npc/orc.ts': keeps }));
    expect(new game.Orc().step()).toBe('runs');
    expect(one.step()).toBe('walks');
  });
});
