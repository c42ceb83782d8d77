// A database as version 1 of the schema has it, with the modules of a release as pairs.
import { randomBytes } from 'node:crypto';
import { manifestHash, revisionOf } from '@rekindle/store';
import { Binary } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { mongodb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import type { ReleaseDocument, RevisionDocument } from '../src/documents.ts';
import { collectMongoGarbage, setupMongoStore } from '../src/index.ts';
import { databasesOn } from './support/databases.ts';
import { changes, textsOf } from './support/fixtures.ts';

const server = await obtain(mongodb);
const place = databasesOn(server);

const OLD = 1; // milliseconds since the epoch: long ago

/** Two releases: one whole, and one that changes and deletes. */
async function old() {
  const here = place();
  const { db, releases, revisions } = here;
  const meta = db.collection<{ _id: string; version: number }>('rekindle_meta');
  const texts = ['a1', 'a2', 'b', 'c'].map((text): RevisionDocument => ({ _id: revisionOf(text), text, written: OLD }));
  await revisions.insertMany(texts);
  const shared = { parent: null, author: 'dana', message: '', time: OLD, base: 1 };
  const release = (number: number, manifest: Record<string, string>): Omit<ReleaseDocument, 'manifest'> => ({
    ...shared,
    _id: { channel: 'live', number },
    publish: new Binary(randomBytes(16)),
    hash: manifestHash(new Map(Object.entries(manifest).map(([id, text]) => [id, revisionOf(text)]))),
  });
  const first = { 'a.ts': 'a1', 'b.ts': 'b', 'c.ts': 'c' };
  await releases.insertMany([
    {
      ...release(1, first),
      manifest: Object.entries(first).map(([id, text]) => [id, revisionOf(text)] as const),
    },
    {
      ...release(2, { 'a.ts': 'a2', 'c.ts': 'c' }),
      parent: 1,
      changes: [
        ['a.ts', revisionOf('a2')],
        ['b.ts', null],
      ],
    },
  ]);
  return { ...here, meta };
}

// pairs are arrays in arrays: a server that takes none has no such database
describe.runIf(server !== undefined)('a database of version 1', () => {
  it('is read as it stands', async () => {
    const { opened } = await old();
    const host = opened();
    expect(await textsOf(host)).toEqual({ 'a.ts': 'a2', 'c.ts': 'c' });
    expect([...((await host.release?.(1))?.manifest.keys() ?? [])]).toEqual(['a.ts', 'b.ts', 'c.ts']);
  });

  it('is published to when it has been set up anew, and not before: older hosts would not know what came', async () => {
    const { client, database, meta, releases, opened } = await old();
    await meta.insertOne({ _id: 'schema', version: 1 });
    const author = opened();
    await expect(author.publish(changes({ 'd.ts': 'd' }), { expected: 2 })).rejects.toMatchObject({
      code: 'STORE_TOO_OLD',
      message: /has version 1, .* Call `setupMongoStore`/,
    });
    expect(await releases.countDocuments()).toBe(2);

    expect((await setupMongoStore({ client, database })).version).toBe(2);
    expect(await meta.findOne({ _id: 'schema' })).toEqual({ _id: 'schema', version: 2 });
    await author.publish(changes({ 'd.ts': 'd' }), { expected: 2 });
    await author.promote?.({ from: { number: 1 }, expected: 3 });
    const host = opened();
    expect(await textsOf(host)).toEqual({ 'a.ts': 'a1', 'b.ts': 'b', 'c.ts': 'c' });
    expect([...((await host.release?.(3))?.manifest.keys() ?? [])]).toEqual(['a.ts', 'c.ts', 'd.ts']);
  });

  it('takes a dump of its own after it has been set up anew', async () => {
    const { client, database, releases, opened } = await old();
    await setupMongoStore({ client, database });
    const dump = await releases.find().toArray();
    await releases.deleteMany({});
    await releases.insertMany(dump);
    expect(await textsOf(opened())).toEqual({ 'a.ts': 'a2', 'c.ts': 'c' });
  });

  it('that nobody has set up says its version with the next publish', async () => {
    const { meta, opened } = await old();
    await opened().publish(changes({ 'b.ts': 'b' }), { expected: 2 });
    expect(await meta.findOne({ _id: 'schema' })).toEqual({ _id: 'schema', version: 2 });
    expect(await textsOf(opened())).toEqual({ 'a.ts': 'a2', 'b.ts': 'b', 'c.ts': 'c' });
  });

  it('keeps every text that its releases name', async () => {
    const { client, database, revisions } = await old();
    await revisions.insertOne({ _id: 'x', text: 'of a publisher that died', written: OLD });
    expect(await collectMongoGarbage({ client, database })).toEqual({ releases: 0, revisions: 1, artifacts: 0 });
    expect(await revisions.countDocuments()).toBe(4);
  });
});
