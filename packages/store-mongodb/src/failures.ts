/** What the driver throws, in the words of the store contract; the driver's own error is the cause. */

import { isStoreError, StoreError, unreachable } from '@rekindle/store';
import { MongoServerError } from 'mongodb';

/** A document with this `_id` is there already. */
const DUPLICATE_KEY = 11_000;
/** The user may not do this. */
const UNAUTHORIZED = 13;
/** The user is not known, or the password is wrong. Atlas says so with a code of its own. */
const NOT_AUTHENTICATED = [18, 8_000];

/** Servers that have no change streams, and users who may not open one, say so with one of these. */
const REFUSED_STREAMS = new Set([
  2, // BadValue
  UNAUTHORIZED,
  20, // IllegalOperation
  59, // CommandNotFound
  115, // CommandNotSupported
  238, // NotImplemented
  303, // FeatureNotSupported
  40_324, // a stage of the pipeline is not known
  40_573, // change streams need a replica set
]);

/** Whether an insert failed for that alone; of several inserts, every one that failed. */
export function isDuplicateKey(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  const { writeErrors = [] } = error as { writeErrors?: { code?: number } | readonly { code?: number }[] };
  const failures = [writeErrors].flat();
  return failures.length === 0
    ? error.code === DUPLICATE_KEY
    : failures.every((failure) => failure.code === DUPLICATE_KEY);
}

/** Whether the user may not do it. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === UNAUTHORIZED;
}

/** Whether it is no use to ask this server for a change stream again. */
export function refusesStreams(error: unknown): boolean {
  return error instanceof MongoServerError && REFUSED_STREAMS.has(Number(error.code));
}

/** Runs one piece of work on the database. @throws StoreError; what a signal aborts rejects with its reason */
export async function guarded<Result>(
  store: string,
  what: string,
  work: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (isStoreError(error)) throw error;
    if (isUnauthorized(error)) {
      const role = what === 'publishing' || what === 'reporting' ? 'readWrite' : 'read';
      throw explained(store, what, error, `Give this user the role '${role}' on the database.`);
    }
    if (error instanceof MongoServerError && NOT_AUTHENTICATED.includes(Number(error.code))) {
      throw explained(store, what, error, "Look at the user, the password and 'authSource' in the URI.");
    }
    throw unreachable(store, what, error);
  }
}

function explained(store: string, what: string, cause: unknown, hint: string): StoreError {
  const reason = (cause as Error).message.replace(/\.?$/, '.');
  return new StoreError('STORE_UNREACHABLE', `${store}: ${what} failed: ${reason} ${hint}`, { cause });
}
