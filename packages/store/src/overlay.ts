/**
 * Several sources as one, in order: of each module, the first source that has it wins.
 *
 * It joins and remembers; it decides nothing about errors. When one source cannot be reached, the overlay cannot either:
 * taking the next one's modules instead would swap code because of a broken line.
 */
import { linkSignals } from './abort.ts';
import type { ArtifactName, Artifacts } from './artifacts.ts';
import type {
  Abortable,
  Changes,
  Head,
  HeadOptions,
  Manifest,
  ModuleId,
  PublishOptions,
  Release,
  ReleaseSource,
  Revision,
  Store,
  StoreCapabilities,
  WatchOptions,
} from './contract.ts';
import { contentMissing, disposed, isStoreError, readOnly, releaseGone, StoreError } from './errors.ts';
import { deriveManifest, differing } from './lineage.ts';
import { assertTree, manifestHash } from './manifest.ts';
import { Past } from './past.ts';
import { RecentMap } from './recent.ts';

/** One source's share in the overlay's head. */
export interface HeadOrigin {
  /** The source's name. */
  readonly source: string;
  /** Its number; 0 where it has none yet. */
  readonly number: number;
  /** The hash of its manifest; `undefined` where it has no head yet. */
  readonly hash: string | undefined;
  /** When its head was published, where it was: see `Head.time`. */
  readonly time?: number;
}

/** The head of an overlay: the first source's number, the hash of the merged manifest, and each source's share. */
export interface OverlayHead extends Head {
  /** In the order of the sources. */
  readonly origins: readonly HeadOrigin[];
}

/** Where a module comes from. */
export interface ModuleOrigin {
  /** The place of the source in the overlay's order, from 0. */
  readonly index: number;
  /** Its name. */
  readonly source: string;
  /** The names of the later sources that have the module too, and are not asked. */
  readonly hides: readonly string[];
}

/** Several sources as one. */
export interface Overlay extends Store {
  /** The sources in order. */
  readonly sources: readonly ReleaseSource[];
  head(options?: HeadOptions): Promise<OverlayHead | undefined>;
  /**
   * Which source a module comes from.
   * @param hash the manifest in which to look @default the newest that was read, and what `find` found since
   */
  origin(id: ModuleId, hash?: string): ModuleOrigin | undefined;
}

/** How several sources become one. */
export interface OverlayOptions {
  /** How messages call it. @default the names of the sources, joined: `mongo 'arena', then folder 'scripts'` */
  readonly name?: string;
  /** Whether disposing of the overlay disposes of its sources. @default true */
  readonly owned?: boolean;
  /**
   * Whether a module that was deleted in one source hides those of the sources behind it; else it reveals them. What was
   * deleted, a source's history tells: all sources but the last need one, which is read when the first head is, and what
   * the history has forgotten is hidden no more.
   * @default false
   */
  readonly hide?: boolean;
}

/**
 * Joins sources, first one first. With one source it adds `origins` and `origin` and is otherwise that source.
 *
 * @throws StoreError `STORE_BAD_OPTION` without a source, and with `hide` where one in front has no history
 * @example
 * const view = overlay([hotfixes, folderStore('scripts')]);
 * const head = await view.head();
 * view.origin('npc/goblin.ts'); // { index: 1, source: "folder 'scripts'", hides: [] }
 */
export function overlay(sources: readonly ReleaseSource[], options: OverlayOptions = {}): Overlay {
  if (sources.length === 0) throw new StoreError('STORE_BAD_OPTION', 'An overlay needs at least one store.');
  const forgetful = options.hide === true && sources.slice(0, -1).find((source) => !hasHistory(source));
  if (forgetful) {
    const message = `The option hide asks what was deleted, and ${forgetful.name} keeps no history. Leave it out, or put that store last.`;
    throw new StoreError('STORE_BAD_OPTION', message);
  }
  return new SourceOverlay(sources, options);
}

