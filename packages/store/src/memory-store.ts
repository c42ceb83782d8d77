/**
 * A store in memory: releases, history of bounded length, compare-and-set, wakes. For tests, for modules that a game
 * makes itself, and as the plainest reading of the contract.
 */
import { MemoryArtifacts } from './artifacts.ts';
import type {
  Abortable,
  Changes,
  Head,
  HistoryOptions,
  Manifest,
  ModuleId,
  PromoteOptions,
  PublishOptions,
  Release,
  ReleaseOptions,
  Revision,
  Store,
  StoreCapabilities,
  StoredRelease,
  WatchOptions,
} from './contract.ts';
import { contentMissing, disposed, releaseGone, releaseNotKept, StoreConflictError } from './errors.ts';
import { MemoryHostReports } from './host-reports.ts';
import { applyChanges, diffManifests, parseChanges } from './manifest.ts';
import { nextRelease } from './next-release.ts';
import { Wakes } from './wakes.ts';

/** What a store in memory begins with, and how much it keeps. */
export interface MemoryStoreOptions {
  /** Texts by module id; they make release 1. @default none: the store has no release yet */
  readonly modules?: Readonly<Record<ModuleId, string>>;
  /** How messages call it. @default 'memory store' */
  readonly name?: string;
  /** The channel that it shows and is published to, unless an option says another. @default 'live' */
  readonly channel?: string;
  /** So many releases of a channel can still be read, the head among them. @default 100 */
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

type Kept = StoredRelease;

const EMPTY: Manifest = new Map();

class MemoryStore implements Store {
  readonly name: string;
  readonly volatile = true;
  readonly capabilities: StoreCapabilities = {
    publish: true,
    watch: true,
    history: true,
    channels: true,
    hosts: true,
    artifacts: true,
  };
  readonly hosts: MemoryHostReports;
  readonly artifacts: MemoryArtifacts;
  readonly #channel: string;
  /** By channel, oldest first. */
  readonly #channels = new Map<string, Kept[]>();
  readonly #texts = new Map<Revision, string>();
  readonly #wakes = new Wakes();
  readonly #keep: number;
  readonly #now: () => number;
  #disposed = false;

  constructor({ modules, name = 'memory store', channel = 'live', keep = 100, now = Date.now }: MemoryStoreOptions) {
    this.name = name;
    this.#channel = channel;
    this.#keep = Math.max(1, keep);
    this.#now = now;
    this.hosts = new MemoryHostReports(name, now);
    this.artifacts = new MemoryArtifacts(name);
    if (modules) this.#publish(new Map(Object.entries(modules)), { expected: 0 });
  }

  async head(options?: Abortable): Promise<Head | undefined> {
    this.#check(options);
    const newest = this.#releases().at(-1)?.release;
    return newest && { number: newest.number, hash: newest.hash, time: newest.time };
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    this.#check(options);
    const kept = this.#releases().findLast(({ release }) => release.hash === hash);
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
    return this.#told(this.#publish(changes, options), options);
  }

  async history({ channel, before = Infinity, limit = 50, signal }: HistoryOptions = {}): Promise<readonly Release[]> {
    this.#check(signal && { signal });
    const older = this.#releases(channel).filter(({ release }) => release.number < before);
    return older
      .slice(-Math.max(1, limit))
      .reverse()
      .map(({ release }) => release);
  }

  async release(number: number, { channel, signal }: ReleaseOptions = {}): Promise<StoredRelease | undefined> {
    this.#check(signal && { signal });
    return this.#releases(channel).find(({ release }) => release.number === number);
  }

  async promote(options: PromoteOptions): Promise<Release> {
    this.#check(options);
    const { number, channel } = options.from;
    const source = this.#releases(channel).find(({ release }) => release.number === number);
    if (source === undefined) throw releaseNotKept(this.name, number, channel);
    const differing = (base: Manifest, now: Manifest) =>
      Object.values(diffManifests(base, source.manifest))
        .flat()
        .filter((id) => base.get(id) !== now.get(id));
    return this.#told(
      this.#add(() => source.manifest, differing, options),
      options,
    );
  }

  async channels(options?: Abortable): Promise<readonly string[]> {
    this.#check(options);
    return [...this.#channels.keys()].sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#wakes.clear();
    this.#channels.clear();
    this.#texts.clear();
    this.hosts.dispose();
    this.artifacts.dispose();
  }

  #releases(channel = this.#channel): readonly Kept[] {
    return this.#channels.get(channel) ?? [];
  }

  #told(release: Release, { channel = this.#channel }: PublishOptions): Release {
    if (channel === this.#channel) this.#wakes.all();
    return release;
  }

  #publish(changes: Changes, options: PublishOptions): Release {
    const parsed = parseChanges(this.name, changes);
    const ids = [...parsed.texts.keys(), ...parsed.deleted];
    const release = this.#add(
      (head) => applyChanges(this.name, head, parsed),
      (base, now) => ids.filter((id) => base.get(id) !== now.get(id)),
      options,
    );
    for (const { revision, text } of parsed.texts.values()) this.#texts.set(revision, text);
    return release;
  }

  /**
   * Without an `await` from comparing to setting: that is what makes a publish one step.
   *
   * @param both ids that are changed, and differ between the manifest that was expected and the one that is there
   */
  #add(
    make: (head: Manifest) => Manifest,
    both: (base: Manifest, now: Manifest) => ModuleId[],
    options: PublishOptions,
  ): Release {
    const { expected, channel = this.#channel } = options;
    const releases = this.#channels.get(channel) ?? [];
    const head = releases.at(-1);
    const number = head?.release.number ?? 0;
    if (number !== expected) {
      const base = expected === 0 ? EMPTY : releases.find(({ release }) => release.number === expected)?.manifest;
      const ids = base && both(base, head?.manifest ?? EMPTY).sort();
      throw new StoreConflictError(this.name, expected, head?.release, ids);
    }
    const manifest = make(head?.manifest ?? EMPTY);
    const release = nextRelease({
      source: this.name,
      head: head?.release.number,
      number: number + 1,
      manifest,
      now: this.#now(),
      options,
    });
    releases.push({ release, manifest });
    this.#channels.set(channel, releases);
    if (releases.length > this.#keep) this.#forget(releases);
    return release;
  }

  /** Drops the oldest release, and those of its texts that no other one names. */
  #forget(releases: Kept[]): void {
    const oldest = releases.shift()?.manifest ?? EMPTY;
    const left = new Set<Revision>();
    // what the release after it has at the same place is named there
    const { changed, removed } = diffManifests(oldest, releases[0]?.manifest ?? EMPTY);
    for (const id of [...changed, ...removed]) left.add(oldest.get(id) as Revision);
    for (const { manifest } of [...this.#channels.values()].flat()) {
      if (left.size === 0) return;
      for (const revision of manifest.values()) if (left.has(revision)) left.delete(revision);
    }
    for (const revision of left) this.#texts.delete(revision);
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#disposed) throw disposed(this.name);
  }
}
