// Databases that are looked at by hand, beside the stores over them.
import { type Db, MongoClient } from 'mongodb';
import { afterAll } from 'vitest';
import type { MongoServer } from '../../../../tools/mongodb/server.ts';
import type { ReleaseDocument, RevisionDocument } from '../../src/documents.ts';
import { freshName, open } from './fixtures.ts';

/** What makes databases on a server; all ends with the tests of the file, and the server too. */
export function databasesOn(server: MongoServer | undefined) {
  const client = new MongoClient(server?.uri ?? 'mongodb://127.0.0.1');
  const databases: Db[] = [];
  afterAll(async () => {
    if (server?.temporary === false) await Promise.all(databases.map((database) => database.dropDatabase()));
    await client.close();
    await server?.stop();
  });
  return () => {
    const database = freshName();
    const db = client.db(database);
    databases.push(db);
    const releases = db.collection<ReleaseDocument>('rekindle_releases');
    const revisions = db.collection<RevisionDocument>('rekindle_revisions');
    return { client, database, db, releases, revisions, opened: () => open({ client, database, poll: 50 }) };
  };
}