/** One merged state: what a head of the overlay stands for. */
interface View {
  readonly head: OverlayHead;
  readonly manifest: Manifest;
  /** The manifests of the sources, in order. */
  readonly parts: readonly Manifest[];
}

const KEPT_VIEWS = 8;
/** A source that moved between its head and its manifest is read again, at most so often in a row. */
const ATTEMPTS = 5;
const EMPTY: Manifest = new Map();

class SourceOverlay implements Overlay {
  readonly name: string;
  readonly sources: readonly ReleaseSource[];
  readonly capabilities: StoreCapabilities;
  readonly shared: boolean;
  readonly artifacts?: Artifacts;
  readonly unsettled?: () => Promise<boolean>;
  readonly find?: (id: ModuleId, options?: Abortable) => Promise<Revision | undefined>;
  readonly committed?: (hash: string) => Promise<number>;
  readonly #views = new RecentMap<View>(KEPT_VIEWS);
  /** What `find` found since the newest view: id to the place of the source. */
  readonly #found = new Map<ModuleId, { readonly index: number; readonly revision: Revision }>();
  readonly #owned: boolean;
  /** What each source in front has had; empty where a deletion reveals. */
  readonly #pasts: readonly Past[];
  /** Ids of these that are not in the newest view. */
  readonly #had = new Set<ModuleId>();
  readonly #life = new AbortController();
  #newest: View | undefined;

  constructor(sources: readonly ReleaseSource[], { name, owned = true, hide = false }: OverlayOptions) {
    this.sources = [...sources];
    this.name = name ?? sources.map((source) => source.name).join(', then ');
    this.#owned = owned;
    this.#pasts = hide ? sources.slice(0, -1).map((source) => new Past(source as Store)) : [];
    this.shared = sources.some((source) => source.shared === true);
    this.capabilities = {
      publish: false,
      watch: sources.some((source) => wakes(source)),
      // of some modules only is not what it would declare
      ...(sources.every((source) => source.artifacts) ? { artifacts: true } : {}),
    };
    if (sources.some((source) => source.artifacts)) this.artifacts = this.#joinedArtifacts();
    if (sources.some((source) => source.unsettled)) this.unsettled = () => this.#unsettled();
    if (sources.some((source) => source.find)) this.find = (id, options) => this.#find(id, options);
    if (sources.some((source) => source.committed)) this.committed = (hash) => this.#committed(hash);
  }

  accept(extensions: readonly string[]): void {
    for (const source of this.sources) source.accept?.(extensions);
  }

