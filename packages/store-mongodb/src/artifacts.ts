/**
 * Compiled modules, a document for each: written by publishers, read by hosts.
 *
 * A cache: nobody waits for a journal or for a majority, and what goes is compiled again. A server that can removes what
 * was written long ago by itself; see `setupMongoStore`, and `collectMongoGarbage` for all others.
 */

import { type Abortable, type ArtifactName, type Artifacts, keptArtifacts, type StoredArtifact } from '@rekindle/store';
import { Binary, type Collection } from 'mongodb';
import { BATCH, batches } from './batches.ts';
import type { ArtifactDocument } from './documents.ts';
import { isDuplicateKey } from './failures.ts';
import type { Doing } from './hosts.ts';

/** Milliseconds after which an artifact that nobody wrote again is garbage. */
export const ARTIFACT_LIFE = 30 * 86_400_000;
/** Bytes of artifacts in one command. */
const WRITE_BYTES = 8 * 2 ** 20;

export class MongoArtifacts implements Artifacts {
  readonly #store: string;
  readonly #collection: Collection<ArtifactDocument>;
  readonly #do: Doing;

  constructor(store: string, collection: Collection<ArtifactDocument>, doing: Doing) {
    this.#store = store;
    this.#collection = collection;
    this.#do = doing;
  }

  read(names: readonly ArtifactName[], options?: Abortable): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#do('reading artifacts', () => this.#read(names), options);
  }

  write(artifacts: readonly StoredArtifact[], options?: Abortable): Promise<void> {
    return this.#do('writing artifacts', () => this.#write(keptArtifacts(this.#store, artifacts)), options);
  }

  async #read(names: readonly ArtifactName[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    const take = async (some: readonly ArtifactName[]) => {
      const filter = { _id: { $in: some.map(({ key }) => key) } };
      const documents = this.#collection.find(filter, { projection: { bytes: 1 }, batchSize: BATCH + 1 });
      for await (const { _id, bytes } of documents) found.set(_id, bytes.value());
    };
    await Promise.all(Array.from(batches(names), take));
    return found;
  }

  async #write(artifacts: readonly StoredArtifact[]): Promise<void> {
    let some: StoredArtifact[] = [];
    let size = 0;
    for (const artifact of artifacts) {
      const { byteLength } = artifact.bytes;
      if (some.length === BATCH || (some.length > 0 && size + byteLength > WRITE_BYTES)) {
        await this.#replace(some);
        some = [];
        size = 0;
      }
      some.push(artifact);
      size += byteLength;
    }
    if (some.length > 0) await this.#replace(some);
  }

  async #replace(artifacts: readonly StoredArtifact[]): Promise<void> {
    const written = new Date();
    const operations = artifacts.map(({ key, id, revision, bytes }) => ({
      replaceOne: {
        filter: { _id: key },
        replacement: { id, revision, bytes: new Binary(bytes), written },
        upsert: true,
      },
    }));
    try {
      await this.#collection.bulkWrite(operations, { ordered: false });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // somebody has written the same in this moment
    }
  }
}
