/**
 * What stands in the database: two collections, in documents that every server that speaks the protocol can hold.
 *
 * No field name holds user text (a dot in one is refused by some servers), so manifests are arrays of pairs.
 */

import type { ModuleId, Revision } from '@rekindle/store';
import type { Binary, Collection, Db } from 'mongodb';

/** A text, named by its SHA-256; written before any release names it. */
export interface RevisionDocument {
  readonly _id: Revision;
  readonly text: string;
}

/** One module of a release and its revision; `null` in changes: it was deleted. */
export type Entry<Value> = readonly [id: ModuleId, revision: Value];

/** A release. Its insert is the commit point of a publish: the `_id` is taken, or it is not. */
export interface ReleaseDocument {
  readonly _id: { readonly channel: string; readonly number: number };
  /** Names the attempt, so that an insert whose answer was lost is recognised when it is tried again. */
  readonly publish: Binary;
  readonly hash: string;
  readonly parent: number | null;
  readonly author: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Number of the newest release, up to this one, that carries the whole manifest. */
  readonly base: number;
  readonly changes: readonly Entry<Revision | null>[];
  /** The whole manifest, in every so many releases. */
  readonly manifest?: readonly Entry<Revision>[];
}

export interface Collections {
  readonly revisions: Collection<RevisionDocument>;
  readonly releases: Collection<ReleaseDocument>;
}

export function collectionsOf(database: Db, prefix: string): Collections {
  return {
    revisions: database.collection<RevisionDocument>(`${prefix}revisions`),
    releases: database.collection<ReleaseDocument>(`${prefix}releases`),
  };
}
