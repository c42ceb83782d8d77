import diagnostics from 'node:diagnostics_channel';
import { VirtualClock } from '@rekindle/state';
import {
  createHost,
  type Host,
  type HostOptions,
  type HostStatus,
  memoryStore,
  type RekindleEvent,
  type Store,
} from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { settled } from './stories.ts';

interface Followed {
  readonly host: Host;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly events: RekindleEvent[];
  publish(changes: Record<string, string | null>): Promise<void>;
  /** Lets time pass, and everything that it wakes. */
  pass(ms: number): Promise<void>;
  releases(): number[];
  refusals(): string[][];
}

async function follow(
  modules: Record<string, string>,
  options: Partial<HostOptions> & { readonly clock?: VirtualClock; readonly store?: (inner: Store) => Store } = {},
): Promise<Followed> {
  const { clock = new VirtualClock(), store: wrap, ...others } = options;
  const store = memoryStore({ modules });
  const host = createHost({ cache: false, ...others, stores: [wrap?.(store) ?? store], clock });
  onTestFinished(() => host.close());
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  await host.start({ entries: ['main.ts'] });
  const followed: Followed = {
    host,
    store,
    clock,
    events,
    publish: async (changes) => {
      const head = await store.head();
      await store.publish(new Map(Object.entries(changes)), { expected: head?.number ?? 0 });
      await settled();
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 5) {
        await clock.advance(Math.min(5, ms - passed));
        await settled();
      }
    },
    releases: () => events.flatMap((event) => (event.type === 'reload:committed' ? [event.release.number] : [])),
    refusals: () =>
      events.flatMap((event) => (event.type === 'reload:refused' ? [event.diagnostics.map(({ code }) => code)] : [])),
  };
  await followed.pass(300);
  return followed;
}

const broken = "throw new Error('half a save');";
const version = (n: number) => `export const n = ${n};`;

