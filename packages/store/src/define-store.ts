/**
 * A read-only store made of one function: a game's own place for its scripts.
 *
 * It keeps no history and polls nothing: the head is what the functions answer at the moment when it is asked for.
 */
import { abortable, linkSignals } from './abort.ts';
import { CommitNumbers } from './commit-numbers.ts';
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
import { contentMissing, disposed, isStoreError, readOnly, releaseGone, StoreError, unreachable } from './errors.ts';
import { assertTree, manifestHash } from './manifest.ts';
import { assertModuleId, parseModuleId } from './module-id.ts';
import { RecentMap, RecentTexts } from './recent.ts';
import { normalizeText, revisionOf } from './text.ts';
import { Wakes } from './wakes.ts';

type Awaitable<Value> = Value | PromiseLike<Value>;

/** A place for scripts, described by a function that reads and what else it can do. */
export interface StoreDefinition {
  /**
   * The source text of a module; `undefined` when there is no such module. A throw means that the source could not be
   * asked, and never that the module is not there.
   */
  readonly read: (id: ModuleId, options: { readonly signal: AbortSignal }) => Awaitable<string | undefined>;
  /**
   * The ids of all modules.
   * @default absent: the store contributes the modules that were asked for so far
   */
  readonly list?: (options: { readonly signal: AbortSignal }) => Awaitable<Iterable<string>>;
  /**
   * Begins to call `wake` when something may have changed, until the signal aborts.
   * @default absent: changes are seen when the head is asked for
   */
  readonly watch?: (wake: () => void, options: { readonly signal: AbortSignal }) => Awaitable<void>;
  /** How messages call it. @default 'defined store' */
  readonly name?: string;
}

/** So many `read`s are under way at once. */
const PARALLEL_READS = 16;
/** Heads whose manifests can still be asked for. */
const KEPT_MANIFESTS = 8;
/** UTF-16 units of text that are kept, so that a reload does not read again what the head has just read. */
const KEPT_TEXT = 16 * 2 ** 20;
/** Ids that were not there and are asked for again with each head. */
const KEPT_MISSES = 10_000;

/**
 * Makes a read-only store of a `read` function and, where the source can, `list` and `watch`.
 *
 * @example
 * const store = defineStore({ read: (id) => database.sourceOf(id) });
 */
export function defineStore(definition: StoreDefinition): Store {
  if (typeof definition?.read !== 'function') {
    throw new StoreError('STORE_BAD_OPTION', 'defineStore needs a function: defineStore({ read: (id) => … }).');
  }
  return definition.list ? new DefinedStore(definition) : new UnlistedStore(definition);
}

class DefinedStore implements Store {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  protected readonly definition: StoreDefinition;
  readonly #numbers = new CommitNumbers();
  readonly #manifests = new RecentMap<Manifest>(KEPT_MANIFESTS);
  readonly #texts = new RecentTexts(KEPT_TEXT);
  readonly #wakes = new Wakes();
  readonly #life = new AbortController();
  #newest: string | undefined;

  constructor(definition: StoreDefinition) {
    this.definition = definition;
    this.name = definition.name ?? 'defined store';
    this.capabilities = { publish: false, watch: definition.watch !== undefined };
  }

