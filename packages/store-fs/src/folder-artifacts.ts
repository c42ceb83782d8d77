/**
 * Compiled modules of a folder: `.rekindle/artifacts`, a file for each, named by its key.
 *
 * Nothing is brought to the disk, and nobody is kept from writing at the same time: a file is there whole or not at all,
 * and who reads it verifies it. What they may take together is bounded; the oldest go first.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { type Abortable, type ArtifactName, type Artifacts, keptArtifacts, type StoredArtifact } from '@rekindle/store';
import { isAbsent, readFile } from './files.ts';
import { makeDirectory, unlessThere } from './ledger.ts';
import { eachOf } from './work-queue.ts';

/** Bytes that all of them take together. */
const MOST_BYTES = 64 * 2 ** 20;
/** The share of them that a look leaves, so that the next write does not need another. */
const FILLED = 7 / 8;
/** Writes after which the directory is looked at in any case: other processes write too. */
const WRITES = 500;
/** A file under another name that is older than this was left by a process that died. */
const STALE_MS = 3_600_000;

/** Runs work for a call: ended by the caller's signal or the end of the store, errors explained. */
export type FolderWork = <Value>(what: string, work: () => Promise<Value>, options?: Abortable) => Promise<Value>;

export class FolderArtifacts implements Artifacts {
  readonly #source: string;
  readonly #rekindle: string;
  readonly #directory: string;
  readonly #during: FolderWork;
  readonly #limit: number;
  /** Bytes and writes until the directory is looked at. */
  #room = 0;
  #writes = 0;

  /** @param folder of the scripts @param limit bytes */
  constructor(source: string, folder: string, during: FolderWork, limit = MOST_BYTES) {
    this.#source = source;
    this.#rekindle = join(folder, '.rekindle');
    this.#directory = join(this.#rekindle, 'artifacts');
    this.#during = during;
    this.#limit = limit;
  }

  read(names: readonly ArtifactName[], options?: Abortable): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#during('reading artifacts', () => this.#read(names), options);
  }

  write(artifacts: readonly StoredArtifact[], options?: Abortable): Promise<void> {
    return this.#during('writing artifacts', () => this.#write(artifacts), options);
  }

  async #read(names: readonly ArtifactName[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    await eachOf(names, async ({ key }) => {
      try {
        found.set(key, await readFile(join(this.#directory, key)));
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
    return found;
  }

  async #write(artifacts: readonly StoredArtifact[]): Promise<void> {
    const kept = keptArtifacts(this.#source, artifacts);
    if (kept.length === 0) return;
    await makeDirectory(this.#rekindle);
    await fs.mkdir(this.#directory).catch(unlessThere);
    await eachOf(kept, async ({ key, bytes }) => {
      const temporary = join(this.#directory, `${key}.${randomUUID()}.tmp`);
      try {
        await fs.writeFile(temporary, bytes);
        await fs.rename(temporary, join(this.#directory, key));
      } catch (error) {
        await fs.rm(temporary, { force: true });
        throw error;
      }
      this.#room -= bytes.byteLength;
      this.#writes -= 1;
    });
    if (this.#room < 0 || this.#writes < 0) await this.#prune();
  }

  /** Removes the oldest beyond the limit, and what was left half written. */
  async #prune(): Promise<void> {
    this.#writes = WRITES;
    const files: { path: string; size: number; time: number }[] = [];
    let total = 0;
    for (const name of await fs.readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const stats = await fs.stat(path).catch(() => undefined);
      if (stats === undefined) continue; // another process removes them too
      const { size, mtimeMs: time } = stats;
      if (name.endsWith('.tmp') && Date.now() - time > STALE_MS) await fs.rm(path, { force: true });
      else {
        files.push({ path, size, time });
        total += size;
      }
    }
    if (total > this.#limit) {
      files.sort((a, b) => a.time - b.time);
      for (const { path, size } of files) {
        if (total <= this.#limit * FILLED) break;
        await fs.rm(path, { force: true });
        total -= size;
      }
    }
    this.#room = this.#limit - total;
  }
}
