import { revisionOf } from '@rekindle/store';
import type { Db } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ferretdb, secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { setupMongoStore } from '../src/index.ts';
import { databasesOn } from './support/databases.ts';
import { changes, textsOf } from './support/fixtures.ts';

const server = await obtain(secantusdb({ failpoints: true }));
const place = databasesOn(server);
const ferret = await obtain(ferretdb);
const small = databasesOn(ferret);
const namesIn = async (db: Db) => (await db.listCollections().toArray()).map(({ name }) => name).sort();
const indexesIn = async (db: Db) =>
  (await db.collection('rekindle_releases').indexes()).map(({ key }) => Object.keys(key).join()).sort();

const INDEXES = ['_id', '_id.channel,_id.number', '_id.channel,hash'];

describe.runIf(server !== undefined)('setting up a database', () => {
  it('makes collections, indexes and a version, and nothing when it is done again', async () => {
    const { client, database, db } = place();
    expect(await setupMongoStore({ client, database })).toEqual({
      version: 2,
      created: ['rekindle_revisions', 'rekindle_releases', 'rekindle_artifacts'],
      left: [],
    });
    expect(await namesIn(db)).toEqual([
      'rekindle_artifacts',
      'rekindle_meta',
      'rekindle_releases',
      'rekindle_revisions',
    ]);
    expect(await indexesIn(db)).toEqual(INDEXES);
    expect(await setupMongoStore({ client, database })).toEqual({ version: 2, created: [], left: [] });
  });

  it('has the server refuse documents of another shape, and take all that a store writes', async () => {
    const { client, database, db, opened } = place();
    await setupMongoStore({ client, database });
    await expect(db.collection('rekindle_releases').insertOne({ hash: 1 })).rejects.toThrow(/validation/);
    await expect(db.collection('rekindle_revisions').insertOne({ text: 1 })).rejects.toThrow(/validation/);
    const store = opened();
    await store.publish(changes({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' }), { expected: 0 });
    await store.publish(changes({ 'a.ts': null }), { expected: 1, author: 'dana', message: 'without a' });
    await store.promote?.({ from: { number: 1 }, channel: 'staging', expected: 0 });
    expect(await textsOf(store)).toEqual({ 'b.ts': 'b', 'c.ts': 'c' });
  });

  it('has the server remove compiled modules that nobody has written for thirty days', async () => {
    const { client, database, db, opened } = place();
    await setupMongoStore({ client, database });
    const revision = revisionOf('a');
    const compiled = { id: 'a.ts', revision, key: revisionOf('key'), bytes: Uint8Array.of(1, 2, 3) };
    await opened().artifacts?.write([compiled]);
    const artifacts = db.collection('rekindle_artifacts');
    const indexes = await artifacts.indexes();
    expect(indexes.find(({ key }) => 'written' in key)?.expireAfterSeconds).toBe(30 * 86_400);
    const [kept] = await artifacts.find().toArray();
    expect([kept?.id, kept?.revision, kept?.written instanceof Date]).toEqual(['a.ts', revision, true]);
    await expect(artifacts.insertOne({ id: 'a.ts' })).rejects.toThrow(/validation/);
  });

  it('brings a database to it that a publish has made', async () => {
    const { client, database, db, opened } = place();
    await opened().publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    expect(await setupMongoStore({ client, database })).toEqual({
      version: 2,
      created: ['rekindle_artifacts'],
      left: [],
    });
    await expect(db.collection('rekindle_releases').insertOne({ hash: 1 })).rejects.toThrow(/validation/);
  });

  it('leaves out what the server cannot do, and names it', async () => {
    const { client, database, db, opened } = place();
    await opened().publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    const fail = (mode: unknown) =>
      client.db('admin').command({
        configureFailPoint: 'failCommand',
        mode,
        data: { failCommands: ['collMod'], errorCode: 238 },
      });
    await fail('alwaysOn');
    const { left } = await setupMongoStore({ client, database });
    await fail('off');
    expect(left.map(({ what }) => what)).toEqual([
      'the validator of rekindle_revisions',
      'the validator of rekindle_releases',
    ]);
    expect(await indexesIn(db)).toEqual(INDEXES);
  });

  it('touches nothing of a later version; neither does a publish', async () => {
    const { client, database, db, opened } = place();
    await db.collection<{ _id: string; version: number }>('rekindle_meta').insertOne({ _id: 'schema', version: 3 });
    await expect(setupMongoStore({ client, database })).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    const store = opened();
    await expect(store.publish(changes({ 'a.ts': 'a' }), { expected: 0 })).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
    });
    expect(await namesIn(db)).toEqual(['rekindle_meta']);
  });

  it('says what is wrong where nobody answers', async () => {
    const nowhere = setupMongoStore({ uri: 'mongodb://127.0.0.1:9/', timeout: 50 });
    await expect(nowhere).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});

describe.runIf(ferret !== undefined)('setting up a database of a server that can do little', () => {
  it('makes collections, indexes and a version, and names the rest, every time', async () => {
    const { client, database, db, opened } = small();
    const first = await setupMongoStore({ client, database });
    expect(first).toMatchObject({
      version: 2,
      created: ['rekindle_revisions', 'rekindle_releases', 'rekindle_artifacts'],
    });
    const left = [
      'the validator of rekindle_revisions',
      'the validator of rekindle_releases',
      'the validator of rekindle_artifacts',
      'the expiry of rekindle_artifacts',
    ];
    expect(first.left.map(({ what }) => what)).toEqual(left);
    expect(first.left.map(({ cause }) => cause)).toMatchObject(left.map(() => ({ code: 238 })));
    expect(await indexesIn(db)).toEqual(INDEXES);

    const again = await setupMongoStore({ client, database });
    expect(again).toMatchObject({ version: 2, created: [] });
    expect(again.left.map(({ what }) => what)).toEqual(left);
    await opened().publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    expect(await textsOf(opened())).toEqual({ 'a.ts': 'a' });
  });
});