  async head(options?: HeadOptions): Promise<OverlayHead | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      this.#check(options);
      try {
        return await this.#join(options);
      } catch (error) {
        if (attempt === ATTEMPTS || !isStoreError(error, 'STORE_RELEASE_GONE')) throw error;
      }
    }
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    this.#check(options);
    const view = this.#views.get(hash);
    if (!view) throw releaseGone(this.name, hash);
    return view.manifest;
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    this.#check(options);
    let missing: unknown;
    for (const index of this.#holders(id, revision)) {
      const source = this.sources[index];
      if (!source) continue;
      try {
        return await source.read(id, revision, options);
      } catch (error) {
        if (!isStoreError(error, 'STORE_CONTENT_MISSING')) throw error;
        missing = error;
      }
    }
    throw contentMissing(this.name, id, revision, missing);
  }

  async watch(wake: () => void, { signal, notice }: WatchOptions): Promise<void> {
    this.#check();
    if (signal.aborted) return;
    const failed = new AbortController();
    const ended = linkSignals(signal, failed.signal, this.#life.signal).signal;
    const options: WatchOptions = notice ? { signal: ended, notice } : { signal: ended };
    try {
      await Promise.all(this.sources.map((source) => source.watch(wake, options)));
    } catch (error) {
      failed.abort();
      throw error;
    }
  }

  origin(id: ModuleId, hash?: string): ModuleOrigin | undefined {
    const view = hash === undefined ? this.#newest : this.#views.get(hash);
    const found = hash === undefined ? this.#found.get(id)?.index : undefined;
    if (found === undefined && !view?.manifest.has(id)) return undefined;
    let first: number | undefined;
    const hides: string[] = [];
    for (const [index, { name }] of this.sources.entries()) {
      if (index !== found && !view?.parts[index]?.has(id)) continue;
      if (first === undefined) first = index;
      else hides.push(name);
    }
    const source = first === undefined ? undefined : this.sources[first];
    return first === undefined || !source ? undefined : { index: first, source: source.name, hides };
  }

  async publish(_changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check(options);
    throw readOnly(this.name, 'It shows several stores as one. Publish to one of them.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    this.#views.clear();
    this.#found.clear();
    this.#newest = undefined;
    if (this.#owned) await Promise.all(this.sources.map((source) => source[Symbol.asyncDispose]()));
  }

  async #unsettled(): Promise<boolean> {
    const answers = await Promise.all(this.sources.map((source) => source.unsettled?.() ?? false));
    return answers.includes(true);
  }

  async #join(options?: HeadOptions): Promise<OverlayHead | undefined> {
    const asked = [...this.#found];
    const heads = await Promise.all(this.sources.map((source) => source.head(options)));
    if (heads.every((head) => head === undefined)) return undefined;
    const parts = await Promise.all(heads.map((head, index) => this.#part(index, head, options)));
    for (const [index, past] of this.#pasts.entries()) {
      const fresh = await past.follow(heads[index], parts[index] ?? EMPTY, options);
      for (const id of fresh) this.#had.add(id);
    }
    const had = [...this.#had];
    const origins = heads.map((head, index) => ({
      source: this.sources[index]?.name ?? '',
      number: head?.number ?? 0,
      hash: head?.hash,
      ...(head?.time === undefined ? {} : { time: head.time }),
    }));
    const same = this.#newest;
    const unmoved =
      same !== undefined &&
      had.length === 0 &&
      origins.every(({ hash }, index) => hash === same.head.origins[index]?.hash);
    const manifest = unmoved ? same.manifest : this.#merge(parts, had);
    const [first] = heads;
    const hash = parts.length === 1 && first ? first.hash : unmoved ? same.head.hash : manifestHash(manifest);
    const { next } = heads[0] ?? {};
    const head: OverlayHead = { number: first?.number ?? 0, hash, origins, ...(next === undefined ? {} : { next }) };
    // Disposed meanwhile: nothing may be kept any more.
    this.#check(options);
    this.#newest = { head, manifest, parts };
    for (const id of had) this.#had.delete(id);
    this.#views.set(head.hash, this.#newest);
    // What was found before the heads were read is in them, or is there no longer.
    for (const [id, found] of asked) if (this.#found.get(id) === found) this.#found.delete(id);
    return head;
  }

  /**
   * One manifest is taken as it is; of several, what changed since they were last merged is merged.
   *
   * @param had ids that a source in front is known to have had since then
   */
  #merge(parts: readonly Manifest[], had: readonly ModuleId[]): Manifest {
    const [only] = parts;
    if (parts.length === 1 && only) return only;
    const { manifest, parts: old } = this.#newest ?? { manifest: EMPTY, parts: parts.map(() => EMPTY) };
    const ids = new Set([...parts.flatMap((part, index) => differing(old[index] ?? EMPTY, part)), ...had]);
    const entries = [...ids].map((id) => [id, this.#winner(parts, id)] as const);
    const merged = deriveManifest(manifest, entries);
    // only a new id can stand in the way of another one
    if (entries.some(([id, revision]) => revision !== undefined && !manifest.has(id))) {
      assertTree(this.name, merged.keys());
    }
    return merged;
  }

  #winner(parts: readonly Manifest[], id: ModuleId): Revision | undefined {
    for (const [index, part] of parts.entries()) {
      const revision = part.get(id);
      if (revision !== undefined || this.#pasts[index]?.has(id)) return revision;
    }
    return undefined;
  }

  /** A manifest never changes under its hash, so the one at hand is taken where there is one. */
  async #part(index: number, head: Head | undefined, options?: Abortable): Promise<Manifest> {
    if (!head) return EMPTY;
    const known = this.#newest;
    const part = known?.head.origins[index]?.hash === head.hash ? known.parts[index] : undefined;
    return part ?? (await this.sources[index]?.manifest(head.hash, options)) ?? EMPTY;
  }

  /** Of each module, those of the source that it comes from; of others none. */
  #joinedArtifacts(): Artifacts {
    const perSource = <Name extends ArtifactName>(names: readonly Name[], options: Abortable | undefined) => {
      this.#check(options);
      const groups = new Map<Artifacts, Name[]>();
      for (const name of names) {
        const artifacts = this.#holder(name)?.artifacts;
        if (artifacts === undefined) continue;
        const group = groups.get(artifacts);
        if (group === undefined) groups.set(artifacts, [name]);
        else group.push(name);
      }
      return [...groups];
    };
    return {
      read: async (names, options) => {
        const groups = perSource(names, options);
        const [only] = groups;
        if (groups.length === 1 && only) return await only[0].read(only[1], options);
        const found = await Promise.all(groups.map(([artifacts, group]) => artifacts.read(group, options)));
        return new Map(found.flatMap((some) => [...some]));
      },
      write: async (stored, options) => {
        await Promise.all(perSource(stored, options).map(([artifacts, group]) => artifacts.write(group, options)));
      },
    };
  }

  /** The source that a module at a revision comes from, as far as that is known. */
  #holder({ id, revision }: ArtifactName): ReleaseSource | undefined {
    const found = this.#found.get(id);
    if (found?.revision === revision) return this.sources[found.index];
    for (const { manifest, parts } of this.#views.values()) {
      if (manifest.get(id) === revision) return this.sources[parts.findIndex((part) => part.get(id) === revision)];
    }
    return undefined;
  }

  /** The places of the sources that can be expected to have a revision, the likeliest first. */
  #holders(id: ModuleId, revision: Revision): number[] {
    if (this.sources.length === 1) return [0];
    const order = new Set<number>();
    const found = this.#found.get(id);
    if (found?.revision === revision) order.add(found.index);
    for (const { parts } of this.#views.values()) {
      parts.forEach((part, index) => {
        if (part.get(id) === revision) order.add(index);
      });
    }
    return order.size > 0 ? [...order] : this.sources.map((_, index) => index);
  }

  async #find(id: ModuleId, options?: Abortable): Promise<Revision | undefined> {
    this.#check(options);
    if (!this.#newest) await this.head(options);
    for (const [index, source] of this.sources.entries()) {
      const revision = source.find ? await source.find(id, options) : this.#newest?.parts[index]?.get(id);
      if (revision === undefined && this.#pasts[index]?.has(id)) return undefined;
      if (revision === undefined) continue;
      if (source.find) this.#found.set(id, { index, revision });
      return revision;
    }
    return undefined;
  }

  async #committed(hash: string): Promise<number> {
    this.#check();
    const view = this.#views.get(hash);
    if (!view) throw releaseGone(this.name, hash);
    const numbers = await Promise.all(
      view.head.origins.map(async (origin, index) => {
        const source = this.sources[index];
        if (!source?.committed || origin.hash === undefined) return origin.number;
        return source.committed(origin.hash);
      }),
    );
    return numbers[0] ?? 0;
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#life.signal.aborted) throw disposed(this.name);
  }
}

function hasHistory(source: ReleaseSource): boolean {
  return 'capabilities' in source && (source as Store).capabilities.history === true;
}

function wakes(source: ReleaseSource): boolean {
  return 'capabilities' in source ? (source as Store).capabilities.watch : true;
}
