/**
 * MongoDB as a store: a channel of releases that people and programs publish to, and any number of hosts follow.
 *
 * Only operations that every server that speaks the protocol has: no transactions, no server-side code. The commit point
 * of a publish is one insert, whose `_id` is the release's number; a duplicate key is the conflict.
 */

import { randomBytes } from 'node:crypto';
import {
  type Abortable,
  abortable,
  applyChanges,
  type Changes,
  diffManifests,
  disposed,
  type Head,
  type HeadOptions,
  type HistoryOptions,
  type Manifest,
  type ModuleId,
  nextRelease,
  type PromoteOptions,
  type PublishOptions,
  parseChanges,
  type Release,
  type ReleaseOptions,
  type Revision,
  releaseNotKept,
  type Store,
  StoreConflictError,
  type StoredRelease,
  StoreError,
  type WatchOptions,
} from '@rekindle/store';
import { Binary, MongoWriteConcernError } from 'mongodb';
import { MongoArtifacts } from './artifacts.ts';
import { Contents, textsAlong } from './contents.ts';
import { type Collections, collectionsOf, type ReleaseDocument } from './documents.ts';
import type { Entry } from './entries.ts';
import { guarded, isDuplicateKey, isUnauthorized } from './failures.ts';
import { History, nameOf, releaseOf } from './history.ts';
import { MongoHosts } from './hosts.ts';
import { type MongoStoreOptions, type Settings, settingsOf } from './options.ts';
import { assertOwnSchema, RELEASE_INDEXES } from './schema.ts';
import { ReleaseStream } from './stream.ts';
import { Watch } from './watch.ts';

/** Milliseconds for which a change stream may be silent before the server says so. */
const SILENCE = 10_000;

const EMPTY: Manifest = new Map();

/**
 * Makes a store over a database. It connects when it is first used.
 *
 * @throws StoreError `STORE_BAD_OPTION`
 * @example
 * const host = createHost({ stores: [mongoStore({ uri: 'mongodb://127.0.0.1', database: 'arena' }), folderStore('scripts')] });
 */
export function mongoStore(options: MongoStoreOptions): Store {
  return new MongoStore(settingsOf(options));
}

/** Somebody else's release, with its manifest where that can be put together. */
interface Other {
  readonly release: Release;
  readonly manifest: Manifest | undefined;
}

/** What is published on a head. */
interface Content {
  /** What is different there, by id. */
  readonly entries: readonly Entry<Revision | null>[];
  /** @throws StoreError where it cannot be */
  manifest(): Manifest;
  /** Of a small change the texts, which the release takes along. */
  readonly along?: readonly string[] | undefined;
  /** Writes the texts that are not there yet. */
  write(): Promise<void>;
}

function idsOf(entries: readonly Entry<Revision | null>[]): ModuleId[] {
  return entries.map(([id]) => id);
}