describe('a host that follows', () => {
  it('takes a release after a moment of rest', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const main = (await t.host.import('main.ts')) as { n: number };
    await t.publish({ 'main.ts': version(2) });
    await t.pass(15);
    expect(main.n).toBe(1);
    await t.pass(5);
    expect(main.n).toBe(2);
    expect(t.events.at(-1)).toMatchObject({ type: 'reload:committed', cause: 'store' });
  });

  it('takes several saves of one moment at once', async () => {
    const t = await follow({ 'main.ts': "import './a.ts'; import './b.ts';", 'a.ts': version(1), 'b.ts': version(1) });
    await t.publish({ 'a.ts': version(2) });
    await t.pass(15);
    await t.publish({ 'b.ts': version(2) });
    await t.pass(15);
    expect(t.releases()).toEqual([]);
    await t.pass(5);
    expect(t.releases()).toEqual([3]);
  });

  it('never announces a state that lasted less than a quarter of a second', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const main = (await t.host.import('main.ts')) as { n: number };
    await t.publish({ 'main.ts': broken });
    await t.pass(200);
    await t.publish({ 'main.ts': version(2) });
    await t.pass(1_000);
    expect(t.refusals()).toEqual([]);
    expect([main.n, t.releases()]).toEqual([2, [3]]);
  });

  it('announces what stays refused, once', async () => {
    const t = await follow({ 'main.ts': version(1) });
    await t.publish({ 'main.ts': broken });
    await t.pass(265);
    expect(t.refusals()).toEqual([]);
    await t.pass(5);
    expect(t.refusals()).toEqual([['BODY_THREW']]);
    await t.pass(10_000);
    await t.publish({ 'other.ts': version(1) }); // the same refusal again
    await t.pass(1_000);
    expect(t.refusals()).toHaveLength(1);
    await t.publish({ 'main.ts': 'const = 1;' });
    await t.pass(1_000);
    expect(t.refusals()).toEqual([['BODY_THREW'], ['SYNTAX_ERROR']]);
    await t.publish({ 'main.ts': version(2) });
    await t.pass(1_000);
    await t.publish({ 'main.ts': broken }); // anew, after a commit
    await t.pass(1_000);
    expect(t.refusals()).toHaveLength(3);
  });

  it('ends a refusal when its author takes the change back, and announces the same one anew', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const refused: boolean[] = [];
    t.host.status$.subscribe(({ namespaces }) => refused.push(namespaces[0]?.refused !== undefined));
    await t.publish({ 'main.ts': broken });
    await t.pass(300);
    await t.publish({ 'main.ts': version(1) });
    await t.pass(300);
    expect(refused).toEqual([false, true, false]);
    await t.publish({ 'main.ts': broken });
    await t.pass(300);
    expect([refused.at(-1), t.refusals()]).toEqual([true, [['BODY_THREW'], ['BODY_THREW']]]);
  });

  it('announces nothing while a store says that somebody rewrites its content, for ten seconds at most', async () => {
    let checkout = true;
    const store = (inner: Store) => Object.assign(inner, { unsettled: async () => checkout });
    const t = await follow({ 'main.ts': version(1) }, { store });
    await t.publish({ 'main.ts': broken });
    await t.pass(5_000);
    expect(t.refusals()).toEqual([]);
    checkout = false;
    await t.pass(50);
    expect(t.refusals()).toEqual([['BODY_THREW']]);
    checkout = true;
    await t.publish({ 'main.ts': 'const = 1;' });
    await t.pass(9_900);
    expect(t.refusals()).toHaveLength(1);
    await t.pass(500);
    expect(t.refusals()).toEqual([['BODY_THREW'], ['SYNTAX_ERROR']]);
  });

  it('takes what can commit also while somebody rewrites the content', async () => {
    const store = (inner: Store) => Object.assign(inner, { unsettled: async () => true });
    const t = await follow({ 'main.ts': version(1) }, { store });
    await t.publish({ 'main.ts': version(2) });
    await t.pass(20);
    expect(t.releases()).toEqual([2]);
  });

  it('does not announce what somebody has been told by sync() already', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const publishing = t.publish({ 'main.ts': broken });
    await publishing;
    expect((await t.host.sync()).status).toBe('refused');
    await t.pass(2_000);
    expect(t.refusals()).toEqual([['BODY_THREW']]);
  });

  it('commits although the stores never rest', async () => {
    const t = await follow({ 'main.ts': version(1), 'noise.ts': '' });
    const main = (await t.host.import('main.ts')) as { n: number };
    await t.publish({ 'main.ts': version(2) });
    for (let n = 0; n < 25; n++) {
      await t.publish({ 'noise.ts': `// ${n}` });
      await t.pass(9);
    }
    expect(main.n).toBe(2);
  });

  it('loses nothing: what comes while a release is prepared is taken afterwards', async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let held = false;
    const t = await follow(
      { 'main.ts': version(1) },
      {
        store: (inner) => ({
          ...inner,
          name: inner.name,
          capabilities: inner.capabilities,
          head: (options) => inner.head(options),
          manifest: (hash, options) => inner.manifest(hash, options),
          read: async (id, revision, options) => {
            if (held) await gate;
            return inner.read(id, revision, options);
          },
          watch: (wake, options) => inner.watch(wake, options),
          publish: (changes, options) => inner.publish(changes, options),
          [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
        }),
      },
    );
    const main = (await t.host.import('main.ts')) as { n: number };
    held = true;
    await t.publish({ 'main.ts': version(2) });
    await t.pass(20);
    for (let n = 3; n < 8; n++) await t.publish({ 'main.ts': version(n) });
    await t.pass(100);
    expect(main.n).toBe(1);
    open();
    await settled();
    await t.pass(50);
    expect(main.n).toBe(7);
    expect((await t.host.sync()).status).toBe('unchanged');
  });

  it('lets a newer release take the place of one that waits for its moment', async () => {
    const moments: (() => unknown)[] = [];
    const t = await follow({ 'main.ts': version(1) }, { activate: (apply) => void moments.push(apply) });
    const main = (await t.host.import('main.ts')) as { n: number };
    await t.publish({ 'main.ts': version(2) });
    await t.pass(50);
    expect(moments).toHaveLength(1);
    await t.publish({ 'main.ts': version(3) });
    await t.pass(50);
    expect(moments).toHaveLength(2);
    expect(moments[0]?.()).toMatchObject({ status: 'superseded' });
    moments[1]?.();
    await t.pass(50);
    expect([main.n, t.releases()]).toEqual([3, [3]]);
  });

  it('says when the stores cannot be read, goes on asking, and says when they can', async () => {
    let down = false;
    const t = await follow(
      { 'main.ts': version(1) },
      {
        store: (inner) => ({
          name: inner.name,
          capabilities: inner.capabilities,
          head: (options) => (down ? Promise.reject(new Error('no route')) : inner.head(options)),
          manifest: (hash, options) => inner.manifest(hash, options),
          read: (id, revision, options) => inner.read(id, revision, options),
          watch: (wake, options) => inner.watch(wake, options),
          publish: (changes, options) => inner.publish(changes, options),
          [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
        }),
      },
    );
    const main = (await t.host.import('main.ts')) as { n: number };
    down = true;
    await t.publish({ 'main.ts': version(2) });
    await t.pass(2_000);
    expect(t.events.filter(({ type }) => type === 'store:lost').length).toBeGreaterThan(0);
    expect(main.n).toBe(1);
    down = false;
    await t.pass(6_000);
    expect(main.n).toBe(2);
    expect(t.events.filter(({ type }) => type === 'store:connected').length).toBeGreaterThan(0);
  });

  it('stops with close(), also in the middle of a rest, a refusal, a moment', async () => {
    for (const changes of [{ 'main.ts': version(2) }, { 'main.ts': broken }, {}]) {
      const t = await follow({ 'main.ts': version(1) }, { activate: () => {} });
      await t.publish(changes);
      await t.pass(5);
      await t.publish({ 'other.ts': version(1) });
      await t.pass(40);
      await t.host.close();
      expect(t.clock.due).toEqual([]);
    }
  });
});

