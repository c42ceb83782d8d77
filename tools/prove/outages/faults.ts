// What goes wrong between a host and a server that is there: a cursor that is killed, a pool of connections that is
// exhausted, a password that is wrong. Each on a real server; scripts run on, and the host converges.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { mongoStore } from '@rekindle/store-mongodb';
import { type Document, MongoClient } from 'mongodb';
import type { Checks } from '../../door/checks.ts';
import { startSecantus } from '../../mongodb/find.ts';
import { existsGood, type Game, publishTo, start, until } from './game.ts';

/** Milliseconds for which all connections of a pool are busy. */
const BUSY = 2_000;

export async function proveFaults(checks: Checks, root: string, limit: number): Promise<void> {
  await proveCursorAndPool(checks, join(root, 'faults'), limit);
  await provePassword(checks, join(root, 'password'), limit);
}

async function converged(checks: Checks, what: string, game: Game, version: number, limit: number): Promise<void> {
  const before = game.main.turns();
  const begin = performance.now();
  const came = await until(() => game.main.version === version);
  const took = Math.round(performance.now() - begin);
  checks.that(`${what}: the host has the release in time`, came && took <= limit, `${took} ms`);
  checks.that(`${what}: scripts ran on`, await until(() => game.main.turns() > before));
}

async function proveCursorAndPool(checks: Checks, root: string, limit: number): Promise<void> {
  await mkdir(root, { recursive: true });
  await using server = await startSecantus({ failpoints: true });
  await using admin = new MongoClient(server.uri);
  let version = 0;
  const publish = async () => {
    await using store = mongoStore({ uri: server.uri, database: 'arena' });
    version += 1;
    await publishTo(store, version);
  };
  await publish();

  // the game's own client, with few connections, for which nobody waits long
  await using client = new MongoClient(server.uri, {
    monitorCommands: true,
    maxPoolSize: 3,
    waitQueueTimeoutMS: 300,
  });
  let stream: { readonly id: unknown; readonly collection: string } | undefined;
  let opened = 0;
  client.on('commandStarted', ({ commandName, command }: { commandName: string; command: Document }) => {
    if (commandName !== 'getMore') return;
    stream = { id: command['getMore'], collection: command['collection'] };
  });
  client.on('commandStarted', ({ commandName }) => {
    if (commandName === 'aggregate') opened += 1;
  });
  const game = await start(root, mongoStore({ client, database: 'arena', poll: 60_000 }));
  try {
    await until(() => stream !== undefined);
    const before = opened;
    const { cursorsKilled = [], cursorsNotFound = [] } = await admin
      .db('arena')
      .command({ killCursors: stream?.collection ?? '', cursors: [stream?.id] });
    checks.that(
      'cursor killed: the server has killed it',
      cursorsKilled.length === 1,
      `${cursorsNotFound.length} not found`,
    );
    checks.that('cursor killed: another one is opened', await until(() => opened > before));
    await publish();
    await converged(checks, 'cursor killed', game, version, limit);

    await failing(admin, { failCommands: ['ping'], blockConnection: true, blockTimeMS: BUSY });
    const pings = Promise.allSettled(Array.from({ length: 6 }, () => client.db('arena').command({ ping: 1 })));
    await publish();
    await pings;
    await failing(admin, 'off');
    await converged(checks, 'connection pool exhausted', game, version, limit);
  } finally {
    await game.host.close();
  }
}

async function failing(admin: MongoClient, data: Document | 'off'): Promise<void> {
  const mode = data === 'off' ? { mode: 'off' } : { mode: 'alwaysOn', data };
  await admin.db('admin').command({ configureFailPoint: 'failCommand', ...mode });
}

async function provePassword(checks: Checks, root: string, limit: number): Promise<void> {
  const folder = join(root, 'data');
  await mkdir(folder, { recursive: true });
  const founding = await startSecantus({ folder });
  {
    await using client = new MongoClient(founding.uri);
    for (const [name, pwd] of [
      ['author', 'secret'],
      ['game', 'secret'],
    ] as const) {
      await client.db('arena').command({ createUser: name, pwd, roles: [{ role: 'dbOwner', db: 'arena' }] });
    }
  }
  await founding.stop();
  await using server = await startSecantus({ folder, auth: true });
  const uriOf = (who: string) => `mongodb://${who}@127.0.0.1:${server.port}/arena?directConnection=true`;
  const publish = async (version: number) => {
    await using store = mongoStore({ uri: uriOf('author:secret'), timeout: 2_000 });
    await publishTo(store, version);
  };
  const opened = (password: string) => mongoStore({ uri: uriOf(`game:${password}`), timeout: 1_000 });
  await publish(1);
  const first = await start(root, opened('secret'));
  await until(() => existsGood(root));
  await first.host.close();

  const game = await start(root, opened('other'));
  try {
    checks.that('wrong password: boots from the disk', game.said.includes('last-known-good'), game.said.join());
    checks.that('wrong password: scripts run', await until(() => game.main.turns() > 0));
    const said = String((game.errors[0] as Error | undefined)?.message);
    checks.that('wrong password: it is said where to look', /password/.test(said), said);
    await publish(2);
    await pause(1_500);
    checks.that('wrong password: nothing is taken', game.main.version === 1);
    {
      await using client = new MongoClient(uriOf('author:secret'));
      await client.db('arena').command({ updateUser: 'game', pwd: 'other' });
    }
    // it is asked again in waits that double up to five seconds
    await converged(checks, 'the password is right again', game, 2, limit + 5_000);
  } finally {
    await game.host.close();
  }
}
