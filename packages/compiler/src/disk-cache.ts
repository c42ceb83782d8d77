/**
 * Artifacts on disk, so that a start, or the second of several hosts, does not compile what was compiled before.
 *
 * One file for each artifact, named by everything that it depends on: text, id, options, module ABI, versions, platform.
 * So an entry never has to be invalidated, any number of processes may share a folder, and it is safe to delete at any
 * time. A damaged entry is noticed by its checksum and made again. It never fails: a cache that cannot be read or
 * written is a slow one. What one tree of scripts needs for a start also stands in one file, its pack.
 */

import { hash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import type { Script } from 'node:vm';
import type { Artifact } from './artifact.ts';
import type { CachedArtifact } from './cache-pack.ts';
import type { CompileOptions } from './options.ts';
import { loneSurrogate } from './text.ts';
import { type Toolchain, toolchain } from './toolchain.ts';
import { replace, TreePack } from './tree-pack.ts';

export interface DiskCacheOptions {
  /**
   * Bytes that the entries may take together; the oldest go first.
   * @default 268_435_456
   */
  readonly maxBytes?: number;
  /**
   * A name for the scripts that are loaded together, such as their folder: their artifacts get a pack. It is a matter of
   * speed alone, two trees may have one name.
   * @default absent: no pack
   */
  readonly tree?: string;
  /**
   * For tests: entries of another toolchain are not found.
   * @default that of this process
   */
  readonly toolchain?: Toolchain;
}

const DEFAULT_MAX_BYTES = 2 ** 28;
/** Writes after which the folder is measured again, because other processes may have written too. */
const WRITES_BETWEEN_SWEEPS = 500;
/** Milliseconds for which entries are gathered before they are written, so that no reload shares its time with a write. */
const GATHERING = 250;
/** Entries that are written without waiting any longer. */
const MANY = 256;
/** Entries whose keys are made without waiting any longer: as many take less than a millisecond. */
const UNNAMED = 64;
/** The share of the room that a sweep leaves filled, so that the next write does not need another one. */
const FILLED = 7 / 8;
const DIGEST_LENGTH = 64;

/** What was loaded from elsewhere, and is to be kept. */
export interface LoadedArtifact {
  /** As `keyOf` gives it. */
  readonly key: () => string;
  readonly artifact: Artifact;
  readonly script: Script;
}

export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #toolchain: string;
  readonly #pack: TreePack | undefined;
  readonly #gathered = new Map<string, Artifact>();
  /** What has been kept and not been looked at since: a key costs a hash of the text. */
  #unnamed: LoadedArtifact[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writesUntilSweep = 0;
  /** Bytes that may be written before the folder has to be measured. */
  #room = 0;
  #sweeping: Promise<void> = Promise.resolve();

  /** @param folder is made when the first entry is written */
  constructor(folder: string, options: DiskCacheOptions = {}) {
    const { maxBytes = DEFAULT_MAX_BYTES, tree } = options;
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#toolchain = digest(JSON.stringify(Object.entries(options.toolchain ?? toolchain())));
    if (tree === undefined) return;
    // V8's code is for its version and its flags
    const name = digest(JSON.stringify([this.#toolchain, cachedDataVersionTag(), tree])).slice(0, 32);
    const file = path.join(folder, 'trees', `${name}.pack`);
    this.#pack = new TreePack({ file, maxBytes, written: () => this.#sweep() });
  }

  /** Reads what belongs together, before the first `get`; undefined where there is nothing to wait for. Never rejects. */
  open(): Promise<void> | undefined {
    return this.#pack?.open();
  }

  /** Names an artifact by what it depends on. */
  keyOf(source: string, options: CompileOptions): string {
    // half a character would be hashed as if it were U+FFFD
    const text = loneSurrogate(source) === undefined ? `=${source}` : JSON.stringify(source);
    return digest(`${this.#toolchain}${JSON.stringify(options)}\0${text}`);
  }

  /** The artifact, or undefined where there is none or it is damaged. */
  get(key: string): CachedArtifact | undefined {
    return this.getLoaded(key) ?? this.#single(key);
  }

  /** The artifact, if it is in memory: no file is looked at. */
  getLoaded(key: string): CachedArtifact | undefined {
    this.#nameAll();
    const gathered = this.#gathered.get(key);
    return gathered === undefined ? this.#pack?.get(key) : { artifact: gathered };
  }

  /** Keeps an artifact: it is written a moment later, together with others. Never fails. */
  set(key: string, artifact: Artifact): void {
    this.#gathered.set(key, artifact);
    if (this.#gathered.size >= MANY) void this.#writeGathered();
    else this.#writeLater();
  }

  /** Keeps what V8 has compiled already, with its code. The key is asked for later. Never fails. */
  keep(loaded: LoadedArtifact): void {
    this.#unnamed.push(loaded);
    if (this.#unnamed.length >= UNNAMED) this.#nameAll();
    else this.#writeLater();
  }

  /** Takes note of a module that V8 has compiled: its code may be kept for the next start. */
  loaded(key: string, artifact: Artifact, script: Script): void {
    this.#pack?.loaded(key, artifact, script);
  }

  /** Resolves when everything has been written. */
  async idle(): Promise<void> {
    this.#nameAll();
    await this.#pack?.settle();
    await this.#writeGathered();
  }

  #nameAll(): void {
    for (const { key, artifact, script } of this.#unnamed.splice(0)) {
      const name = key();
      this.set(name, artifact);
      this.loaded(name, artifact, script);
    }
  }

  /** A process may end before: what was not written is compiled once more. */
  #writeLater(): void {
    this.#timer ??= setTimeout(() => void this.#writeGathered(), GATHERING).unref();
  }

  #writeGathered(): Promise<void> {
    this.#nameAll();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = [...this.#gathered];
    this.#gathered.clear();
    this.#writing = this.#writing.then(async () => {
      for (const [key, artifact] of entries) await this.#write(key, artifact).catch(() => {});
    });
    return this.#writing;
  }

  #single(key: string): CachedArtifact | undefined {
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
    if (text.slice(0, DIGEST_LENGTH) === digest(`${key}\n${payload}`))
      return { artifact: JSON.parse(payload) as Artifact };
    try {
      rmSync(file, { force: true });
    } catch {
      // in a folder that cannot be written
    }
    return undefined;
  }

  async #write(key: string, artifact: Artifact): Promise<void> {
    const payload = JSON.stringify(artifact);
    const text = `${digest(`${key}\n${payload}`)}\n${payload}`;
    const file = this.#file(key);
    await mkdir(path.dirname(file), { recursive: true });
    await replace(file, text);
    this.#room -= Buffer.byteLength(text);
    this.#writesUntilSweep -= 1;
    if (this.#room < 0 || this.#writesUntilSweep < 0) await this.#sweep();
  }

  /** Measures until there is room: entries and the pack are written beside each other, also while it measures. */
  #sweep(): Promise<void> {
    const sweeping = this.#sweeping.then(async () => {
      do await this.#sweepOnce();
      while (this.#room < 0);
    });
    this.#sweeping = sweeping.catch(() => {});
    return sweeping;
  }

  /** Removes what a process that died left half written, and the oldest entries where there are too many. */
  async #sweepOnce(): Promise<void> {
    this.#writesUntilSweep = WRITES_BETWEEN_SWEEPS;
    this.#room = this.#maxBytes; // writes that come meanwhile are taken off, whether they are measured too or not
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
    if (total > this.#maxBytes) {
      entries.sort((a, b) => a.time - b.time);
      for (const { file, size } of entries) {
        if (total <= this.#maxBytes * FILLED) break;
        await rm(file, { force: true });
        total -= size;
      }
    }
    this.#room -= total;
  }

  #file(key: string): string {
    return path.join(this.#folder, key.slice(0, 2), `${key}.json`);
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'hex');
}
