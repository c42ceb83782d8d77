/**
 * A folder as a store. The working tree is the truth: people use their own editor and git, and the head is what stands
 * there now. It has no history: what was overwritten is gone, but for what a reload that has begun still reads.
 */
import {
  type Abortable,
  abortable,
  assertModuleId,
  type Changes,
  disposed,
  type Head,
  isStoreError,
  linkSignals,
  type Manifest,
  type ModuleId,
  manifestHash,
  type ParsedChanges,
  type PublishOptions,
  parseChanges,
  type Release,
  type Revision,
  readOnly,
  type SourceNotice,
  type Store,
  type StoreCapabilities,
  StoreConflictError,
  unreachable,
  Wakes,
  type WatchOptions,
} from '@rekindle/store';
import { folderNotFound } from './errors.ts';
import { isAbsent, isDenied, realpath } from './files.ts';
import { FolderContent } from './folder-content.ts';
import { FolderLedger } from './folder-ledger.ts';
import { FolderWatch } from './folder-watch.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { type FolderStoreOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { PollWatch } from './poll-watch.ts';
import { planPublication } from './publication.ts';

/** Where the system gives no more watches, the folder is looked at this often. */
const FALLBACK_POLL_MS = 1_000;

export interface FolderStore extends Store {
  readonly folder: string;
  committed(hash: string): Promise<number>;
}

/**
 * Makes a store of a folder. Nothing is opened before it is used; a folder that is not there rejects the first call
 * with `STORE_NOT_FOUND`.
 *
 * @param folder a path, from the current directory where it is relative, or a `file:` URL
 * @throws StoreError `STORE_BAD_OPTION`
 * @example
 * const store = folderStore('scripts');
 * const host = createHost({ stores: [store] });
 */
export function folderStore(folder: string | URL, options: FolderStoreOptions = {}): FolderStore {
  return new Folder(resolveOptions(folder, options));
}

class Folder implements FolderStore {
  readonly name: string;
  readonly folder: string;
  readonly capabilities: StoreCapabilities = { publish: true, watch: true };
  readonly #options: ResolvedOptions;
  readonly #ledger: FolderLedger;
  readonly #content: FolderContent;
  readonly #wakes = new Wakes();
  readonly #life = new AbortController();
  /** Writes that are under way: disposing waits for them. */
  readonly #writes = new Set<Promise<unknown>>();
  #newest: string | undefined;

  constructor(options: ResolvedOptions) {
    this.name = options.name;
    this.folder = options.path;
    this.#options = options;
    this.#ledger = new FolderLedger(options.path);
    this.#content = new FolderContent(options, this.#ledger);
  }

  accept(extensions: readonly string[]): void {
    const { extensions: known } = this.#options;
    known.push(...extensions.filter((extension) => !known.includes(extension)));
  }

  async head(options?: Abortable): Promise<Head | undefined> {
    const { scan, number } = await this.#during(options, () => this.#content.current());
    this.#newest = scan.hash;
    if (number === 0 && scan.manifest.size === 0) return undefined;
    const last = await this.#during(options, () => this.#ledger.last());
    return { number, next: last?.hash === scan.hash ? number : number + 1, hash: scan.hash };
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    this.#check(options);
    return this.#content.manifest(hash);
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    this.#check(options);
    assertModuleId(id);
    // most of them: a scan has read what is new, and a start reads a thousand
    return this.#content.kept(revision) ?? this.#during(options, () => this.#content.read(id, revision));
  }

