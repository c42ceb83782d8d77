/** What the tests of copying and of backups share: histories, and a look at all of one. */
import { memoryStore, type Release, type Store } from '../src/index.ts';

/** A store with a history on two channels: additions, edits, a deletion, one text under two names, CRLF. */
export async function withHistory(): Promise<Store> {
  let time = 1_000;
  const store = memoryStore({
    name: 'the first',
    now: () => {
      time += 1;
      return time;
    },
  });
  const publish = (expected: number, author: string, texts: Record<string, string | null>) =>
    store.publish(new Map(Object.entries(texts)), { expected, author, message: `number ${expected + 1}` });
  await publish(0, 'ann', { 'main.ts': 'one', 'lib/a.ts': 'a\r\nb', 'lib/β.ts': 'same', 'lib/c.ts': 'same' });
  await publish(1, 'bob', { 'main.ts': 'two', 'lib/a.ts': null });
  await publish(2, 'cleo', { 'main.ts': 'one', 'data.json': '{}' });
  await store.promote?.({ from: { number: 2 }, channel: 'staging / β', expected: 0, author: 'dana' });
  return store;
}

/** Every release of a channel with its texts. */
export async function allOf(store: Store, channel?: string) {
  const where = channel === undefined ? {} : { channel };
  const releases: readonly Release[] = (await store.history?.({ ...where, limit: 1_000 })) ?? [];
  return Promise.all(
    releases.map(async (release) => {
      const texts: Record<string, string> = {};
      const stored = await store.release?.(release.number, where);
      for (const [id, revision] of stored?.manifest ?? []) texts[id] = await store.read(id, revision);
      return { release, texts };
    }),
  );
}
