/**
 * Every error that a store raises, with its code. The codes are the contract; the texts may become better.
 *
 * What other systems throw (a driver, the file system) is never passed on bare: it becomes the `cause` of one of these.
 */
import type { ModuleId, Release, Revision } from './contract.ts';

/** Codes of a StoreError; the error reference tells what each means and what to do. */
export type StoreErrorCode =
  /** Another release took the number first. */
  | 'STORE_CONFLICT'
  /** The source takes no releases. */
  | 'STORE_READ_ONLY'
  /** The text of a revision is not there (any more). */
  | 'STORE_CONTENT_MISSING'
  /** The manifest that a hash names is not there (any more). */
  | 'STORE_RELEASE_GONE'
  /** A module id has a form that is not allowed. */
  | 'STORE_BAD_ID'
  /** Two ids could not live in one tree everywhere: they differ in case or normal form alone. */
  | 'STORE_DUPLICATE_ID'
  /** A text is not UTF-8. */
  | 'STORE_BAD_TEXT'
  /** The store was disposed. */
  | 'STORE_DISPOSED'
  /** The content could not be had: connection, permission, hardware. */
  | 'STORE_UNREACHABLE'
  /** The place where the content should be is not there. */
  | 'STORE_NOT_FOUND'
  /** A symbolic link leads out of the store. */
  | 'STORE_LINK_OUTSIDE'
  /** Two histories have different releases under one number. */
  | 'STORE_DIVERGED'
  /** A backup is not whole, or not what it was. */
  | 'STORE_BACKUP_DAMAGED'
  /** The store was set up by a later version. */
  | 'STORE_TOO_NEW'
  /** The store was set up by an earlier version, and has to be set up anew before anybody publishes. */
  | 'STORE_TOO_OLD'
  /** An option has a value that it cannot have. */
  | 'STORE_BAD_OPTION';

/**
 * An error of a store. Compare `code`, never the message.
 *
 * @example
 * try { await store.read(id, revision); }
 * catch (error) { if (isStoreError(error, 'STORE_CONTENT_MISSING')) return readHeadAgain(); throw error; }
 */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** `STORE_CONFLICT`: somebody else published on the same head first. */
export class StoreConflictError extends StoreError {
  override readonly name = 'StoreConflictError';
  /** The number that the publisher named as its base. */
  readonly expected: number;
  /** The release that is the head instead; `undefined` when the store holds none. */
  readonly release: Release | undefined;
  /**
   * Those of the changes whose module is different in the other release too, sorted; `undefined` when the store cannot
   * tell, because it no longer has the release that was expected.
   */
  readonly modules: readonly ModuleId[] | undefined;

  constructor(
    source: string,
    expected: number,
    release: Release | undefined,
    modules: readonly ModuleId[] | undefined,
    options?: { readonly cause?: unknown },
  ) {
    super('STORE_CONFLICT', conflictMessage(source, expected, release, modules), options);
    this.expected = expected;
    this.release = release;
    this.modules = modules;
  }
}

/**
 * Whether a value is an error of a store, by its code and not by its class: two copies of this package in one process
 * still understand each other.
 */
export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined ? error.code.startsWith('STORE_') : error.code === code;
}

function conflictMessage(
  source: string,
  expected: number,
  release: Release | undefined,
  modules: readonly ModuleId[] | undefined,
): string {
  const base = expected === 0 ? 'an empty store' : `release ${expected}`;
  if (!release) return `These changes were made on ${base}, but ${source} has no release. Read its head and try again.`;
  const author = release.author ? ` by '${release.author}'` : '';
  const message = release.message ? `, '${release.message}'` : '';
  const both = modules?.length ? ` Both changed: ${modules.map((id) => `'${id}'`).join(', ')}.` : '';
  return (
    `These changes were made on ${base}, but ${source} is at release ${release.number}${author}${message}.${both} ` +
    `Bring the changes onto release ${release.number} and publish again.`
  );
}

/** `STORE_READ_ONLY`: a store that nobody can publish to. */
export function readOnly(source: string, hint: string, cause?: unknown): StoreError {
  return new StoreError('STORE_READ_ONLY', `Cannot publish to ${source}: it is read-only. ${hint}`, withCause(cause));
}

/** `STORE_CONTENT_MISSING`: a text that the store has no longer. */
export function contentMissing(source: string, id: ModuleId, revision: Revision, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_CONTENT_MISSING',
    `${capitalised(source)} does not have '${id}' at revision ${short(revision)} (any more). Read the head again.`,
    withCause(cause),
  );
}

/** `STORE_RELEASE_GONE`: a manifest that the store has no longer. */
export function releaseGone(source: string, hash: string): StoreError {
  return new StoreError(
    'STORE_RELEASE_GONE',
    `${capitalised(source)} does not have the manifest ${short(hash)} (any more). Read the head again.`,
  );
}

/** `STORE_RELEASE_GONE`: a release that is not among those that the store keeps. */
export function releaseNotKept(source: string, number: number, channel?: string): StoreError {
  const where = channel === undefined ? '' : ` on channel '${channel}'`;
  return new StoreError(
    'STORE_RELEASE_GONE',
    `${capitalised(source)} does not have release ${number}${where} (any more). Its history lists those that it has.`,
  );
}

/** `STORE_BAD_OPTION`: another channel of a store that has one. */
export function foreignChannel(source: string, channel: string): StoreError {
  return new StoreError(
    'STORE_BAD_OPTION',
    `${capitalised(source)} has one channel, and '${channel}' is another. Leave \`channel\` out, or use another store.`,
  );
}

/** `STORE_BAD_ID`: an id that is none. */
export function badId(id: string, why: string): StoreError {
  return new StoreError(
    'STORE_BAD_ID',
    `${JSON.stringify(id)} cannot be a module id: ${why}. ` +
      `An id is a path with '/' and an extension, relative to the store's root, such as 'npc/goblin.ts'.`,
  );
}

/** `STORE_DUPLICATE_ID`: two ids that some systems take for one. */
export function duplicateId(source: string, one: string, other: string): StoreError {
  return new StoreError(
    'STORE_DUPLICATE_ID',
    `${capitalised(source)} has both ${visible(one)} and ${visible(other)}, ` +
      'which are one file on systems that tell neither case nor Unicode normal forms apart. Rename one of them.',
  );
}

/** `STORE_DISPOSED`: a call after the end. */
export function disposed(source: string): StoreError {
  return new StoreError('STORE_DISPOSED', `${capitalised(source)} was disposed. Make a new one.`);
}

/** `STORE_UNREACHABLE`: the content could not be had. */
export function unreachable(source: string, what: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError('STORE_UNREACHABLE', `${capitalised(source)}: ${what} failed: ${reason}`, { cause });
}

function withCause(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause };
}

function capitalised(source: string): string {
  return source.charAt(0).toUpperCase() + source.slice(1);
}

function short(hash: string): string {
  return hash.slice(0, 12);
}

/** Two names that look alike are told apart by their escapes. */
function visible(id: string): string {
  return /^[\x20-\x7e]*$/.test(id)
    ? `'${id}'`
    : `'${id}' (${JSON.stringify(id).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)})`;
}
