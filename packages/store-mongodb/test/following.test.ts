import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { ferretdb, localServers, secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import {
  changes,
  clientOf,
  failing,
  follow,
  freshName,
  modules,
  open,
  patience,
  recorded,
  textsOf,
} from './support/fixtures.ts';
import { Line } from './support/line.ts';

const server = await obtain(secantusdb({ failpoints: true }));
const standalone = await obtain(secantusdb({ standalone: true }));
const ferret = await obtain(ferretdb);
/** Those without change streams, and the code with which they say so. */
const others = [
  ...(standalone ? [{ ...standalone, code: 40_573 }] : []),
  ...(ferret ? [{ ...ferret, code: 238 }] : []),
];
/** What there is one of can be started again. */
const kinds = Object.entries(localServers).filter(([name]) => (name === 'ferretdb' ? ferret : server) !== undefined);
afterAll(() => Promise.all([server, standalone, ferret].map((one) => one?.stop())));

/** Looks that never come in time: only a stream can wake. */
const SELDOM = 600_000;

describe.runIf(server !== undefined)('following a server with change streams', () => {
  const { uri, port } = server ?? { uri: '', port: 0 };

  /** A host that has read the head and whose stream waits. */
  const following = async (database: string) => {
    const { client, sent } = recorded(uri);
    const host = open({ client, database, poll: SELDOM });
    await host.head();
    const heard = await follow(host);
    const streaming = () => sent.filter(({ commandName }) => commandName === 'getMore').length;
    await expect.poll(streaming, patience).toBe(2);
    return { host, heard, sent };
  };

  it('has one stream for all listeners, on the releases alone, and no command for `admin`', async () => {
    const database = freshName();
    const { client, sent } = recorded(uri);
    const store = open({ client, database, poll: SELDOM });
    const all = await Promise.all([follow(store), follow(store), follow(store)]);
    await expect.poll(() => sent.filter(({ commandName }) => commandName === 'getMore').length, patience).toBe(2);
    await open({ uri, database }).publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await expect.poll(() => all.map(({ wakes }) => wakes > 0), patience).toEqual([true, true, true]);
    const streams = sent.filter(({ commandName }) => commandName === 'aggregate');
    expect(streams.map(({ command }) => command['aggregate'])).toEqual(['rekindle_releases']);
    expect(new Set(sent.map(({ databaseName }) => databaseName))).toEqual(new Set([database]));
  });

  it('brings the release with the wake: who was woken asks for nothing, and nobody is told of less than is known', async () => {
    const database = freshName();
    const author = open({ uri, database });
    await author.publish(changes(modules(10)), { expected: 0 });
    const { host, heard, sent } = await following(database);
    sent.length = 0;
    const release = await author.publish(changes({ 'm1.ts': 'a' }), { expected: 1 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    const queries = () => sent.flatMap(({ commandName, command }) => (commandName === 'find' ? command['find'] : []));
    const { number, hash, time } = release;
    expect(await host.head({ woken: true })).toEqual({ number, hash, time });
    const manifest = await host.manifest(hash);
    expect(await host.read('m1.ts', manifest.get('m1.ts') ?? '')).toBe('a');
    expect(await host.head({ woken: true })).toMatchObject({ number: 2 }); // of another namespace
    expect(queries()).toEqual([]);

    await author.publish(changes({ 'm1.ts': 'b' }), { expected: 2 });
    expect(await host.head()).toMatchObject({ number: 3 });
    expect(await host.head({ woken: true })).toMatchObject({ number: 3 });
  });

  it('brings the texts of small changes along, and those of large ones are asked for', async () => {
    const database = freshName();
    const author = open({ uri, database });
    await author.publish(changes(modules(10)), { expected: 0 });
    const { host, heard } = await following(database);
    const large = 'é'.repeat(16_385); // a byte more than is taken along, and no more characters
    await author.publish(changes({ 'm1.ts': 'a', 'm2.ts': 'b', 'm3.ts': null }), { expected: 1 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    await author.publish(changes({ 'm1.ts': large }), { expected: 2 });
    await expect.poll(async () => (await host.head({ woken: true }))?.number, patience).toBe(3);
    expect(await textsOf(host)).toMatchObject({ 'm1.ts': large, 'm2.ts': 'b' });

    const releases = clientOf(uri).db(database).collection<{ texts?: readonly string[] }>('rekindle_releases');
    const stored = await releases.find().sort({ '_id.number': 1 }).toArray();
    expect(stored.map(({ texts }) => texts)).toEqual([undefined, ['a', 'b'], undefined]);
  });

  it('takes no text for another one, whatever a release brings along', async () => {
    const [database, elsewhere] = [freshName(), freshName()];
    for (const name of [database, elsewhere]) {
      await open({ uri, database: name }).publish(changes(modules(4)), { expected: 0 });
    }
    const { host, heard } = await following(database);

    await open({ uri, database: elsewhere }).publish(changes({ 'm1.ts': 'a' }), { expected: 1 });
    const from = clientOf(uri).db(elsewhere);
    const to = clientOf(uri).db(database);
    const [release] = await from.collection('rekindle_releases').find({ '_id.number': 2 }).toArray();
    const [text] = await from.collection('rekindle_revisions').find({ text: 'a' }).toArray();
    expect(release).toMatchObject({ texts: ['a'] });
    await to.collection('rekindle_revisions').insertOne(text ?? {});
    await to.collection('rekindle_releases').insertOne({ ...release, texts: ['b', 'c'] });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    expect(await host.head({ woken: true })).toMatchObject({ number: 2 });
    expect((await textsOf(host))['m1.ts']).toBe('a');
  });

  it('is read after a wake that brought no release: a whole manifest is not sent to everybody', async () => {
    const database = freshName();
    const { client, sent } = recorded(uri);
    const host = open({ client, database, poll: SELDOM });
    const heard = await follow(host);
    await expect.poll(() => sent.filter(({ commandName }) => commandName === 'getMore').length, patience).toBe(2);
    await open({ uri, database }).publish(changes(modules(10)), { expected: 0 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    const head = await host.head({ woken: true });
    expect(head).toMatchObject({ number: 1 });
    expect((await host.manifest(head?.hash ?? '')).size).toBe(10);
  });

  it('wakes for its own channel only', async () => {
    const database = freshName();
    const heard = await follow(open({ uri, database, poll: SELDOM }));
    const staging = await follow(open({ uri, database, channel: 'staging', poll: SELDOM }));
    await open({ uri, database, channel: 'staging' }).publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await expect.poll(() => staging.wakes, patience).toBe(1);
    expect(heard.wakes).toBe(0);
  });

  it('opens a stream again that the server has closed', async () => {
    const database = freshName();
    const { client, sent } = recorded(uri.replace('?', `?appName=${database}&`));
    const store = open({ client, database, poll: SELDOM });
    await failing(uri, { times: 1 }, { failCommands: ['getMore'], errorCode: 43, appName: database });
    const heard = await follow(store);
    const opened = () => sent.filter(({ commandName }) => commandName === 'aggregate').length;
    await expect.poll(opened, patience).toBe(2);
    await expect.poll(() => sent.at(-1)?.commandName, patience).toBe('getMore');
    await open({ uri, database }).publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    expect(heard.notices).toEqual([]);
  });

  it('sees the releases after the collections were dropped', async () => {
    const database = freshName();
    const store = open({ uri, database, poll: SELDOM });
    await store.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    const { client, sent } = recorded(uri);
    const host = open({ client, database, poll: SELDOM });
    const heard = await follow(host);
    await expect.poll(() => sent.filter(({ commandName }) => commandName === 'getMore').length, patience).toBe(2);
    await clientOf(uri).db(database).dropCollection('rekindle_releases');
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    expect(await host.head()).toBe(undefined);
    await expect.poll(() => sent.filter(({ commandName }) => commandName === 'aggregate').length, patience).toBe(2);
    await open({ uri, database }).publish(changes({ 'a.ts': 'b' }), { expected: 0 });
    await expect.poll(async () => (await host.head())?.number, patience).toBe(1);
    expect(heard.notices).toEqual([]);
  });

  it('sees a release by looking where the stream has fallen silent', async () => {
    await using line = await Line.to(port);
    const database = freshName();
    const host = open({ uri: line.uri, database, poll: 100 });
    line.next(['getMore', 'rekindle_releases'], 'never answer');
    const heard = await follow(host);
    await open({ uri, database }).publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    await host[Symbol.asyncDispose]();
  });
});

describe.each(others)('following a server without change streams: $kind', ({ uri, port, code }) => {
  it('looks, and says once why', async () => {
    const database = freshName();
    const { client, sent } = recorded(uri);
    const heard = await follow(open({ client, database, poll: 50 }));
    const author = open({ uri, database });
    for (const expected of [0, 1, 2]) {
      const before = heard.wakes;
      await author.publish(changes({ 'a.ts': `${expected}` }), { expected });
      await expect.poll(() => heard.wakes, patience).toBeGreaterThan(before);
    }
    expect(heard.notices).toMatchObject([{ type: 'polling', interval: 50, cause: { code } }]);
    expect(sent.filter(({ commandName }) => commandName === 'aggregate').length).toBe(1);
  });

  it('says when it cannot be reached, and when it can again, and takes what came meanwhile', async () => {
    const database = freshName();
    const author = open({ uri, database });
    await author.publish(changes({ 'a.ts': 'before' }), { expected: 0 });
    const line = await Line.to(port);
    const address = line.uri;
    const host = open({ uri: address, database, timeout: 300, poll: 50 });
    const heard = await follow(host);
    const said = () => heard.notices.map(({ type }) => type).filter((type) => type !== 'polling');
    await line[Symbol.asyncDispose]();
    await expect.poll(said, patience).toEqual(['lost']);
    await author.publish(changes({ 'a.ts': 'meanwhile' }), { expected: 1 });
    await using _ = await Line.to(port, Number(new URL(address).port));
    await expect.poll(said, patience).toEqual(['lost', 'connected']);
    await expect.poll(async () => (await host.head())?.number, patience).toBe(2);
    await host[Symbol.asyncDispose]();
  });
});

describe.each(kinds)('a server that is stopped and started again: %s', (_kind, start) => {
  it('is told as lost and as connected, and its news wakes within two seconds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-restart-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const first = await start({ folder });
    const { port, uri } = first;
    const store = open({ uri, timeout: 300, poll: 500 });
    await store.publish(changes({ 'a.ts': 'before' }), { expected: 0 });
    const heard = await follow(store);
    const said = () => heard.notices.map(({ type }) => type).filter((type) => type !== 'polling');
    await first.stop();
    await expect.poll(said, patience).toEqual(['lost']);

    await using _ = await start({ folder, port });
    const recovered = performance.now();
    await expect.poll(said, patience).toEqual(['lost', 'connected']);
    expect(heard.wakes).toBeGreaterThan(0);
    expect(heard.last - recovered).toBeLessThan(2_000);
    expect((await store.head())?.number).toBe(1);

    const { wakes } = heard;
    await open({ uri }).publish(changes({ 'a.ts': 'after' }), { expected: 1 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(wakes);
    await store[Symbol.asyncDispose]();
  });
});
