import type { StoreConflictError } from '@rekindle/store';
import { afterAll, describe, expect, it } from 'vitest';
import { ferretdb, secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import type { ReleaseDocument } from '../src/documents.ts';
import { changes, clientOf, failing, freshName, open, recorded, textsOf } from './support/fixtures.ts';
import { Line } from './support/line.ts';

const server = await obtain(secantusdb({ failpoints: true }));
/** The driver repeats no write on them. */
const others = [await obtain(secantusdb({ standalone: true })), await obtain(ferretdb)].filter(
  (other) => other !== undefined,
);
afterAll(() => Promise.all([server, ...others].map((one) => one?.stop())));

const insert = ['insert', 'rekindle_releases'];

/** Everything that a channel has, by number. */
async function releasesIn(uri: string, database: string): Promise<ReleaseDocument[]> {
  const releases = clientOf(uri).db(database).collection<ReleaseDocument>('rekindle_releases');
  return releases.find().sort({ '_id.number': 1 }).toArray();
}

describe.runIf(server !== undefined)('the one insert that makes a release', () => {
  const { uri, port } = server ?? { uri: '', port: 0 };

  it('is tried again when its answer is lost, and makes one release', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const store = open({ uri: line.uri, database });
    line.next(insert, 'lose the answer');
    const release = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0, message: 'once' });
    expect(release.number).toBe(1);
    expect((await releasesIn(uri, database)).map(({ message }) => message)).toEqual(['once']);
  });

  it('is recognised when the second attempt meets the first', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const { client, sent } = recorded(line.uri);
    const store = open({ client, database });
    line.next(insert, async () => {
      const document = sent.at(-1)?.command['documents'][0] as ReleaseDocument;
      await clientOf(uri).db(database).collection<ReleaseDocument>('rekindle_releases').insertOne(document);
    });
    const release = await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    expect([release.number, (await releasesIn(uri, database)).length]).toEqual([1, 1]);
    expect(await textsOf(store)).toEqual({ 'a.ts': 'a' });
  });

  it('is a conflict when somebody else was faster by a moment, with whose release it is', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const store = open({ uri: line.uri, database });
    const other = open({ uri, database });
    await other.publish(changes({ 'combat.ts': '0', 'flee.ts': '0' }), { expected: 0 });
    line.next(insert, async () => {
      await other.publish(changes({ 'combat.ts': 'theirs' }), { expected: 1, author: 'dana', message: 'duel' });
    });
    const publish = store.publish(changes({ 'combat.ts': 'mine', 'flee.ts': 'mine' }), { expected: 1 });
    const error = (await publish.catch((thrown: unknown) => thrown)) as StoreConflictError;
    expect(error).toMatchObject({ code: 'STORE_CONFLICT', expected: 1, modules: ['combat.ts'] });
    expect(error.release).toMatchObject({ number: 2, author: 'dana', message: 'duel' });
    expect(await textsOf(store)).toEqual({ 'combat.ts': 'theirs', 'flee.ts': '0' });
  });

  it('is not taken for made while most servers have not confirmed it', async () => {
    const database = freshName();
    const client = clientOf(uri, { appName: database });
    const store = open({ client, database });
    await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await failing(
      uri,
      { times: 1 },
      {
        failCommands: ['insert'],
        writeConcernError: { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication timed out' },
        appName: database,
      },
    );
    // no new text, so that the release is the only insert
    await expect(store.publish(changes({ 'b.ts': null }), { expected: 1 })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: /release 2 was written, but most servers have not confirmed it: .*timed out/,
    });
    expect((await store.head())?.number).toBe(2);
  });
});

describe.each(others)('the one insert that makes a release, on a server that repeats none: $kind', ({ uri, port }) => {
  it('is found when its answer is lost', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const store = open({ uri: line.uri, database });
    line.next(insert, 'lose the answer');
    expect((await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 })).number).toBe(1);
    expect((await releasesIn(uri, database)).length).toBe(1);
  });

  it('has not been made where the texts could not be written', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const store = open({ uri: line.uri, database });
    line.next(['insert', 'rekindle_revisions'], 'lose the answer');
    await expect(store.publish(changes({ 'a.ts': 'a' }), { expected: 0 })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
    });
    expect(await releasesIn(uri, database)).toEqual([]);
    expect((await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 })).number).toBe(1);
  });
});
