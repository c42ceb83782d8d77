/**
 * A folder as a store. The working tree is the truth: people use their own editor and git, and the head is what stands
 * there now. What a host committed, or somebody published, is kept in `.rekindle`, the last few of it.
 */
import {
  type Abortable,
  abortable,
  assertModuleId,
  type Changes,
  diffManifests,
  disposed,
  foreignChannel,
  type Head,
  type HistoryOptions,
  isStoreError,
  linkSignals,
  type Manifest,
  type ModuleId,
  nextRelease,
  type ParsedChanges,
  type PromoteOptions,
  type PublishOptions,
  parseChanges,
  type Release,
  type ReleaseOptions,
  type Revision,
  readOnly,
  releaseNotKept,
  type SourceNotice,
  type Store,
  type StoreCapabilities,
  StoreConflictError,
  type StoredRelease,
  unreachable,
  Wakes,
  type WatchOptions,
} from '@rekindle/store';
import { folderNotFound } from './errors.ts';
import { isAbsent, isDenied, realpath } from './files.ts';
import { FolderArtifacts } from './folder-artifacts.ts';
import { FolderContent } from './folder-content.ts';
import { FolderLedger } from './folder-ledger.ts';
import { FolderWatch } from './folder-watch.ts';
import { isGitAtWork } from './git-lock.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { type FolderStoreOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { PollWatch } from './poll-watch.ts';
import { planPublication } from './publication.ts';
import { PublishingWatch } from './publishing-watch.ts';
import type { Scan } from './scan.ts';

/** Where the system gives no more watches, the folder is looked at this often. */
const FALLBACK_POLL_MS = 1_000;

/** A folder is one channel. */
const CHANNEL = 'live';

/** What is published on what is there. */
interface Making {
  /** Modules that are certainly changed. */
  readonly ids: readonly ModuleId[];
  on(scan: Scan): Promise<ParsedChanges>;
}

export interface FolderStore extends Store {
  readonly folder: string;
  unsettled(): Promise<boolean>;
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
  readonly capabilities: StoreCapabilities = { publish: true, watch: true, history: true, artifacts: true };
  readonly artifacts: FolderArtifacts;
  readonly #options: ResolvedOptions;
  readonly #ledger: FolderLedger;
  readonly #content: FolderContent;
  readonly #publishing: PublishingWatch;
  readonly #wakes = new Wakes();
  readonly #life = new AbortController();
  /** Writes that are under way: disposing waits for them. */
  readonly #writes = new Set<Promise<unknown>>();
  #newest: string | undefined;
  /** What was committed and is being kept, one after the other. */
  #archiving: Promise<void> = Promise.resolve();

  constructor(options: ResolvedOptions) {
    this.name = options.name;
    this.folder = options.path;
    this.#options = options;
    this.#ledger = new FolderLedger(options.path);
    this.#content = new FolderContent(options, this.#ledger);
    this.#publishing = new PublishingWatch(this.#watched(), this.#content.movement);
    this.artifacts = new FolderArtifacts(options.name, options.path, (what, work, call) =>
      this.#explained(what, () => this.#during(call, work), call?.signal),
    );
  }

  accept(extensions: readonly string[]): void {
    const { extensions: known } = this.#options;
    known.push(...extensions.filter((extension) => !known.includes(extension)));
  }

  unsettled(): Promise<boolean> {
    return isGitAtWork(this.folder);
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
    return this.#during(options, () => this.#content.manifest(hash));
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
    const number = await this.#write({}, (signal) => this.#ledger.commit(hash, this.#newest, signal));
    this.#archiving = this.#archiving.then(() => this.#archive(hash));
    const archiving = this.#archiving;
    this.#writes.add(archiving);
    void archiving.then(() => this.#writes.delete(archiving));
    return number;
  }

  async history({ channel, before = Number.POSITIVE_INFINITY, limit = 50, signal }: HistoryOptions = {}) {
    this.#checkChannel(channel);
    const releases = await this.#during(signal && { signal }, () => this.#ledger.all());
    const older = releases.filter(({ number }) => number < before);
    return older.slice(-Math.max(1, limit)).reverse();
  }

  async release(number: number, { channel, signal }: ReleaseOptions = {}): Promise<StoredRelease | undefined> {
    this.#checkChannel(channel);
    return this.#during(signal && { signal }, () => this.#release(number));
  }

  async promote(options: PromoteOptions): Promise<Release> {
    this.#check(options);
    const { number, channel } = options.from;
    this.#checkChannel(channel);
    const source = await this.#during(options, () => this.#release(number));
    if (source === undefined) throw releaseNotKept(this.name, number, channel);
    return this.#write(options, (signal) =>
      this.#publish({ ids: [], on: (scan) => this.#leading(scan.manifest, source) }, options, signal),
    );
  }

