/** Earlier releases and channels: what a store that keeps them answers, and that a promotion is a publish. */
import type { HistoryOptions, Release, Store, StoredRelease } from '../contract.ts';
import { codeOf, type Rule } from './fixture.ts';

const changes = (texts: Record<string, string | null>) => new Map(Object.entries(texts));

/** Releases 1 to 3, by three people. */
async function three(store: Store): Promise<Release[]> {
  const releases: Release[] = [];
  for (const [index, author] of ['ann', 'bob', 'cleo'].entries()) {
    const texts = changes({ 'a.ts': `a${index + 1}`, [`${author}.ts`]: author });
    releases.push(await store.publish(texts, { expected: index, author, message: `by ${author}` }));
  }
  return releases;
}

const history = (store: Store, options?: HistoryOptions): Promise<readonly Release[]> =>
  store.history?.(options) ?? Promise.reject(new Error('The store declares a history, and has no `history`.'));

const release = (store: Store, number: number, channel?: string): Promise<StoredRelease | undefined> =>
  store.release?.(number, channel === undefined ? {} : { channel }) ??
  Promise.reject(new Error('The store declares a history, and has no `release`.'));

const promote = (store: Store, options: Parameters<NonNullable<Store['promote']>>[0]): Promise<Release> =>
  store.promote?.(options) ?? Promise.reject(new Error('The store declares a history, and has no `promote`.'));

export const historyRules: readonly Rule[] = [
  {
    name: 'lists its releases as they were published, the newest first',
    check: async (subject, expect) => {
      const before = await history(subject.store);
      const releases = await three(subject.store);
      expect([before, await history(await subject.other())]).toEqual([[], releases.reverse()]);
    },
  },
  {
    name: 'lists so many releases before a number',
    check: async (subject, expect) => {
      await three(subject.store);
      const numbers = async (options: HistoryOptions) =>
        (await history(subject.store, options)).map(({ number }) => number);
      expect([
        await numbers({ limit: 2 }),
        await numbers({ before: 3 }),
        await numbers({ before: 3, limit: 1 }),
      ]).toEqual([[3, 2], [2, 1], [2]]);
    },
  },
  {
    name: 'gives an earlier release with its manifest and texts, and none for a number that it does not have',
    check: async (subject, expect) => {
      const [, second] = await three(subject.store);
      const store = await subject.other();
      const found = await release(store, 2);
      const texts: Record<string, string> = {};
      for (const [id, revision] of found?.manifest ?? []) texts[id] = await store.read(id, revision);
      expect([found?.release, texts, await release(store, 4)]).toEqual([
        second,
        { 'a.ts': 'a2', 'ann.ts': 'ann', 'bob.ts': 'bob' },
        undefined,
      ]);
    },
  },
  {
    name: 'publishes an earlier release once more, as a release of its own',
    check: async (subject, expect) => {
      const [first] = await three(subject.store);
      const again = await promote(subject.store, { from: { number: 1 }, expected: 3, author: 'dana', message: 'back' });
      expect([again, await subject.texts()]).toEqual([
        { number: 4, hash: first?.hash, parent: 3, author: 'dana', message: 'back', time: again.time },
        { 'a.ts': 'a1', 'ann.ts': 'ann' },
      ]);
    },
  },
  {
    name: 'refuses to promote on another head than was expected',
    check: async (subject, expect) => {
      await three(subject.store);
      const code = await codeOf(promote(subject.store, { from: { number: 1 }, expected: 2 }));
      expect([code, (await history(subject.store)).length]).toEqual(['STORE_CONFLICT', 3]);
    },
  },
  {
    name: 'refuses to promote a release that it does not have',
    check: async (subject, expect) => {
      await three(subject.store);
      expect(await codeOf(promote(subject.store, { from: { number: 4 }, expected: 3 }))).toBe('STORE_RELEASE_GONE');
    },
  },
  {
    name: 'publishes a copy under the number and the time that it has elsewhere, and under no number that is taken',
    check: async (subject, expect) => {
      const { store } = subject;
      const texts = changes({ 'a.ts': 'a' });
      const copy = await store.publish(texts, { expected: 0, as: { number: 7, time: 1_000 } });
      const taken = await codeOf(store.publish(texts, { expected: 7, as: { number: 7, time: 2_000 } }));
      const next = await store.publish(texts, { expected: 7 });
      expect([copy.number, copy.time, taken, next.number, (await history(store)).map(({ number }) => number)]).toEqual([
        7,
        1_000,
        'STORE_BAD_OPTION',
        8,
        [8, 7],
      ]);
    },
  },
];

export const channelRules: readonly Rule[] = [
  {
    name: 'publishes to another channel, whose numbers are its own',
    check: async (subject, expect) => {
      const { store } = subject;
      await three(store);
      const staged = await store.publish(changes({ 'a.ts': 'staged' }), { expected: 0, channel: 'next' });
      const numbers = async (channel?: string) =>
        (await history(store, channel === undefined ? {} : { channel })).map(({ number }) => number);
      expect([staged.number, await numbers('next'), await numbers()]).toEqual([1, [1], [3, 2, 1]]);
    },
  },
  {
    name: 'shows nothing of another channel in its own head',
    check: async (subject, expect) => {
      const { store } = subject;
      await three(store);
      const before = await subject.texts();
      await store.publish(changes({ 'a.ts': 'staged' }), { expected: 0, channel: 'next' });
      const { head } = await subject.state();
      expect([head.number, await subject.texts()]).toEqual([3, before]);
    },
  },
  {
    name: 'promotes a release to another channel',
    check: async (subject, expect) => {
      const { store } = subject;
      const [, second] = await three(store);
      const there = await promote(store, { from: { number: 2 }, channel: 'next', expected: 0, author: 'dana' });
      const found = await release(store, 1, 'next');
      expect([there.hash, there.number, [...(found?.manifest.keys() ?? [])].sort()]).toEqual([
        second?.hash,
        1,
        ['a.ts', 'ann.ts', 'bob.ts'],
      ]);
    },
  },
  {
    name: 'names the channels that have releases',
    check: async (subject, expect) => {
      const { store } = subject;
      await three(store);
      const before = (await store.channels?.()) ?? [];
      await store.publish(changes({ 'a.ts': 'a' }), { expected: 0, channel: 'zz-next' });
      expect([before.length, (await store.channels?.())?.at(-1)]).toEqual([1, 'zz-next']);
    },
  },
];
