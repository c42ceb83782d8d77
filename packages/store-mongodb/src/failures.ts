/** What the driver throws, in the words of the store contract; the driver's own error is the cause. */

import { isStoreError, StoreError, unreachable } from '@rekindle/store';
import { MongoServerError } from 'mongodb';

/** A document with this `_id` is there already. */
const DUPLICATE_KEY = 11_000;
/** The user may not do this. */
const UNAUTHORIZED = 13;

/** Whether an insert failed for that alone; of several inserts, every one that failed. */
export function isDuplicateKey(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  const { writeErrors = [] } = error as { writeErrors?: { code?: number } | readonly { code?: number }[] };
  const failures = [writeErrors].flat();
  return failures.length === 0
    ? error.code === DUPLICATE_KEY
    : failures.every((failure) => failure.code === DUPLICATE_KEY);
}

/** Runs one piece of work on the database. @throws StoreError; what a signal aborts rejects with its reason. */
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
    if (isStoreError(error) || isDuplicateKey(error)) throw error;
    if (error instanceof MongoServerError && error.code === UNAUTHORIZED) {
      throw new StoreError(
        'STORE_UNREACHABLE',
        `${store}: ${what} is not allowed to this user: ${error.message}. Give it the role 'readWrite' on the database.`,
        { cause: error },
      );
    }
    throw unreachable(store, what, error);
  }
}
