/**
 * The contract between Rekindle and whatever keeps script modules.
 *
 * A store holds immutable *revisions* (texts, named by their SHA-256), and *releases*: immutable *manifests* that map
 * module ids to revisions, numbered along a *channel*. Stores say that the head moved; they never judge what it holds.
 *
 * Every promise below may reject with a `StoreError`: `STORE_UNREACHABLE` where the content could not be had, and
 * `STORE_DISPOSED` after `[Symbol.asyncDispose]`, which may be called at any time and any number of times. A call that
 * was given a signal rejects with the signal's reason once that aborts (`watch` excepted: see there).
 */
import type { Artifacts } from './artifacts.ts';
import type { HostReports } from './host-reports.ts';

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
   * committed: see `ReleaseSource.committed`. There it is the last number that was given, also while the content has
   * moved on since, and 0 before the first: so two heads with one number and different hashes are two states.
   */
  readonly number: number;
  /**
   * The number that this state gets when a host commits it, where that is another one: so a host can say at the moment of
   * the commit which release runs.
   */
  readonly next?: number;
  /** Names the manifest: SHA-256 over its sorted entries, hexadecimal. */
  readonly hash: string;
  /**
   * When it was published, in milliseconds since the epoch. Absent where nobody published the content: a working tree.
   * By it a host tells a store that is being restored from one to which somebody publishes.
   */
  readonly time?: number;
}

/** One release: a head, with the one before it and who made it when and why. */
export interface Release extends Head {
  readonly parent: number | null;
  readonly author: string;
  readonly message: string;
  /** When it was published, in milliseconds since the epoch. */
  readonly time: number;
}

/** Ends a call early: it rejects with the signal's reason. */
export interface Abortable {
  readonly signal?: AbortSignal;
}

/** Why a head is asked for. */
export interface HeadOptions extends Abortable {
  /**
   * True for whoever asks because a wake came, and asks again at the next one: a source that heard with the wake what is
   * new may answer with that, without a look whether there is something newer still. It wakes for that too.
   * @default false
   */
  readonly woken?: boolean;
}

/**
 * What a source that is being watched says about itself. Nothing in it asks the listener to act: a source recovers by
 * itself, and wakes afterwards.
 */
export type SourceNotice =
  /** The content cannot be had at the moment. Said once, until it is `connected` again. */
  | { readonly type: 'lost'; readonly cause: unknown }
  /** It can be had again. */
  | { readonly type: 'connected' }
  /** Changes are looked for every so many milliseconds from now on, because of `cause`. */
  | { readonly type: 'polling'; readonly interval: number; readonly cause: unknown };

/** How long a source is watched, and who hears how it is. */
export interface WatchOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Told when the source is lost, is there again, or has begun to poll. */
  readonly notice?: (notice: SourceNotice) => void;
}

/** What a host follows. A store is one; the overlay of several is one. */
export interface ReleaseSource extends AsyncDisposable {
  /** Says in messages which source is meant: `folder 'scripts'`. */
  readonly name: string;
  /**
   * True where other people write to it, a database, say: by default, its scripts may import host modules and nothing of
   * Node.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * True where its content ends with the process: a host keeps nothing of it on its disk.
   * @default false
   */
  readonly volatile?: boolean;
  /** Absolute path of the folder of this machine whose files the ids name, where there is one. */
  readonly folder?: string;
  /**
   * Told by a host before anything is asked for: it makes modules of files with these extensions too (`.csv`), so a
   * source that tells modules by their extensions has to name them. Absent where every id is a module's.
   */
  accept?(extensions: readonly string[]): void;
  /**
   * True while somebody is known to rewrite the content in many steps, a `git checkout`, say: what would be refused
   * meanwhile is not announced, for ten seconds at most. Never rejects. Absent where nobody can tell.
   */
  unsettled?(): Promise<boolean>;
  /** The newest state; `undefined` where there is none yet. */
  head(options?: HeadOptions): Promise<Head | undefined>;
  /** The manifest that a head names, as long as the source still has it; rejects with `STORE_RELEASE_GONE` after. */
  manifest(hash: string, options?: Abortable): Promise<Manifest>;
  /**
   * The text of a revision that a manifest or `find` named; rejects with `STORE_CONTENT_MISSING` when the source has it
   * no longer: then read the head again.
   */
  read(id: ModuleId, revision: Revision, options?: Abortable): Promise<string>;
  /**
   * Present where a manifest does not name all that the source has, because the source cannot list it: the revision of
   * a module, or `undefined` when there is none. Where it is present, whoever resolves an id asks it for every id, and
   * does not conclude from a manifest that there is no such module.
   *
   * Heads from then on take account of every id that was asked for: a found module is in their manifests, one that was
   * not there appears when it comes into being. Finding is not a change of the head: nobody is woken. A later head has
   * another hash; its manifest has the found module at the revision that `find` gave, unless it changed since.
   */
  find?(id: ModuleId, options?: Abortable): Promise<Revision | undefined>;
  /**
   * Calls `wake` whenever the head may have moved, until the signal aborts.
   * A wake promises nothing: the listener reads the head and compares. Wakes may be lost, doubled or early; none comes
   * after the abort. A listener must not throw.
   * Resolves when watching has begun, or, without a word, when the signal aborts before that; rejects where watching
   * cannot begin. A source that never wakes by itself resolves at once.
   */
  watch(wake: () => void, options: WatchOptions): Promise<void>;
  /**
   * Told after a host committed this manifest; answers with the number under which it is known. A manifest that has the
   * last number keeps it; one that is the newest content gets the next, also when it had a number before (content that
   * was edited and put back); one that the content has left behind keeps the number that it had.
   * Absent where heads are numbered when they are published.
   */
  committed?(hash: string): Promise<number>;
  /** Where hosts tell what runs on them; absent where nobody could read it. */
  readonly hosts?: HostReports;
  /** Compiled modules beside the texts; absent where it keeps none. */
  readonly artifacts?: Artifacts;
}