  async publish(changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check(options);
    const parsed = parseChanges(this.name, changes);
    const ids = [...parsed.texts.keys(), ...parsed.deleted];
    return this.#write(options, (signal) => this.#publish({ ids, on: async () => parsed }, options, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(disposed(this.name));
    this.#wakes.clear();
    await Promise.allSettled(this.#writes);
    this.#publishing.close();
    this.#content.clear();
  }

  async #release(number: number): Promise<StoredRelease | undefined> {
    await this.#archiving;
    const release = (await this.#ledger.all()).findLast((one) => one.number === number);
    const manifest = release && (await this.#ledger.archive.manifest(release.hash));
    if (release === undefined || manifest === undefined) return undefined;
    return (await this.#ledger.archive.isWhole(manifest)) ? { release, manifest } : undefined;
  }

  /** What makes a tree into that of a release. */
  async #leading(from: Manifest, { release, manifest }: StoredRelease): Promise<ParsedChanges> {
    const { added, changed, removed } = diffManifests(from, manifest);
    const texts = new Map<ModuleId, { revision: Revision; text: string }>();
    for (const id of [...added, ...changed]) {
      const revision = manifest.get(id) as Revision;
      const text = await this.#ledger.archive.text(revision);
      if (text === undefined) throw releaseNotKept(this.name, release.number);
      texts.set(id, { revision, text });
    }
    return { texts, deleted: new Set(removed) };
  }

  /** Keeps a release with its texts, as far as that can be. */
  async #archive(hash: string): Promise<void> {
    const { archive } = this.#ledger;
    try {
      const manifest = await this.#content.manifest(hash);
      const hashes = (await this.#ledger.all()).map((release) => release.hash);
      await archive.keep(hash, manifest, hashes.toReversed(), (id, revision) => this.#content.read(id, revision));
      await archive.prune(new Set(hashes));
    } catch {
      // a folder that cannot be written, or a disk that is full: what runs is not touched by it
    }
  }

  #checkChannel(channel: string | undefined): void {
    this.#check();
    if (channel !== undefined && channel !== CHANNEL) throw foreignChannel(this.name, channel);
  }

  async #publish(make: Making, options: PublishOptions, signal: AbortSignal): Promise<Release> {
    this.#checkChannel(options.channel);
    return this.#explained(
      'publishing',
      async () => {
        const release = await this.#ledger.alone(() => this.#publishAlone(make, options, signal), signal);
        this.#wakes.all();
        return release;
      },
      signal,
    );
  }

  /** Says what the file system said in words of a store. */
  async #explained<Value>(what: string, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (isStoreError(error) || (signal?.aborted && error === signal.reason)) throw error;
      if (isDenied(error)) {
        throw readOnly(this.name, 'Give the user that runs this process the right to write there.', error);
      }
      if (isAbsent(error) && (await this.#isGone())) throw folderNotFound(this.name, this.folder, error);
      throw unreachable(this.name, what, error);
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

  async #publishAlone(make: Making, options: PublishOptions, signal: AbortSignal): Promise<Release> {
    const { expected, author = await this.#ledger.author() } = options;
    const last = await this.#ledger.last();
    const number = last?.number ?? 0;
    // The manifest that was expected is not kept once the folder has moved on, so which modules both changed is unknown.
    if (number !== expected) throw new StoreConflictError(this.name, expected, last, undefined);
    if (this.#options.poll === false) await this.#publishing.prepare();
    const scan = await this.#content.known(make.ids);
    const changes = await make.on(scan);
    const { manifest, files } = await planPublication(this.#options, scan, changes);
    const release = nextRelease({
      source: this.name,
      head: last?.number,
      number: number + 1,
      manifest,
      now: Date.now(),
      options: { ...options, author },
    });
    // From here on it is carried out, whatever is aborted.
    signal.throwIfAborted();
    await this.#ledger.publish(release, files);
    this.#content.keep(release.hash, manifest, files, changes.texts.values());
    await this.#archive(release.hash);
    return release;
  }

  async #watchEvents(wake: () => void, notice: (notice: SourceNotice) => void, ended: AbortSignal): Promise<void> {
    const { movement } = this.#content;
    let end: (() => void) | undefined;
    const watch = new FolderWatch({
      ...this.#watched(),
      wake,
      notice,
      moved: (path) => movement.hit(path),
      exhausted: (cause) => {
        end?.();
        notice({ type: 'polling', interval: FALLBACK_POLL_MS, cause });
        this.#poller(FALLBACK_POLL_MS, wake, notice, ended).beginUnseen();
      },
    });
    ended.addEventListener('abort', () => watch.close(), { once: true });
    await watch.begin();
    if (ended.aborted || watch.closed) return;
    end = movement.begin();
    this.#publishing.close(); // one watch tells it all
    ended.addEventListener('abort', end, { once: true });
  }

  #watched() {
    const { name, path, gitignore, extensions, ignore } = this.#options;
    return { name, path, gitignore, rules: IgnoreRules.of(extensions, ignore) };
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
