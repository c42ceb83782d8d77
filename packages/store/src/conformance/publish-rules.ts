/** Publishing: one release or none, one winner, and ids that make one tree everywhere. */
import type { Release, Store } from '../contract.ts';
import { isStoreError } from '../errors.ts';
import { codeOf, type Rule, rejectionOf, type Subject } from './fixture.ts';

const PUBLISHERS = 50;
const ROUNDS = 3;

const changes = (texts: Record<string, string | null>) => new Map(Object.entries(texts));

export const publishRules: readonly Rule[] = [
  {
    name: 'gives the first release the number 1 and no parent, and the next 2 with the parent 1',
    check: async ({ store }, expect) => {
      const first = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
      const second = await store.publish(changes({ 'a.ts': 'b' }), { expected: 1 });
      expect([first.number, first.parent, second.number, second.parent]).toEqual([1, null, 2, 1]);
    },
  },
  {
    name: 'answers with the release that its head then shows',
    check: async ({ store }, expect) => {
      const { number, hash } = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
      const head = await store.head();
      expect({ number: head?.number, hash: head?.hash }).toEqual({ number, hash });
    },
  },
  {
    name: 'keeps author and message',
    check: async ({ store }, expect) => {
      const release = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0, author: 'dana', message: 'first' });
      expect([release.author, release.message]).toEqual(['dana', 'first']);
    },
  },
  {
    name: 'deletes a module, and does not mind one that is not there',
    check: async (subject, expect) => {
      await subject.store.publish(changes({ 'a.ts': 'a', 'b.ts': 'b' }), { expected: 0 });
      await subject.store.publish(changes({ 'b.ts': null, 'c.ts': null }), { expected: 1 });
      expect(await subject.texts()).toEqual({ 'a.ts': 'a' });
    },
  },
  {
    name: 'makes a release of no change',
    check: async ({ store }, expect) => {
      const first = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
      const again = await store.publish(changes({}), { expected: 1 });
      expect([again.number, again.hash]).toEqual([2, first.hash]);
    },
  },
  {
    name: 'refuses changes that were made on another head',
    check: async ({ store }, expect) => {
      await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
      const stale = await codeOf(store.publish(changes({ 'b.ts': 'b' }), { expected: 0 }));
      const ahead = await codeOf(store.publish(changes({ 'b.ts': 'b' }), { expected: 2 }));
      expect([stale, ahead]).toEqual(['STORE_CONFLICT', 'STORE_CONFLICT']);
    },
  },
  {
    name: 'tells whose release took the place',
    check: async ({ store }, expect) => {
      const theirs = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0, author: 'dana', message: 'mine' });
      const error = await rejectionOf(store.publish(changes({ 'a.ts': 'b' }), { expected: 0 }));
      const release = (error as { release?: Release }).release;
      expect([release?.number, release?.author, release?.message]).toEqual([theirs.number, 'dana', 'mine']);
    },
  },
  {
    name: `lets one of ${PUBLISHERS} publishers win on each head`,
    check: async (subject, expect) => {
      const stores = [subject.store, await subject.other()];
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcomes = await Promise.all(
          Array.from({ length: PUBLISHERS }, (_, index) => attempt(stores, round, index)),
        );
        const winners = outcomes.filter((outcome) => outcome.code === undefined);
        const losers = outcomes.filter((outcome) => outcome.code === 'STORE_CONFLICT');
        expect([winners.length, losers.length]).toEqual([1, PUBLISHERS - 1]);
        expect((await subject.texts())['winner.ts']).toBe(winners[0]?.text);
      }
    },
  },
  {
    name: 'leaves everything as it was when it refuses',
    check: async (subject, expect) => {
      await subject.store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
      const before = await subject.state();
      await rejectionOf(subject.store.publish(changes({ 'b.ts': 'b', 'a.ts': 'z' }), { expected: 0 }));
      await rejectionOf(subject.store.publish(changes({ 'b.ts': 'b', '../a.ts': 'z' }), { expected: 1 }));
      await rejectionOf(subject.store.publish(changes({ 'b.ts': 'b', 'A.ts': 'z' }), { expected: 1 }));
      expect(await subject.state()).toEqual(before);
    },
  },
  {
    name: 'refuses what is no module id with STORE_BAD_ID',
    check: async ({ store }, expect) => {
      const codes: unknown[] = [];
      for (const id of badIds) codes.push([id, await codeOf(store.publish(changes({ [id]: '' }), { expected: 0 }))]);
      expect(codes).toEqual(badIds.map((id) => [id, 'STORE_BAD_ID']));
    },
  },
  {
    name: 'refuses an id that would be a folder of another',
    check: async ({ store }, expect) => {
      await store.publish(changes({ 'npc.ts': '' }), { expected: 0 });
      expect(await codeOf(store.publish(changes({ 'npc.ts/goblin.ts': '' }), { expected: 1 }))).toBe('STORE_BAD_ID');
    },
  },
  {
    name: 'refuses two ids that differ in case alone',
    check: async ({ store }, expect) => {
      await store.publish(changes({ 'npc/goblin.ts': '' }), { expected: 0 });
      const later = await codeOf(store.publish(changes({ 'npc/Goblin.ts': '' }), { expected: 1 }));
      const together = await codeOf(store.publish(changes({ 'ä.ts': '', 'Ä.ts': '' }), { expected: 1 }));
      expect([later, together]).toEqual(['STORE_DUPLICATE_ID', 'STORE_DUPLICATE_ID']);
    },
  },
  {
    name: 'refuses two ids that differ in normal form alone',
    check: async ({ store }, expect) => {
      const twins = new Map([
        ['caf\u00e9.ts', 'one'],
        ['cafe\u0301.ts', 'two'],
      ]);
      expect(await codeOf(store.publish(twins, { expected: 0 }))).toBe('STORE_DUPLICATE_ID');
    },
  },
  {
    name: 'names both of two ids that could be one file',
    check: async ({ store }, expect) => {
      await store.publish(changes({ 'npc/goblin.ts': '' }), { expected: 0 });
      const error = await rejectionOf(store.publish(changes({ 'NPC/goblin.ts': '' }), { expected: 1 }));
      const message = error instanceof Error ? error.message : '';
      expect([message.includes('npc/goblin.ts'), message.includes('NPC/goblin.ts')]).toEqual([true, true]);
    },
  },
  {
    name: 'changes the case of a name in one release',
    check: async (subject, expect) => {
      await subject.store.publish(changes({ 'Goblin.ts': 'old' }), { expected: 0 });
      await subject.store.publish(changes({ 'goblin.ts': 'new', 'Goblin.ts': null }), { expected: 1 });
      expect(await subject.texts()).toEqual({ 'goblin.ts': 'new' });
    },
  },
  {
    name: 'puts an id into normal form C',
    check: async (subject, expect) => {
      await subject.store.publish(changes({ 'cafe\u0301.ts': 'x' }), { expected: 0 });
      expect(await subject.texts()).toEqual({ 'caf\u00e9.ts': 'x' });
    },
  },
  {
    name: 'never shows a reader half of a release',
    check: async (subject, expect) => {
      const ids = Array.from({ length: 20 }, (_, index) => `part${index % 4}/m${index}.ts`);
      const reader = await subject.other();
      await subject.store.publish(generation(ids, 0), { expected: 0 });
      let writing = true;
      const reading = (async () => {
        const torn: string[] = [];
        while (writing) {
          torn.push(...(await tornIn(reader, subject, ids.length)));
          // A store in memory answers without a turn of the event loop; a writer that needs one would never come to it.
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        return torn;
      })();
      for (let number = 1; number <= 10; number += 1) {
        await subject.store.publish(generation(ids, number), { expected: number });
      }
      writing = false;
      expect(await reading).toEqual([]);
    },
  },
];

