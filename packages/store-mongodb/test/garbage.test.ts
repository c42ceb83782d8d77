import { isStoreError, revisionOf } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { ferretdb, mongodb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { collectMongoGarbage } from '../src/index.ts';
import { databasesOn } from './support/databases.ts';
import { changes, textsOf } from './support/fixtures.ts';

const servers = [await obtain(mongodb), await obtain(ferretdb)].filter((server) => server !== undefined);

function place(databases: ReturnType<typeof databasesOn>) {
  const { client, database, revisions, ...more } = databases();
  const texts = async () => (await revisions.find().toArray()).map(({ text }) => text).sort();
  /** All of them were written long ago. */
  const age = () => revisions.updateMany({}, { $set: { written: 1 } });
  const collect = (options: { keep?: number; grace?: number; dryRun?: boolean } = {}) =>
    collectMongoGarbage({ client, database, ...options });
  return { ...more, revisions, texts, age, collect };
}

describe.each(servers)('the garbage of a database on $kind', (server) => {
  const databases = databasesOn(server);

  it('is what no release of any channel names, and was written long ago', async () => {
    const { revisions, texts, age, collect, opened } = place(databases);
    const store = opened();
    await store.publish(changes({ 'a.ts': 'one' }), { expected: 0 });
    await store.publish(changes({ 'a.ts': 'two' }), { expected: 1 });
    await store.publish(changes({ 'a.ts': 'staged' }), { expected: 0, channel: 'staging' });
    await revisions.insertOne({ _id: 'x', text: 'of a publisher that died' });
    await age();
    await revisions.insertOne({ _id: 'y', text: 'of a publish in progress', written: Date.now() });
    expect(await collect({ dryRun: true })).toEqual({ releases: 0, revisions: 1, artifacts: 0 });
    expect(await collect()).toEqual({ releases: 0, revisions: 1, artifacts: 0 });
    expect(await texts()).toEqual(['of a publish in progress', 'one', 'staged', 'two']);
    expect(await collect()).toEqual({ releases: 0, revisions: 0, artifacts: 0 });
  });

  it('is no text that is published once more, however old it is', async () => {
    const { revisions, texts, age, collect, opened } = place(databases);
    const store = opened();
    await store.publish(changes({ 'a.ts': 'one', 'b.ts': 'b' }), { expected: 0 });
    await store.publish(changes({ 'a.ts': 'two' }), { expected: 1 });
    await age();
    // the text is there already: it is named, and that is noted
    await store.publish(changes({ 'c.ts': 'one' }), { expected: 2 });
    await store.promote?.({ from: { number: 1 }, expected: 3 });
    const [kept] = await revisions.find({ text: 'one' }).toArray();
    expect(kept?.written).toBeGreaterThan(Date.now() - 60_000);
    await collect();
    expect(await texts()).toEqual(['b', 'one', 'two']);
  });

  it('is a compiled module whose text nobody names, or that is thirty days old', async () => {
    const { db, collect, opened } = place(databases);
    const store = opened();
    await store.publish(changes({ 'a.ts': 'a', 'b.ts': 'b' }), { expected: 0 });
    const compiled = (name: string, key = `key of ${name}`) => ({
      id: `${name}.ts`,
      revision: revisionOf(name),
      key: revisionOf(key),
      bytes: Uint8Array.of(1),
    });
    const early = compiled('x'); // of a publish in progress, say
    const all = [compiled('a'), compiled('b', 'made by an old compiler'), early, compiled('gone')];
    await store.artifacts?.write(all);
    const artifacts = db.collection<{ _id: string; written: Date }>('rekindle_artifacts');
    const ages = { gone: 2 * 3_600_000, a: 2 * 3_600_000, b: 31 * 86_400_000 };
    for (const [name, age] of Object.entries(ages)) {
      await artifacts.updateMany({ id: `${name}.ts` }, { $set: { written: new Date(Date.now() - age) } });
    }
    expect(await collect({ dryRun: true })).toEqual({ releases: 0, revisions: 0, artifacts: 2 });
    expect(await collect()).toEqual({ releases: 0, revisions: 0, artifacts: 2 });
    expect([...((await store.artifacts?.read(all)) ?? [])].map(([key]) => key).sort()).toEqual(
      [compiled('a').key, early.key].sort(),
    );
  });

  it('holds old releases, where it is said how many stay', async () => {
    const { db, texts, age, collect, opened } = place(databases);
    const store = opened();
    for (let number = 1; number <= 60; number += 1) {
      await store.publish(changes({ 'a.ts': `a${number}`, 'b.ts': 'b', 'c.ts': 'c', 'd.ts': 'd' }), {
        expected: number - 1,
      });
    }
    await age();
    expect(await collect({ keep: 3 })).toEqual({ releases: 0, revisions: 0, artifacts: 0 }); // none is older than the grace
    await db.collection('rekindle_releases').updateMany({}, { $set: { time: 1 } });
    const { releases, revisions } = await collect({ keep: 3 });
    // those stay on which they build, too
    expect([releases > 30, releases <= 57, revisions]).toEqual([true, true, releases]);
    const host = opened();
    expect((await host.history?.({ limit: 3 }))?.map(({ number }) => number)).toEqual([60, 59, 58]);
    expect(await textsOf(host)).toEqual({ 'a.ts': 'a60', 'b.ts': 'b', 'c.ts': 'c', 'd.ts': 'd' });
    expect((await texts()).length).toBe(63 - releases);
    expect((await host.publish(changes({ 'a.ts': 'next' }), { expected: 60 })).number).toBe(61);
  });

  it('can be collected while people publish: nothing that was told of is missed', async () => {
    const { age, collect, opened } = place(databases);
    const publishing = async (name: string) => {
      const store = opened();
      for (let round = 0; round < 12; round += 1) {
        for (;;) {
          const expected = (await store.head())?.number ?? 0;
          try {
            await store.publish(changes({ [`${name}.ts`]: `${round % 3}` }), { expected });
            break;
          } catch (error) {
            if (!isStoreError(error, 'STORE_CONFLICT')) throw error;
          }
        }
      }
    };
    let over = false;
    const collecting = async () => {
      while (!over) {
        await collect({ grace: 30_000, keep: 2 });
        await age(); // what nobody names at this moment looks old
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const running = collecting();
    await Promise.all(['a', 'b'].map(publishing));
    over = true;
    await running;
    const host = opened();
    expect((await host.head())?.number).toBe(24);
    expect(await textsOf(host)).toEqual({ 'a.ts': '2', 'b.ts': '2' });
  });

  it('is not collected in a database of a later version, and with no sense', async () => {
    const { db, collect } = place(databases);
    await db.collection<{ _id: string }>('rekindle_meta').insertOne({ _id: 'schema', version: 3 } as { _id: string });
    await expect(collect()).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    await expect(collect({ keep: 0 })).rejects.toMatchObject({ code: 'STORE_BAD_OPTION' });
  });
});
