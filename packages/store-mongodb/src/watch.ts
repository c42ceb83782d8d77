/**
 * Wakes: a change stream where the server has them, a look at the newest number where it has not.
 *
 * The choice is made by trying. A stream that dies is opened again from the present moment, never from a token: the
 * listener reads the head anyway, so nothing has to be caught up. Waits between attempts grow and are spread, so that a
 * hundred hosts do not return in one instant.
 */

import type { WatchOptions } from '@rekindle/store';
import { type ChangeStream, MongoServerError } from 'mongodb';
import type { Collections, ReleaseDocument } from './documents.ts';

/** Milliseconds. */
export interface WatchTimes {
  /** Between two looks, where the server has no change streams. */
  readonly poll: number;
  /** Between two looks beside a change stream, which may have died without a word. */
  readonly check: number;
}

/** Servers that have no change streams, and users who may not open one, say so with one of these. */
const NO_STREAMS = new Set([
  2, // BadValue
  13, // Unauthorized
  59, // CommandNotFound
  115, // CommandNotSupported
  238, // NotImplemented
  40_324, // an unrecognised pipeline stage
  40_573, // change streams need a replica set
]);

const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

export interface WatchPowers {
  readonly channel: string;
  readonly times: WatchTimes;
  collections(): Promise<Collections>;
  /** The newest number, as cheaply as can be. */
  newestNumber(): Promise<number>;
}

/** Resolves when watching has begun. */
export async function watch(powers: WatchPowers, wake: () => void, options: WatchOptions): Promise<void> {
  const watching = new Watching(powers, wake, options);
  await watching.begin();
}

class Watching {
  readonly #powers: WatchPowers;
  readonly #wake: () => void;
  readonly #options: WatchOptions;
  #number = -1;
  #lost = false;
  #failures = 0;

  constructor(powers: WatchPowers, wake: () => void, options: WatchOptions) {
    this.#powers = powers;
    this.#wake = wake;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { signal } = this.#options;
    if (signal.aborted) return;
    this.#number = await this.#powers.newestNumber();
    const stream = await this.#open();
    void this.#run(stream);
  }

  /** The stream, opened; undefined where there are none to be had. */
  async #open(): Promise<ChangeStream | undefined> {
    const { releases } = await this.#powers.collections();
    const stream = releases.watch<ReleaseDocument>(
      [{ $match: { operationType: { $in: ['insert', 'replace', 'invalidate', 'drop', 'rename'] } } }],
      { maxAwaitTimeMS: this.#powers.times.check },
    );
    try {
      await stream.tryNext(); // opens the cursor: only now does the server say no
      return stream;
    } catch (error) {
      await stream.close().catch(() => {});
      if (!(error instanceof MongoServerError) || !NO_STREAMS.has(Number(error.code))) throw error;
      this.#options.notice?.({ type: 'polling', interval: this.#powers.times.poll, cause: error });
      return undefined;
    }
  }

  async #run(first: ChangeStream | undefined): Promise<void> {
    const { signal } = this.#options;
    let stream = first;
    let streams = first !== undefined;
    while (!signal.aborted) {
      try {
        if (streams) {
          stream ??= await this.#open();
          streams = stream !== undefined;
        }
        if (stream === undefined) {
          await this.#look();
          await pause(this.#powers.times.poll, signal);
        } else {
          if (this.#lost) await this.#look();
          await this.#follow(stream);
        }
      } catch (error) {
        await stream?.close().catch(() => {});
        stream = undefined;
        if (signal.aborted) break;
        await this.#failed(error);
      }
    }
    await stream?.close().catch(() => {});
  }

  /** Wakes for each change; returns only by a throw, or when the watch has ended. */
  async #follow(stream: ChangeStream): Promise<void> {
    const { signal } = this.#options;
    const close = () => void stream.close().catch(() => {});
    signal.addEventListener('abort', close, { once: true });
    try {
      while (!signal.aborted) {
        const change = await stream.tryNext();
        if (change === null)
          await this.#look(); // the server was silent for as long as it may be
        else if (!signal.aborted) this.#wake();
        this.#found();
        if (stream.closed && !signal.aborted) throw new Error('The change stream has ended');
      }
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #look(): Promise<void> {
    const number = await this.#powers.newestNumber();
    this.#found();
    if (number === this.#number || this.#options.signal.aborted) return;
    this.#number = number;
    this.#wake();
  }

  #found(): void {
    this.#failures = 0;
    if (!this.#lost) return;
    this.#lost = false;
    this.#options.notice?.({ type: 'connected' });
    this.#wake();
  }

  async #failed(cause: unknown): Promise<void> {
    const { signal, notice } = this.#options;
    this.#failures += 1;
    // a stream that ends is opened again at once; only a second failure in a row means that something is wrong
    if (this.#failures > 1 && !this.#lost) {
      this.#lost = true;
      notice?.({ type: 'lost', cause });
    }
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1));
    await pause(longest / 2 + Math.random() * (longest / 2), signal);
  }
}

/** Waits, unless the signal aborts; a wait keeps no process alive. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
