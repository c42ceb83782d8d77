// A database that goes away: scripts run on, events say what is going on, and hosts have what was published within two
// seconds after it is back. On real servers, with and without change streams, each behind a line that is cut and made
// slow, and stopped and started.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mongoStore } from '@rekindle/store-mongodb';
import { type Document, MongoClient, MongoServerError } from 'mongodb';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { localServers } from '../mongodb/find.ts';
import { serverNames, starterOf } from '../mongodb/option.ts';
import { sourceFlags } from '../run/flags.ts';
import { proveFaults } from './outages/faults.ts';
import { existsGood, publishTo, start, until } from './outages/game.ts';
import { Line } from './outages/proxy.ts';

export const summary = 'the database is cut off, slow, stopped, started, or refuses: scripts run on, hosts converge';

export const options = {
  server: { type: 'string', about: `only on this one: ${serverNames}` },
  within: { type: 'string', about: 'milliseconds after which a host has what was published', default: '2000' },
} satisfies Options;

/** Milliseconds that a slow line takes each way. */
const DELAY = 150;
/** What a release may take of them, from the publish to the commit. */
const ROUND_TRIPS = 10;

/** MongoDB's code for a document that is there already. */
const DUPLICATE_KEY = 11_000;
const DAY = 24 * 3_600_000;
/** Milliseconds by which clocks are wrong. */
const SKEWS = [-DAY, DAY];

const uriOf = (port: number) => `mongodb://127.0.0.1:${port}/?directConnection=true`;

export async function run({ server, within }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  const limit = numberOf('within', within);
  const servers = server === undefined ? Object.entries(localServers) : [[server, starterOf(server)] as const];
  return checks.during(async () => {
    const root = await mkdtemp(join(tmpdir(), 'rekindle-outages-'));
    try {
      for (const [name, startServer] of servers) {
        const place = join(root, name);
        await mkdir(place);
        await prove(checks, place, limit, startServer);
        // it alone can be told to fail, and knows users
        if (name === 'secantusdb') await proveFaults(checks, place, limit);
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
}

async function prove(
  checks: Checks,
  root: string,
  limit: number,
  startServer: ReturnType<typeof starterOf>,
): Promise<void> {
  const folder = join(root, 'data');
  await mkdir(folder);
  let server = await startServer({ folder });
  const { kind, port } = server;
  console.log(`\n${kind}`);
  await using line = await Line.open(port);
  let version = 0;
  const publish = async () => {
    version += 1;
    await using store = mongoStore({ uri: uriOf(port), database: 'arena', timeout: 2_000 });
    await publishTo(store, version);
  };
  await publish();
  const opened = () => mongoStore({ uri: uriOf(line.port), database: 'arena', timeout: 1_000 });
  const game = await start(root, opened());
  try {
    const converged = async (what: string, back: () => void | Promise<void>, more = 0) => {
      const before = game.main.turns();
      await back();
      const start = performance.now();
      const came = await until(() => game.main.version === version);
      const took = Math.round(performance.now() - start);
      checks.that(`${what}: the host has the release in time`, came && took <= limit + more, `${took} ms`);
      checks.that(`${what}: scripts ran on`, (await until(() => game.main.turns() > before)) && game.said.length > 0);
    };
    await until(async () => existsGood(root));

    await converged('nothing is wrong', publish);

    line.cut();
    const turns = game.main.turns();
    checks.that('cut off: an event says so', await until(() => game.said.includes('store:lost')));
    await publish();
    checks.that('cut off: scripts run on', await until(() => game.main.turns() > turns));
    await converged('cut off and back', () => line.mend());

    line.slow(DELAY);
    await converged('slow', publish, ROUND_TRIPS * 2 * DELAY);
    line.slow(0);

    const dump = await dumpOf(port);
    await publish();
    await until(() => game.main.version === version);
    await dropAll(port);
    checks.that('dropped: an event says so', await until(() => game.said.includes('store:behind')));
    await restore(port, dump);
    await pause(2_500); // longer than any look at the store
    checks.that('restored from an older dump: what runs, runs on', game.main.version === version);
    await converged('published on top of it', publish);

    await server.stop();
    await pause(500);
    server = await startServer({ folder, port });
    await converged('stopped and started', publish);

    // after the dump: a release from tomorrow in it would look as if it had been published since
    for (const skew of SKEWS) {
      const days = skew / DAY;
      await converged(`the publisher's clock is ${days > 0 ? '+' : ''}${days} day`, () => {
        version += 1;
        return publishSkewed(uriOf(port), version, skew);
      });
    }
    await converged('a publisher whose clock is right, after one from tomorrow', publish);

    await game.host.close();
    line.cut();
    const booted = await start(root, opened());
    try {
      checks.that('started while it is down: boots from the disk', booted.said.includes('last-known-good'));
      checks.that(
        'started while it is down: what was good runs',
        booted.main.version >= 1,
        String(booted.main.version),
      );
      await publish();
      line.mend();
      const begin = performance.now();
      const came = await until(() => booted.main.version === version);
      const took = Math.round(performance.now() - begin);
      checks.that('started while it is down: the host has the release in time', came && took <= limit, `${took} ms`);
    } finally {
      await booted.host.close();
    }
  } finally {
    await game.host.close();
    await server.stop();
  }
}

async function publishSkewed(uri: string, version: number, skew: number): Promise<void> {
  const program = fileURLToPath(new URL('outages/skewed-publisher.ts', import.meta.url));
  const child = fork(program, [uri, String(version), String(skew)], { execArgv: [...sourceFlags] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The publisher with another clock ended with ${code}.`);
}

type Dump = ReadonlyMap<string, readonly Document[]>;

/** All documents, as `mongodump` would have them. */
async function dumpOf(port: number): Promise<Dump> {
  await using client = new MongoClient(uriOf(port));
  const dump = new Map<string, readonly Document[]>();
  for (const { collectionName } of await client.db('arena').collections()) {
    dump.set(collectionName, await client.db('arena').collection(collectionName).find().toArray());
  }
  return dump;
}

async function dropAll(port: number): Promise<void> {
  await using client = new MongoClient(uriOf(port));
  for (const { collectionName } of await client.db('arena').collections()) {
    await client.db('arena').collection(collectionName).drop();
  }
}

/** As `mongorestore` does it: what stands there again already, such as the report of a host that runs on, stays. */
async function restore(port: number, dump: Dump): Promise<void> {
  await using client = new MongoClient(uriOf(port));
  for (const [name, documents] of dump) {
    const collection = client.db('arena').collection(name);
    for (const document of documents) {
      await collection.insertOne({ ...document }).catch((error: unknown) => {
        if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
      });
    }
  }
}
