/**
 * The pack of one tree of scripts: what a process loads in a row is written to one file, for the next start.
 *
 * It decides when that is worth it, and writes while nothing is being loaded. It only reads ahead: what it does not have,
 * or has no more, stands in files of its own or is compiled.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Script } from 'node:vm';
import type { Artifact } from './artifact.ts';
import { type CachedArtifact, CachePack, pack, packEntry } from './cache-pack.ts';

/** Modules that a pack must lack before it is written: fewer are read as fast one by one. */
const FEW = 32;
/** And it must lack this share of what was loaded. */
const SHARE = 1 / 16;
/** Milliseconds without a load after which what was loaded is looked at. */
const QUIET = 1_000;
/** Milliseconds after which it is looked at in any case: it is held until then. */
const LONGEST = 10_000;
/** Bytes that are read without a turn of the event loop for each half megabyte: two milliseconds or so. */
const AT_ONCE = 2 ** 23;
/** Milliseconds that the thread is held while V8 gives out its code. */
const SLICE = 4;

interface Loaded {
  readonly artifact: Artifact;
  readonly script: Script;
}

export interface TreePackOptions {
  readonly file: string;
  readonly maxBytes: number;
  /** Called after a write. */
  written(): Promise<void>;
}

export class TreePack {
  readonly #options: TreePackOptions;
  /** There from the first load to the end of what is loaded in a row with it. */
  #pack: CachePack | undefined;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  /** Keys of the entries in the file, and those of them that were loaded. */
  #packed = new Set<string>();
  readonly #used = new Set<string>();
  /** What was loaded from elsewhere since the last look. */
  readonly #fresh = new Map<string, Loaded>();
  #timer: NodeJS.Timeout | undefined;
  #firstLoad = 0;
  #lastLoad = 0;
  #settling: Promise<void> = Promise.resolve();

  constructor(options: TreePackOptions) {
    this.#options = options;
  }

  /** Reads the file, before the first `get`; undefined where that has been done. Never rejects. */
  open(): Promise<void> | undefined {
    if (this.#isOpen) return undefined;
    this.#opening ??= this.#read().then((found) => {
      this.#isOpen = true;
      this.#pack = found;
      this.#packed = new Set(found?.keys());
      this.#lookLater();
    });
    return this.#opening;
  }

  get(key: string): CachedArtifact | undefined {
    const cached = this.#pack?.get(key);
    if (cached === undefined) {
      if (this.#pack !== undefined) this.#packed.delete(key); // damaged
      return undefined;
    }
    this.#used.add(key);
    return cached;
  }

  /** Takes note of a module that was loaded, from wherever it came. */
  loaded(key: string, artifact: Artifact, script: Script): void {
    if (script.cachedDataRejected === true) this.#packed.delete(key);
    if (this.#packed.has(key)) this.#used.add(key);
    else this.#fresh.set(key, { artifact, script });
    this.#lookLater();
  }

  /** Looks at what was loaded, and writes the pack where it lacks much of it. Never rejects. */
  settle(): Promise<void> {
    // after the one that writes: both would read the same file, and the later one would lose what the other adds
    this.#settling = this.#settling.then(() => this.#settle());
    return this.#settling;
  }

  async #settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pack = undefined;
    const fresh = new Map(this.#fresh);
    this.#fresh.clear();
    if (fresh.size < FEW || fresh.size < (fresh.size + this.#used.size) * SHARE) return;
    await this.#write(fresh).catch(() => {});
  }

  #lookLater(): void {
    this.#lastLoad = performance.now();
    if (this.#timer !== undefined) return;
    this.#firstLoad = this.#lastLoad;
    const look = () => {
      const now = performance.now();
      if (now - this.#lastLoad >= QUIET || now - this.#firstLoad >= LONGEST) void this.settle();
      else this.#timer = setTimeout(look, QUIET).unref();
    };
    this.#timer = setTimeout(look, QUIET).unref();
  }

  async #read(): Promise<CachePack | undefined> {
    const { file } = this.#options;
    try {
      const { size } = await stat(file);
      const found = new CachePack(size <= AT_ONCE ? readFileSync(file) : await readFile(file));
      const now = new Date();
      utimes(file, now, now).catch(() => {}); // the folder's oldest files go first
      return found;
    } catch {
      return undefined;
    }
  }

  async #write(fresh: ReadonlyMap<string, Loaded>): Promise<void> {
    const { file, maxBytes, written } = this.#options;
    const entries: Buffer[] = [];
    let start = performance.now();
    for (const [key, { artifact, script }] of fresh) {
      entries.push(packEntry(key, { artifact, code: script.createCachedData() }));
      if (performance.now() - start < SLICE) continue;
      await nextTurn();
      start = performance.now();
    }
    // as it is now: another process may have written it
    const before = await this.#read();
    const keys = [...(before?.keys() ?? [])].filter((key) => !fresh.has(key));
    const kept = keys.flatMap((key) => (this.#used.has(key) ? (before?.entry(key) ?? []) : []));
    entries.push(...kept);
    let room = Math.min(maxBytes / 2, sizeOf(entries) * 2) - sizeOf(entries);
    for (const key of keys) {
      const entry = this.#used.has(key) ? undefined : before?.entry(key);
      if (entry === undefined || entry.length > room) continue;
      room -= entry.length;
      entries.push(entry);
    }
    if (sizeOf(entries) > maxBytes / 2) return;
    await mkdir(path.dirname(file), { recursive: true });
    await replace(file, pack(entries));
    for (const key of fresh.keys()) {
      this.#packed.add(key);
      this.#used.add(key);
    }
    await written();
  }
}

function sizeOf(entries: readonly Buffer[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}

/** Replaces a file in one step; another process may do the same: either is whole. */
export async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
