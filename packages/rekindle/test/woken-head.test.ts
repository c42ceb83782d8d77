import { VirtualClock } from '@rekindle/state';
import { type HeadOptions, memoryStore } from '@rekindle/store';
import { createHost } from 'rekindle';
import { expect, it, onTestFinished } from 'vitest';

/** A host over a store that notes for whom its head is read. */
async function follow() {
  const clock = new VirtualClock();
  const store = memoryStore({ modules: { 'main.ts': 'export const version = 1;' } });
  const asked: boolean[] = [];
  const head = store.head.bind(store);
  store.head = (options?: HeadOptions) => {
    asked.push(options?.woken === true);
    return head(options);
  };
  const host = createHost({ stores: [store], clock, cache: false });
  onTestFinished(() => host.close());
  await host.start({ entries: ['main.ts'] });
  await clock.advance(1_000); // what changed between the first load and the watch
  asked.length = 0;
  return { clock, store, host, asked };
}

it('a host that follows asks its stores for what woke it', async () => {
  const { clock, store, host, asked } = await follow();
  const committed = new Promise((resolve) => host.on('reload:committed', resolve));
  await store.publish(new Map([['main.ts', 'export const version = 2;']]), { expected: 1 });
  await clock.advance(1_000);
  await committed;
  expect(host.release.number).toBe(2);
  expect(asked).toEqual([true]);
});

it('but who calls sync() wants what is there now, also where a wake has begun to be followed', async () => {
  const { clock, store, host, asked } = await follow();
  await host.sync();
  expect(asked).toEqual([false]);
  asked.length = 0;
  await store.publish(new Map([['main.ts', 'export const version = 2;']]), { expected: 1 });
  const synced = host.sync();
  await clock.advance(1_000);
  expect(await synced).toMatchObject({ status: 'committed' });
  expect(asked[0]).toBe(false);
});
