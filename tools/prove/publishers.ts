// Fifty publishers on one channel, a thousand publishes: every release that somebody was told of is in the history, in
// order, with their name, and none is there twice. On a real server, each publisher with a store of its own.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isStoreError, type Release, type Store } from '@rekindle/store';
import { folderStore } from '@rekindle/store-fs';
import { mongoStore } from '@rekindle/store-mongodb';
import { MongoClient } from 'mongodb';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { serverNames, starterOf } from '../mongodb/option.ts';

export const summary = '50 publishers at once: no release lost, none twice';

export const options = {
  store: { type: 'string', about: 'mongodb or folder', default: 'mongodb' },
  server: { type: 'string', about: `for mongodb: ${serverNames}`, default: 'secantusdb' },
  publishers: { type: 'string', about: 'how many at once', default: '50' },
  publishes: { type: 'string', about: 'how many in all', default: '1000' },
} satisfies Options;

/** Connections to the server that the publishers share. */
const CLIENTS = 5;

interface Place extends AsyncDisposable {
  open(): Store;
}

export async function run({ store, server, publishers, publishes }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  return checks.during(async () => {
    await using place = await placeOf(store, server);
    await prove(checks, place, numberOf('publishers', publishers), numberOf('publishes', publishes));
  });
}

async function placeOf(kind: string, name: string): Promise<Place> {
  if (kind === 'mongodb') {
    const server = await starterOf(name)();
    const database = `rekindle_${randomBytes(6).toString('hex')}`;
    // each client looks after its server twice a second: with fifty of them that is most of what a small server does
    const clients = Array.from({ length: CLIENTS }, () => new MongoClient(server.uri));
    let opened = 0;
    const open = () => {
      opened += 1;
      return mongoStore({ client: clients[opened % CLIENTS] as MongoClient, database });
    };
    const end = async () => {
      await Promise.all(clients.map((client) => client.close()));
      await server.stop();
    };
    return { open, [Symbol.asyncDispose]: end };
  }
  if (kind !== 'folder') throw new UsageError(`--store is 'mongodb' or 'folder', not '${kind}'.`);
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-publishers-'));
  return {
    open: () => folderStore(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, maxRetries: 5 }),
  };
}

async function prove(checks: Checks, place: Place, publishers: number, publishes: number): Promise<void> {
  const told: Release[] = [];
  let conflicts = 0;
  let begun = 0;
  const publisher = async (name: string) => {
    await using store = place.open();
    for (;;) {
      begun += 1;
      if (begun > publishes) return;
      const message = `publish ${begun}`;
      for (let expected = (await store.head())?.number ?? 0, wait = 20; ; wait *= 2) {
        try {
          told.push(await store.publish(new Map([[`${name}.ts`, message]]), { expected, author: name, message }));
          break;
        } catch (error) {
          if (!isStoreError(error, 'STORE_CONFLICT')) throw error;
          conflicts += 1;
          await pause(Math.random() * Math.min(wait, 2_000));
          expected = (await store.head())?.number ?? 0;
        }
      }
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: publishers }, (_, index) => publisher(`publisher-${index}`)));
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${publishers} publishers, ${told.length} releases, ${conflicts} conflicts in ${seconds} s`);

  await using store = place.open();
  const history = await whole(store);
  const numbers = told.map(({ number }) => number).sort((a, b) => a - b);
  checks.that('every publish was told of one release', told.length === publishes, `${told.length} of ${publishes}`);
  checks.that(
    'no number was told twice, and none is left out',
    numbers.every((number, index) => number === index + 1),
    numbers.slice(-3).join(),
  );
  const kept = new Map(history.map((release) => [release.number, release]));
  // a folder remembers the last 64 alone
  const expected = told.filter(({ number }) => number >= (history.at(-1)?.number ?? 0));
  const lost = expected.filter((release) => JSON.stringify(kept.get(release.number)) !== JSON.stringify(release));
  checks.that('each is in the history as it was told', lost.length === 0, JSON.stringify(lost[0]));
  checks.that(
    'the history is in order, each on the one before',
    history.every(({ number, parent }, index) => {
      const before = history[index + 1];
      return before === undefined || (before.number === number - 1 && parent === before.number);
    }),
  );
  const head = await store.head();
  checks.that('the head is the last of them', head?.number === publishes, String(head?.number));
  const manifest = await store.manifest(head?.hash ?? '');
  let wrong = 0;
  for (const [id, revision] of manifest) {
    const last = told.filter(({ author }) => `${author}.ts` === id).sort((a, b) => b.number - a.number)[0];
    if ((await store.read(id, revision)) !== last?.message) wrong += 1;
  }
  checks.that('every module has the text of its last publish', wrong === 0, `${wrong} have another`);
}

async function whole(store: Store): Promise<Release[]> {
  const releases: Release[] = [];
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const page = (await store.history?.({ limit: 200, ...(Number.isFinite(before) ? { before } : {}) })) ?? [];
    releases.push(...page);
    const last = page.at(-1);
    if (last === undefined) return releases;
    before = last.number;
  }
}
