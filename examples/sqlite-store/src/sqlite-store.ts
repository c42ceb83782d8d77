/**
 * A store over an SQLite file: releases with history and channels, in one file that any number of processes may have open.
 *
 * It is an example of an adapter, complete and small: every call of the library is synchronous, so a transaction is a
 * function. A game that publishes from its own process holds its event loop for as long as the disk takes.
 */
import {
  type Abortable,
  applyChanges,
  type Changes,
  contentMissing,
  diffManifests,
  disposed,
  type Head,
  type HistoryOptions,
  isStoreError,
  linkSignals,
  type Manifest,
  type ModuleId,
  nextRelease,
  type PromoteOptions,
  type PublishOptions,
  parseChanges,
  type Release,
  type ReleaseOptions,
  type Revision,
  releaseGone,
  releaseNotKept,
  type Store,
  StoreConflictError,
  type StoredRelease,
  unreachable,
  Wakes,
  type WatchOptions,
} from '@rekindle/store';
import { type Database, openDatabase } from './database.ts';
import { prepareTables } from './tables.ts';

export interface SqliteStoreOptions {
  /** @default 'live' */
  readonly channel?: string;
  /** Milliseconds between two looks whether another process has published. @default 100 */
  readonly poll?: number;
}

/** Makes a store of an SQLite file, which is opened, and made where there is none, when it is first used. */
export function sqliteStore(file: string, { channel = 'live', poll = 100 }: SqliteStoreOptions = {}): Store {
  return new SqliteStore(file, channel, poll);
}

interface Row extends Release {
  readonly channel: string;
}

const EMPTY: Manifest = new Map();

class SqliteStore implements Store {
  readonly name: string;
  readonly shared = true;
  readonly capabilities = { publish: true, watch: true, history: true, channels: true };
  readonly #file: string;
  readonly #channel: string;
  readonly #poll: number;
  readonly #wakes = new Wakes();
  readonly #life = new AbortController();
  #opened: Database | undefined;

  constructor(file: string, channel: string, poll: number) {
    this.name = `SQLite '${file}'`;
    this.#file = file;
    this.#channel = channel;
    this.#poll = poll;
  }