class MongoStore implements Store {
  readonly name: string;
  readonly shared = true;
  readonly capabilities = { publish: true, watch: true, history: true, channels: true, hosts: true, artifacts: true };
  readonly hosts: MongoHosts;
  readonly artifacts: MongoArtifacts;
  readonly #settings: Settings;
  readonly #collections: Collections;
  readonly #contents: Contents;
  readonly #history: History;
  /** Of other channels, by name. */
  readonly #others = new Map<string, History>();
  readonly #watch: Watch;
  readonly #commits = new Set<Promise<unknown>>();
  #disposing: Promise<void> | undefined;
  #connecting: Promise<void> | undefined;
  #indexing: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    const { database, channel, prefix, poll, timeout } = settings;
    this.name = `MongoDB '${database.databaseName}', channel '${channel}'`;
    this.#collections = collectionsOf(database, prefix, timeout);
    const { artifacts, hosts, revisions, releases } = this.#collections;
    this.hosts = new MongoHosts(hosts, channel, (what, work, abort) => this.#do(what, work, abort));
    this.artifacts = new MongoArtifacts(this.name, artifacts, (what, work, abort) => this.#do(what, work, abort));
    this.#contents = new Contents(this.name, revisions);
    this.#history = new History(this.name, channel, releases, this.#contents);
    this.#watch = new Watch({
      poll,
      newest: () => this.#history.newest(),
      unsettled: () => this.#history.passedOver,
      openStream: () => ReleaseStream.open(database, releases.collectionName, channel, SILENCE),
    });
  }

  async head(options?: HeadOptions): Promise<Head | undefined> {
    const heard = () => (options?.woken === true ? this.#watch.heard : undefined);
    const { head } = await this.#do('reading the head', () => this.#history.head(heard()), options);
    return head && { number: head.release.number, hash: head.release.hash, time: head.release.time };
  }

  manifest(hash: string, options?: Abortable): Promise<Manifest> {
    return this.#do('reading a manifest', () => this.#history.manifest(hash), options);
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    this.#check();
    options?.signal?.throwIfAborted();
    // most of them, when a host starts: they came with the first look at the head
    const ahead = this.#contents.take(revision);
    if (ahead !== undefined) return ahead;
    return this.#do(`reading '${id}'`, () => this.#contents.read(id, revision), options);
  }

  async watch(wake: () => void, options: WatchOptions): Promise<void> {
    this.#check();
    const { signal } = options;
    if (signal.aborted) return;
    try {
      await this.#do('watching', () => this.#watch.add(wake, options), { signal });
      this.#check();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async publish(changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check();
    options.signal?.throwIfAborted();
    // an abort ends the way to the commit point; past it the answer is waited for, since nobody could tell what happened
    return this.#explained('publishing', () => this.#publish(changes, options), options.signal);
  }

  async promote(options: PromoteOptions): Promise<Release> {
    this.#check();
    options.signal?.throwIfAborted();
    return this.#explained('publishing', () => this.#promote(options), options.signal);
  }

  history({ channel, signal, ...range }: HistoryOptions = {}): Promise<readonly Release[]> {
    return this.#do('reading the history', () => this.#historyOf(channel).list(range), signal && { signal });
  }

  async release(number: number, { channel, signal }: ReleaseOptions = {}): Promise<StoredRelease | undefined> {
    const reading = () => this.#historyOf(channel).release(number);
    const kept = await this.#do(`reading release ${number}`, reading, signal && { signal });
    return kept && { release: kept.release, manifest: kept.manifest };
  }

  async channels(options?: Abortable): Promise<readonly string[]> {
    const { releases } = this.#collections;
    const names = await this.#do('reading the channels', () => releases.distinct('_id.channel'), options);
    return names.filter((name): name is string => typeof name === 'string').sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    this.#watch.end();
    this.#history.clear();
    for (const history of this.#others.values()) history.clear();
    this.#contents.clear();
    const { client, owned } = this.#settings;
    await Promise.allSettled(this.#commits);
    if (!owned) return;
    await client.close();
    await this.#connecting?.catch(() => {});
  }

  async #publish(changes: Changes, options: PublishOptions): Promise<Release> {
    const parsed = parseChanges(this.name, changes);
    await abortable(this.#connected(), options.signal);
    return this.#append(options, async (base) => {
      const keys = [...parsed.texts.keys(), ...parsed.deleted];
      const entries = keys.map((id): Entry<Revision | null> => [id, parsed.texts.get(id)?.revision ?? null]);
      return {
        entries,
        manifest: () => applyChanges(this.name, base, parsed),
        along: textsAlong(parsed.texts, base),
        write: () => this.#contents.write(parsed.texts, base),
      };
    });
  }

  async #promote(options: PromoteOptions): Promise<Release> {
    const { from, signal } = options;
    await abortable(this.#connected(), signal);
    const source = await abortable(this.#historyOf(from.channel).release(from.number), signal);
    if (source === undefined || !(await abortable(this.#contents.isComplete(source.manifest), signal))) {
      throw releaseNotKept(this.name, from.number, from.channel);
    }
    const { manifest } = source;
    return this.#append(options, async (base) => {
      const { added, changed, removed } = diffManifests(base, manifest);
      const entries = [...added, ...changed, ...removed].map(
        (id): Entry<Revision | null> => [id, manifest.get(id) ?? null],
      );
      const write = async () => {
        const named = new Set(entries.flatMap(([, revision]) => revision ?? []));
        if (!(await this.#contents.touch([...named]))) throw releaseNotKept(this.name, from.number, from.channel);
      };
      return { entries, manifest: () => manifest, write };
    });
  }

  /** Compares the head with what was expected, and makes a release of what is made upon it. */
  async #append(options: PublishOptions, make: (base: Manifest) => Promise<Content>): Promise<Release> {
    const { expected, signal, channel = this.#settings.channel } = options;
    const history = this.#historyOf(channel);
    const [{ newest, head }] = await abortable(Promise.all([history.head(), this.#index()]), signal);
    if ((head?.release.number ?? 0) !== expected) {
      const base = expected === 0 ? EMPTY : await abortable(history.manifestOf(expected), signal);
      const { entries } = await make(base ?? EMPTY);
      throw this.#conflict(idsOf(entries), expected, base, head);
    }
    const base = head?.manifest ?? EMPTY;
    const content = await make(base);
    const manifest = content.manifest();
    const release = nextRelease({
      source: this.name,
      head: head?.release.number,
      number: newest + 1, // a release that is incomplete has its number all the same
      manifest,
      now: Date.now(),
      options,
    });
    await abortable(content.write(), signal);
    const { number, ...rest } = release;
    const what = history.contentOf(number, head, manifest, content.entries);
    const document: ReleaseDocument = {
      _id: { channel, number },
      publish: new Binary(randomBytes(16)),
      ...rest,
      ...what,
    };
    // a whole manifest is not sent with a wake, and nor are texts then
    const { along } = content;
    const texts = along !== undefined && along.length > 0 && what.changes !== undefined ? { texts: along } : {};
    const taken = await this.#completing(this.#commit({ ...document, ...texts }, history));
    if (taken !== undefined) throw this.#conflict(idsOf(content.entries), expected, base, taken.other, taken.error);
    if (history === this.#history) this.#contents.written(manifest);
    return history.add(document, manifest).release;
  }

  #historyOf(channel = this.#settings.channel): History {
    if (channel === this.#settings.channel) return this.#history;
    let history = this.#others.get(channel);
    if (history === undefined) {
      history = new History(this.name, channel, this.#collections.releases, this.#contents);
      this.#others.set(channel, history);
    }
    return history;
  }

  /** What has begun to be written is not broken off by disposing. */
  async #completing<Result>(commit: Promise<Result>): Promise<Result> {
    this.#commits.add(commit);
    try {
      return await commit;
    } finally {
      this.#commits.delete(commit);
    }
  }

  /**
   * Inserts a release; answers with the one that has its number, where it is taken.
   * @throws StoreError `STORE_UNREACHABLE` where it is not there, or not safely
   */
  async #commit(
    document: ReleaseDocument,
    history: History,
  ): Promise<{ other: Other | undefined; error: unknown } | undefined> {
    try {
      await this.#collections.releases.insertOne(document);
      return undefined;
    } catch (error) {
      // the answer to an insert can be lost, and the driver then tries again: the release that is there may be this one
      const { number } = document._id;
      const found = await history.document(number).catch((failure: unknown) => {
        if (isDuplicateKey(error)) throw failure;
        return undefined;
      });
      const own = found !== undefined && nameOf(found) === nameOf(document);
      if (own && error instanceof MongoWriteConcernError) throw this.#unconfirmed(number, error);
      if (own) return undefined;
      if (!isDuplicateKey(error)) throw error;
      const manifest = found && (await history.manifestIn(found));
      return { other: found && { release: releaseOf(found), manifest }, error };
    }
  }

  /**
   * @param base the manifest on which the changes were made, where it is known
   * @param other the release that is there instead
   */
  #conflict(
    keys: readonly ModuleId[],
    expected: number,
    base: Manifest | undefined,
    other: Other | undefined,
    cause?: unknown,
  ): StoreConflictError {
    const now = other === undefined ? EMPTY : other.manifest;
    const both = base && now && keys.filter((id) => base.get(id) !== now.get(id)).sort();
    return new StoreConflictError(this.name, expected, other?.release, both, cause === undefined ? {} : { cause });
  }

  #unconfirmed(number: number, cause: Error): StoreError {
    const message =
      `${this.name}: release ${number} was written, but most servers have not confirmed it: ${cause.message}. ` +
      'Look whether it is still the head before you publish again.';
    return new StoreError('STORE_UNREACHABLE', message, { cause });
  }

  /** Looks at the version, and makes the indexes: once, by who publishes; who follows only reads. */
  #index(): Promise<void> {
    this.#indexing ??= this.#prepare().catch((error: unknown) => {
      this.#indexing = undefined;
      throw error;
    });
    return this.#indexing;
  }

  async #prepare(): Promise<void> {
    const { meta, releases } = this.#collections;
    await assertOwnSchema(this.name, meta);
    try {
      for (const index of RELEASE_INDEXES) await releases.createIndex(index);
    } catch (error) {
      if (!isUnauthorized(error)) throw error; // somebody who may insert and nothing else leaves it to others
    }
  }

  #connected(): Promise<void> {
    this.#check();
    const { client, owned } = this.#settings;
    if (!owned) return Promise.resolve(); // connected by the game, or by the driver with the first command
    this.#connecting ??= client.connect().then(
      async () => {
        if (this.#disposing !== undefined) await client.close();
      },
      (error: unknown) => {
        this.#connecting = undefined; // the next one tries again
        throw error;
      },
    );
    return this.#connecting;
  }

  async #do<Result>(what: string, work: () => Promise<Result>, { signal }: Abortable = {}): Promise<Result> {
    this.#check();
    signal?.throwIfAborted();
    return this.#explained(what, () => abortable(this.#connected().then(work), signal), signal);
  }

  async #explained<Result>(what: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await guarded(this.name, what, work, signal);
    } catch (error) {
      this.#check(); // the driver's complaint about a closed client means that the store was disposed of
      throw error;
    }
  }

  #check(): void {
    if (this.#disposing !== undefined) throw disposed(this.name);
  }
}
