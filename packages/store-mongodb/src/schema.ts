/**
 * The version of what stands in the database, and the validators and indexes that belong to it.
 *
 * A database without a version is one that a publish made: that is version 1 without what `setupMongoStore` adds.
 */
import { StoreError } from '@rekindle/store';
import type { Collection, Document, IndexSpecification } from 'mongodb';
import { ARTIFACT_LIFE } from './artifacts.ts';
import type { MetaDocument } from './documents.ts';

/** What this version of the package writes. */
export const SCHEMA_VERSION = 1;

/** @throws StoreError `STORE_TOO_NEW` */
export async function assertKnownSchema(store: string, meta: Collection<MetaDocument>): Promise<number | undefined> {
  const version = (await meta.findOne({ _id: 'schema' }))?.version;
  if (version === undefined || version <= SCHEMA_VERSION) return version;
  throw new StoreError(
    'STORE_TOO_NEW',
    `${store} has version ${version}, and this package knows ${SCHEMA_VERSION} at most. Update @rekindle/store-mongodb here.`,
  );
}

/** By which the newest release, one of them, and the one with a manifest are found. */
export const RELEASE_INDEXES: readonly IndexSpecification[] = [
  { '_id.channel': 1, '_id.number': -1 },
  { '_id.channel': 1, hash: 1 },
];

const text = { bsonType: 'string' };
const number = { bsonType: ['int', 'long', 'double'] };
const entries = { bsonType: 'array', items: { bsonType: 'array', minItems: 2, maxItems: 2 } };

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
      },
    },
  },
};
