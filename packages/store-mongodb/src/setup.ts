/**
 * Makes a database ready: collections with validators, and indexes. Done again it changes nothing, and what a server
 * cannot do is left out and named: nothing here is needed for a store to work.
 */
import { MongoServerError } from 'mongodb';
import { collectionsOf } from './documents.ts';
import { guarded } from './failures.ts';
import { type MongoStoreOptions, settingsOf } from './options.ts';
import {
  ARTIFACT_INDEX,
  assertKnownSchema,
  RELEASE_INDEXES,
  SCHEMA_VERSION,
  VALIDATORS,
  writeSchema,
} from './schema.ts';

/** What became of a database. */
export interface MongoSetup {
  /** The version that it has now. */
  readonly version: number;
  /** Collections that were made. */
  readonly created: readonly string[];
  /** What this server cannot do, and what it said. */
  readonly left: readonly { readonly what: string; readonly cause: Error }[];
}

/**
 * Sets a database up, for somebody who may do that: see the roles in the README. One of an earlier version has this one
 * afterwards.
 *
 * @throws StoreError `STORE_TOO_NEW`, and nothing was changed; `STORE_UNREACHABLE`; `STORE_BAD_OPTION`
 * @example
 * const { created, left } = await setupMongoStore({ uri: 'mongodb://127.0.0.1', database: 'arena' });
 */
export async function setupMongoStore(options: MongoStoreOptions): Promise<MongoSetup> {
  const { client, owned, database, prefix, timeout } = settingsOf(options);
  const name = `MongoDB '${database.databaseName}'`;
  const { artifacts, meta, releases } = collectionsOf(database, prefix, timeout);
  const created: string[] = [];
  const left: { what: string; cause: Error }[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (cause) {
      // a server that answers can be reached; whether it may not or cannot, it is left out
      if (!(cause instanceof MongoServerError)) throw cause;
      left.push({ what, cause });
      return false;
    }
  };
  const make = async (collection: keyof typeof VALIDATORS) => {
    const full = `${prefix}${collection}`;
    const validator = VALIDATORS[collection];
    // not by what `create` says: some servers do not mind that a collection is there
    if ((await database.listCollections({ name: full }, { nameOnly: true }).toArray()).length > 0) {
      await attempt(`the validator of ${full}`, () => database.command({ collMod: full, validator }));
      return;
    }
    const validated = await attempt(`the validator of ${full}`, () => database.createCollection(full, { validator }));
    if (validated || (await attempt(`the collection ${full}`, () => database.createCollection(full))))
      created.push(full);
  };
  try {
    return await guarded(name, 'setting up', async () => {
      const before = await assertKnownSchema(name, meta);
      await make('revisions');
      await make('releases');
      await make('artifacts');
      for (const index of RELEASE_INDEXES) {
        await attempt(`an index of ${prefix}releases`, () => releases.createIndex(index));
      }
      const { key, ...expiry } = ARTIFACT_INDEX;
      await attempt(`the expiry of ${prefix}artifacts`, () => artifacts.createIndex(key, expiry));
      if (before === undefined) {
        await writeSchema(meta);
      } else if (before < SCHEMA_VERSION) {
        await meta.updateOne({ _id: 'schema' }, { $max: { version: SCHEMA_VERSION } });
      }
      return { version: SCHEMA_VERSION, created, left };
    });
  } finally {
    if (owned) await client.close();
  }
}
