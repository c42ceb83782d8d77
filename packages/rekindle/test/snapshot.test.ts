/** State over a restart of the process: `host.snapshot()`, `createHost({ restore })`. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHost, type Snapshot, type StateDropped, type StateUnwritten } from 'rekindle';
import type { TestHost, TestHostOptions } from 'rekindle/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, hostOf, type Modules, rejection, settled } from './stories.ts';

const SCRIPT = "import { schedule, state } from 'rekindle/script';\n";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const GOBLIN = `${SCRIPT}
export class Goblin {
  hp = 10;
  name: string;
  friend: Goblin | undefined;
  constructor(name: string) { this.name = name; }
  strike() { this.hp -= 1; return this.hp; }
}
export const goblins = state('goblins', () => new Map<number, Goblin>());
export const add = (id: number, name: string) => void goblins.set(id, new Goblin(name));
`;

interface Goblin {
  hp: number;
  name: string;
  friend: Goblin | undefined;
  strike(): number;
}

interface GoblinModule {
  readonly Goblin: new (name: string) => Goblin;
  readonly goblins: Map<number, Goblin>;
  add(id: number, name: string): void;
}

/** A host that begins with what another has saved; `start` loads its entries. */
async function restored(
  modules: Modules,
  restore: NonNullable<TestHostOptions['restore']>,
  {
    entries = Object.keys(modules).slice(0, 1),
    later = 0,
    ...options
  }: TestHostOptions & { readonly later?: number } = {},
): Promise<TestHost> {
  const t = await hostOf(modules, { ...options, restore });
  await t.clock.advance(later);
  await t.host.start({ entries });
  return t;
}

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'rekindle-snapshot-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

function dropped(t: TestHost): StateDropped[] {
  return t.events.filter((event) => event.type === 'state:dropped');
}