describe('an attempt that something overtakes', () => {
  /** A store whose head takes its time, as that of a database does, and which can be cut off. */
  function database(clock: VirtualClock, control: { delay: number; down: boolean }) {
    return (inner: Store): Store => {
      const head = inner.head.bind(inner);
      return Object.assign(inner, {
        head: async (options?: Parameters<Store['head']>[0]) => {
          const { delay, down } = control;
          if (delay > 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, delay));
          if (down) throw new Error('no route');
          return head(options);
        },
      });
    };
  }

  it('a room that refuses is told of, although another room waits for its moment', async () => {
    const script = (then: string) => `import { room } from '@game/room'; ${then}`;
    const t = await follow({ 'main.ts': script('') }, { modules: { '@game/room': { room: 'main' } } });
    for (const [room, options] of [
      ['slow', { activate: () => {} }],
      ['bad', {}],
    ] as const) {
      await t.host.namespace(room, { entries: ['main.ts'], modules: { '@game/room': { room } }, ...options });
    }
    await t.publish({ 'main.ts': script("if (room === 'bad') throw new Error('no');") });
    await t.pass(300);
    expect(t.events.filter(({ type }) => type === 'reload:refused')).toMatchObject([{ namespace: 'bad' }]);
  });

  it('a refusal is told although the stores wake more often than an attempt ends', async () => {
    const clock = new VirtualClock();
    const control = { delay: 0, down: false };
    const t = await follow({ 'main.ts': version(1) }, { clock, store: database(clock, control) });
    control.delay = 60;
    await t.store.publish(new Map([['main.ts', broken]]), { expected: 1 });
    for (let n = 2; n < 22; n++) {
      await t.store.publish(new Map([['noise.ts', version(n)]]), { expected: n });
      await t.pass(50);
    }
    expect(t.refusals()).toEqual([['BODY_THREW']]);
  });

  it('what is mended before the quarter of a second is over is not told, although the attempt ends after it', async () => {
    const clock = new VirtualClock();
    const control = { delay: 0, down: false };
    const t = await follow({ 'main.ts': version(1) }, { clock, store: database(clock, control) });
    await t.store.publish(new Map([['main.ts', broken]]), { expected: 1 });
    await t.pass(200);
    control.delay = 200;
    await t.store.publish(new Map([['main.ts', version(2)]]), { expected: 2 });
    await t.pass(1_000);
    expect([t.refusals(), t.releases()]).toEqual([[], [3]]);
  });

  it('stores that can be read again are told of, although the attempt that lost them had been overtaken', async () => {
    const clock = new VirtualClock();
    const control = { delay: 0, down: false };
    const t = await follow({ 'main.ts': version(1) }, { clock, store: database(clock, control) });
    let status: HostStatus | undefined;
    t.host.status$.subscribe((now) => {
      status = now;
    });
    Object.assign(control, { delay: 60, down: true });
    await t.store.publish(new Map([['main.ts', version(2)]]), { expected: 1 });
    await t.pass(50);
    control.down = false;
    for (let n = 2; n < 6; n++) {
      await t.store.publish(new Map([['noise.ts', version(n)]]), { expected: n });
      await t.pass(40);
    }
    expect(t.events.some(({ type }) => type === 'store:lost')).toBe(true);
    await t.pass(1_000);
    expect(t.releases()).not.toEqual([]);
    expect(status?.stores.state).toBe('connected');
  });

  it('stores that could not be read are asked again, although a room waits for its moment', async () => {
    const own = memoryStore({ modules: { 'mod.ts': version(1) } });
    const t = await follow({ 'main.ts': version(1) });
    await t.host.namespace('slow', { entries: ['main.ts'], activate: () => {} });
    const mod = await t.host.namespace('mod', { entries: ['mod.ts'], stores: [own] });
    const head = own.head.bind(own);
    await t.pass(300);
    Object.assign(own, { head: () => Promise.reject(new Error('no route')) });
    await own.publish(new Map([['mod.ts', version(2)]]), { expected: 1 });
    await t.publish({ 'main.ts': version(2) });
    await t.pass(300);
    Object.assign(own, { head });
    await t.pass(1_000);
    expect(mod.release.number).toBe(2);
    expect(t.events.filter(({ type }) => type === 'store:connected')).toHaveLength(1);
  });
});

