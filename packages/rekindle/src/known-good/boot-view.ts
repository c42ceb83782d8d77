/**
 * The stores as one namespace sees them: as they are, but for a boot from the last known good release, when that one is
 * the newest for as long as the boot takes.
 *
 * Texts are named by their hash, so those of the release that the host booted from are taken from it and not asked for:
 * a store that is down takes seconds to say so.
 */

import type {
  Abortable,
  Changes,
  HeadOptions,
  Manifest,
  ModuleId,
  ModuleOrigin,
  Overlay,
  OverlayHead,
  PublishOptions,
  Release,
  Revision,
  WatchOptions,
} from '@rekindle/store';
import type { KnownRelease } from './known-release.ts';
import type { LastKnownGood } from './last-known-good.ts';

export class BootView implements Overlay {
  readonly #view: Overlay;
  readonly #known: LastKnownGood | undefined;
  readonly find?: (id: ModuleId, options?: Abortable) => Promise<Revision | undefined>;
  readonly committed?: (hash: string) => Promise<number>;
  #booting: KnownRelease | undefined;
  #newest: OverlayHead | undefined;

  constructor(view: Overlay, known: LastKnownGood | undefined) {
    this.#view = view;
    this.#known = known;
    if (view.find !== undefined) this.find = (id, options) => this.#find(id, options);
    if (view.committed !== undefined) this.committed = (hash) => this.#committed(hash);
  }

  get name() {
    return this.#view.name;
  }

  get sources() {
    return this.#view.sources;
  }

  get capabilities() {
    return this.#view.capabilities;
  }

  /** The head that was read last. */
  get newest(): OverlayHead | undefined {
    return this.#newest;
  }

  /** Boots from a release that is kept on the disk, whatever the stores have. */
  async from<Result>(release: KnownRelease, boot: () => Promise<Result>): Promise<Result> {
    this.#booting = release;
    try {
      return await boot();
    } finally {
      this.#booting = undefined;
    }
  }

  async head(options?: HeadOptions): Promise<OverlayHead | undefined> {
    if (this.#booting !== undefined) return headOf(this.#booting);
    this.#newest = await this.#view.head(options);
    return this.#newest;
  }

  manifest(hash: string, options?: Abortable): Promise<Manifest> {
    const known = this.#knownBy(hash);
    return known === undefined ? this.#view.manifest(hash, options) : Promise.resolve(known.manifest);
  }

  read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    const text = this.#known?.inUse?.texts.get(revision);
    return text === undefined ? this.#view.read(id, revision, options) : Promise.resolve(text);
  }

  watch(wake: () => void, options: WatchOptions): Promise<void> {
    return this.#view.watch(wake, options);
  }

  origin(id: ModuleId, hash?: string): ModuleOrigin | undefined {
    const origin = this.#booting === undefined ? this.#view.origin(id, hash) : undefined;
    if (origin !== undefined) return origin;
    const index = this.#known?.inUse?.stores.get(id);
    const source = index === undefined ? undefined : this.sources[index];
    return index === undefined || source === undefined ? undefined : { index, source: source.name, hides: [] };
  }

  publish(changes: Changes, options: PublishOptions): Promise<Release> {
    return this.#view.publish(changes, options);
  }

  /** The stores are the library's. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #knownBy(hash: string): KnownRelease | undefined {
    const known = this.#booting ?? this.#known?.inUse;
    return known?.release.hash === hash ? known : undefined;
  }

  async #find(id: ModuleId, options?: Abortable): Promise<Revision | undefined> {
    if (this.#booting !== undefined) return this.#booting.manifest.get(id);
    return this.#view.find?.(id, options);
  }

  /** The stores may not have it, and it had its number before. */
  async #committed(hash: string): Promise<number> {
    const known = this.#knownBy(hash);
    return known?.release.number ?? (this.#view.committed as (hash: string) => Promise<number>)(hash);
  }
}

function headOf({ release }: KnownRelease): OverlayHead {
  const origins = (release.origins ?? []).map((origin) => ({ hash: undefined, ...origin }));
  return { number: release.number, hash: release.hash, origins };
}
