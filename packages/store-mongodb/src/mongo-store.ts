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
  disposed,
  type Head,
  type Manifest,
  type ModuleId,
  manifestHash,
  type PublishOptions,
  parseChanges,
  type Release,
  type Revision,
  type Store,
  StoreConflictError,
  StoreError,
  type WatchOptions,
} from '@rekindle/store';
import { Binary, MongoClient, type MongoClientOptions } from 'mongodb';
import { Contents } from './contents.ts';
import { type Collections, collectionsOf, type Entry, type ReleaseDocument } from './documents.ts';
import { guarded, isDuplicateKey } from './failures.ts';
import { History, type KeptRelease } from './history.ts';
import { type WatchTimes, watch } from './watch.ts';

export interface MongoStoreOptions {
  /** `mongodb://…`; or give `client`. */
  readonly uri?: string;
  /** The game's own client, which is not closed by the store. */
  readonly client?: MongoClient;
  /** @default the one in the URI, else 'rekindle' */
  readonly database?: string;
  /** A numbered sequence of releases beside others. @default 'live' */
  readonly channel?: string;
  /** In front of the names of the collections. @default 'rekindle_' */
  readonly prefix?: string;
  /** Milliseconds between two looks where the server has no change streams. @default 1000 */
  readonly poll?: number;
  /** Milliseconds after which a server that does not answer is given up on. @default 5000 */
  readonly timeout?: number;
}

const DEFAULTS = { channel: 'live', prefix: 'rekindle_', poll: 1_000, timeout: 5_000 };
/** Between two looks beside a change stream, in ms. */
const CHECK = 1_000;
/** So many releases carry only their changes before one carries the whole manifest again. */
const RELEASES_BETWEEN_MANIFESTS = 50;

/**
 * Makes a store over a database. It connects when it is first used.
 *
 * @throws StoreError `STORE_BAD_OPTION`
 * @example
 * const host = createHost({ stores: [mongoStore({ uri: 'mongodb://127.0.0.1', database: 'arena' }), folderStore('scripts')] });
 */
export function mongoStore(options: MongoStoreOptions): Store {
  return new MongoStore(options);
}

class MongoStore implements Store {
  readonly name: string;
  readonly shared = true;
  readonly capabilities = { publish: true, watch: true };
  readonly #options: MongoStoreOptions & typeof DEFAULTS;
  readonly #client: MongoClient;
  readonly #owned: boolean;
  readonly #contents: Contents;
  readonly #history: History;
  readonly #life = new AbortController();
  readonly #times: WatchTimes;
  #connecting: Promise<Collections> | undefined;

  constructor(options: MongoStoreOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { uri, client, channel, database, poll, timeout } = this.#options;
    if ((uri === undefined) === (client === undefined)) {
      throw new StoreError('STORE_BAD_OPTION', 'mongoStore takes either `uri` or `client`.');
    }
    this.#owned = client === undefined;
    this.#client = client ?? newClient(uri as string, timeout);
    this.name = `mongodb '${database ?? this.#client.options.dbName}', channel '${channel}'`;
    this.#times = { poll, check: Math.min(poll, CHECK) };
    const collections = () => this.#collections();
    this.#contents = new Contents(this.name, collections);
    this.#history = new History(this.name, channel, collections, this.#contents);
  }

  async head(options?: Abortable): Promise<Head | undefined> {
    const kept = await this.#do('reading the head', () => this.#history.head(), options);
    return kept && { number: kept.release.number, hash: kept.release.hash };
  }

  manifest(hash: string, options?: Abortable): Promise<Manifest> {
    return this.#do('reading a manifest', () => this.#history.manifest(hash), options);
  }

