/**
 * The version of what stands in the database, and the validators and indexes that belong to it.
 *
 * 1 has the modules of a release as pairs, 2 as lines. Whoever knows 2 reads both, so nothing is written anew; but who
 * knows 1 alone would take a release of lines for an incomplete one, and its texts for garbage. So nobody publishes to a
 * database that says 1. One that says nothing was made by a publish, and the next publish says 2.
 */
import { StoreError } from '@rekindle/store';
import type { Collection, Document, IndexSpecification } from 'mongodb';
import { ARTIFACT_LIFE } from './artifacts.ts';
import type { MetaDocument } from './documents.ts';
import { isDuplicateKey, isUnauthorized } from './failures.ts';

/** What this version of the package writes. */
export const SCHEMA_VERSION = 2;

/** @throws StoreError `STORE_TOO_NEW` */
export async function assertKnownSchema(store: string, meta: Collection<MetaDocument>): Promise<number | undefined> {
  const version = (await meta.findOne({ _id: 'schema' }))?.version;
  if (version === undefined || version <= SCHEMA_VERSION) return version;
  throw new StoreError(
    'STORE_TOO_NEW',
    `${store} has version ${version}, and this package knows ${SCHEMA_VERSION} at most. Update @rekindle/store-mongodb here.`,
  );
}

/** For whoever publishes. @throws StoreError `STORE_TOO_NEW`, `STORE_TOO_OLD` */
export async function assertOwnSchema(store: string, meta: Collection<MetaDocument>): Promise<void> {
  const version = await assertKnownSchema(store, meta);
  if (version === SCHEMA_VERSION) return;
  if (version !== undefined) {
    throw new StoreError(
      'STORE_TOO_OLD',
      `${store} has version ${version}, and this package writes ${SCHEMA_VERSION}. Call \`setupMongoStore\` once, when all who publish here have this package; hosts read on.`,
    );
  }
  try {
    await writeSchema(meta);
  } catch (error) {
    if (!isUnauthorized(error)) throw error; // somebody who may insert releases and nothing else leaves it to others
  }
}

/** Says that the database has the version of this package, where it has none. */
export async function writeSchema(meta: Collection<MetaDocument>): Promise<void> {
  try {
    await meta.insertOne({ _id: 'schema', version: SCHEMA_VERSION });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error; // somebody else has written it
  }
}

/** By which the newest release, one of them, and the one with a manifest are found. */
export const RELEASE_INDEXES: readonly IndexSpecification[] = [
  { '_id.channel': 1, '_id.number': -1 },
  { '_id.channel': 1, hash: 1 },
];

const text = { bsonType: 'string' };
const number = { bsonType: ['int', 'long', 'double'] };
/** Pairs, too: a dump of version 1 may be restored. */
const entries = { bsonType: ['string', 'array'], items: { bsonType: 'array', minItems: 2, maxItems: 2 } };

/** By which a server removes artifacts that nobody has written for long. */
export const ARTIFACT_INDEX = { key: { written: 1 }, expireAfterSeconds: ARTIFACT_LIFE / 1_000 } as const;

/** What a document has to be like, by the name of its collection without the prefix. */
export const VALIDATORS: Readonly<Record<'revisions' | 'releases' | 'artifacts', Document>> = {
  artifacts: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['_id', 'id', 'revision', 'bytes', 'written'],
      properties: {
        _id: text,
        id: text,
        revision: text,
        bytes: { bsonType: 'binData' },
        written: { bsonType: 'date' },
      },
    },
  },
  revisions: {
    $jsonSchema: { bsonType: 'object', required: ['_id', 'text'], properties: { _id: text, text, written: number } },
  },
  releases: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['_id', 'publish', 'hash', 'author', 'message', 'time', 'base'],
      properties: {
        _id: { bsonType: 'object', required: ['channel', 'number'], properties: { channel: text, number } },
        publish: { bsonType: 'binData' },
        hash: text,
        author: text,
        message: text,
        time: number,
        base: number,
        manifest: entries,
        changes: entries,
        texts: { bsonType: 'array', items: text },
      },
    },
  },
};
