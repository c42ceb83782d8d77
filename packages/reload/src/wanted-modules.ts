/**
 * What the graph shall hold after a change: a release's manifest, and what stands beside it, which are texts that were
 * given to `evaluate` and modules of a source that cannot list its own.
 *
 * It copies nothing: a reload costs what changed. It says which ids may differ from what was committed; what to do about
 * them is the preparation's.
 */

import { idOf } from '@rekindle/loader';
import { deriveManifest, diffManifests, type Manifest } from '@rekindle/store';

export class WantedModules {
  readonly #manifest: Manifest;
  /** Ids and revisions that come before the manifest's; undefined for what the manifest has and shall not be there. */
  readonly #beside: Map<string, string | undefined>;
  /** What `changes` answered last, for as long as it holds. */
  #changes: { readonly committed: Manifest; readonly ids: readonly string[] } | undefined;

  constructor(manifest: Manifest, beside: Iterable<readonly [string, string]>) {
    this.#manifest = manifest;
    this.#beside = new Map(beside);
  }

  has(key: string): boolean {
    const id = idOf(key);
    return this.#beside.has(id) ? this.#beside.get(id) !== undefined : this.#manifest.has(id);
  }

  /** The revision of a module, or of a file as text; undefined where there shall be none. */
  get(key: string): string | undefined {
    const id = idOf(key);
    return this.#beside.has(id) ? this.#beside.get(id) : this.#manifest.get(id);
  }

  /** Adds what was found beside the manifest. */
  set(id: string, revision: string): void {
    this.#beside.set(id, revision);
    this.#changes = undefined;
  }

  /** Takes out what stood beside a release; `revision` is what the release itself has of it. */
  forget(id: string, revision: string | undefined): void {
    this.#beside.set(id, revision);
    this.#changes = undefined;
  }

  *keys(): Iterable<string> {
    for (const id of this.#manifest.keys()) if (this.has(id)) yield id;
    for (const id of this.#beside.keys()) if (!this.#manifest.has(id) && this.has(id)) yield id;
  }

  /** Ids of modules that are new here, that differ, or that are no longer here, each once. */
  changes(committed: Manifest): readonly string[] {
    if (this.#changes?.committed === committed) return this.#changes.ids;
    const { added, changed, removed } = diffManifests(committed, this.#manifest);
    const all = [...added, ...changed, ...removed];
    const ids = this.#beside.size === 0 ? all : this.#differing(new Set([...all, ...this.#beside.keys()]), committed);
    this.#changes = { committed, ids };
    return ids;
  }

  #differing(ids: Iterable<string>, committed: Manifest): string[] {
    return [...ids].filter((id) => committed.get(id) !== this.get(id));
  }

  /** All of it as one manifest. */
  whole(): Manifest {
    return this.#beside.size === 0 ? this.#manifest : deriveManifest(this.#manifest, this.#beside);
  }
}
