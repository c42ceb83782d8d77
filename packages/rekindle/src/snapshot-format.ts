/**
 * The form of a snapshot: a head that any later version can read, a hash of all that follows, what it is about, the state.
 *
 *     8 bytes   RKSNAP, CR, LF: a transfer that changes line ends shows
 *     4         the version of this form
 *     4         length of `about`
 *     8         length of the state
 *     32        SHA-256 of the bytes before it and of those behind it
 *               about: JSON
 *               the state, as V8 writes it
 *
 * Numbers are little-endian. Nothing of the state is read before the hash has been verified.
 */

import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { ReleaseInfo } from '@rekindle/reload';
import { SnapshotError } from './errors.ts';

const MAGIC = Buffer.from('RKSNAP\r\n', 'latin1');
const FORMAT = 1;
const HASH_AT = 24;
const HEAD = HASH_AT + 32;

/** What a snapshot tells of itself. */
export interface SnapshotAbout {
  /** When it was made, in milliseconds since the epoch. */
  readonly time: number;
  /** The Node that made it, and the version of V8's form of data. */
  readonly node: string;
  readonly wire: number;
  /** What ran, by namespace. */
  readonly releases: Readonly<Record<string, ReleaseInfo>>;
  /** How many slots it has. */
  readonly slots: number;
}

/** The version of V8's form of data that this process writes. */
const WIRE = serialize(null)[1] as number;

type Told = 'node' | 'wire';

export function packSnapshot(
  about: Omit<SnapshotAbout, Told> & Partial<Pick<SnapshotAbout, Told>>,
  state: Uint8Array,
): Uint8Array {
  const text = Buffer.from(JSON.stringify({ node: process.version, wire: WIRE, ...about }));
  const head = Buffer.alloc(HEAD);
  MAGIC.copy(head);
  head.writeUInt32LE(FORMAT, 8);
  head.writeUInt32LE(text.length, 12);
  head.writeBigUInt64LE(BigInt(state.length), 16);
  hashOf(head, text, state).copy(head, HASH_AT);
  return Buffer.concat([head, text, state]);
}

/**
 * @param from what people are told of where the bytes are
 * @throws SnapshotError `SNAPSHOT_FOREIGN`, `SNAPSHOT_NEWER`, `SNAPSHOT_TRUNCATED`, `SNAPSHOT_DAMAGED`
 */
export function unpackSnapshot(bytes: Uint8Array, from: string): { about: SnapshotAbout; state: Uint8Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = buffer.subarray(0, MAGIC.length);
  if (buffer.length < MAGIC.length ? !MAGIC.subarray(0, buffer.length).equals(buffer) : !magic.equals(MAGIC)) {
    const isText = magic.toString('latin1').startsWith('RKSNAP');
    throw new SnapshotError(
      isText ? 'SNAPSHOT_DAMAGED' : 'SNAPSHOT_FOREIGN',
      isText ? `${from} was changed as if it were text.` : `${from} is no snapshot of Rekindle.`,
      isText ? 'Copy it again, as binary data.' : 'Give a file that `snapshot.write(path)` has written.',
    );
  }
  const truncated = (there: number, wanted: number) =>
    new SnapshotError(
      'SNAPSHOT_TRUNCATED',
      `${from} ends after ${there} of ${wanted} bytes.`,
      'Copy it again; a file that `snapshot.write(path)` has written is there whole or not at all.',
    );
  if (buffer.length < HEAD) throw truncated(buffer.length, HEAD);
  const format = buffer.readUInt32LE(8);
  if (format > FORMAT) {
    throw new SnapshotError(
      'SNAPSHOT_NEWER',
      `${from} has form ${format}, and this version of Rekindle reads form ${FORMAT}.`,
      'Restore it with the version of Rekindle that made it, or a later one.',
    );
  }
  const wanted = HEAD + buffer.readUInt32LE(12) + Number(buffer.readBigUInt64LE(16));
  if (buffer.length < wanted) throw truncated(buffer.length, wanted);
  const text = buffer.subarray(HEAD, HEAD + buffer.readUInt32LE(12));
  const state = buffer.subarray(HEAD + text.length);
  if (buffer.length > wanted || !hashOf(buffer, text, state).equals(buffer.subarray(HASH_AT, HEAD))) {
    throw damaged(from);
  }
  const about = JSON.parse(text.toString()) as SnapshotAbout;
  if (about.wire > WIRE) {
    throw new SnapshotError(
      'SNAPSHOT_NEWER',
      `${from} was made by Node ${about.node}, whose data this Node ${process.version} cannot read.`,
      `Restore it on Node ${about.node} or a later one.`,
    );
  }
  return { about, state };
}

/** For bytes that are not what was written. */
export function damaged(from: string, cause?: unknown): SnapshotError {
  const hint = 'Take another copy, or the snapshot before it. Nothing of it was restored.';
  return new SnapshotError(
    'SNAPSHOT_DAMAGED',
    `${from} is damaged: its bytes are not those that were written.`,
    hint,
    cause,
  );
}

function hashOf(head: Buffer, text: Uint8Array, state: Uint8Array): Buffer {
  return createHash('sha256').update(head.subarray(0, HASH_AT)).update(text).update(state).digest();
}
