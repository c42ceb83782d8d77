/**
 * Artifacts on disk, so that a start, or the second of several hosts, does not compile what was compiled before.
 *
 * One file for each artifact, named by everything that it depends on: text, id, options, module ABI, versions, platform.
 * So an entry never has to be invalidated, any number of processes may share a folder, and it is safe to delete at any
 * time. A damaged entry is noticed by its checksum and made again. It never fails: a cache that cannot be read or
 * written is a slow one.
 */

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Artifact, MODULE_ABI } from './artifact.ts';
import type { CompileOptions } from './options.ts';

export interface DiskCacheOptions {
  /**
   * Bytes that the entries may take together; the oldest go first.
   * @default 268_435_456
   */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 28;
/** Writes after which the folder is measured again. */
const WRITES_BETWEEN_SWEEPS = 500;
const DIGEST_LENGTH = 64;

const require = createRequire(import.meta.url);

/** What, beside text and options, decides what the compiler emits. */
const TOOLCHAIN = JSON.stringify([
  MODULE_ABI,
  (require('../package.json') as { version: string }).version,
  (require('@swc/core/package.json') as { version: string }).version,
  (require('acorn/package.json') as { version: string }).version,
  process.version, // what this V8 parses decides what is lowered
  process.platform,
  process.arch,
]);

export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #writing = new Set<Promise<void>>();
  #writes = 0;

  /** @param folder is made when the first entry is written */
  constructor(folder: string, { maxBytes = DEFAULT_MAX_BYTES }: DiskCacheOptions = {}) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Names an artifact by what it depends on. */
  keyOf(source: string, options: CompileOptions): string {
    return digest(JSON.stringify([TOOLCHAIN, options, source]));
  }

  /** The artifact, or undefined where there is none or it is damaged. */
  get(key: string): Artifact | undefined {
    const file = this.#file(key);
    let text: string;
    try {
      // of an edit there is nothing yet, and to look costs less than an error
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
      text = readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
    const payload = text.slice(DIGEST_LENGTH + 1);
    if (text.slice(0, DIGEST_LENGTH) !== digest(payload)) {
      rmSync(file, { force: true });
      return undefined;
    }
    return JSON.parse(payload) as Artifact;
  }

  /** Keeps an artifact; the write begins in a turn of its own, so that no reload waits for it, and never fails. */
  set(key: string, artifact: Artifact): void {
    const writing = nextTurn()
      .then(() => {
        const payload = JSON.stringify(artifact);
        return this.#write(key, `${digest(payload)}\n${payload}`);
      })
      .catch(() => {});
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  /** Resolves when everything has been written. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  async #write(key: string, text: string): Promise<void> {
    const file = this.#file(key);
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeFile(temporary, text);
      await rename(temporary, file); // another process may have written the same: either is whole
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.#writes += 1;
    if (this.#writes % WRITES_BETWEEN_SWEEPS === 1) await this.#sweep();
  }

  /** Removes the oldest entries, and what a process that died left half written, until the rest fits. */
  async #sweep(): Promise<void> {
    const entries: { file: string; size: number; time: number }[] = [];
    for (const name of await readdir(this.#folder, { recursive: true })) {
      const file = path.join(this.#folder, name);
      const stats = await stat(file).catch(() => undefined);
      if (stats?.isFile() !== true) continue;
      const isStale = name.endsWith('.tmp') && Date.now() - stats.mtimeMs > 3_600_000;
      if (isStale) await rm(file, { force: true });
      else entries.push({ file, size: stats.size, time: stats.mtimeMs });
    }
    let total = entries.reduce((sum, entry) => sum + entry.size, 0);
    entries.sort((a, b) => a.time - b.time);
    for (const { file, size } of entries) {
      if (total <= this.#maxBytes) return;
      await rm(file, { force: true });
      total -= size;
    }
  }

  #file(key: string): string {
    return path.join(this.#folder, key.slice(0, 2), `${key}.json`);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
