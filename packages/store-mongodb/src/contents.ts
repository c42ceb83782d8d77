/**
 * Revisions: written before the release that names them, read in batches.
 *
 * Reads that are asked for in one turn of the event loop go out as one query, so that a start with a thousand modules
 * takes a few round trips.
 */

import {
  contentMissing,
  diffManifests,
  type Manifest,
  type ModuleId,
  type Revision,
  StoreError,
} from '@rekindle/store';
import type { Collection } from 'mongodb';
import type { RevisionDocument } from './documents.ts';
import { isDuplicateKey } from './failures.ts';

/** Revisions in one query: a thousand names are 64 KB. */
const BATCH = 1_000;
/** So that one answer is enough: a server whose answer is full does not say that there is nothing more. */
const ENOUGH = BATCH + 1;
/** A document may have 16 MB; this leaves room for its own fields. */
const MOST_BYTES = 16 * 2 ** 20 - 4_096;
/** Bytes of texts in one write. */
const WRITE_BYTES = 8 * 2 ** 20;
/** So few bytes are sooner sent than asked for. */
const UNASKED_BYTES = 256 * 2 ** 10;

const EMPTY: Manifest = new Map();

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

  constructor(store: string, collection: Collection<RevisionDocument>) {
    this.#store = store;
    this.#collection = collection;
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
    if ((await this.#missing(revisions)).size > 0) return false;
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
      for (const revision of fresh.keys()) if (!missing.has(revision)) fresh.delete(revision);
    }
    let documents: RevisionDocument[] = [];
    let size = 0;
    for (const [_id, { text, bytes }] of fresh) {
      if (documents.length > 0 && size + bytes > WRITE_BYTES) {
        await this.#insert(documents);
        documents = [];
        size = 0;
      }
      documents.push({ _id, text });
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
  }

  async #insert(documents: RevisionDocument[]): Promise<void> {
    try {
      await this.#collection.insertMany(documents, { ordered: false });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // somebody wrote the same text: it is there
    }
  }

  /** Those of the revisions that the database does not have. */
  async #missing(revisions: readonly Revision[]): Promise<Set<Revision>> {
    const missing = new Set(revisions);
    const looking = [...batches([...missing])].map(async (some) => {
      const found = this.#collection.find({ _id: { $in: some } }, { projection: { _id: 1 }, batchSize: ENOUGH });
      for await (const { _id } of found) missing.delete(_id);
    });
    await Promise.all(looking);
    return missing;
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const reading = [...batches([...waiting.keys()])].map(async (some) => {
      try {
        const found = this.#collection.find({ _id: { $in: some } }, { batchSize: ENOUGH });
        for await (const { _id, text } of found) {
          for (const { resolve } of waiting.get(_id) ?? []) resolve(text);
          waiting.delete(_id);
        }
        const missing = some.filter((revision) => waiting.has(revision));
        if (missing.length > 0) this.#complete = EMPTY; // somebody took texts away: the head is looked at anew
        for (const revision of missing) {
          for (const { id, reject } of waiting.get(revision) ?? []) reject(contentMissing(this.#store, id, revision));
        }
      } catch (error) {
        for (const revision of some) for (const { reject } of waiting.get(revision) ?? []) reject(error);
      }
    });
    await Promise.all(reading);
  }
}

function tooLarge(store: string, id: ModuleId, bytes: number): StoreError {
  const size = `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const message = `'${id}' has ${size}; ${store} keeps at most 16 MB for a module. Split it, or load it as data.`;
  return new StoreError('STORE_BAD_TEXT', message);
}

function* batches<Item>(items: readonly Item[]): Iterable<Item[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
