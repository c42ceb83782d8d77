// One release in two hundred rooms at once: what is shared, what is each room's own, and that the game has its turns.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualClock } from '@rekindle/state';
import { createHook, createHost, memoryStore, type Outcome, type RekindleEvent, type ReleaseSource } from 'rekindle';
import { expect, it, onTestFinished } from 'vitest';

const ROOMS = 200;

const rules = (n: number, more = '') => `
  import { enter } from '@game/api';
  enter();
  ${more}
  export const n = ${n};
`;
const main = `
  import { onTick } from '@game/api';
  import { state } from 'rekindle/script';
  import { n } from './rules.ts';
  const score = state('score', () => ({ points: 0 }));
  onTick((told) => told.push([n, (score.points += 1)]));
`;

type Tick = (told: [number, number][]) => void;

interface RoomsOptions {
  /** Called by a body, with the room. */
  enter?(room: string): void;
  /** Chooses the moment of a room. @default at once */
  activate?(apply: () => Outcome, room: string): void;
}

async function roomsOf({ enter = () => {}, activate = (apply) => void apply() }: RoomsOptions) {
  const store = memoryStore({ modules: { 'main.ts': main, 'rules.ts': rules(1) } });
  const reads: string[] = [];
  const counted: ReleaseSource = {
    name: 'counted store',
    head: (options) => store.head(options),
    manifest: (hash, options) => store.manifest(hash, options),
    watch: (wake, options) => store.watch(wake, options),
    read: (id, revision, options) => {
      reads.push(id);
      return store.read(id, revision, options);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  const clock = new VirtualClock();
  const tick = createHook<Tick>('tick');
  const host = createHost({
    stores: [counted],
    clock,
    cache: false,
    lastKnownGood: false, // it reads texts to keep them
    limits: { activate: 60_000 },
  });
  onTestFinished(() => host.close());
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  const names = Array.from({ length: ROOMS }, (_, index) => `room-${index}`);
  for (const name of names) {
    const modules = { '@game/api': { onTick: tick.add, enter: () => enter(name) } };
    await host.namespace(name, { entries: ['main.ts'], modules, activate: (apply) => activate(apply, name) });
  }
  await host.start({ entries: [] });
  return {
    host,
    clock,
    events,
    names,
    reads,
    publish: async (text: string) => {
      reads.length = 0;
      await store.publish(new Map([['rules.ts', text]]), { expected: (await store.head())?.number ?? 0 });
      await clock.advance(50);
    },
    /** Lets the event loop turn until something is so. */
    until: async (isSo: () => boolean) => {
      while (!isSo()) await nextTurn();
    },
    /** What each room says in a tick: the rules that it runs, and its score. */
    say: () =>
      names.map((name) => {
        const told: [number, number][] = [];
        tick.for(name).call(told);
        return told;
      }),
    of: (type: RekindleEvent['type']) => events.filter((event) => event.type === type),
  };
}

it('is read and compiled once, taken by each, and every score is kept', async () => {
  const { reads, publish, until, say, of } = await roomsOf({});
  expect(reads.sort()).toEqual(['main.ts', 'rules.ts']);
  expect(say()).toEqual(Array.from({ length: ROOMS }, () => [[1, 1]]));
  await publish(rules(2));
  await until(() => of('reload:committed').length > ROOMS); // the namespace main takes it, too
  expect(reads).toEqual(['rules.ts']);
  expect(say()).toEqual(Array.from({ length: ROOMS }, () => [[2, 2]]));
});

it('comes to each room at its own moment: who waits keeps nobody', async () => {
  const moments = new Map<string, () => Outcome>();
  const { names, publish, until, say, of } = await roomsOf({
    activate: (apply, room) => void (room.endsWith('7') ? moments.set(room, apply) : apply()),
  });
  const late = names.filter((name) => name.endsWith('7'));
  await publish(rules(2));
  await until(() => of('reload:committed').length > ROOMS - late.length && moments.size === late.length);
  const running = () => say().map(([told]) => told?.[0]);
  expect(running()).toEqual(names.map((name) => (late.includes(name) ? 1 : 2)));
  for (const [index, name] of late.entries()) {
    expect(moments.get(name)?.().status).toBe('committed');
    expect(running().filter((n) => n === 1)).toHaveLength(late.length - index - 1);
  }
});

it('that one room refuses leaves that room alone behind, and it is told once', async () => {
  const full = { room: '' };
  const { clock, names, publish, until, say, of } = await roomsOf({
    enter: (room) => {
      if (room === full.room) throw new Error('this room is full');
    },
  });
  full.room = 'room-41';
  await publish(rules(2));
  await until(() => of('reload:committed').length >= ROOMS);
  for (let passed = 0; passed < 1_000; passed += 50) {
    await clock.advance(50);
    await nextTurn();
  }
  expect(say().map(([told]) => told?.[0])).toEqual(names.map((name) => (name === full.room ? 1 : 2)));
  expect(of('reload:refused')).toMatchObject([
    {
      namespace: 'room-41',
      release: { number: 1 },
      diagnostics: [{ code: 'BODY_THREW', module: 'rules.ts', line: 3 }],
    },
  ]);
  full.room = '';
  await publish(rules(3));
  await until(() => of('reload:committed').length > 2 * ROOMS);
  expect(say().map(([told]) => told)).toEqual(names.map(() => [3, 2]));
});

it('leaves the event loop to the game between two rooms', async () => {
  const entered: number[] = [];
  let turn = 0;
  const { publish, until, of } = await roomsOf({
    enter: () => {
      entered.push(turn);
      const start = performance.now();
      while (performance.now() - start < 4); // longer than what a turn is shared for
    },
  });
  entered.length = 0;
  const count = () => {
    turn += 1;
    if (of('reload:committed').length <= ROOMS) setImmediate(count);
  };
  setImmediate(count); // also while the publish is on its way
  await publish(rules(2));
  await until(() => of('reload:committed').length > ROOMS);
  const inOneTurn = new Map<number, number>();
  for (const each of entered) inOneTurn.set(each, (inOneTurn.get(each) ?? 0) + 1);
  expect(entered).toHaveLength(ROOMS);
  expect(Math.max(...inOneTurn.values())).toBe(1);
});

it('does not take a room that is disposed of meanwhile for a store that is lost', async () => {
  const { host, publish, until, of } = await roomsOf({
    enter: () => {
      const start = performance.now();
      while (performance.now() - start < 1);
    },
  });
  const last = await host.namespace(`room-${ROOMS - 1}`);
  await publish(rules(2));
  await last.dispose();
  await until(() => of('reload:committed').length >= ROOMS);
  expect(of('store:lost')).toEqual([]);
});
