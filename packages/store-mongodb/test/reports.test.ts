// What happened to others, as scenarios: R28, R30, R32. R28 over a minute and in fifty hosts is in watch.test.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@rekindle/store';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { secantusdb, startSecantus } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import type { ReleaseDocument, RevisionDocument } from '../src/documents.ts';
import {
  changes,
  clientOf,
  failing,
  follow,
  freshName,
  open,
  patience,
  recorded,
  textsOf,
} from './support/fixtures.ts';

const server = await obtain(secantusdb({ failpoints: true }));
afterAll(() => server?.stop());

async function publishUpTo(store: Store, number: number): Promise<void> {
  for (let next = ((await store.head())?.number ?? 0) + 1; next <= number; next += 1) {
    await store.publish(changes({ 'main.ts': `export const release = ${next};\n` }), { expected: next - 1 });
  }
}

describe.runIf(server !== undefined)('R28: the place in the log of changes is gone', () => {
  const { uri } = server ?? { uri: '' };

  it('twenty hosts go on without it, ask seldom, say so once, and miss nothing', async () => {
    const database = freshName();
    const author = open({ uri, database });
    await publishUpTo(author, 1);
    const address = uri.replace('?', `?appName=${database}&`);
    const error = { errorCode: 286, errorLabels: ['NonResumableChangeStreamError'] };
    await failing(uri, 'alwaysOn', { failCommands: ['getMore'], ...error, appName: database });

    const hosts = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { client, sent } = recorded(address);
        const store = open({ client, database, poll: 1_000 });
        const opened = () =>
          sent.filter(({ commandName }) => commandName === 'aggregate').map(({ command }) => command);
        return { store, opened, heard: await follow(store) };
      }),
    );
    await expect.poll(() => hosts.every(({ heard }) => heard.notices.length === 3), patience).toBe(true);
    for (const { heard, opened } of hosts) {
      expect(heard.notices.map(({ type }) => type)).toEqual(['lost', 'connected', 'polling']);
      expect(heard.notices[0]).toMatchObject({ cause: { code: 286 } });
      expect(opened().length).toBeLessThanOrEqual(10);
      for (const { pipeline } of opened()) expect(pipeline[0]).toEqual({ $changeStream: {} }); // no token
    }

    const before = hosts.map(({ heard }) => heard.wakes);
    await publishUpTo(author, 2);
    await failing(uri, 'off');
    const recovered = performance.now();
    await expect.poll(() => hosts.every(({ heard }, at) => heard.wakes > (before[at] ?? 0)), patience).toBe(true);
    for (const { heard } of hosts) expect(heard.last - recovered).toBeLessThan(2_000);
    expect(await Promise.all(hosts.map(async ({ store }) => (await store.head())?.number))).toEqual(hosts.map(() => 2));
  });
});

describe.runIf(server !== undefined)('R30: a restore with drop', () => {
  const { uri } = server ?? { uri: '' };

  it('hosts see an empty store, a lower head and then the new one', async () => {
    const database = freshName();
    const db = clientOf(uri).db(database);
    const releases = db.collection<ReleaseDocument>('rekindle_releases');
    const revisions = db.collection<RevisionDocument>('rekindle_revisions');
    const author = open({ uri, database });
    await publishUpTo(author, 9);
    const dump = { releases: await releases.find().toArray(), revisions: await revisions.find().toArray() };
    await publishUpTo(author, 12);

    const hosts = [open({ uri, database, poll: 600_000 }), open({ uri, database, poll: 50 })];
    const heads = () => Promise.all(hosts.map(async (host) => (await host.head())?.number));
    const heard = await Promise.all(hosts.map(follow));
    expect(await heads()).toEqual([12, 12]);

    await Promise.all([releases.drop(), revisions.drop()]);
    await expect.poll(() => heard.map(({ wakes }) => wakes > 0), patience).toEqual([true, true]);
    await expect.poll(heads, patience).toEqual([undefined, undefined]);

    // the releases arrive before the texts that they name
    const before = heard.map(({ wakes }) => wakes);
    await releases.insertMany(dump.releases);
    await expect.poll(heads, patience).toEqual([undefined, undefined]);
    await revisions.insertMany(dump.revisions);
    await expect.poll(heads, patience).toEqual([9, 9]);
    await expect
      .poll(() => heard.map(({ wakes }, index) => wakes > (before[index] ?? 0)), patience)
      .toEqual([true, true]);

    await open({ uri, database }).publish(changes({ 'main.ts': 'export const release = "10, anew";\n' }), {
      expected: 9,
    });
    await expect.poll(heads, patience).toEqual([10, 10]);
    for (const host of hosts)
      expect(await textsOf(host)).toEqual({ 'main.ts': 'export const release = "10, anew";\n' });
    expect((await author.head())?.number).toBe(10);
  });
});

