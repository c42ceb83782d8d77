/**
 * Which modules a store has ever had, as far as its history goes: what is among them and not in its head was deleted.
 *
 * It is asked for the whole history once, and from then on for the releases that are new.
 */
import type { Abortable, Head, Manifest, ModuleId, Release, Store } from './contract.ts';
import { differing } from './lineage.ts';

/** Releases that are listed at once. */
const PAGE = 100;
const EMPTY: Manifest = new Map();

export class Past {
  readonly #store: Store;
  readonly #ids = new Set<ModuleId>();
  /** The number up to which the history is known. */
  #number = 0;
  #manifest = EMPTY;

  /** @param store one that has a history */
  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether the store has the module, or had it. */
  has(id: ModuleId): boolean {
    return this.#ids.has(id);
  }

  /** Takes note of a head and of the releases before it; answers with the ids that are new. */
  async follow(head: Head | undefined, manifest: Manifest, options?: Abortable): Promise<ModuleId[]> {
    const fresh: ModuleId[] = [];
    const note = (ids: Iterable<ModuleId>) => {
      for (const id of ids) {
        if (this.#ids.has(id)) continue;
        this.#ids.add(id);
        fresh.push(id);
      }
    };
    // a working tree moves without a release
    note(differing(this.#manifest, manifest).filter((id) => manifest.has(id)));
    this.#manifest = manifest;
    const number = head?.number ?? 0;
    if (number === this.#number) return fresh;
    const since = number > this.#number ? this.#number : 0; // it was restored
    for (const release of await this.#since(since, number, options)) {
      note((await this.#store.release?.(release.number, options))?.manifest.keys() ?? []);
    }
    this.#number = number;
    return fresh;
  }

  /** The releases after one number, up to another one. */
  async #since(from: number, to: number, options?: Abortable): Promise<Release[]> {
    const releases: Release[] = [];
    for (let before = to + 1; ; ) {
      const page = (await this.#store.history?.({ ...options, before, limit: PAGE })) ?? [];
      for (const release of page) {
        if (release.number <= from) return releases;
        releases.push(release);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return releases;
      before = last.number;
    }
  }
}
