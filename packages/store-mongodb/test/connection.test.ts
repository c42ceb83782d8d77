import { isStoreError } from '@rekindle/store';
import { afterAll, describe, expect, it } from 'vitest';
import { secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { mongoStore } from '../src/index.ts';
import { changes, clientOf, freshName, modules, open, recorded, textsOf } from './support/fixtures.ts';
import { Line } from './support/line.ts';

const server = await obtain(secantusdb());
afterAll(() => server?.stop());

describe.runIf(server !== undefined)('a MongoDB store and its connection', () => {
  const { uri, port } = server ?? { uri: '', port: 0 };

  it('connects when it is first used', async () => {
    await using line = await Line.to(port);
    const store = open({ uri: line.uri, database: freshName() });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(line.connections).toBe(0);
    await store.head();
    expect(line.connections).toBeGreaterThan(0);
  });

  it('connects to nothing when it is disposed of before', async () => {
    await using line = await Line.to(port);
    await mongoStore({ uri: line.uri })[Symbol.asyncDispose]();
    expect(line.connections).toBe(0);
  });

  it('says within the time that it was given that the server cannot be reached, and finds it later', async () => {
    const store = open({ uri: 'mongodb://127.0.0.1:1', timeout: 50 });
    const begin = performance.now();
    const error: unknown = await store.head().catch((thrown: unknown) => thrown);
    expect(isStoreError(error, 'STORE_UNREACHABLE')).toBe(true);
    expect(String(error)).toMatch(/MongoDB 'rekindle', channel 'live': reading the head failed: .*ECONNREFUSED/);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await expect(store.watch(() => {}, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
    });
  });

  it('is not lost for ever when the first attempt to connect fails', async () => {
    const before = await Line.to(port);
    const { uri: address } = before;
    await before[Symbol.asyncDispose]();
    const store = open({ uri: address, database: freshName(), timeout: 100 });
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    await using _ = await Line.to(port, Number(new URL(address).port));
    expect(await store.head()).toBe(undefined);
  });

  it("leaves the game's own client open, and ends what it began on it", async () => {
    const { client, sent } = recorded(uri);
    const store = mongoStore({ client, database: freshName() });
    await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await store.watch(() => {}, { signal: new AbortController().signal });
    await store[Symbol.asyncDispose]();
    expect((await client.db('admin').command({ ping: 1 }))['ok']).toBe(1);
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_DISPOSED' });
    await expect.poll(() => sent.some(({ commandName }) => commandName === 'killCursors')).toBe(true);
  });

  it("reads and writes in its own way, however the game's client was made", async () => {
    const client = clientOf(uri, { promoteBuffers: true, raw: true, readPreference: 'secondaryPreferred' });
    const store = open({ client, database: freshName() });
    await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await store.publish(changes({ 'b.ts': 'b' }), { expected: 1 });
    expect(await textsOf(store)).toEqual({ 'a.ts': 'a', 'b.ts': 'b' });
  });

  it('has the names of its collections from `prefix`, and keeps channels apart', async () => {
    const database = freshName();
    const live = open({ uri, database, prefix: 'x.' });
    const staging = open({ uri, database, prefix: 'x.', channel: 'staging' });
    await live.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await staging.publish(changes({ 'a.ts': 'b' }), { expected: 0 });
    await staging.publish(changes({ 'a.ts': 'c' }), { expected: 1 });
    expect([(await live.head())?.number, (await staging.head())?.number]).toEqual([1, 2]);
    expect([await textsOf(live), await textsOf(staging)]).toEqual([{ 'a.ts': 'a' }, { 'a.ts': 'c' }]);
    const names = (await clientOf(uri).db(database).listCollections().toArray()).map(({ name }) => name);
    expect(names.sort()).toEqual(['x.meta', 'x.releases', 'x.revisions']);
  });

  it('refuses a text that no document can hold, with its id and size', async () => {
    const store = open({ uri, database: freshName() });
    const publish = store.publish(changes({ 'big.ts': 'x'.repeat(17 * 2 ** 20) }), { expected: 0 });
    await expect(publish).rejects.toMatchObject({ code: 'STORE_BAD_TEXT', message: /'big\.ts' has 17\.0 MB/ });
    expect(await store.head()).toBe(undefined);
  });

  it('lets a publish that is being written come to its end when it is disposed of', async () => {
    await using line = await Line.to(port);
    const store = open({ uri: line.uri, database: freshName() });
    let arrived = () => {};
    let letGo = () => {};
    const waits = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const arrives = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    line.next(['insert', 'rekindle_releases'], () => {
      arrived();
      return waits;
    });
    const publishing = store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await arrives;
    const disposing = store[Symbol.asyncDispose]();
    letGo();
    expect((await publishing).number).toBe(1);
    await disposing;
  });
});

describe.runIf(server !== undefined)('what a MongoDB store asks of the server', () => {
  const { uri } = server ?? { uri: '' };
  const names = (sent: readonly { readonly commandName: string }[]) => sent.map(({ commandName }) => commandName);

  it.each([10, 1_000])('boots %d modules with few queries, follows with two, looks with one', async (count) => {
    const database = freshName();
    const publisher = recorded(uri);
    const author = open({ client: publisher.client, database });
    const texts = modules(count);
    await author.publish(changes(texts), { expected: 0 });

    const host = recorded(uri);
    const store = open({ client: host.client, database });
    expect(await textsOf(store)).toEqual(texts);
    // the newest number, its release, the texts: many of them in two answers
    expect(names(host.sent)).toEqual(['find', 'find', 'find', ...(count < 500 ? [] : ['getMore'])]);

    publisher.sent.length = 0;
    await author.publish(changes({ 'm7.ts': 'export const m7 = 2;\n' }), { expected: 1 });
    expect(names(publisher.sent)).toEqual(['find', 'insert', 'insert']);

    host.sent.length = 0;
    const head = await store.head();
    const manifest = await store.manifest(head?.hash ?? '');
    expect(await store.read('m7.ts', manifest.get('m7.ts') ?? '')).toBe('export const m7 = 2;\n');
    expect(names(host.sent)).toEqual(['find', 'find']);
    host.sent.length = 0;
    await store.head();
    expect(names(host.sent)).toEqual(['find']);
  });

  it('writes only what is not there', async () => {
    const { client, sent } = recorded(uri);
    const store = open({ client, database: freshName() });
    await store.publish(changes({ 'a.ts': 'a', 'b.ts': 'b' }), { expected: 0 });
    sent.length = 0;
    await store.publish(changes({ 'a.ts': 'a', 'b.ts': 'c' }), { expected: 1 });
    const inserts = sent.filter(({ commandName }) => commandName === 'insert').map(({ command }) => command);
    expect(inserts.map(({ documents }) => documents.length)).toEqual([1, 1]);
    expect(inserts[0]?.documents[0].text).toBe('c');
  });

  it('has most servers keep a release in their journals before it is one', async () => {
    const { client, sent } = recorded(uri);
    await open({ client, database: freshName() }).publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    const inserts = sent.filter(({ commandName }) => commandName === 'insert').map(({ command }) => command);
    for (const { writeConcern } of inserts) expect(writeConcern).toEqual({ w: 'majority', j: true, wtimeout: 5_000 });
    expect(inserts.length).toBe(3); // a text, the release, and in a new database its version
  });
});
