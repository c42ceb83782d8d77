/**
 * The last known good release of a host: what it boots from when its stores cannot be read, when the first release is
 * refused, and when starts of the newest one died. Kept is what has survived its probation in the namespace `main`.
 *
 * It decides which release that is and which one is not started again. It never fails: a host whose disk is full or
 * read-only runs on without, and says so once as a process warning.
 */

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventBody, ReleaseInfo, ReleaseTrials, Settled } from '@rekindle/reload';
import { isStoreError, type Manifest, type Overlay, type Revision } from '@rekindle/store';
import { userCacheFolder } from '../compile-settings.ts';
import { KnownGoodFolder } from './known-good-folder.ts';
import type { KnownModule, KnownRelease } from './known-release.ts';
import type { DeadStart } from './starting-marks.ts';

/** Starts of one release that died, before it is not started again. */
const DEATHS = 2;
/** Milliseconds for which a release runs before it is written. */
const REST = 2_000;
/** Texts that are read from the stores at once. */
const BATCH = 64;

/** What a last known good release is told with. */
export interface Keep {
  emit(event: EventBody): void;
}

export interface LastKnownGoodParts extends Keep {
  readonly folder: KnownGoodFolder;
  readonly view: Overlay;
}

/**
 * @param parent a folder; undefined for the user's, false for none
 * @returns undefined where nothing is kept
 */
export function lastKnownGood(
  parent: string | false | undefined,
  view: Overlay,
  keep: Keep,
): LastKnownGood | undefined {
  const isVolatile = view.sources.every((source) => source.volatile === true);
  if (parent === false || (parent === undefined && isVolatile)) return undefined;
  const folder = parent === undefined ? path.join(userCacheFolder(), 'rekindle', 'known-good') : path.resolve(parent);
  return new LastKnownGood({ ...keep, folder: new KnownGoodFolder(folder, view.sources), view });
}

export class LastKnownGood {
  readonly #parts: LastKnownGoodParts;
  /** Not to be started again by itself, whatever namespace asks: why, by hash. */
  readonly barred = new Map<string, string>();
  /** The release that the host booted from, while it runs. */
  #inUse: KnownRelease | undefined;
  /** What was written and is on probation, the newest last: most of the next one is read there. */
  readonly #candidates: string[] = [];
  /** One after the other. */
  #writing: Promise<unknown> = Promise.resolve();
  #newest: string | undefined;
  /** The hash of the one on the disk, as far as this process knows. */
  #kept: string | undefined;
  #isJudged = false;
  #closed = false;
  #warned = false;

  constructor(parts: LastKnownGoodParts) {
    this.#parts = parts;
  }