  async watch(wake: () => void, { signal, notice }: WatchOptions): Promise<void> {
    this.#check();
    if (signal.aborted) return;
    const ended = linkSignals(signal, this.#life.signal).signal;
    const guarded = () => {
      if (!ended.aborted) wake();
    };
    const noticed = (what: SourceNotice) => {
      if (!ended.aborted) notice?.(what);
    };
    this.#wakes.add(guarded, ended);
    const { poll } = this.#options;
    await (poll === false
      ? this.#watchEvents(guarded, noticed, ended)
      : this.#watchPolling(poll, guarded, noticed, ended));
  }

  async committed(hash: string): Promise<number> {
    this.#check();
    return this.#write({}, (signal) => this.#ledger.commit(hash, this.#newest, signal));
  }

  async publish(changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check(options);
    const parsed = parseChanges(this.name, changes);
    return this.#write(options, (signal) => this.#publish(parsed, options, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(disposed(this.name));
    this.#wakes.clear();
    await Promise.allSettled(this.#writes);
    this.#content.clear();
  }

  async #publish(changes: ParsedChanges, options: PublishOptions, signal: AbortSignal): Promise<Release> {
    try {
      const release = await this.#ledger.alone(() => this.#publishAlone(changes, options, signal), signal);
      this.#wakes.all();
      return release;
    } catch (error) {
      if (isStoreError(error) || error === signal.reason) throw error;
      if (isDenied(error)) {
        throw readOnly(this.name, 'Give the user that runs this process the right to write there.', error);
      }
      if (isAbsent(error) && (await this.#isGone())) throw folderNotFound(this.name, this.folder, error);
      throw unreachable(this.name, 'publishing', error);
    }
  }

  async #isGone(): Promise<boolean> {
    try {
      await realpath(this.folder);
      return false;
    } catch (error) {
      return isAbsent(error);
    }
  }

  async #publishAlone(changes: ParsedChanges, options: PublishOptions, signal: AbortSignal): Promise<Release> {
    const { expected, author, message } = options;
    const last = await this.#ledger.last();
    const number = last?.number ?? 0;
    // The manifest that was expected is not kept once the folder has moved on, so which modules both changed is unknown.
    if (number !== expected) throw new StoreConflictError(this.name, expected, last, undefined);
    const scan = await this.#content.scan();
    const { manifest, files } = await planPublication(this.#options, scan, changes);
    const release: Release = {
      number: number + 1,
      hash: manifestHash(manifest),
      parent: last ? number : null,
      author: author ?? '',
      message: message ?? '',
      time: Date.now(),
    };
    // From here on it is carried out, whatever is aborted.
    signal.throwIfAborted();
    await this.#ledger.publish(release, files);
    this.#content.keep(release.hash, manifest, changes.texts.values());
    return release;
  }

  async #watchEvents(wake: () => void, notice: (notice: SourceNotice) => void, ended: AbortSignal): Promise<void> {
    const watch = new FolderWatch({
      name: this.name,
      path: this.folder,
      gitignore: this.#options.gitignore,
      rules: IgnoreRules.of(this.#options.extensions, this.#options.ignore),
      wake,
      notice,
      exhausted: (cause) => {
        notice({ type: 'polling', interval: FALLBACK_POLL_MS, cause });
        this.#poller(FALLBACK_POLL_MS, wake, notice, ended).beginUnseen();
      },
    });
    ended.addEventListener('abort', () => watch.close(), { once: true });
    await watch.begin();
  }

  async #watchPolling(
    interval: number,
    wake: () => void,
    notice: (notice: SourceNotice) => void,
    ended: AbortSignal,
  ): Promise<void> {
    try {
      await this.#poller(interval, wake, notice, ended).begin();
    } catch (error) {
      if (!ended.aborted) throw error;
    }
  }

  #poller(interval: number, wake: () => void, notice: (notice: SourceNotice) => void, ended: AbortSignal): PollWatch {
    const look = async () => {
      const { scan, number } = await this.#content.current();
      return `${number} ${scan.hash}`;
    };
    const poller = new PollWatch({ interval, look, wake, notice });
    ended.addEventListener('abort', () => poller.close(), { once: true });
    return poller;
  }

  /** Work that may go on unheard after the caller or the store has gone. */
  async #during<Value>(options: Abortable | undefined, work: () => Promise<Value>): Promise<Value> {
    this.#check(options);
    const { signal, unlink } = linkSignals(options?.signal, this.#life.signal);
    try {
      return await abortable(work(), signal);
    } finally {
      unlink();
    }
  }

  /** Work that is not left alone once it has begun; only its waiting for others is ended. */
  async #write<Value>(options: Abortable, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { signal, unlink } = linkSignals(options.signal, this.#life.signal);
    const running = work(signal);
    this.#writes.add(running);
    try {
      return await running;
    } finally {
      this.#writes.delete(running);
      unlink();
    }
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#life.signal.aborted) throw disposed(this.name);
  }
}
