/**
 * A store in memory: releases, history of bounded length, compare-and-set, wakes. For tests, for modules that a game
 * makes itself, and as the plainest reading of the contract.
 */
import type {
  Abortable,
  Changes,
  Head,
  Manifest,
  ModuleId,
  PublishOptions,
  Release,
  Revision,
  Store,
  StoreCapabilities,
  WatchOptions,
} from './contract.ts';
import { contentMissing, disposed, releaseGone, StoreConflictError } from './errors.ts';
import { applyChanges, manifestHash, type ParsedChanges, parseChanges } from './manifest.ts';
import { Wakes } from './wakes.ts';

/** What a store in memory begins with, and how much it keeps. */
export interface MemoryStoreOptions {
  /** Texts by module id; they make release 1. @default none: the store has no release yet */
  readonly modules?: Readonly<Record<ModuleId, string>>;
  /** How messages call it. @default 'memory store' */
  readonly name?: string;
  /** So many releases can still be read, the head among them. @default 100 */
  readonly keep?: number;
  /** Milliseconds since the epoch, for the time of a release. @default Date.now */
  readonly now?: () => number;
}

/**
 * Makes a store that lives in memory.
 *
 * @throws StoreError `STORE_BAD_ID`, `STORE_DUPLICATE_ID` for `modules`
 * @example
 * const store = memoryStore({ modules: { 'main.ts': 'export const answer = 42;' } });
 * await store.publish(new Map([['main.ts', 'export const answer = 43;']]), { expected: 1 });
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options);
}

interface Kept {
  readonly release: Release;
  readonly manifest: Manifest;
}

class MemoryStore implements Store {
  readonly name: string;
  readonly volatile = true;
  readonly capabilities: StoreCapabilities = { publish: true, watch: true };
  readonly #releases: Kept[] = [];
  readonly #texts = new Map<Revision, string>();
  readonly #wakes = new Wakes();
  readonly #keep: number;
  readonly #now: () => number;
  #disposed = false;

  constructor({ modules, name = 'memory store', keep = 100, now = Date.now }: MemoryStoreOptions) {
    this.name = name;
    this.#keep = Math.max(1, keep);
    this.#now = now;
    if (modules) this.#add(parseChanges(name, new Map(Object.entries(modules))), { expected: 0 });
  }

  async head(options?: Abortable): Promise<Head | undefined> {
    this.#check(options);
    const newest = this.#releases.at(-1)?.release;
    return newest && { number: newest.number, hash: newest.hash, time: newest.time };
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    this.#check(options);
    const kept = this.#releases.findLast(({ release }) => release.hash === hash);
    if (!kept) throw releaseGone(this.name, hash);
    return kept.manifest;
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    this.#check(options);
    const text = this.#texts.get(revision);
    if (text === undefined) throw contentMissing(this.name, id, revision);
    return text;
  }

  async watch(wake: () => void, { signal }: WatchOptions): Promise<void> {
    if (this.#disposed) throw disposed(this.name);
    this.#wakes.add(wake, signal);
  }

  async publish(changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check(options);
    const release = this.#add(parseChanges(this.name, changes), options);
    this.#wakes.all();
    return release;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#wakes.clear();
    this.#releases.length = 0;
    this.#texts.clear();
  }

  /** Without an `await` from comparing to setting: that is what makes a publish one step. */
  #add(changes: ParsedChanges, { expected, author = '', message = '' }: PublishOptions): Release {
    const head = this.#releases.at(-1);
    const number = head?.release.number ?? 0;
    if (number !== expected) throw this.#conflict(changes, expected, head);
    const manifest = applyChanges(this.name, head?.manifest ?? new Map(), changes);
    const release: Release = {
      number: number + 1,
      hash: manifestHash(manifest),
      parent: head ? number : null,
      author,
      message,
      time: this.#now(),
    };
    for (const { revision, text } of changes.texts.values()) this.#texts.set(revision, text);
    this.#releases.push({ release, manifest });
    if (this.#releases.length > this.#keep) this.#forget();
    return release;
  }

  #conflict(changes: ParsedChanges, expected: number, head: Kept | undefined): StoreConflictError {
    const base =
      expected === 0 ? new Map() : this.#releases.find(({ release }) => release.number === expected)?.manifest;
    const both =
      base && [...changes.texts.keys(), ...changes.deleted].filter((id) => base.get(id) !== head?.manifest.get(id));
    return new StoreConflictError(this.name, expected, head?.release, both?.sort());
  }

  /** Drops the oldest release, and those of its texts that no later one names. */
  #forget(): void {
    const oldest = this.#releases.shift();
    const left = new Set(oldest?.manifest.values());
    for (const { manifest } of this.#releases) {
      if (left.size === 0) return;
      for (const revision of manifest.values()) left.delete(revision);
    }
    for (const revision of left) this.#texts.delete(revision);
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#disposed) throw disposed(this.name);
  }
}
