/**
 * Many cached artifacts in one file, with what V8 made of them: a cold start of a thousand modules then reads once.
 *
 * One entry after the other, each under a checksum of its own, so that damage costs the entries that it hit. Which entries
 * stand in a pack is a matter of speed alone: each is named by everything that it depends on.
 *
 *     "rekindle pack 1\n"   then of each entry: checksum of the rest, key (32 bytes each), length of the artifact, length
 *                           of V8's code (4 bytes each), the artifact as JSON, V8's code
 */

import { hash } from 'node:crypto';
import type { Artifact } from './artifact.ts';

/** An artifact as a cache gives it. */
export interface CachedArtifact {
  readonly artifact: Artifact;
  /** What V8 made of its text, for a V8 of the same version and flags. */
  readonly code?: Buffer | undefined;
}

const MAGIC = Buffer.from('rekindle pack 1\n');
const CHECKSUM = 32;
/** Where the lengths begin. */
const LENGTHS = CHECKSUM + 32;
const HEAD = LENGTHS + 8;

/** The bytes of a pack; entries are made with `packEntry`. */
export function pack(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([MAGIC, ...entries]);
}

/** @param key 64 hexadecimal digits */
export function packEntry(key: string, { artifact, code }: CachedArtifact): Buffer {
  const json = Buffer.from(JSON.stringify(artifact));
  const head = Buffer.alloc(HEAD);
  head.write(key, CHECKSUM, 'hex');
  head.writeUInt32LE(json.length, LENGTHS);
  head.writeUInt32LE(code?.length ?? 0, LENGTHS + 4);
  const entry = Buffer.concat(code === undefined ? [head, json] : [head, json, code]);
  checksum(entry).copy(entry);
  return entry;
}

export class CachePack {
  readonly #bytes: Buffer;
  /** Key → where its entry begins. */
  readonly #places = new Map<string, number>();

  /** @param bytes of a file, whatever stands in it */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return;
    // where a length is damaged, the walk ends, or goes on through what is no key of anything
    for (let at = MAGIC.length; at + HEAD <= bytes.length; ) {
      const end = this.#endOf(at);
      if (end > bytes.length) return;
      this.#places.set(bytes.toString('hex', at + CHECKSUM, at + LENGTHS), at);
      at = end;
    }
  }

  /** The artifact; undefined where there is none, or its entry is damaged. */
  get(key: string): CachedArtifact | undefined {
    const entry = this.entry(key);
    if (entry === undefined) return undefined;
    const codeAt = HEAD + entry.readUInt32LE(LENGTHS);
    const artifact = JSON.parse(entry.toString('utf8', HEAD, codeAt)) as Artifact;
    return { artifact, code: codeAt === entry.length ? undefined : entry.subarray(codeAt) };
  }

  /** The bytes of an entry, as `pack` takes them; undefined where there is none, or it is damaged. */
  entry(key: string): Buffer | undefined {
    const at = this.#places.get(key);
    if (at === undefined) return undefined;
    const entry = this.#bytes.subarray(at, this.#endOf(at));
    return checksum(entry).equals(entry.subarray(0, CHECKSUM)) ? entry : undefined;
  }

  keys(): Iterable<string> {
    return this.#places.keys();
  }

  #endOf(at: number): number {
    return at + HEAD + this.#bytes.readUInt32LE(at + LENGTHS) + this.#bytes.readUInt32LE(at + LENGTHS + 4);
  }
}

/** Of an entry, without the place of the checksum. */
function checksum(entry: Buffer): Buffer {
  return hash('sha256', entry.subarray(CHECKSUM), 'buffer');
}
