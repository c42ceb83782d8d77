import { randomBytes } from 'node:crypto';
import { backupStore, copyStore, memoryStore, restoreStore, type Store } from '@rekindle/store';
import { afterAll, describe, expect, it } from 'vitest';
import { ferretdb, secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { mongoStore } from '../src/index.ts';

const servers = [await obtain(secantusdb({ standalone: true })), await obtain(ferretdb)].filter(
  (server) => server !== undefined,
);
afterAll(() => Promise.all(servers.map((server) => server.stop())));

describe.each(servers)('$kind and other stores', ({ uri }) => {
  const open = (database: string): Store => mongoStore({ uri, database });
  const name = () => `rekindle_${randomBytes(6).toString('hex')}`;

  async function withHistory(): Promise<Store> {
    const store = memoryStore();
    for (let number = 0; number < 60; number++) {
      const texts = new Map([[`m${number % 7}.ts`, `text ${number}`]]);
      await store.publish(texts, { expected: number, author: `author ${number}` });
    }
    await store.promote?.({ from: { number: 30 }, channel: 'staging', expected: 0 });
    return store;
  }

  it('a history is copied there and back', async () => {
    await using store = open(name());
    const [from, back] = [await withHistory(), memoryStore()];
    await copyStore(from, store);
    await copyStore(store, back);
    expect(await back.history?.({ limit: 100 })).toEqual(await from.history?.({ limit: 100 }));
    expect((await back.release?.(31))?.manifest).toEqual((await from.release?.(31))?.manifest);
  });

  it('everything goes into a file and comes out of it', async () => {
    await using store = open(name());
    await using other = open(name());
    for (const channel of [undefined, 'staging']) {
      await copyStore(await withHistory(), store, channel === undefined ? {} : { channel });
    }
    await restoreStore(other, () => backupStore(store));
    expect(await other.channels?.()).toEqual(['live', 'staging']);
    for (const channel of ['live', 'staging']) {
      expect(await other.history?.({ channel, limit: 100 })).toEqual(await store.history?.({ channel, limit: 100 }));
    }
  });
});