describe('following can be held', () => {
  it('nothing is applied meanwhile, and then the newest in one transaction (R44)', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const main = (await t.host.import('main.ts')) as { n: number };
    t.host.hold('the final is on');
    for (const text of [version(2), broken, version(4)]) {
      await t.publish({ 'main.ts': text });
      await t.pass(1_000);
    }
    expect([main.n, t.releases(), t.refusals()]).toEqual([1, [], []]);
    const outcome = await t.host.resume();
    expect([outcome.status, main.n, t.releases()]).toEqual(['committed', 4, [4]]);
    await t.pass(10);
    const told = t.events.filter((event) => event.type.startsWith('follow:'));
    expect(told).toMatchObject([
      { type: 'follow:held', why: 'the final is on' },
      { type: 'follow:resumed', why: 'the final is on', held: 3_000 },
    ]);
    await t.publish({ 'main.ts': version(5) });
    await t.pass(50);
    expect(main.n).toBe(5);
  });

  it('nor what was on its way: a release whose bodies await, and one that waits for its moment', async () => {
    const moments: (() => unknown)[] = [];
    const t = await follow({ 'main.ts': version(1) }, { activate: (apply) => void moments.push(apply) });
    const main = (await t.host.import('main.ts')) as { n: number };
    await t.publish({ 'main.ts': `await new Promise((go) => setTimeout(go, 100)); ${version(2)}` });
    await t.pass(50);
    t.host.hold('while it awaits');
    await t.pass(1_000);
    expect([main.n, moments.length]).toEqual([1, 0]);
    const resumed = t.host.resume();
    await t.pass(150);
    moments[0]?.();
    expect([(await resumed).status, main.n]).toEqual(['committed', 2]);
    await t.publish({ 'main.ts': version(3) });
    await t.pass(50);
    expect(moments).toHaveLength(2);
    t.host.hold('while it waits');
    expect(moments[1]?.()).toMatchObject({ status: 'unchanged', release: { number: 2 } });
    expect(main.n).toBe(2);
    const again = t.host.resume();
    await t.pass(10);
    moments[2]?.();
    expect([(await again).status, main.n]).toEqual(['committed', 3]);
  });

  it('what the game asks for is done all the same', async () => {
    const t = await follow({ 'main.ts': version(1) });
    t.host.hold('why not');
    await t.publish({ 'main.ts': version(2) });
    expect(await t.host.sync()).toMatchObject({ status: 'committed' });
    await t.publish({ 'main.ts': version(3) });
    await t.pass(300);
    expect(t.host.release.number).toBe(2);
  });

  it('a namespace can keep to the release with which it began', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const room = await t.host.namespace('room', { entries: ['main.ts'], follow: false });
    const other = await t.host.namespace('other', { entries: ['main.ts'] });
    await t.publish({ 'main.ts': version(2) });
    await t.pass(300);
    const read = async (namespace: typeof room) => ((await namespace.import('main.ts')) as { n: number }).n;
    expect([await read(room), await read(other), t.host.release.number]).toEqual([1, 2, 2]);
    expect(await room.sync()).toMatchObject({ status: 'committed' });
    expect(await read(room)).toBe(2);
  });
});

