import { VirtualClock } from '@rekindle/state';
import { createHook, createHost, type HostOptions, memoryStore, type RekindleEvent } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, hostOf, rejection, settled } from './stories.ts';

const version = (n: number) => `export const n = ${n};`;

async function hostWith(modules: Record<string, string>, options: Partial<HostOptions> = {}) {
  const store = memoryStore({ modules });
  const clock = new VirtualClock();
  const host = createHost({ stores: [store], clock, cache: false, ...options });
  onTestFinished(() => host.close());
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  const publish = async (changes: Record<string, string>, to = store) => {
    await to.publish(new Map(Object.entries(changes)), { expected: (await to.head())?.number ?? 0 });
    await settled();
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5) {
      await clock.advance(5);
      await settled();
    }
  };
  return { host, store, clock, events, publish, pass };
}

const read = async (namespace: { import(id: string): Promise<unknown> }) =>
  ((await namespace.import('main.ts')) as { n: number }).n;

describe('one release in many rooms', () => {
  it('each takes it at its own moment, and a room that waits keeps nobody', async () => {
    const { host, publish, pass } = await hostWith({ 'main.ts': version(1) });
    await host.start({ entries: ['main.ts'] });
    const late: (() => unknown)[] = [];
    const slow = await host.namespace('slow', { entries: ['main.ts'], activate: (apply) => void late.push(apply) });
    const quick = await host.namespace('quick', { entries: ['main.ts'] });
    await publish({ 'main.ts': version(2) });
    await pass(50);
    expect([await read(host), await read(quick), await read(slow)]).toEqual([2, 2, 1]);
    late[0]?.();
    await settled();
    expect(await read(slow)).toBe(2);
  });

  it('a room that cannot take it stays behind alone, and is told of', async () => {
    const tick = createHook<() => void>('tick');
    let rooms = 0;
    const { host, publish, pass, events } = await hostWith({ 'main.ts': version(1) });
    await host.start({ entries: ['main.ts'] });
    const join = () => {
      rooms += 1;
      if (rooms === 2) throw new Error('this room is full');
    };
    const modules = { '@game/api': { join, onTick: tick.add } };
    const names = ['a', 'b', 'c'];
    for (const name of names) await host.namespace(name, { entries: ['main.ts'], modules });
    await publish({ 'main.ts': "import { join } from '@game/api'; join(); export const n = 2;" });
    await pass(400);
    const stayed = await Promise.all(names.map(async (name) => read(await host.namespace(name))));
    expect(stayed.filter((n) => n === 2)).toHaveLength(2);
    const refusals = events.filter((event) => event.type === 'reload:refused');
    expect(refusals.map(({ namespace }) => namespace)).toContain(names[stayed.indexOf(1)]);
  });

  it('errors take back only the room in which they happen', async () => {
    const { host, publish } = await hostWith({ 'main.ts': version(1) });
    const tick = createHook<() => void>('tick');
    const modules = { '@game/api': { onTick: tick.add } };
    const one = await host.namespace('one', { entries: ['main.ts'], modules });
    const two = await host.namespace('two', { entries: ['main.ts'], modules });
    const text = "import { onTick } from '@game/api'; onTick(() => { throw new Error('no'); }); export const n = 2;";
    await publish({ 'main.ts': text });
    const outcomes = [committed(await one.sync()), committed(await two.sync())] as const;
    for (let call = 0; call < 6; call += 1) tick.for('one').call();
    expect(await outcomes[0].settled).toBe('rolled-back');
    expect([await read(one), await read(two)]).toEqual([1, 2]);
  });
});

describe('a room with stores of its own', () => {
  it('runs what they have, follows them, and leaves those of the host alone', async () => {
    const { host, publish, pass } = await hostWith({ 'main.ts': version(1) });
    await host.start({ entries: ['main.ts'] });
    const draft = memoryStore({ modules: { 'main.ts': version(10) } });
    const room = await host.namespace('draft', { entries: ['main.ts'], stores: [draft] });
    expect([await read(host), await read(room)]).toEqual([1, 10]);
    await publish({ 'main.ts': version(11) }, draft);
    await pass(50);
    expect([await read(host), await read(room)]).toEqual([1, 11]);
    await publish({ 'main.ts': version(2) });
    await pass(50);
    expect([await read(host), await read(room)]).toEqual([2, 11]);
  });

  it('opened before the host starts, it is followed, too', async () => {
    const { host, publish, pass } = await hostWith({ 'main.ts': version(1) });
    const draft = memoryStore({ modules: { 'main.ts': version(10) } });
    const room = await host.namespace('draft', { entries: ['main.ts'], stores: [draft] });
    await host.start({ entries: ['main.ts'] });
    await publish({ 'main.ts': version(11) }, draft);
    await pass(50);
    expect(await read(room)).toBe(11);
  });

  it('closes them when it goes, unless others have them', async () => {
    const { host, store } = await hostWith({ 'main.ts': version(1) });
    const draft = memoryStore({ modules: { 'main.ts': version(10) } });
    const stores = [draft, store];
    const one = await host.namespace('one', { entries: ['main.ts'], stores });
    const two = await host.namespace('two', { entries: ['main.ts'], stores });
    await one.dispose();
    expect(await draft.head()).toBeDefined();
    await two.dispose();
    expect(await rejection(draft.head())).toMatchObject({ code: 'STORE_DISPOSED' });
    expect(await store.head()).toBeDefined();
    expect(await read(host)).toBe(1);
  });
});

it('a room can have a policy of its own', async () => {
  const text = "import os from 'node:os'; export const n = os.cpus().length;";
  const { host } = await hostWith({ 'main.ts': text });
  expect(await read(host)).toBeGreaterThan(0);
  const error = await rejection(host.namespace('strict', { entries: ['main.ts'], policy: { builtins: false } }));
  expect(error).toMatchObject({ code: 'POLICY_IMPORT' });
  const hidden = await host.namespace('hidden', { policy: { globals: { process: false } } });
  expect(await hidden.evaluate('export const seen = typeof process;')).toMatchObject({ seen: 'undefined' });
  expect(await host.evaluate('export const seen = typeof process;')).toMatchObject({ seen: 'object' });
});

it('a room that a script ends in the middle of its own swap takes its release, and leaves nothing behind', async () => {
  const open = new Set<string>();
  let end = () => {};
  const stand = (name: string) => {
    open.add(name);
    return () => void open.delete(name);
  };
  const script = (name: string, more = '') => `import { end, stand } from '@game/api';
import { effect } from 'rekindle/script';
effect(() => { const leave = stand('${name}'); ${more} return leave; });`;
  const modules = { '@game/api': { stand, end: () => end() } };
  const t = await hostOf({ 'main.ts': '', 'room.ts': script('one') }, { modules });
  const room = await t.host.namespace('room', { entries: ['room.ts'] });
  let ended: Promise<void> | undefined;
  end = () => {
    ended = room.dispose();
  };
  await t.publish({ 'room.ts': script('two', 'end();') });
  expect((await room.sync()).status).toBe('committed');
  await ended;
  await settled();
  expect([...open]).toEqual([]);
  expect(t.clock.due).toEqual([]);
  expect(t.events.filter(({ type }) => type === 'reload:committed')).toHaveLength(1);
});