describe('a new process finds the state that an earlier one has saved', () => {
  it('through a file: values, instances of classes, circles, identity between slots and modules', async () => {
    const herd = `${SCRIPT}import { goblins } from './goblin.ts';
export const chief = state('chief', () => ({ goblin: goblins.get(1), since: new Date(5) }));`;
    const modules = { 'herd.ts': herd, 'goblin.ts': GOBLIN };
    const before = await hostOf(modules);
    const { goblins, add } = await before.import<GoblinModule>('goblin.ts');
    add(1, 'snag');
    add(2, 'grub');
    const snag = goblins.get(1) as Goblin;
    snag.friend = goblins.get(2);
    (snag.friend as Goblin).friend = snag;
    snag.strike();
    await before.import('herd.ts');
    const file = path.join(await folder(), 'saves', 'world.snapshot');
    const snapshot = await before.host.snapshot();
    await snapshot.write(file);
    expect(snapshot).toMatchObject({ slots: 2, unwritten: [], releases: { main: { number: 1 } } });
    snag.strike();

    const after = await restored(modules, file);
    const module = await after.import<GoblinModule>('goblin.ts');
    const { chief } = await after.import<{ chief: { goblin: Goblin; since: Date } }>('herd.ts');
    const one = module.goblins.get(1) as Goblin;
    expect(chief).toEqual({ goblin: one, since: new Date(5) });
    expect(chief.goblin).toBe(one);
    expect(one).toBeInstanceOf(module.Goblin);
    expect(one.friend?.friend).toBe(one);
    expect(one.strike()).toBe(8);
    expect({ ...one.friend }).toMatchObject({ hp: 10, name: 'grub' });
    expect(dropped(after)).toEqual([]);
    module.add(3, 'new');
    expect(Object.getOwnPropertyNames(one)).toEqual(Object.getOwnPropertyNames(module.goblins.get(3)));
  });

  it('with the code of a later release: migrations, new methods, new fields on first touch', async () => {
    const before = await hostOf({
      'goblin.ts': GOBLIN,
      'bounty.ts': `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 }));`,
    });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    await before.import('bounty.ts');
    const { bytes } = await before.host.snapshot();

    const bounty = `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 0, silver: 0 }), {
  version: 2, up: { 2: (old: { gold: number }) => ({ gold: old.gold, silver: 1 }) } });`;
    const goblin = GOBLIN.replace('hp = 10;', "hp = 10;\n  mood = 'calm ' + this.name;").replace('-= 1', '-= 3');
    const after = await restored({ 'goblin.ts': goblin, 'bounty.ts': bounty }, bytes, {
      entries: ['goblin.ts', 'bounty.ts'],
    });
    expect(await after.import('bounty.ts')).toMatchObject({ bounty: { gold: 5, silver: 1 } });
    expect(after.events).toContainEqual(
      expect.objectContaining({ type: 'state:migrated', slot: 'bounty', from: 1, to: 2 }),
    );
    const { goblins } = await after.import<GoblinModule>('goblin.ts');
    const snag = goblins.get(1) as Goblin & { mood: string };
    expect(snag.strike()).toBe(7);
    expect(snag.mood).toBe('calm snag');

    // and edits go on from there
    const edited = goblin.replace('-= 3', '-= 5').replace('hp = 10;', 'hp = 10;\n  rank = 1;');
    committed(await after.change({ 'goblin.ts': edited }));
    expect(snag.strike()).toBe(2);
    expect(snag).toMatchObject({ rank: 1 });
    const again = await restored({ 'goblin.ts': edited }, await after.host.snapshot());
    const last = (await again.import<GoblinModule>('goblin.ts')).goblins.get(1);
    expect(last).toMatchObject({ hp: 2, name: 'snag', mood: 'calm snag', rank: 1 });
    expect(last?.strike()).toBe(-3);
  });

  it('a field that no object had been given when it was saved is given on first touch afterwards', async () => {
    const before = await hostOf({ 'goblin.ts': GOBLIN }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    const grown = GOBLIN.replace('hp = 10;', 'hp = 10;\n  rank = 1;');
    await before.publish({ 'goblin.ts': grown });
    const syncing = before.host.sync();
    const outcome = committed(await syncing);
    const snapshot = await before.host.snapshot(); // before the sweep has come round
    expect(outcome.evaluated).toEqual(['goblin.ts']);
    const after = await restored({ 'goblin.ts': grown }, snapshot);
    const { goblins } = await after.import<GoblinModule>('goblin.ts');
    expect((goblins.get(1) as Goblin & { rank: number }).rank).toBe(1);
  });

  it('with classes that are defined after the slot is asked for, in the same module and in others', async () => {
    const registry = `${SCRIPT}export const all = state('all', () => [] as object[]);
export const pair = state('pair', () => ({ one: undefined as object | undefined }));
export class Late { value = 1; twice() { return this.value * 2; } }
export const fill = () => { pair.one = new Late(); };`;
    const orc = `import { all } from './registry.ts';
export class Orc extends Map<string, number> { leader = 'bolg'; count() { return this.size; } }
export class Line extends Array<number> { total() { return this.reduce((a, b) => a + b, 0); } }
export class Day extends Date { label = 'x'; }
class Hidden { hp = 1; step() { return ++this.hp; } }
export const add = () => void all.push(Object.assign(new Orc([['a', 1]]), { leader: 'azog' }), Line.from([1, 2]), new Day(7), new Hidden());`;
    const modules = { 'orc.ts': orc, 'registry.ts': registry };
    const before = await hostOf(modules);
    (await before.import<{ add(): void }>('orc.ts')).add();
    (await before.import<{ fill(): void }>('registry.ts')).fill();
    const snapshot = await before.host.snapshot();
    expect(snapshot.unwritten).toEqual([]);

    // the module of the classes comes later than the slot
    const after = await restored(modules, snapshot, { entries: ['registry.ts'] });
    const { all, pair } = await after.import<{ all: object[]; pair: { one: { twice(): number } } }>('registry.ts');
    expect(pair.one.twice()).toBe(2);
    const { Orc, Line, Day } = await after.import<Record<'Orc' | 'Line' | 'Day', new () => object>>('orc.ts');
    const [some, line, day, hidden] = all as [
      Map<string, number> & { leader: string; count(): number },
      number[] & { total(): number },
      Date & { label: string },
      { step(): number },
    ];
    expect(
      [some, line, day].map((each, index) => each instanceof ([Orc, Line, Day][index] as new () => object)),
    ).toEqual([true, true, true]);
    expect([
      some.leader,
      some.count(),
      some.get('a'),
      line.total(),
      line.length,
      day.getTime(),
      day.label,
      hidden.step(),
    ]).toEqual(['azog', 1, 1, 3, 2, 7, 'x', 2]);
  });

  it('while a body of the release awaits at top level', async () => {
    const awaiting = `${GOBLIN}
await null;
export const strikes = [...goblins.values()].map((goblin) => goblin.strike());`;
    const before = await hostOf({ 'goblin.ts': GOBLIN }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    const after = await restored({ 'goblin.ts': awaiting }, await before.host.snapshot());
    expect(await after.import('goblin.ts')).toMatchObject({ strikes: [9] });
  });

  it('a first release that is refused leaves all of it for the next try', async () => {
    const before = await hostOf({ 'goblin.ts': GOBLIN }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    const broken = `${GOBLIN.replace('hp = 10;', 'hp = 10;\n  rank = 1;')}
for (const goblin of goblins.values()) { goblin.rank; goblin.hp = goblin.strike() + 1; }
throw new Error('no');`;
    const after = await hostOf({ 'goblin.ts': broken }, { restore: await before.host.snapshot() });
    await expect(after.host.start({ entries: ['goblin.ts'] })).rejects.toMatchObject({ code: 'BODY_THREW' });
    await after.publish({ 'goblin.ts': GOBLIN.replace('hp = 10;', 'hp = 10;\n  rank = 7;') });
    await after.host.start({ entries: ['goblin.ts'] });
    const { goblins } = await after.import<GoblinModule>('goblin.ts');
    expect(goblins.get(1)).toMatchObject({ name: 'snag', hp: 10, rank: 7 });
  });

  it('in rooms, each with its own, also where they share objects and come later', async () => {
    const room = `${SCRIPT}import { shared } from '@game';
export class Player { name = 'dana'; greet() { return 'hi ' + this.name; } }
export const room = state('room', () => ({ players: [new Player()], shared }));`;
    const modules = () => ({ '@game': { shared: { world: 1 } } });
    const before = await hostOf({ 'room.ts': room }, { modules: modules() });
    await before.host.start({ entries: ['room.ts'] });
    for (const name of ['room-1', 'room-2']) await before.host.namespace(name, { entries: ['room.ts'] });
    const after = await restored({ 'room.ts': room }, await before.host.snapshot(), { modules: modules() });
    type Room = { Player: new () => object; room: { players: { greet(): string }[]; shared: object } };
    const main = await after.import<Room>('room.ts');
    const first = (await (await after.host.namespace('room-1', { entries: ['room.ts'] })).import('room.ts')) as Room;
    expect(first.room.shared).toBe(main.room.shared);
    expect(first.room.players[0]).toBeInstanceOf(first.Player);
    expect(first.room.players[0]?.greet()).toBe('hi dana');
    expect(first.room.players[0]).not.toBeInstanceOf(main.Player);
    // a room that has not come goes into the next snapshot again, and a day later it is dropped
    const next = await after.host.snapshot();
    expect(next).toMatchObject({ slots: 3, releases: { 'room-2': { number: 1 } } });
    await after.clock.advance(DAY);
    await settled();
    expect(dropped(after)).toMatchObject([{ namespace: 'room-2', module: 'room.ts', slot: 'room' }]);
    expect(await after.host.snapshot()).toMatchObject({ slots: 2 });
    const third = await restored({ 'room.ts': room }, next, { modules: modules() });
    const second = (await (await third.host.namespace('room-2', { entries: ['room.ts'] })).import('room.ts')) as Room;
    expect(second.room.players[0]?.greet()).toBe('hi dana');
  });
});

describe('a room of a snapshot whose entries do not load', () => {
  it('leaves what it was given for the next of its name', async () => {
    const before = await hostOf({ 'main.ts': 'export {};', 'goblin.ts': GOBLIN });
    const room = (await (
      await before.host.namespace('room', { entries: ['goblin.ts'] })
    ).import('goblin.ts')) as GoblinModule;
    room.add(1, 'snag');
    const after = await restored(
      { 'main.ts': 'export {};', 'goblin.ts': `${GOBLIN}\nthrow new Error('no');` },
      await before.host.snapshot(),
    );
    expect(await rejection(after.host.namespace('room', { entries: ['goblin.ts'] }))).toMatchObject({
      code: 'BODY_THREW',
    });
    await settled();
    const kept = await after.host.snapshot();
    expect(kept.slots).toBe(1);
    await after.publish({ 'goblin.ts': GOBLIN });
    const next = (await (
      await after.host.namespace('room', { entries: ['goblin.ts'] })
    ).import('goblin.ts')) as GoblinModule;
    expect(next.goblins.get(1)?.strike()).toBe(9);
    expect((await after.host.snapshot()).slots).toBe(1);
  });
});

describe('schedules outlive the process', () => {
  const script = `${SCRIPT}import { tell } from '@game';
export const respawn = schedule('respawn', (id: number) => tell('v1', id));`;

  it('with the moment at which they are due; what was due meanwhile comes at once', async () => {
    const told: unknown[][] = [];
    const modules = { '@game': { tell: (...args: unknown[]) => void told.push(args) } };
    const before = await hostOf({ 'a.ts': script }, { modules });
    await before.clock.advance(DAY);
    const { respawn } = await before.import<{
      respawn: { after(ms: number, id: number): number; cancel(ticket: number): boolean };
    }>('a.ts');
    respawn.after(10 * MINUTE, 1);
    respawn.after(40 * MINUTE, 2);
    const third = respawn.after(50 * MINUTE, 3);
    respawn.after(60 * MINUTE, 4);
    const snapshot = await before.host.snapshot();
    await before.close();
    const after = await restored({ 'a.ts': script.replace('v1', 'v2') }, snapshot, {
      modules,
      later: DAY + 30 * MINUTE,
    });
    expect(told).toEqual([]);
    await after.clock.advance(0);
    expect(told).toEqual([['v2', 1]]);
    const again = await after.import<{ respawn: typeof respawn }>('a.ts');
    expect(again.respawn.cancel(third)).toBe(true);
    await after.clock.advance(10 * MINUTE);
    expect(told).toEqual([
      ['v2', 1],
      ['v2', 2],
    ]);
    await after.clock.advance(DAY);
    expect(told.slice(2)).toEqual([['v2', 4]]);
  });
});

describe('what cannot be written', () => {
  it('is named in the result and as an event, and the rest is written', async () => {
    const text = `${SCRIPT}
class Vault { #code = 7; open() { return this.#code; } }
export const goblins = state('goblins', () => new Map([[3, { socket: () => {} }]]));
export const vaults = state('vaults', () => ({ all: [new Vault()] }));
export const bounty = state('bounty', () => ({ gold: 5 }));`;
    const before = await hostOf({ 'npc.ts': text }, { entries: ['npc.ts'] });
    const snapshot = await before.host.snapshot();
    expect(snapshot.slots).toBe(1);
    expect(snapshot.unwritten).toEqual([
      { namespace: 'main', module: 'npc.ts', slot: 'goblins', path: 'goblins.get(3).socket', why: 'a function' },
      {
        namespace: 'main',
        module: 'npc.ts',
        slot: 'vaults',
        path: 'vaults.all[0]',
        why: "an instance of 'Vault', which has #private members",
      },
    ]);
    await settled();
    const events = before.events.filter((event): event is StateUnwritten => event.type === 'state:unwritten');
    expect(events.map(({ namespace, module, slot, path: way }) => [namespace, module, slot, way])).toEqual([
      ['main', 'npc.ts', 'goblins', 'goblins.get(3).socket'],
      ['main', 'npc.ts', 'vaults', 'vaults.all[0]'],
    ]);
    const after = await restored({ 'npc.ts': text }, snapshot);
    expect(await after.import('npc.ts')).toMatchObject({ bounty: { gold: 5 } });
  });

  it('a release that is on its way is not in it, and it waits for none', async () => {
    const apply: (() => void)[] = [];
    const text = (version: number) =>
      `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 }), { version: ${version}, up: { 2: (old: object) => ({ ...old, silver: 1 }) } });
export const extra = ${version} === 2 ? state('extra', () => ({})) : undefined;`;
    const t = await hostOf({ 'a.ts': text(1) }, { entries: ['a.ts'], activate: (act) => void apply.push(act) });
    await t.publish({ 'a.ts': text(2) });
    const syncing = t.host.sync();
    await settled();
    expect(apply).toHaveLength(1);
    const snapshot = await t.host.snapshot();
    expect(snapshot.slots).toBe(1);
    apply[0]?.();
    committed(await syncing);
    expect((await t.host.snapshot()).slots).toBe(2);
    const after = await restored({ 'a.ts': text(1) }, snapshot);
    expect(await after.import('a.ts')).toMatchObject({ bounty: { gold: 5 } });
  });
});

describe('slots that no module asks for', () => {
  it('are kept for a day, told of, and go into the next snapshot again', async () => {
    const before = await hostOf({ 'goblin.ts': GOBLIN, 'main.ts': 'export {};' }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    const modules = { 'main.ts': 'export {};', 'goblin.ts': GOBLIN };
    const after = await restored(modules, await before.host.snapshot(), { entries: ['main.ts'] });
    await settled();
    expect(dropped(after)).toMatchObject([{ module: 'goblin.ts', slot: 'goblins', until: after.clock.time() + DAY }]);
    const next = await after.host.snapshot();
    expect(next.slots).toBe(1);
    await after.clock.advance(DAY);
    await settled();
    expect(dropped(after).slice(1)).toMatchObject([{ module: 'goblin.ts', slot: 'goblins' }]);
    expect((await after.host.snapshot()).slots).toBe(0);
    const third = await restored(modules, next, { entries: ['goblin.ts'] });
    expect((await third.import<GoblinModule>('goblin.ts')).goblins.get(1)?.strike()).toBe(9);
  });

  it('are taken over by a slot of another module that says from where', async () => {
    const before = await hostOf({ 'goblin.ts': GOBLIN }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    const herd = `${SCRIPT}import './goblin.ts';\nexport const herd = state('herd', () => new Map(), { from: 'goblin.ts#goblins' });`;
    const goblin = GOBLIN.replace(/export const goblins.*\n.*\n/, '');
    const after = await restored({ 'herd.ts': herd, 'goblin.ts': goblin }, await before.host.snapshot());
    const { herd: moved } = await after.import<{ herd: GoblinModule['goblins'] }>('herd.ts');
    expect(moved.get(1)?.strike()).toBe(9);
  });
});

describe('R21: a save of a newer release on an older one', () => {
  const bag = (version: number) => `${SCRIPT}
import { ran } from '@game';
ran();
export const bag = state('bag', () => ({ items: ['rope'] }), ${
    version === 1
      ? '{}'
      : '{ version: 2, up: { 2: (old: { items: string[] }) => ({ ...old, weight: 1 }) }, down: { 2: (now) => ({ items: now.items }) } }'
  });`;
  const computed = bag(1).replace('{});', '{ version: [1].length });');

  it.each([
    ['the text says its version', bag(1), 0],
    ['it is computed', computed, 1],
  ])('is refused with a code, slot, both versions and releases; nothing is half read: %s', async (_how, old, runs) => {
    let ran = 0;
    const modules = { '@game': { ran: () => void ran++ } };
    const b = await hostOf({ 'main.ts': "import './bag.ts';", 'bag.ts': bag(1) }, { modules, entries: ['main.ts'] });
    committed(await b.change({ 'bag.ts': bag(2) }));
    const save = await b.host.snapshot();
    const a = await hostOf({ 'main.ts': "import './bag.ts';", 'bag.ts': old }, { modules, entries: ['main.ts'] });
    ran = 0;
    const restarted = await hostOf({ 'main.ts': "import './bag.ts';", 'bag.ts': old }, { modules, restore: save });
    const error = await rejection(restarted.host.start({ entries: ['main.ts'] }));
    expect(error).toMatchObject({
      code: 'RESTORE_BELOW_VERSION',
      diagnostics: [
        {
          code: 'RESTORE_BELOW_VERSION',
          module: 'bag.ts',
          line: 5,
          message: "The slot 'bag' of 'bag.ts' was saved at version 2 by release 2, and release 1 has version 1.",
        },
      ],
    });
    expect(ran).toBe(runs);
    expect(restarted.host.modules()).toEqual([]);
    expect(await a.import('bag.ts')).toMatchObject({ bag: { items: ['rope'] } }); // A runs on
    const live = await Promise.all([a, b].map(({ host }) => firstValueFrom(host.status$)));
    expect(live.map(({ namespaces }) => namespaces[0]?.release.number)).toEqual([1, 2]);
    expect((await restarted.host.snapshot()).slots).toBe(1); // the save is whole
    await restarted.change({ 'bag.ts': bag(2) });
    expect(await restarted.import('bag.ts')).toMatchObject({ bag: { items: ['rope'], weight: 1 } });
  });
});

describe('a class that the new code does not have', () => {
  const save = async (): Promise<Snapshot> => {
    const before = await hostOf({ 'goblin.ts': GOBLIN }, { entries: ['goblin.ts'] });
    (await before.import<GoblinModule>('goblin.ts')).add(1, 'snag');
    return before.host.snapshot();
  };
  const world = (options = '') => `${SCRIPT}import './goblin.ts';
export const world = state('world', () => new Map<number, object>(), { from: 'goblin.ts#goblins'${options} });`;

  it.each<[string, Modules, string, string]>([
    [
      'it has another name',
      { 'goblin.ts': GOBLIN.replaceAll('Goblin', 'Gnome') },
      'RESTORE_CLASS_GONE',
      "The slot 'goblins' of 'goblin.ts' was saved with instances of 'Goblin' of 'goblin.ts' (goblins.get(1)), and the module has no such class any more.",
    ],
    [
      'its module is gone',
      { 'world.ts': world().replace("import './goblin.ts';", '') },
      'RESTORE_CLASS_GONE',
      "The slot 'world' of 'world.ts' was saved with instances of 'Goblin' of 'goblin.ts' (world.get(1)), and that module is not there any more.",
    ],
    [
      'it has #private members now',
      { 'goblin.ts': GOBLIN.replace('hp = 10;', 'hp = 10;\n  #secret = 1;\n  tell() { return this.#secret; }') },
      'RESTORE_CLASS_CHANGED',
      "The slot 'goblins' of 'goblin.ts' was saved with instances of 'Goblin' of 'goblin.ts' (goblins.get(1)), which now has #private members, which only its constructor can give.",
    ],
    [
      'it extends a built-in class now',
      {
        'goblin.ts': GOBLIN.replace('class Goblin {', 'class Goblin extends Map {').replace(
          'constructor(name: string) {',
          'constructor(name: string) { super();',
        ),
      },
      'RESTORE_CLASS_CHANGED',
      "The slot 'goblins' of 'goblin.ts' was saved with instances of 'Goblin' of 'goblin.ts' (goblins.get(1)), which now extends another built-in class.",
    ],
  ])('refuses with its name: %s', async (_why, modules, code, message) => {
    const after = await hostOf(modules, { restore: await save() });
    const [[entry, text] = ['', '']] = Object.entries(modules);
    const line = text.split('\n').findIndex((each) => each.includes('= state(')) + 1;
    expect(await rejection(after.host.start({ entries: [entry] }))).toMatchObject({
      code,
      diagnostics: [{ code, message, module: entry, line }],
    });
    expect(after.host.modules()).toEqual([]);
    // the code that has it finds all of it
    await after.change({ 'goblin.ts': GOBLIN });
    const { goblins } = await after.import<GoblinModule>('goblin.ts');
    expect(goblins.get(1)?.strike()).toBe(9);
  });

  it.each<[string, Modules, readonly string[]]>([
    ['both come at once', {}, ['world.ts']],
    ['the class is there already', {}, ['monsters.ts', 'world.ts']],
    ['its new module awaits', { 'monsters.ts': '\nawait null;' }, ['world.ts']],
  ])(
    'is found where its module exports it from another one now, under another name: %s',
    async (_how, more, entries) => {
      const monsters = `export class Monster { hp = 10; mood = 'calm'; strike() { return this.hp -= 2; } }`;
      const modules = {
        'monsters.ts': `${monsters}${more['monsters.ts'] ?? ''}`,
        'goblin.ts': "export { Monster as Goblin } from './monsters.ts';",
        'world.ts': world(),
      };
      const after = await hostOf(modules, { restore: await save() });
      for (const entry of entries) await after.import(entry);
      const { world: there } = await after.import<{ world: Map<number, Goblin & { mood: string }> }>('world.ts');
      const { Monster } = await after.import<{ Monster: new () => object }>('monsters.ts');
      const one = there.get(1);
      expect(one).toBeInstanceOf(Monster);
      expect([one?.strike(), one?.name, one?.mood]).toEqual([8, 'snag', 'calm']);
      committed(await after.change({ 'monsters.ts': monsters.replace('-= 2', '-= 3') }));
      expect(one?.strike()).toBe(5);
      const again = await restored(modules, await after.host.snapshot(), { entries: ['world.ts'] });
      const { world: last } = await again.import<{ world: Map<number, Goblin> }>('world.ts');
      expect(last.get(1)?.strike()).toBe(3);
    },
  );

  it('does not matter where a migration turned its objects into others', async () => {
    const up =
      ', version: 2, up: { 2: (old: Map<number, { hp: number }>) => new Map([...old].map(([id, { hp }]) => [id, { hp }])) }';
    const after = await restored({ 'world.ts': world(up), 'goblin.ts': 'export {};' }, await save());
    expect((await after.import<{ world: Map<number, object> }>('world.ts')).world.get(1)).toEqual({ hp: 10 });
  });

  it('matters when its module comes and has none, though the slot was there before', async () => {
    const after = await hostOf(
      { 'world.ts': world().replace("import './goblin.ts';", ''), 'goblin.ts': 'export class Gnome {}' },
      { restore: await save() },
    );
    await after.host.start({ entries: ['world.ts'] });
    expect(await rejection(after.import('goblin.ts'))).toMatchObject({ code: 'RESTORE_CLASS_GONE' });
    committed(await after.change({ 'goblin.ts': GOBLIN }));
    await after.import('goblin.ts');
    const { world: there } = await after.import<{ world: Map<number, Goblin> }>('world.ts');
    expect(there.get(1)?.strike()).toBe(9);
  });
});

describe('a file that is no snapshot, or not all of one', () => {
  const text = `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 }));`;
  const whole = async (): Promise<Buffer> => {
    const before = await hostOf({ 'a.ts': text }, { entries: ['a.ts'] });
    return Buffer.from((await before.host.snapshot()).bytes);
  };
  const altered = (at: number, value: number) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(value, at < 0 ? copy.length + at : at);
    return copy;
  };

  it.each<[string, (bytes: Buffer) => Buffer, string, RegExp]>([
    ['empty', () => Buffer.alloc(0), 'SNAPSHOT_TRUNCATED', /ends after 0 of/],
    ['cut in its head', (bytes) => bytes.subarray(0, 20), 'SNAPSHOT_TRUNCATED', /ends after 20 of/],
    ['cut at its end', (bytes) => bytes.subarray(0, -1), 'SNAPSHOT_TRUNCATED', /ends after \d+ of \d+ bytes/],
    ['with bytes behind it', (bytes) => Buffer.concat([bytes, Buffer.from([0])]), 'SNAPSHOT_DAMAGED', /damaged/],
    ['one bit of the state', altered(-3, 0x55), 'SNAPSHOT_DAMAGED', /damaged/],
    ['one bit of what it is about', altered(60, 0x21), 'SNAPSHOT_DAMAGED', /damaged/],
    ['one bit of its hash', altered(30, 0x99), 'SNAPSHOT_DAMAGED', /damaged/],
    [
      'line ends that were changed',
      (bytes) => Buffer.concat([bytes.subarray(0, 6), bytes.subarray(7)]),
      'SNAPSHOT_DAMAGED',
      /as if it were text/,
    ],
    [
      'something else',
      () => Buffer.from('{"gold": 5, "silver": 7, "more": "text that is long enough to be anything"}'),
      'SNAPSHOT_FOREIGN',
      /no snapshot/,
    ],
    ['a later form', altered(8, 2), 'SNAPSHOT_NEWER', /form 2, and this version of Rekindle reads form 1/],
  ])('%s', async (_what, change, code, message) => {
    const file = path.join(await folder(), 'world.snapshot');
    await writeFile(file, change(await whole()));
    const t = await hostOf({ 'a.ts': text }, { restore: file });
    const error = await rejection(t.host.start({ entries: ['a.ts'] }));
    expect(error).toMatchObject({
      name: 'SnapshotError',
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(error.message).toContain(file);
    // a host that was told to restore does not begin without
    expect(await rejection(t.import('a.ts'))).toBe(error);
    expect(await rejection(t.host.snapshot())).toBe(error);
  });

  it('of a Node whose data this one cannot read', async () => {
    const { packSnapshot } = await import('../src/snapshot-format.ts');
    const bytes = packSnapshot({ time: 0, releases: {}, slots: 0, wire: 99, node: 'v99.0.0' }, new Uint8Array(2));
    const t = await hostOf({ 'a.ts': text }, { restore: bytes });
    expect(await rejection(t.import('a.ts'))).toMatchObject({
      code: 'SNAPSHOT_NEWER',
      message: expect.stringContaining('was made by Node v99.0.0'),
    });
  });

  it('is not there', async () => {
    const t = await hostOf({ 'a.ts': text }, { restore: '/nowhere/world.snapshot' });
    expect(await rejection(t.import('a.ts'))).toMatchObject({ code: 'SNAPSHOT_UNREADABLE', cause: { code: 'ENOENT' } });
  });

  it('cannot be written: what stood there before still does, and nothing is left beside it', async () => {
    const place = await folder();
    await writeFile(path.join(place, 'file'), 'kept');
    const before = await hostOf({ 'a.ts': text }, { entries: ['a.ts'] });
    const snapshot = await before.host.snapshot();
    expect(await rejection(snapshot.write(path.join(place, 'file', 'below')))).toMatchObject({
      code: 'SNAPSHOT_NOT_WRITTEN',
    });
    expect(await rejection(snapshot.write(place))).toMatchObject({ code: 'SNAPSHOT_NOT_WRITTEN' });
    expect(await readdir(place)).toEqual(['file']);
    expect(await readFile(path.join(place, 'file'), 'utf8')).toBe('kept');
    await snapshot.write(path.join(place, 'file'));
    expect((await readFile(path.join(place, 'file'))).equals(snapshot.bytes)).toBe(true);
    expect(await readdir(place)).toEqual(['file']);
  });

  it.each<[unknown]>([[5], [''], [{}], [null], [[]]])('is refused as an option: %j', async (restore) => {
    const t = await hostOf({});
    expect(() => createHost({ stores: [{} as never], restore: restore as never })).toThrow(
      /`restore` must be the path/,
    );
    expect(t.host.release.number).toBeGreaterThanOrEqual(0);
  });
});