describe('status$', () => {
  it('tells at once where things stand, and again when it changes', async () => {
    const t = await follow({ 'main.ts': version(1) });
    const seen: HostStatus[] = [];
    let isComplete = false;
    t.host.status$.subscribe({ next: (status) => seen.push(status), complete: () => (isComplete = true) });
    expect(seen).toMatchObject([
      {
        state: 'following',
        stores: { state: 'connected' },
        namespaces: [{ name: 'main', following: true, modules: 1 }],
      },
    ]);
    await t.publish({ 'main.ts': broken });
    await t.pass(300);
    expect(seen.at(-1)?.namespaces).toMatchObject([
      { refused: { modules: ['main.ts'], diagnostics: [{ code: 'BODY_THREW' }] } },
    ]);
    await t.publish({ 'main.ts': version(3) });
    await t.pass(50);
    const [main] = seen.at(-1)?.namespaces ?? [];
    expect(main).toMatchObject({ release: { number: 3 } });
    expect(main?.probationUntil).toBeGreaterThan(t.clock.time());
    expect(main).not.toHaveProperty('refused');
    t.host.hold('for a while');
    await t.pass(5);
    expect(seen.at(-1)?.namespaces).toMatchObject([{ following: false, held: { why: 'for a while' } }]);
    await t.host.close();
    expect(isComplete).toBe(true);
  });
});

it('every event goes to diagnostics_channel, too', async () => {
  const heard: unknown[] = [];
  const listener = (event: unknown) => heard.push(event);
  diagnostics.subscribe('rekindle:reload:committed', listener);
  onTestFinished(() => void diagnostics.unsubscribe('rekindle:reload:committed', listener));
  const t = await follow({ 'main.ts': version(1) });
  await t.publish({ 'main.ts': version(2) });
  await t.pass(50);
  expect(heard).toEqual(t.events.filter((event) => event.type === 'reload:committed'));
});
