/**
 * Revisions: written before the release that names them, read in batches.
 *
 * Reads that are asked for in one turn of the event loop go out as one query, so that a start with a thousand modules
 * takes a few round trips.
 */

import { contentMissing, type ModuleId, type Revision, StoreError } from '@rekindle/store';
import type { Collections } from './documents.ts';
import { guarded, isDuplicateKey } from './failures.ts';

/** Revisions in one query: a thousand names are 64 KB. */
const BATCH = 1_000;
/** A document may have 16 MB; this leaves room for its own fields. */
const MOST_BYTES = 16 * 2 ** 20 - 4_096;
/** Bytes of texts in one write. */
const WRITE_BYTES = 8 * 2 ** 20;

interface Waiting {
  readonly id: ModuleId;
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
}

export class Contents {
  readonly #store: string;
  readonly #collections: () => Promise<Collections>;
  #waiting = new Map<Revision, Waiting[]>();

  constructor(store: string, collections: () => Promise<Collections>) {
    this.#store = store;
    this.#collections = collections;
  }

  read(id: ModuleId, revision: Revision): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) setImmediate(() => void this.#flush());
      const waiting = this.#waiting.get(revision);
      if (waiting === undefined) this.#waiting.set(revision, [{ id, resolve, reject }]);
      else waiting.push({ id, resolve, reject });
    });
  }

  /** Those of the revisions that the database does not have. */
  async missing(revisions: readonly Revision[]): Promise<Set<Revision>> {
    const missing = new Set(revisions);
    const { revisions: collection } = await this.#collections();
    for (const some of batches([...missing])) {
      const found = collection.find({ _id: { $in: some } }, { projection: { _id: 1 } });
      for await (const { _id } of found) missing.delete(_id);
    }
    return missing;
  }

  /** Writes texts that are not there yet. @throws StoreError `STORE_BAD_TEXT` for one that no document can hold */
  async write(texts: ReadonlyMap<ModuleId, { readonly revision: Revision; readonly text: string }>): Promise<void> {
    for (const [id, { text }] of texts) {
      const bytes = Buffer.byteLength(text);
      if (bytes <= MOST_BYTES) continue;
      const size = `${(bytes / 2 ** 20).toFixed(1)} MB`;
      const message = `'${id}' has ${size}; ${this.#store} keeps at most 16 MB for a module. Split it, or load it as data.`;
      throw new StoreError('STORE_BAD_TEXT', message);
    }
    const { revisions } = await this.#collections();
    const missing = await this.missing([...texts.values()].map(({ revision }) => revision));
    const write = async (documents: { _id: Revision; text: string }[]) => {
      try {
        await revisions.insertMany(documents, { ordered: false, writeConcern: { w: 'majority', j: true } });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error; // another publisher wrote the same text: it is there
      }
    };
    let documents: { _id: Revision; text: string }[] = [];
    let bytes = 0;
    for (const { revision, text } of texts.values()) {
      if (!missing.delete(revision)) continue;
      const size = Buffer.byteLength(text);
      if (documents.length > 0 && bytes + size > WRITE_BYTES) {
        await write(documents);
        documents = [];
        bytes = 0;
      }
      documents.push({ _id: revision, text });
      bytes += size;
    }
    if (documents.length > 0) await write(documents);
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const some of batches([...waiting.keys()])) {
      try {
        await guarded(this.#store, 'reading modules', async () => {
          const { revisions } = await this.#collections();
          for await (const { _id, text } of revisions.find({ _id: { $in: some } })) {
            for (const { resolve } of waiting.get(_id) ?? []) resolve(text);
            waiting.delete(_id);
          }
        });
        for (const revision of some) {
          for (const { id, reject } of waiting.get(revision) ?? []) reject(contentMissing(this.#store, id, revision));
        }
      } catch (error) {
        for (const revision of some) for (const { reject } of waiting.get(revision) ?? []) reject(error);
      }
    }
  }
}

function* batches<Item>(items: readonly Item[]): Iterable<Item[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