describe.runIf(server !== undefined)('R32: a user with few rights, a server with few abilities', () => {
  const { uri } = server ?? { uri: '' };

  it('one who may read and write one database has the stream, with no command for `admin`', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-auth-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const founding = await startSecantus({ folder });
    for (const [name, role] of [
      ['game', 'readWrite'],
      ['viewer', 'read'],
    ]) {
      const users = clientOf(founding.uri).db('arena');
      await users.command({ createUser: name, pwd: 'secret', roles: [{ role, db: 'arena' }] });
    }
    await founding.stop();
    await using guarded = await startSecantus({ folder, auth: true });
    const uriOf = (who: string) => `mongodb://${who}@127.0.0.1:${guarded.port}/arena?directConnection=true`;

    const { client, sent } = recorded(uriOf('game:secret'));
    const game = open({ client, poll: 600_000 });
    const heard = await follow(game);
    await game.publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await expect.poll(() => heard.wakes, patience).toBeGreaterThan(0);
    expect(heard.notices).toEqual([]);
    expect(sent.map(({ commandName }) => commandName)).toContain('getMore');
    expect(new Set(sent.map(({ databaseName }) => databaseName))).toEqual(new Set(['arena']));

    const viewer = open({ uri: uriOf('viewer:secret'), poll: 600_000 });
    const seen = await follow(viewer);
    await game.publish(changes({ 'a.ts': 'b' }), { expected: 1 });
    await expect.poll(() => seen.wakes, patience).toBeGreaterThan(0);
    expect(await textsOf(viewer)).toEqual({ 'a.ts': 'b' });
    await expect(viewer.publish(changes({ 'a.ts': 'c' }), { expected: 2 })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: /publishing failed: not authorized on arena .* Give this user the role 'readWrite' on the database\./,
    });

    const stranger = open({ uri: uriOf('viewer:guess') });
    await expect(stranger.head()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: /reading the head failed: .*authentication failed.* the password and 'authSource' in the URI\./i,
    });
    for (const store of [game, viewer, stranger]) await store[Symbol.asyncDispose]();
    await client.close();
  });

  it.each([
    [13, 'a user who may not open a stream'],
    [40_573, 'a server that is no replica set'],
    [40_324, 'a server that does not know the stage'],
    [2, "a server with rules of its own for the stream's pipeline"],
  ])('%d, %s: it looks at once, and says once why', async (errorCode) => {
    const database = freshName();
    const { client, sent } = recorded(uri.replace('?', `?appName=${database}&`));
    await failing(uri, 'alwaysOn', { failCommands: ['aggregate'], errorCode, appName: database });
    const host = open({ client, database, poll: 50 });
    const heard = await follow(host);
    const author = open({ uri, database });
    for (const number of [1, 2]) {
      const { wakes } = heard;
      await publishUpTo(author, number);
      await expect.poll(() => heard.wakes, patience).toBeGreaterThan(wakes);
    }
    expect(heard.notices).toMatchObject([{ type: 'polling', interval: 50, cause: { code: errorCode } }]);
    expect(sent.filter(({ commandName }) => commandName === 'aggregate').length).toBe(1);
  });
});
