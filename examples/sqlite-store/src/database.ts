/**
 * The little that the store asks of an SQLite library, and the library that there is: better-sqlite3 where its native part
 * loads in this Node, else `node:sqlite`, which newer ones have built in (22.13 and up). A native part that was built for
 * one Node does not load in another one, so a workspace that is used with several needs both.
 */
import { createRequire } from 'node:module';

/** A prepared statement; parameters stand in order. */
export interface Statement {
  run(...parameters: readonly Value[]): unknown;
  get(...parameters: readonly Value[]): unknown;
  all(...parameters: readonly Value[]): unknown[];
}

export type Value = string | number | null;

export interface Database {
  /** Which library it is. */
  readonly library: Library;
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

export type Library = 'better-sqlite3' | 'node:sqlite';

type Opener = (file: string) => Omit<Database, 'library'>;

const require = createRequire(import.meta.url);

let found: { readonly library: Library; readonly open: Opener } | undefined;

/** Opens a file, which is made where there is none. @throws Error that says what was tried, where there is no library */
export function openDatabase(file: string): Database {
  found ??= find();
  const { library, open } = found;
  const database = open(file);
  return {
    library,
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    close: () => database.close(),
  };
}

function find(): { readonly library: Library; readonly open: Opener } {
  const failures: string[] = [];
  for (const [library, open] of [
    ['better-sqlite3', betterSqlite],
    ['node:sqlite', nodeSqlite],
  ] as const) {
    try {
      open(':memory:').close(); // the native part is loaded with the first database
      return { library, open };
    } catch (error) {
      failures.push(`${library}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
  }
  throw new Error(
    `There is no SQLite for Node ${process.versions.node}.\n${failures.join('\n')}\n` +
      "Build better-sqlite3's native part: run 'npm run install' in node_modules/better-sqlite3.",
  );
}

const betterSqlite: Opener = (file) => {
  const Constructor = require('better-sqlite3') as new (path: string) => Omit<Database, 'library'>;
  return new Constructor(file);
};

const nodeSqlite: Opener = (file) => {
  const { DatabaseSync } = require('node:sqlite') as { DatabaseSync: new (path: string) => Omit<Database, 'library'> };
  return new DatabaseSync(file);
};
