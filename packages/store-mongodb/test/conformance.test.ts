import { randomBytes } from 'node:crypto';
import { testStore } from '@rekindle/store/conformance';
import { MongoClient } from 'mongodb';
import { afterAll, describe, expect, it } from 'vitest';
import { ferretdb, mongodb, secantusdb } from '../../../tools/mongodb/find.ts';
import type { MongoServer } from '../../../tools/mongodb/server.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { mongoStore } from '../src/index.ts';

const servers: readonly MongoServer[] = [
  await obtain(mongodb),
  await obtain(secantusdb({ standalone: true })),
  await obtain(ferretdb),
].filter((server) => server !== undefined);

afterAll(() => Promise.all(servers.map((server) => server.stop())));

for (const { kind, uri, streams, temporary } of servers) {
  // where there are change streams, nothing else may wake in time
  const poll = streams ? 600_000 : 50;
  await testStore({ describe, it, expect }, `mongoStore on ${kind}`, () => {
    const database = `rekindle_${randomBytes(6).toString('hex')}`;
    const open = () => mongoStore({ uri, database, poll });
    const close = () => (temporary ? Promise.resolve() : drop(uri, database));
    return { store: open(), again: async () => open(), close };
  });
}

async function drop(uri: string, database: string): Promise<void> {
  await using client = new MongoClient(uri);
  await client.db(database).dropDatabase();
}