  /** Looks for starts that died. Asked once, before anything is loaded. */
  async judge(): Promise<void> {
    this.#isJudged = true;
    const { folder, emit } = this.#parts;
    await this.#carefully(async () => {
      await folder.sweep();
      const dead = await folder.marks.dead();
      let barred = await folder.barred();
      const guilty = countStarts(dead).filter(({ starts }) => starts >= DEATHS);
      if (guilty.length === 0 && barred.length === 0) return;
      const good = (await folder.good())?.release.hash;
      if (guilty.length > 0) {
        if (good !== undefined && guilty.every(({ hash }) => hash !== good)) {
          for (const { number, hash, starts } of guilty) {
            const why = `it was starting in ${starts} processes that died`;
            barred = [...barred.filter((one) => one.hash !== hash), { number, hash, why }];
            emit({ type: 'release:barred', barred: { number, hash }, starts, why });
          }
          await folder.setBarred(barred);
        } else if (barred.length > 0) {
          // the one that was good dies too, so it is none of the releases: what was barred may be innocent
          barred = [];
          await folder.setBarred(barred);
        }
        await folder.marks.forget();
      }
      // without another one to start, a release that may die is better than none
      if (good === undefined || barred.some(({ hash }) => hash === good)) return;
      for (const { hash, why } of barred) this.barred.set(hash, why);
    });
  }

  /** What to boot from, where `start` failed with this error; undefined where there is nothing. */
  async fallback(error: unknown): Promise<KnownRelease | undefined> {
    if (isStoreError(error, 'STORE_DISPOSED') || isStoreError(error, 'STORE_BAD_OPTION')) return undefined;
    return this.#inUse ?? this.#parts.folder.good();
  }

  /** The host runs this one: its texts are at hand until another release runs. */
  use(release: KnownRelease): void {
    this.#inUse = release;
    this.#kept = release.release.hash;
  }

  /** It could not be booted from either. */
  leave(release: KnownRelease): void {
    if (this.#inUse === release) this.#inUse = undefined;
    this.#kept = undefined;
  }

  get #isOpen(): boolean {
    return this.#isJudged && !this.#closed;
  }

  /** Whether releases can be told apart before they are loaded. */
  get isNamed(): boolean {
    return this.#parts.view.find === undefined;
  }

  /** The release that the host booted from, while it runs. */
  get inUse(): KnownRelease | undefined {
    return this.#inUse;
  }

  /** How the namespaces tell of their releases. @param isMain whether what it runs is kept */
  trials(isMain: boolean): ReleaseTrials {
    const { marks } = this.#parts.folder;
    return {
      begin: async (release) => {
        if (this.#isOpen && this.isNamed) await this.#carefully(() => marks.set(release));
      },
      dropped: (release) => marks.remove(release.hash),
      committed: (release, manifest, settled) => {
        if (!this.#isOpen) return;
        const writing = isMain ? this.#run(release, manifest, settled) : undefined;
        void settled.then((how) => {
          if (this.#closed) return;
          marks.remove(release.hash);
          if (writing !== undefined) this.#settle(release, writing, how);
        });
      },
      wentBack: (from, release, manifest, settled) => {
        if (!isMain || !this.#isOpen) return;
        const writing = this.#run(release, manifest, Promise.resolve());
        this.#leave(from, release, writing);
        void settled.then((how) => {
          if (!this.#closed) this.#settle(release, writing, how);
        });
      },
    };
  }

  /** From here on nothing that happens is a release's fault, and nothing is kept any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.folder.marks.clear();
    await this.#writing;
    for (const candidate of this.#candidates) await this.#carefully(() => this.#parts.folder.drop(candidate));
  }

  /**
   * Writes what runs once it has rested for a moment, or is settled: an author who saves every second must not have the
   * whole release written each time. `undefined` in the end where that was not to be, or could not.
   */
  async #run(release: ReleaseInfo, manifest: Manifest, settled: Promise<unknown>): Promise<string | undefined> {
    this.#newest = release.hash;
    if (this.#inUse !== undefined && this.#inUse.release.hash !== release.hash) this.#inUse = undefined;
    await Promise.race([settled, pause(REST, undefined, { ref: false })]);
    return this.#inTurn(() => this.#write(release, manifest));
  }

  /** Nothing is written of a release that has given way before its turn came, nor of the one that is kept already. */
  async #write(release: ReleaseInfo, manifest: Manifest): Promise<string | undefined> {
    const { folder } = this.#parts;
    if (this.#closed || this.#newest !== release.hash || this.#kept === release.hash) return undefined;
    const last = this.#candidates.at(-1);
    const before = last === undefined ? await folder.good() : await folder.read(last);
    if (last === undefined && before?.release.hash === release.hash) {
      this.#kept = release.hash;
      return undefined;
    }
    const candidate = await folder.write(release, this.#modules(release, manifest, before));
    this.#candidates.push(candidate);
    return candidate;
  }

  /** A release from which somebody went back is good no longer, however long ago its probation ended. */
  #leave(from: ReleaseInfo, to: ReleaseInfo, writing: Promise<string | undefined>): void {
    void writing.then((candidate) =>
      this.#inTurn(async () => {
        const { folder } = this.#parts;
        const good = await folder.good();
        if (good?.release.hash !== from.hash) return;
        if (candidate === undefined) await folder.forget();
        else await this.#accept(to, candidate);
      }),
    );
  }

  async #accept({ hash }: ReleaseInfo, candidate: string): Promise<void> {
    await this.#parts.folder.accept(candidate);
    this.#kept = hash;
    this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
  }

  #settle(release: ReleaseInfo, writing: Promise<string | undefined>, how: Settled): void {
    void writing.then((candidate) =>
      this.#inTurn(async () => {
        const { folder } = this.#parts;
        if (this.#closed) return;
        if (how === 'kept') await folder.marks.forget();
        if (candidate === undefined || !this.#candidates.includes(candidate)) return;
        if (how === 'kept') return this.#accept(release, candidate);
        this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
        await folder.drop(candidate);
      }),
    );
  }

  /** All modules of a release: what the last one that was written has is read there, and not from the stores. */
  async *#modules(
    release: ReleaseInfo,
    manifest: Manifest,
    before: KnownRelease | undefined,
  ): AsyncIterable<KnownModule> {
    const { view } = this.#parts;
    const entries = [...manifest];
    for (let start = 0; start < entries.length && !this.#closed; start += BATCH) {
      const some = entries.slice(start, start + BATCH);
      const reading = some.map(([id, revision]) => this.#text(revision, before) ?? view.read(id, revision));
      const texts = await Promise.all(reading);
      for (const [index, [id, revision]] of some.entries()) {
        const store = view.origin(id, release.hash)?.index ?? this.#inUse?.stores.get(id) ?? 0;
        yield { id, revision, store, text: texts[index] as string };
      }
    }
  }

  #text(revision: Revision, before: KnownRelease | undefined): string | undefined {
    return before?.texts.get(revision) ?? this.#inUse?.texts.get(revision);
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    const working = this.#writing.then(() => this.#carefully(work));
    this.#writing = working;
    return working;
  }

  /** What goes wrong here breaks nothing else. */
  async #carefully<Value>(work: () => Value | Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      // the content has moved on: a later release is kept in its place
      const moved = isStoreError(error);
      if (!moved && !this.#warned && !this.#closed) {
        this.#warned = true;
        process.emitWarning(
          `The last known good release cannot be kept in '${this.#parts.folder.path}': ${String(error)}`,
          {
            code: 'REKINDLE_LAST_KNOWN_GOOD',
          },
        );
      }
      return undefined;
    }
  }
}

/** How many starts of each release died. */
function countStarts(dead: readonly DeadStart[]): (DeadStart & { readonly starts: number })[] {
  const hashes = new Map(dead.map((start) => [start.hash, start]));
  return [...hashes.values()].map((start) => ({
    ...start,
    starts: dead.filter(({ hash }) => hash === start.hash).length,
  }));
}