  async head(options?: Abortable): Promise<Head> {
    const manifest = await this.during(options, (signal) => this.#collect(signal));
    assertTree(this.name, manifest.keys());
    const hash = manifestHash(manifest);
    this.#manifests.set(hash, manifest);
    this.#newest = hash;
    return { number: this.#numbers.last, next: this.#numbers.next(hash), hash };
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    this.check(options);
    const manifest = this.#manifests.get(hash);
    if (!manifest) throw releaseGone(this.name, hash);
    return manifest;
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    assertModuleId(id);
    return this.during(options, async (signal) => {
      if (this.#texts.get(revision) === undefined) await this.fetch(id, signal);
      const text = this.#texts.get(revision);
      if (text === undefined) throw contentMissing(this.name, id, revision);
      return text;
    });
  }

  async watch(wake: () => void, { signal }: WatchOptions): Promise<void> {
    this.check();
    const { watch } = this.definition;
    if (!watch || signal.aborted) return;
    const failed = new AbortController();
    const ended = linkSignals(signal, failed.signal, this.#life.signal).signal;
    this.#wakes.add(wake, ended);
    try {
      await abortable(
        watch(() => this.#wakes.all(), { signal: ended }),
        ended,
      );
    } catch (cause) {
      if (signal.aborted) return;
      failed.abort();
      throw this.failure('watch', cause);
    }
  }

  async committed(hash: string): Promise<number> {
    this.check();
    return this.#numbers.commit(hash, this.#newest);
  }

  async publish(_changes: Changes, options: PublishOptions): Promise<Release> {
    this.check(options);
    throw readOnly(this.name, 'It was made by defineStore. Publish to the place that it reads from.');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(disposed(this.name));
    this.#wakes.clear();
    this.#manifests.clear();
    this.#texts.clear();
  }

  protected check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#life.signal.aborted) throw disposed(this.name);
  }

  /** Does work on behalf of a call, which the caller's signal or the end of the store ends. */
  protected async during<Value>(
    options: Abortable | undefined,
    work: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    this.check(options);
    const { signal, unlink } = linkSignals(options?.signal, this.#life.signal);
    try {
      return await work(signal);
    } finally {
      unlink();
    }
  }

  /** The ids that a head is made of. */
  protected async ids(signal: AbortSignal): Promise<Iterable<ModuleId>> {
    const listed = await this.#ask('list()', () => this.definition.list?.({ signal }) ?? [], signal);
    return new Set(Array.from(listed, parseModuleId));
  }

  protected async fetch(id: ModuleId, signal: AbortSignal): Promise<Revision | undefined> {
    const source: unknown = await this.#ask(`read('${id}')`, () => this.definition.read(id, { signal }), signal);
    if (source === undefined || source === null) return undefined;
    if (typeof source !== 'string') {
      throw this.failure(`read('${id}')`, new TypeError(`it gave ${typeof source} instead of a string or undefined`));
    }
    const text = normalizeText(source);
    const revision = revisionOf(text);
    this.#texts.set(revision, text);
    return revision;
  }

  async #collect(signal: AbortSignal): Promise<Map<ModuleId, Revision>> {
    const manifest = new Map<ModuleId, Revision>();
    await eachOf(await this.ids(signal), PARALLEL_READS, async (id) => {
      const revision = await this.fetch(id, signal);
      if (revision !== undefined) manifest.set(id, revision);
    });
    return manifest;
  }

  protected failure(what: string, cause: unknown): unknown {
    return isStoreError(cause) ? cause : unreachable(this.name, what, cause);
  }

  async #ask<Value>(what: string, ask: () => Awaitable<Value>, signal: AbortSignal): Promise<Value> {
    try {
      return await abortable(ask(), signal);
    } catch (cause) {
      throw signal.aborted ? signal.reason : this.failure(what, cause);
    }
  }
}

/** Without `list`: what was asked for is asked for again, found or not, so that the head is what a fresh start finds. */
class UnlistedStore extends DefinedStore {
  readonly #found = new Set<ModuleId>();
  readonly #missed = new RecentMap<ModuleId>(KEPT_MISSES);

  async find(id: ModuleId, options?: Abortable): Promise<Revision | undefined> {
    assertModuleId(id);
    return this.during(options, (signal) => this.fetch(id, signal));
  }

  protected override async ids(): Promise<Iterable<ModuleId>> {
    return [...this.#found, ...this.#missed.values()];
  }

  protected override async fetch(id: ModuleId, signal: AbortSignal): Promise<Revision | undefined> {
    const revision = await super.fetch(id, signal);
    if (revision !== undefined) {
      this.#found.add(id);
      this.#missed.delete(id);
    } else if (!this.#found.has(id)) {
      this.#missed.set(id, id);
    }
    return revision;
  }
}

/** Runs `work` for each value, so many at once; the first rejection ends it. */
async function eachOf<Value>(
  values: Iterable<Value>,
  width: number,
  work: (value: Value) => Promise<void>,
): Promise<void> {
  const rest = values[Symbol.iterator]();
  const lane = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