/** `null` deletes the module. */
export type Changes = ReadonlyMap<ModuleId, string | null>;

/** Upon what a publish builds, and who publishes why. */
export interface PublishOptions extends Abortable {
  /** The number of the head on which the changes were made; 0 for an empty store. */
  readonly expected: number;
  readonly author?: string;
  readonly message?: string;
  /** Another channel than the store's own, where `capabilities.channels`. @default the store's own */
  readonly channel?: string;
  /**
   * The number and the time that the release has elsewhere, for those who copy a history. The number is above
   * `expected`, else it is `STORE_BAD_OPTION`.
   * @default the next number, now
   */
  readonly as?: { readonly number: number; readonly time: number };
}

/** Which releases are listed. */
export interface HistoryOptions extends Abortable {
  /** @default the store's own */
  readonly channel?: string;
  /** Those with a lower number. @default all */
  readonly before?: number;
  /** So many at most. @default 50 */
  readonly limit?: number;
}

/** Where a release stands. */
export interface ReleaseOptions extends Abortable {
  /** @default the store's own */
  readonly channel?: string;
}

/** A release and all that it names. */
export interface StoredRelease {
  readonly release: Release;
  readonly manifest: Manifest;
}

/** Which release is published once more, and where. */
export interface PromoteOptions extends PublishOptions {
  /** The release whose manifest it is; of the store's own channel, unless it says another. */
  readonly from: { readonly channel?: string; readonly number: number };
}

/** What a store can do; the conformance suite tests all that is declared. */
export interface StoreCapabilities {
  /** `publish` works. */
  readonly publish: boolean;
  /** `watch` wakes by itself; where false, heads are only seen when asked for. */
  readonly watch: boolean;
  /**
   * Earlier releases can be had, as many as it keeps: `history`, `release` and `promote` are there.
   * @default false
   */
  readonly history?: boolean;
  /** It has channels beside its own: `channels` is there, and every option `channel` works. @default false */
  readonly channels?: boolean;
  /** It keeps what hosts tell: `hosts` is there. @default false */
  readonly hosts?: boolean;
  /** It keeps compiled modules beside the texts: `artifacts` is there. @default false */
  readonly artifacts?: boolean;
}

export interface Store extends ReleaseSource {
  readonly capabilities: StoreCapabilities;
  /**
   * Makes one release of all changes, or none: compares the head's number with `expected` and sets it.
   * Rejects with `STORE_CONFLICT` (a `StoreConflictError`, which has the other release), `STORE_BAD_ID`,
   * `STORE_DUPLICATE_ID` and, on a source that cannot, `STORE_READ_ONLY`.
   * Changes that change nothing make a release too: publishing one manifest again is how a release is repeated.
   */
  publish(changes: Changes, options: PublishOptions): Promise<Release>;
  /** The releases that it keeps, the newest first. */
  history?(options?: HistoryOptions): Promise<readonly Release[]>;
  /** One of them with its manifest, whose texts `read` gives; `undefined` where it is not kept (any more). */
  release?(number: number, options?: ReleaseOptions): Promise<StoredRelease | undefined>;
  /**
   * Publishes the manifest of a release that it keeps: on another channel, or once more on the same one.
   * Compares and sets as `publish` does. Rejects with `STORE_CONFLICT`, and with `STORE_RELEASE_GONE` where there is no
   * such release.
   */
  promote?(options: PromoteOptions): Promise<Release>;
  /** The names of the channels that have releases, sorted. */
  channels?(options?: Abortable): Promise<readonly string[]>;
}
