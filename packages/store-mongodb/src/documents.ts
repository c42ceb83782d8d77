/**
 * What stands in the database: five collections, in documents that every server that speaks the protocol can hold.
 *
 * No field name holds user text (a dot in one is refused by some servers), and no array holds arrays.
 */

import type { HostReport, ModuleId, Revision } from '@rekindle/store';
import type { Binary, BSONSerializeOptions, Collection, CollectionOptions, Db } from 'mongodb';
import type { Lines, Pairs } from './entries.ts';

/** A text, named by its SHA-256; written before any release names it. */
export interface RevisionDocument {
  readonly _id: Revision;
  readonly text: string;
  /** When a publish last wrote or named it, in milliseconds since the epoch: what is new is no garbage. */
  readonly written?: number;
}

/** A release. Its insert is the commit point of a publish: the `_id` is taken, or it is not. */
export interface ReleaseDocument {
  readonly _id: { readonly channel: string; readonly number: number };
  /** Names the attempt: two releases with one number are told apart, and one's own is recognised. */
  readonly publish: Binary;
  readonly hash: string;
  readonly parent: number | null;
  readonly author: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Number of the newest release, up to this one, that has its whole manifest. */
  readonly base: number;
  /** The whole manifest, in every so many releases. */
  readonly manifest?: Lines | Pairs;
  /** What is different from the release with the number before, in all the others. */
  readonly changes?: Lines | Pairs;
  /** Of a small change the texts, once more: for hosts to which the release comes with a wake, and nobody else. */
  readonly texts?: readonly string[];
}

/** What a host told last. */
export interface HostDocument extends Omit<HostReport, 'host'> {
  readonly _id: { readonly channel: string; readonly host: string };
}

/** A compiled module, named by what it was made of. */
export interface ArtifactDocument {
  readonly _id: string;
  readonly id: ModuleId;
  readonly revision: Revision;
  readonly bytes: Binary;
  /** When it was last written; a date, so that servers can remove what is old. */
  readonly written: Date;
}

/** The version of the whole. */
export interface MetaDocument {
  readonly _id: 'schema';
  readonly version: number;
}

export interface Collections {
  readonly artifacts: Collection<ArtifactDocument>;
  readonly hosts: Collection<HostDocument>;
  readonly meta: Collection<MetaDocument>;
  readonly revisions: Collection<RevisionDocument>;
  readonly releases: Collection<ReleaseDocument>;
}

/** How documents are read; said here, because a client of the game's own may have been made with other defaults. */
export const READING: BSONSerializeOptions = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  useBigInt64: false,
  raw: false,
  fieldsAsRaw: {},
};

/**
 * @param patience milliseconds in which a majority of the servers must confirm a write
 */
export function collectionsOf(database: Db, prefix: string, patience: number): Collections {
  const options: CollectionOptions = {
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: patience },
    ...READING,
  };
  return {
    meta: database.collection<MetaDocument>(`${prefix}meta`, options),
    // made again by whoever lacks them
    artifacts: database.collection<ArtifactDocument>(`${prefix}artifacts`, { ...options, writeConcern: { w: 1 } }),
    // told again every minute: none is worth the wait for a journal, a hundred of them at once after each release
    hosts: database.collection<HostDocument>(`${prefix}hosts`, { ...options, writeConcern: { w: 1 } }),
    revisions: database.collection<RevisionDocument>(`${prefix}revisions`, options),
    releases: database.collection<ReleaseDocument>(`${prefix}releases`, options),
  };
}
