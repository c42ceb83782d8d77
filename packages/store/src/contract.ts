/**
 * The contract between Rekindle and whatever keeps script modules.
 *
 * A store holds immutable *revisions* (texts, named by their SHA-256), and *releases*: immutable *manifests* that map
 * module ids to revisions, numbered along a *channel*. Stores say that the head moved; they never judge what it holds.
 */

/** POSIX path with extension, relative to the store's root, in NFC: `npc/goblin.ts`. */
export type ModuleId = string;

/** SHA-256 of the text in UTF-8, hexadecimal, after line ends became LF and a byte order mark was dropped. */
export type Revision = string;

/** The whole graph of a release. */
export type Manifest = ReadonlyMap<ModuleId, Revision>;

/** What a source shows of its newest state. */
export interface Head {
  /**
   * Number along the channel, from 1. A source whose content nobody published (a working tree) counts what hosts
   * committed: see `ReleaseSource.committed`.
   */
  readonly number: number;
  /** Names the manifest: SHA-256 over its sorted entries, hexadecimal. */
  readonly hash: string;
}

export interface Release extends Head {
  readonly parent: number | null;
  readonly author: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface Abortable {
  readonly signal?: AbortSignal;
}

/** What a host follows. A store is one; the overlay of several is one. */
export interface ReleaseSource extends AsyncDisposable {
  /** Says in messages which source is meant: `folder 'scripts'`. */
  readonly name: string;
  /** The newest state; `undefined` where there is none yet. */
  head(options?: Abortable): Promise<Head | undefined>;
  /** The manifest that a head names, as long as the source still has it; rejects with `STORE_RELEASE_GONE` after. */
  manifest(hash: string, options?: Abortable): Promise<Manifest>;
  /** The text of a revision that a manifest named; rejects with `STORE_CONTENT_MISSING`. */
  read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string>;
  /**
   * Calls `wake` whenever the head may have moved, until the signal aborts.
   * A wake promises nothing: the listener reads the head and compares. Wakes may be lost, doubled or early.
   * Resolves when watching has begun.
   */
  watch(wake: () => void, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Told after a host committed this manifest; answers with the number under which it is known.
   * Absent where heads are numbered when they are published.
   */
  committed?(hash: string): Promise<number>;
}

/** `null` deletes the module. */
export type Changes = ReadonlyMap<ModuleId, string | null>;

export interface PublishOptions extends Abortable {
  /** The number of the head on which the changes were made; 0 for an empty store. */
  readonly expected: number;
  readonly author?: string;
  readonly message?: string;
}

export interface StoreCapabilities {
  /** `publish` works. */
  readonly publish: boolean;
  /** `watch` wakes by itself; where false, heads are only seen when asked for. */
  readonly watch: boolean;
}

export interface Store extends ReleaseSource {
  readonly capabilities: StoreCapabilities;
  /**
   * Makes one release of all changes, or none: compares the head's number with `expected` and sets it.
   * Rejects with `STORE_CONFLICT` (the other release is in the error) and, on a source that cannot, `STORE_READ_ONLY`.
   */
  publish(changes: Changes, options: PublishOptions): Promise<Release>;
}