export const readOnlyRules: readonly Rule[] = [
  {
    name: 'refuses to publish with STORE_READ_ONLY',
    check: async ({ store }, expect) => {
      const number = (await store.head())?.number ?? 0;
      expect(await codeOf(store.publish(changes({ 'a.ts': 'a' }), { expected: number }))).toBe('STORE_READ_ONLY');
    },
  },
];

const badIds = [
  '',
  '/a.ts',
  '../a.ts',
  'a/../b.ts',
  './a.ts',
  'a//b.ts',
  'a/',
  'a\\b.ts',
  'a\0.ts',
  'a\n.ts',
  '__proto__/a.ts',
  'C:/a.ts',
  'a./b.ts',
  'noextension',
  `${'x'.repeat(300)}.ts`,
  '\ud800.ts',
];

async function attempt(
  stores: readonly Store[],
  round: number,
  index: number,
): Promise<{ text: string; code: unknown }> {
  const store = stores[index % stores.length] as Store;
  const text = `round ${round}, publisher ${index}`;
  return { text, code: await codeOf(store.publish(changes({ 'winner.ts': text }), { expected: round })) };
}

function generation(ids: readonly string[], number: number): Map<string, string> {
  return new Map(ids.map((id) => [id, `export const generation = ${number};\n`]));
}

/** What one look at the store shows that no release ever was. A manifest that is gone by then is looked for anew. */
async function tornIn(reader: Store, subject: Subject, size: number): Promise<string[]> {
  try {
    const { head, manifest } = await subject.state(reader);
    const revisions = new Set(manifest.values());
    if (manifest.size === size && revisions.size === 1) return [];
    return [`release ${head.number} with ${manifest.size} modules of ${revisions.size} generations`];
  } catch (error) {
    if (isStoreError(error, 'STORE_RELEASE_GONE')) return [];
    throw error;
  }
}
