/** One store into another, whatever kinds they are: history, authors, messages, times and numbers stay. */
import type { Store } from './contract.ts';
import { Destination, releasesOf, stepsOf, type TransferOptions, textsOf } from './transfer.ts';

/** Which channels are copied. */
export interface CopyOptions extends TransferOptions {
  /** The channel to copy. @default the store's own */
  readonly channel?: string;
  /** Where to. @default `channel`; else the other store's own */
  readonly to?: string;
}

/** What was done. */
export interface Copied {
  /** Releases that were not there before. */
  readonly copied: number;
  /** The number of the newest one that is there now; 0 where there is none. */
  readonly number: number;
}

/**
 * Copies the history of a channel. Where the other store has a part of it already, the rest follows: copying again is
 * cheap, and goes on where it was broken off.
 *
 * @throws StoreError `STORE_DIVERGED` where the other store has something else: the message names both sides, and nothing
 * has been written; `STORE_CONFLICT` where somebody publishes there meanwhile; `STORE_READ_ONLY`
 * @example
 * await copyStore(folderStore('scripts'), mongoStore({ uri, database: 'arena' }));
 */
export async function copyStore(from: Store, to: Store, options: CopyOptions = {}): Promise<Copied> {
  const { channel, to: target = channel, onProgress, signal } = options;
  const abortable = signal === undefined ? {} : { signal };
  const releases = await releasesOf(from, channel, abortable);
  const destination = new Destination(to, target, abortable);
  const missing = await destination.missing(from.name, releases);
  const first = releases.length - missing.length;
  let done = first;
  for await (const step of stepsOf(from, channel, releases.slice(Math.max(0, first - 1)), abortable)) {
    if (!missing.includes(step.release)) continue; // the one before the first: what it has, is there
    await destination.append(step.release, await textsOf(step));
    done += 1;
    onProgress?.({ channel, release: step.release.number, done, total: releases.length });
  }
  return { copied: missing.length, number: releases.at(-1)?.number ?? 0 };
}
