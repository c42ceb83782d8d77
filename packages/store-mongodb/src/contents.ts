/**
 * Revisions: written before the release that names them, read many at a time.
 *
 * Reads that are asked for in one turn of the event loop go out together, and where they are most of what there is, as one
 * plain `find`: a list of a thousand names is compared with each document by some servers. So a start with ten thousand
 * modules takes a few round trips.
 */

import {
  contentMissing,
  diffManifests,
  type Manifest,
  type ModuleId,
  type Revision,
  revisionOf,
  StoreError,
} from '@rekindle/store';
import type { Collection, FindOptions } from 'mongodb';
import { Ahead } from './ahead.ts';
import { BATCH, batches } from './batches.ts';
import type { RevisionDocument } from './documents.ts';
import { isDuplicateKey } from './failures.ts';

/** Queries that run at once: each takes a connection. */
const WIDTH = 8;
/** From so many revisions on, documents are read as they come, as long as half of them are among these. */
const SCAN_FROM = 500;
const SCAN_SHARE = 0.5;
/** So that one answer is enough: a server whose answer is full does not say that there is nothing more. */
const ENOUGH = BATCH + 1;
/** A document may have 16 MB; this leaves room for its own fields. */
const MOST_BYTES = 16 * 2 ** 20 - 4_096;
/** Bytes of texts in one write. */
const WRITE_BYTES = 8 * 2 ** 20;
/** A text that is removed while it is written is written again, so often. */
const ATTEMPTS = 5;
/** So few bytes are sooner sent than asked for. */
const UNASKED_BYTES = 256 * 2 ** 10;

const EMPTY: Manifest = new Map();

/**
 * A release takes the texts of its changes along as far as all of them have so few bytes: a module or two of a game, even
 * one that names a thousand others.
 */
const ALONG_BYTES = 32 * 2 ** 10;

export type Texts = ReadonlyMap<ModuleId, { readonly revision: Revision; readonly text: string }>;

interface Waiting {
  readonly id: ModuleId;
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
}

export class Contents {
  readonly #store: string;
  readonly #collection: Collection<RevisionDocument>;
  #waiting = new Map<Revision, Waiting[]>();
  /** The last manifest of which every text was there: of the next one, only what is different is asked for. */
  #complete = EMPTY;
  readonly #ahead = new Ahead();

  constructor(store: string, collection: Collection<RevisionDocument>) {
    this.#store = store;
    this.#collection = collection;
  }

  /** A text that came with a look at the head, or with the release, once. */
  take(revision: Revision): string | undefined {
    return this.#ahead.take(revision);
  }

  /** Told of texts that came with a release; each is what its hash names, whatever else the release says. */
  came(texts: readonly string[]): void {
    for (const text of texts) this.#ahead.keep(revisionOf(text), text);
  }

