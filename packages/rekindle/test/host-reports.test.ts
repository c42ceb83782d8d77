import { VirtualClock } from '@rekindle/state';
import { memoryStore, type Store, StoreError } from '@rekindle/store';
import { createHost, type HostOptions } from 'rekindle';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { deferred } from './stories.ts';

/** A host over a store that keeps what it tells. */
async function follow(options: Partial<HostOptions> = {}, spoil: (store: Store) => Store = (store) => store) {
  const clock = new VirtualClock();
  const store = memoryStore({ modules: { 'main.ts': 'export const version = 1;' }, now: () => clock.time() });
  const host = createHost({
    stores: [spoil(store)],
    name: 'arena-1',
    clock,
    cache: false,
    settling: { quiet: 0, patience: 0, refusal: 0 },
    ...options,
  });
  onTestFinished(() => host.close());
  await host.start({ entries: ['main.ts'] });
  return {
    clock,
    store,
    host,
    publish: (text: string, expected: number) => store.publish(new Map([['main.ts', text]]), { expected }),
    /** What stands in the store once the last change has been told, which is in so many seconds at the latest. */
    told: async () => {
      await clock.advance(5_250);
      return (await store.hosts?.list()) ?? [];
    },
  };
}

describe('a host tells the stores that it follows', () => {
  it('which release runs, and since when', async () => {
    const { clock, told } = await follow();
    const started = clock.time();
    expect(await told()).toEqual([
      {
        host: 'arena-1',
        started,
        seen: expect.toSatisfy((seen: number) => seen > started && seen <= clock.time()),
        rooms: 1,
        namespaces: [{ name: 'main', release: { number: 1, hash: expect.any(String) }, since: started }],
      },
    ]);
  });

  it('what it refuses, with the place, until it runs what the store has', async () => {
    const { clock, host, publish, told } = await follow();
    await publish('\nexport const version = ;', 1);
    await host.sync();
    const [refusing] = await told();
    expect(refusing?.namespaces).toMatchObject([
      {
        name: 'main',
        release: { number: 1 },
        refused: { release: { number: 2 }, why: [{ code: 'SYNTAX_ERROR', module: 'main.ts', line: 2 }] },
      },
    ]);
    await publish('export const version = 3;', 2);
    await host.sync();
    const since = clock.time();
    const [mended] = await told();
    expect(mended?.namespaces).toEqual([{ name: 'main', release: { number: 3, hash: host.release.hash }, since }]);
  });

  it('of its namespaces those that stand elsewhere than the first', async () => {
    const { host, publish, told } = await follow();
    await host.namespace('room-1', { entries: ['main.ts'] });
    const final = await host.namespace('room-2', { entries: ['main.ts'] });
    final.hold('the final runs');
    await publish('export const version = 2;', 1);
    await host.sync();
    await (await host.namespace('room-1')).sync();
    const [report] = await told();
    expect(report?.rooms).toBe(3);
    expect(report?.namespaces).toMatchObject([
      { name: 'main', release: { number: 2 } },
      { name: 'room-2', release: { number: 1 }, held: { why: 'the final runs' } },
    ]);
  });

  it('every minute that it runs, and at its end that it does no longer', async () => {
    const { clock, store, host, told } = await follow();
    const [first] = await told();
    await clock.advance(60_000);
    const [second] = (await store.hosts?.list()) ?? [];
    expect((second?.seen ?? 0) - (first?.seen ?? 0)).toBe(60_000);
    const { hosts } = store;
    const ended = deferred<string>();
    vi.spyOn(hosts as NonNullable<typeof hosts>, 'forget').mockImplementation(async (name) => ended.resolve(name));
    await host.close();
    expect(await ended.promise).toBe('arena-1');
  });

  it('nothing where it is not to', async () => {
    const { told } = await follow({ name: false });
    expect(await told()).toEqual([]);
  });

  it('and runs on where a store does not take it: one warning says so until it does again', async () => {
    let isDown = true;
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { clock, host, told } = await follow({}, (store) => {
      const { hosts } = store;
      if (hosts === undefined) throw new Error('no hosts');
      const tell = hosts.tell.bind(hosts);
      hosts.tell = async (report, options) => {
        if (isDown) throw new StoreError('STORE_UNREACHABLE', 'The network is down.');
        return tell(report, options);
      };
      return store;
    });
    expect(await told()).toEqual([]);
    await clock.advance(60_000);
    expect(
      warned.mock.calls.filter(([message]) => String(message).includes('does not take what this host tells')),
    ).toHaveLength(1);
    isDown = false;
    await clock.advance(60_000);
    expect((await told()).map(({ host: name }) => name)).toEqual(['arena-1']);
    expect(host.release.number).toBe(1);
  });
});
