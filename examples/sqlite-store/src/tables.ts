/** The tables of the store. A file of a later version is left alone. */
import { StoreError } from '@rekindle/store';
import type { Database } from './database.ts';

const VERSION = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS revisions (revision TEXT PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS manifests (hash TEXT PRIMARY KEY, modules TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS releases (
    channel TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL REFERENCES manifests, parent INTEGER,
    author TEXT NOT NULL, message TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (channel, number)
  );
  PRAGMA user_version = ${VERSION};
`;

/** Makes the tables where they are not there. @throws StoreError `STORE_TOO_NEW` */
export function prepareTables(name: string, database: Database): void {
  // readers go on while somebody writes; a release that was told of survives a power cut; writers wait for each other
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const version = versionOf(database);
  if (version > VERSION) {
    const message = `${name} has version ${version}, and this program knows ${VERSION} at most. Update the program.`;
    throw new StoreError('STORE_TOO_NEW', message);
  }
  if (version < VERSION) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
}

function versionOf(database: Database): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}