  /** @throws StoreError `STORE_CONTENT_MISSING` */
  read(id: ModuleId, revision: Revision): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) setImmediate(() => void this.#flush());
      const waiting = this.#waiting.get(revision);
      if (waiting === undefined) this.#waiting.set(revision, [{ id, resolve, reject }]);
      else waiting.push({ id, resolve, reject });
    });
  }

  /** Whether every text of a manifest is there. */
  async isComplete(manifest: Manifest): Promise<boolean> {
    const known = this.#complete;
    const { added, changed } = diffManifests(known, manifest);
    const revisions = [...added, ...changed].map((id) => manifest.get(id) as Revision);
    const missing = new Set(revisions.filter((revision) => !this.#ahead.has(revision)));
    // whoever looks reads next: that is one question for both
    const take = ({ _id, text }: RevisionDocument) => this.#ahead.keep(_id, text);
    if (missing.size >= SCAN_FROM) await this.#scan(missing, take);
    await this.#inBatches(missing, {}, take);
    if (missing.size > 0) return false;
    if (this.#complete === known) this.#complete = manifest; // else texts were found missing meanwhile
    return true;
  }

  /**
   * Writes the texts that are not there yet.
   *
   * @param base a manifest that is complete: what it has needs not be written
   * @throws StoreError `STORE_BAD_TEXT` for one that no document can hold
   */
  async write(texts: Texts, base: Manifest): Promise<void> {
    const fresh = new Map<Revision, { text: string; bytes: number }>();
    for (const [id, { revision, text }] of texts) {
      if (base.get(id) === revision) continue;
      const bytes = Buffer.byteLength(text);
      if (bytes > MOST_BYTES) throw tooLarge(this.#store, id, bytes);
      fresh.set(revision, { text, bytes });
    }
    const bytes = [...fresh.values()].reduce((sum, one) => sum + one.bytes, 0);
    if (bytes > UNASKED_BYTES) {
      const missing = await this.#missing([...fresh.keys()]);
      const there = [...fresh.keys()].filter((revision) => !missing.has(revision));
      // one that went since is written like the others
      if (await this.touch(there)) for (const revision of there) fresh.delete(revision);
    }
    const written = Date.now();
    let documents: RevisionDocument[] = [];
    let size = 0;
    for (const [_id, { text, bytes }] of fresh) {
      if (documents.length > 0 && size + bytes > WRITE_BYTES) {
        await this.#insert(documents);
        documents = [];
        size = 0;
      }
      documents.push({ _id, text, written });
      size += bytes;
    }
    if (documents.length > 0) await this.#insert(documents);
  }

  /** Told of a manifest whose texts were all written just now. */
  written(manifest: Manifest): void {
    this.#complete = manifest;
  }

  clear(): void {
    this.#complete = EMPTY;
    this.#ahead.clear();
  }

  /**
   * Says of texts that a release will name them, so that they are no garbage.
   *
   * @returns false where one is not there
   */
  async touch(revisions: readonly Revision[]): Promise<boolean> {
    const written = Date.now();
    for (const some of batches(revisions)) {
      const { matchedCount } = await this.#collection.updateMany({ _id: { $in: some } }, { $max: { written } });
      if (matchedCount < some.length) return false;
    }
    return true;
  }

  async #insert(documents: RevisionDocument[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#collection.insertMany(documents, { ordered: false });
        return;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error; // somebody wrote the same text, now or long ago
        if (await this.touch(documents.map(({ _id }) => _id))) return;
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Those of the revisions that the database does not have. */
  async #missing(revisions: readonly Revision[]): Promise<Set<Revision>> {
    const missing = new Set(revisions);
    await this.#inBatches(missing, { projection: { _id: 1 } }, () => {});
    return missing;
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const missing = new Set(waiting.keys());
    const take = ({ _id, text }: RevisionDocument) => {
      for (const { resolve } of waiting.get(_id) ?? []) resolve(text);
      waiting.delete(_id);
    };
    try {
      if (missing.size >= SCAN_FROM) await this.#scan(missing, take);
      await this.#inBatches(missing, {}, take);
      if (missing.size > 0) this.#complete = EMPTY; // somebody took texts away: the head is looked at anew
      for (const [revision, readers] of waiting) {
        for (const { id, reject } of readers) reject(contentMissing(this.#store, id, revision));
      }
    } catch (error) {
      for (const readers of waiting.values()) for (const { reject } of readers) reject(error);
    }
  }

  /** Takes those that are found out of a set, until all are, or too much else is met on the way. */
  async #scan(missing: Set<Revision>, take: (document: RevisionDocument) => void): Promise<void> {
    let met = 0;
    let found = 0;
    for await (const document of this.#collection.find()) {
      met += 1;
      if (missing.delete(document._id)) {
        found += 1;
        take(document);
      }
      if (missing.size === 0 || (met >= SCAN_FROM && found < met * SCAN_SHARE)) return;
    }
  }

  /** The same, by name. */
  async #inBatches(
    missing: Set<Revision>,
    options: FindOptions,
    take: (document: RevisionDocument) => void,
  ): Promise<void> {
    const queue = batches([...missing]);
    const work = async () => {
      for (const some of queue) {
        const found = this.#collection.find({ _id: { $in: some } }, { ...options, batchSize: ENOUGH });
        for await (const document of found) if (missing.delete(document._id)) take(document);
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
  }
}

/** What a release takes along of its changes, where they are small. */
export function textsAlong(texts: Texts, base: Manifest): readonly string[] | undefined {
  const along: string[] = [];
  let bytes = 0;
  for (const [id, { revision, text }] of texts) {
    if (base.get(id) === revision) continue;
    bytes += Buffer.byteLength(text);
    if (bytes > ALONG_BYTES) return undefined;
    along.push(text);
  }
  return along;
}

function tooLarge(store: string, id: ModuleId, bytes: number): StoreError {
  const size = `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const message = `'${id}' has ${size}; ${store} keeps at most 16 MB for a module. Split it, or load it as data.`;
  return new StoreError('STORE_BAD_TEXT', message);
}