  async head(options?: Abortable): Promise<Head | undefined> {
    return this.#reading('reading the head', options, () => {
      const newest = this.#newest(this.#channel);
      return newest && { number: newest.number, hash: newest.hash, time: newest.time };
    });
  }

  async manifest(hash: string, options?: Abortable): Promise<Manifest> {
    return this.#reading('reading a manifest', options, () => {
      const manifest = this.#manifest(hash);
      if (manifest === undefined) throw releaseGone(this.name, hash);
      return manifest;
    });
  }

  async read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string> {
    return this.#reading(`reading '${id}'`, options, (database) => {
      const row = database
        // as bytes: some versions of node:sqlite end a text at its first NUL
        .prepare('SELECT CAST(text AS BLOB) AS bytes FROM revisions WHERE revision = ?')
        .get(revision);
      if (row === undefined) throw contentMissing(this.name, id, revision);
      return Buffer.from((row as { bytes: Uint8Array }).bytes).toString('utf8');
    });
  }

  async watch(wake: () => void, { signal }: WatchOptions): Promise<void> {
    if (signal.aborted) return;
    const { signal: ended } = linkSignals(signal, this.#life.signal);
    const version = () =>
      this.#reading('watching', undefined, (database) => database.prepare('PRAGMA data_version').get());
    let seen = JSON.stringify(version());
    this.#wakes.add(wake, ended); // what this store publishes itself is no news to its own connection
    const timer = setInterval(() => {
      try {
        const now = JSON.stringify(version());
        if (now === seen) return;
        seen = now;
        wake();
      } catch {
        // busy, or gone: whoever reads the head hears of it; the next look comes
      }
    }, this.#poll);
    ended.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  async publish(changes: Changes, options: PublishOptions): Promise<Release> {
    this.#check(options);
    const parsed = parseChanges(this.name, changes);
    const ids = [...parsed.texts.keys(), ...parsed.deleted];
    return this.#append(options, ids, (database, head) => {
      const insert = database.prepare('INSERT OR IGNORE INTO revisions (revision, text) VALUES (?, ?)');
      for (const { revision, text } of parsed.texts.values()) insert.run(revision, text);
      return applyChanges(this.name, head, parsed);
    });
  }

  async promote(options: PromoteOptions): Promise<Release> {
    const { number, channel = this.#channel } = options.from;
    const source = await this.release(number, { ...options, channel });
    if (source === undefined) throw releaseNotKept(this.name, number, options.from.channel);
    const head = await this.#reading('reading the head', options, () => this.#newest(options.channel ?? this.#channel));
    const { added, changed, removed } = diffManifests(this.#manifestOf(head), source.manifest);
    return this.#append(options, [...added, ...changed, ...removed], () => source.manifest);
  }

  async history({ channel = this.#channel, before, limit = 50, signal }: HistoryOptions = {}) {
    return this.#reading('reading the history', signal && { signal }, (database) =>
      database
        .prepare('SELECT * FROM releases WHERE channel = ? AND number < ? ORDER BY number DESC LIMIT ?')
        .all(channel, Math.min(before ?? Infinity, Number.MAX_SAFE_INTEGER), Math.max(1, limit))
        .map((row) => releaseOf(row as Row)),
    );
  }

  async release(number: number, { channel = this.#channel, signal }: ReleaseOptions = {}) {
    return this.#reading(`reading release ${number}`, signal && { signal }, (database): StoredRelease | undefined => {
      const row = database.prepare('SELECT * FROM releases WHERE channel = ? AND number = ?').get(channel, number);
      const release = row === undefined ? undefined : releaseOf(row as Row);
      const manifest = release && this.#manifest(release.hash);
      return release && manifest && { release, manifest };
    });
  }

  async channels(options?: Abortable): Promise<readonly string[]> {
    return this.#reading('reading the channels', options, (database) =>
      database
        .prepare('SELECT DISTINCT channel FROM releases')
        .all()
        .map((row) => (row as Row).channel)
        .sort(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    this.#wakes.clear();
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** Compares the head with what is expected and makes a release upon it, in one transaction. */
  #append(
    options: PublishOptions,
    ids: readonly ModuleId[],
    make: (database: Database, head: Manifest) => Manifest,
  ): Release {
    const { expected, channel = this.#channel } = options;
    const release = this.#reading('publishing', options, (database) => {
      database.exec('BEGIN IMMEDIATE'); // waits for another writer here, not at its end
      try {
        const head = this.#newest(channel);
        if ((head?.number ?? 0) !== expected) throw this.#conflict(channel, expected, head, ids);
        const manifest = make(database, this.#manifestOf(head));
        const number = expected + 1;
        const now = Date.now();
        const made = nextRelease({ source: this.name, head: head?.number, number, manifest, now, options });
        database
          .prepare('INSERT OR IGNORE INTO manifests (hash, modules) VALUES (?, ?)')
          .run(made.hash, JSON.stringify([...manifest]));
        database
          .prepare(
            'INSERT INTO releases (channel, number, hash, parent, author, message, time) VALUES (?, ?, ?, ?, ?, ?, ?)',
          )
          .run(channel, made.number, made.hash, made.parent, made.author, made.message, made.time);
        database.exec('COMMIT');
        return made;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    });
    if (channel === this.#channel) this.#wakes.all();
    return release;
  }

  #conflict(
    channel: string,
    expected: number,
    head: Release | undefined,
    ids: readonly ModuleId[],
  ): StoreConflictError {
    const where = 'SELECT * FROM releases WHERE channel = ? AND number = ?';
    const row = this.#database().prepare(where).get(channel, expected);
    const known = expected === 0 || row !== undefined;
    const base = this.#manifestOf(row === undefined ? undefined : releaseOf(row as Row));
    const now = this.#manifestOf(head);
    const both = known ? ids.filter((id) => base.get(id) !== now.get(id)).sort() : undefined;
    return new StoreConflictError(this.name, expected, head, both);
  }

  #newest(channel: string): Release | undefined {
    const newest = 'SELECT * FROM releases WHERE channel = ? ORDER BY number DESC LIMIT 1';
    const row = this.#database().prepare(newest).get(channel);
    return row === undefined ? undefined : releaseOf(row as Row);
  }

  #manifest(hash: string): Manifest | undefined {
    const row = this.#database().prepare('SELECT modules FROM manifests WHERE hash = ?').get(hash);
    return row === undefined ? undefined : new Map(JSON.parse((row as { modules: string }).modules));
  }

  #manifestOf(release: Release | undefined): Manifest {
    return (release && this.#manifest(release.hash)) ?? EMPTY;
  }

  /** Runs work on the database; what the library throws is told in the words of the contract. */
  #reading<Result>(what: string, options: Abortable | undefined, work: (database: Database) => Result): Result {
    this.#check(options);
    try {
      return work(this.#database());
    } catch (error) {
      throw isStoreError(error) ? error : unreachable(this.name, what, error);
    }
  }

  #database(): Database {
    if (this.#opened !== undefined) return this.#opened;
    const database = openDatabase(this.#file);
    try {
      prepareTables(this.name, database);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#opened = database;
    return database;
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#life.signal.aborted) throw disposed(this.name);
  }
}

function releaseOf({ number, hash, parent, author, message, time }: Row): Release {
  return { number, hash, parent, author, message, time };
}
