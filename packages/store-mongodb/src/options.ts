/** What can be asked of a store over MongoDB, checked before anything is connected. */

import { StoreError } from '@rekindle/store';
import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';

/** Which database, and how it is spoken to. */
export interface MongoStoreOptions {
  /** `mongodb://…` or `mongodb+srv://…`; or give `client`. What it says of time limits goes before the defaults here. */
  readonly uri?: string;
  /** The game's own client. The store never closes it. */
  readonly client?: MongoClient;
  /** @default the one that the URI names, else 'rekindle'; with `client`, the client's own default */
  readonly database?: string;
  /** A numbered sequence of releases beside others. @default 'live' */
  readonly channel?: string;
  /** In front of the names of the collections. @default 'rekindle_' */
  readonly prefix?: string;
  /**
   * Milliseconds between two looks at the newest release: the only way to see one where the server has no change
   * streams, and a safety net where it has.
   * @default 1000
   */
  readonly poll?: number;
  /** Milliseconds after which a server that cannot be reached is given up on. @default 5000 */
  readonly timeout?: number;
}

export interface Settings {
  readonly client: MongoClient;
  /** Whether the client is the store's own, to be connected and closed by it. */
  readonly owned: boolean;
  readonly database: Db;
  readonly channel: string;
  readonly prefix: string;
  readonly poll: number;
  readonly timeout: number;
}

const DEFAULT_DATABASE = 'rekindle';
const DEFAULT_TIMEOUT = 5_000;
/** What a server on every system takes. */
const DATABASE = /^[^\0/\\. "$*<>:|?]{1,63}$/;

/** @throws StoreError `STORE_BAD_OPTION` */
export function settingsOf(options: MongoStoreOptions): Settings {
  const { uri, client, channel = 'live', prefix = 'rekindle_', poll = 1_000, timeout } = options;
  if ((uri === undefined) === (client === undefined)) throw bad('takes either `uri` or `client`');
  if (typeof channel !== 'string' || channel === '') throw bad('needs a `channel` that is a text');
  if (typeof prefix !== 'string' || /[\0$]/.test(prefix)) throw bad(`cannot use '${prefix}' as \`prefix\``);
  for (const [name, value] of Object.entries({ poll, timeout: timeout ?? DEFAULT_TIMEOUT })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw bad(`needs a \`${name}\` of more than 0 milliseconds, not ${String(value)}`);
    }
  }
  const used = client ?? newClient(uri as string, timeout);
  const name = options.database ?? (uri === undefined ? used.options.dbName : (databaseIn(uri) ?? DEFAULT_DATABASE));
  if (!DATABASE.test(name)) throw bad(`cannot use '${name}' as \`database\``);
  const owned = client === undefined;
  return { client: used, owned, database: used.db(name), channel, prefix, poll, timeout: timeout ?? DEFAULT_TIMEOUT };
}

function newClient(uri: string, timeout: number | undefined): MongoClient {
  const own = { appName: 'rekindle', ...limits(DEFAULT_TIMEOUT), heartbeatFrequencyMS: 500 };
  const said = new Set([...new URLSearchParams(uri.split('?')[1])].map(([name]) => name.toLowerCase()));
  const unsaid = Object.entries(own).filter(([name]) => !said.has(name.toLowerCase()));
  const options: MongoClientOptions = {
    ...Object.fromEntries(unsaid),
    ...(timeout === undefined ? {} : limits(timeout)),
  };
  try {
    return new MongoClient(uri, options);
  } catch (cause) {
    throw bad(`cannot use '${withoutSecrets(uri)}' as \`uri\`: ${(cause as Error).message}`, cause);
  }
}

function limits(timeout: number): MongoClientOptions {
  return { serverSelectionTimeoutMS: timeout, connectTimeoutMS: timeout };
}

/** The driver says 'test' where a URI names no database. */
function databaseIn(uri: string): string | undefined {
  const [, name = ''] = /^[a-z+]+:\/\/[^/]*\/([^?]*)/.exec(uri) ?? [];
  return name === '' ? undefined : decodeURIComponent(name);
}

function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/.*@/, '//…@');
}

function bad(what: string, cause?: unknown): StoreError {
  return new StoreError('STORE_BAD_OPTION', `mongoStore ${what}.`, cause === undefined ? {} : { cause });
}
