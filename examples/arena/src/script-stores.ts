/**
 * Where the scripts are: a folder, or a database with the folder behind it.
 *
 * A database without a release gets all files of the folder as its first. From then on it is changed by publishing alone;
 * the folder gives what the database does not have.
 */

import { folderStore } from '@rekindle/store-fs';
import { isStoreError, type Store } from 'rekindle';
import { differences } from './differences.ts';

export interface ScriptStoresOptions {
  readonly folder: string;
  /** What people are told that the folder is called. */
  readonly folderName: string;
  /** Of a MongoDB server; without it the folder is all. */
  readonly mongodb?: string;
}

export interface ScriptStores {
  /** The first that has a module wins. */
  readonly stores: readonly Store[];
  /** How people are told where the scripts are. */
  readonly name: string;
  /** How they can be changed. */
  readonly advice: string;
  /** Fills an empty database; answers with what was done, in words. @throws StoreError */
  prepare(): Promise<string | undefined>;
}

export async function scriptStores({ folder, folderName, mongodb }: ScriptStoresOptions): Promise<ScriptStores> {
  const files = folderStore(folder);
  const edit = `edit ${folderName}/rules/movement.ts and save`;
  if (mongodb === undefined) {
    return { stores: [files], name: folderName, advice: edit, prepare: async () => undefined };
  }
  const database = await databaseAt(mongodb);
  return {
    stores: [database, files],
    name: `${database.name}, then ${folderName}`,
    advice: `${edit}, then: npm run publish-scripts -w @rekindle/example-arena -- -m "why"`,
    prepare: () => fill(database, files, folderName),
  };
}

/** The database of the arena's scripts. The driver is loaded here, and only by those who have one. */
export async function databaseAt(uri: string): Promise<Store> {
  const { mongoStore } = await import('@rekindle/store-mongodb');
  return mongoStore({ uri });
}

async function fill(database: Store, files: Store, folderName: string): Promise<string | undefined> {
  if ((await database.head()) !== undefined) return undefined;
  const { changes } = await differences(files, database);
  try {
    const { number } = await database.publish(changes, { expected: 0, author: 'arena', message: `from ${folderName}` });
    return `${changes.size} files of ${folderName} are release ${number} of ${database.name}`;
  } catch (error) {
    if (isStoreError(error, 'STORE_CONFLICT')) return undefined; // another arena was faster
    throw error;
  }
}