  read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    return this.#do(`reading '${id}'`, () => this.#contents.read(id, revision), options);
  }

  async watch(wake: () => void, options: WatchOptions): Promise<void> {
    this.#check();
    if (options.signal.aborted) return;
    const signal = AbortSignal.any([options.signal, this.#life.signal]);
    const { notice } = options;
    const powers = {
      channel: this.#options.channel,
      times: this.#times,
      collections: () => this.#collections(),
      newestNumber: () => this.#history.newestNumber(),
    };
    await guarded(
      this.name,
      'watching',
      () => watch(powers, wake, notice === undefined ? { signal } : { signal, notice }),
      options.signal,
    );
  }

  publish(changes: Changes, options: PublishOptions): Promise<Release> {
    // an abort ends the way to the commit point; past it the answer is waited for, since nobody could tell what happened
    this.#check();
    return this.#explained('publishing', () => this.#publish(changes, options), options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort(disposed(this.name));
    this.#history.clear();
    if (this.#owned) await this.#client.close();
  }

  async #publish(changes: Changes, { expected, author = '', message = '', signal }: PublishOptions): Promise<Release> {
    signal?.throwIfAborted();
    const parsed = parseChanges(this.name, changes);
    const { number: newest, complete: head } = await abortable(this.#history.newest(), signal);
    const number = head?.release.number ?? 0;
    const keys = [...parsed.texts.keys(), ...parsed.deleted];
    if (number !== expected) throw await this.#conflict(keys, expected, head);
    const manifest = applyChanges(this.name, head?.manifest ?? new Map(), parsed);
    await abortable(this.#contents.write(parsed.texts), signal);
    const entries: Entry<Revision | null>[] = keys.map((id) => [id, parsed.texts.get(id)?.revision ?? null]);
    // a release that is incomplete has its number all the same
    const document = this.#document({ number: newest + 1, head, manifest, entries, author, message });
    const { releases } = await this.#collections();
    try {
      await releases.insertOne(document, { writeConcern: { w: 'majority', j: true } });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const other = await this.#history.read(document._id.number);
      // the driver tries a write again whose answer was lost: then the release that is there is this one
      if (other?.document.publish.toString('hex') !== document.publish.toString('hex')) {
        throw await this.#conflict(keys, expected, other, error);
      }
    }
    return this.#history.keep(document, manifest).release;
  }

  #document({
    number,
    head,
    manifest,
    entries,
    author,
    message,
  }: {
    number: number;
    head: KeptRelease | undefined;
    manifest: Manifest;
    entries: Entry<Revision | null>[];
    author: string;
    message: string;
  }): ReleaseDocument {
    const base = head?.document.base ?? number;
    const follows = head?.release.number === number - 1;
    const whole = !follows || number - base >= RELEASES_BETWEEN_MANIFESTS || entries.length > manifest.size / 2;
    return {
      _id: { channel: this.#options.channel, number },
      publish: new Binary(randomBytes(16)),
      hash: manifestHash(manifest),
      parent: head?.release.number ?? null,
      author,
      message,
      time: Date.now(),
      base: whole ? number : base,
      changes: entries,
      ...(whole ? { manifest: [...manifest] } : {}),
    };
  }

  async #conflict(
    keys: readonly ModuleId[],
    expected: number,
    head: KeptRelease | undefined,
    cause?: unknown,
  ): Promise<StoreConflictError> {
    const base = expected === 0 ? new Map() : (await this.#history.read(expected))?.manifest;
    const both = base && keys.filter((id) => base.get(id) !== head?.manifest.get(id)).sort();
    return new StoreConflictError(this.name, expected, head?.release, both, cause === undefined ? {} : { cause });
  }

  async #collections(): Promise<Collections> {
    this.#connecting ??= this.#connect();
    try {
      return await this.#connecting;
    } catch (error) {
      this.#connecting = undefined; // the next one tries again
      throw error;
    }
  }

  async #connect(): Promise<Collections> {
    if (this.#owned) await this.#client.connect();
    const { database, prefix } = this.#options;
    const collections = collectionsOf(this.#client.db(database), prefix);
    await collections.releases.createIndex({ '_id.channel': 1, '_id.number': -1 }).catch(() => {
      // somebody who may only read can still follow; a small collection needs no index
    });
    return collections;
  }

  async #do<Result>(what: string, work: () => Promise<Result>, { signal }: Abortable = {}): Promise<Result> {
    this.#check();
    signal?.throwIfAborted();
    return this.#explained(what, () => abortable(work(), signal), signal);
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
    if (this.#life.signal.aborted) throw disposed(this.name);
  }
}

function newClient(uri: string, timeout: number): MongoClient {
  const options: MongoClientOptions = {
    appName: 'rekindle',
    serverSelectionTimeoutMS: timeout,
    connectTimeoutMS: timeout,
    heartbeatFrequencyMS: 500, // with the driver's ten seconds, retries after a stepdown stall
  };
  try {
    return new MongoClient(uri, options);
  } catch (cause) {
    const message = `'${uri.replace(/\/\/[^@/]*@/, '//…@')}' is no MongoDB URI: ${(cause as Error).message}`;
    throw new StoreError('STORE_BAD_OPTION', message, { cause });
  }
}
