/**
 * Wakes: a change stream where the server has them, and a look at the newest release every so often in any case.
 *
 * However many listen, there is one stream and one look. The looks decide whether the database can be reached, and see
 * what a stream that died without a word does not tell; so nothing depends on a stream, and a broken one may take its
 * time to come back.
 */

import { onAbort, type SourceNotice, Wakes, type WatchOptions } from '@rekindle/store';
import { refusesStreams } from './failures.ts';
import type { Heard, Newest } from './history.ts';
import { pause, waitAfter } from './pause.ts';

/** A change stream that is open. */
export interface Changes {
  /** Whether the server has ended it. */
  readonly ended: boolean;
  /** `undefined` when the server was silent for a while, or has ended it. */
  next(): Promise<Change | undefined>;
  close(): Promise<void>;
}

/** Of a release that came, with what it is; or of anything else. */
export type Change = Heard | 'other';

export interface WatchPowers {
  /** Milliseconds between two looks. */
  readonly poll: number;
  /** The newest release, as cheaply as can be. */
  newest(): Promise<Newest>;
  /** Whether the head can change without a new release. */
  unsettled(): boolean;
  openStream(): Promise<Changes>;
}

/** A stream that held for so long, in ms, was a good one: what ends it then is a first failure. */
const GOOD = 32_000;
/** However seldom it is looked at, one that was lost is looked for so often, in ms. */
const SEARCH = 1_000;
/**
 * A server that says that there is nothing new wakes for what others write, or does not wait at all. It is asked again
 * after so long, in ms: a publish writes the texts before the release, and a fleet that asks at once, for the release
 * that is on its way, stands in that way. So often in a row it is, and once in so many ms from then on: else a fleet
 * asked for each report of each of its hosts.
 */
const VAIN = { rest: 25, inARow: 3, each: 1_000 };

/** The listeners of a store; there is a watch as long as there is one. */
export class Watch {
  readonly #powers: WatchPowers;
  readonly #wakes = new Wakes();
  readonly #notices = new Set<(notice: SourceNotice) => void>();
  #listeners = 0;
  #following: Following | undefined;

  constructor(powers: WatchPowers) {
    this.#powers = powers;
  }

  /** The newest release as of the last wake; undefined where that is not known, or nobody listens. */
  get heard(): Heard | undefined {
    return this.#following?.heard;
  }

  /** Resolves when no change can be missed any more; rejects where the database cannot be read. */
  async add(wake: () => void, { signal, notice }: WatchOptions): Promise<void> {
    const own = notice && ((said: SourceNotice) => notice(said)); // one function that listens twice is two
    const following = this.#join();
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      if (own) this.#notices.delete(own);
      this.#leave(following);
    };
    const unlink = onAbort(signal, leave);
    try {
      await following.begun;
    } catch (error) {
      unlink();
      leave();
      if (signal.aborted) return;
      throw error;
    }
    if (signal.aborted) return;
    this.#wakes.add(wake, signal);
    if (own) {
      for (const said of following.standing) own(said);
      this.#notices.add(own);
    }
  }

  /** Ends it for all. */
  end(): void {
    this.#following?.end();
    this.#following = undefined;
    this.#wakes.clear();
    this.#notices.clear();
  }

  #join(): Following {
    this.#listeners += 1;
    this.#following ??= new Following(this.#powers, {
      wake: () => this.#wakes.all(),
      say: (notice) => {
        for (const listener of this.#notices) listener(notice);
      },
    });
    return this.#following;
  }

  #leave(following: Following): void {
    this.#listeners -= 1;
    if (this.#listeners > 0 || this.#following !== following) return;
    this.#following = undefined;
    following.end();
  }
}

interface Told {
  wake(): void;
  say(notice: SourceNotice): void;
}

class Following {
  /** Resolves when the first look has been taken. */
  readonly begun: Promise<void>;
  readonly #powers: WatchPowers;
  readonly #told: Told;
  readonly #end = new AbortController();
  #seen: Newest = { number: 0, publish: '' };
  /** What is known to be the newest release, until something else may be. */
  #heard: Heard | undefined;
  /** Changes that the stream has told. */
  #changes = 0;
  #lost: Extract<SourceNotice, { type: 'lost' }> | undefined;
  #polling: Extract<SourceNotice, { type: 'polling' }> | undefined;
  /** Aborts when the database was lost and is there again. */
  #recovery = new AbortController();
  /** Aborts when the database is lost. */
  #loss = new AbortController();

  constructor(powers: WatchPowers, told: Told) {
    this.#powers = powers;
    this.#told = told;
    this.begun = this.#begin();
  }

  /** What somebody who comes later has to know. */
  get standing(): readonly SourceNotice[] {
    return [this.#polling, this.#lost].filter((notice) => notice !== undefined);
  }

  get heard(): Heard | undefined {
    return this.#heard;
  }

  end(): void {
    this.#end.abort();
  }

  async #begin(): Promise<void> {
    this.#seen = await this.#powers.newest();
    void this.#lookAgainAndAgain();
    void this.#followStreams();
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { signal } = this.#end;
    for (;;) {
      const { poll } = this.#powers;
      const spread = 0.8 + Math.random() / 5;
      if (this.#lost !== undefined) await pause(Math.min(poll, SEARCH) * spread, signal);
      else if (!(await pause(poll * spread, signal, this.#loss.signal)) && !signal.aborted) continue; // lost meanwhile
      if (signal.aborted) return;
      await this.#look();
    }
  }

  /** Reads the newest release, and wakes where it is another one. */
  async #look(): Promise<void> {
    try {
      const changes = this.#changes;
      const newest = await this.#powers.newest();
      if (this.#end.signal.aborted) return;
      const recovered = this.#lost !== undefined;
      if (recovered) {
        this.#lost = undefined;
        this.#told.say({ type: 'connected' });
        this.#recovery.abort();
        this.#recovery = new AbortController();
        this.#loss = new AbortController();
      }
      let isOther = false;
      // else the stream was faster, and what the look saw may be what was before: it must not take the place of what is
      if (changes === this.#changes) {
        isOther = newest.publish !== this.#seen.publish;
        this.#seen = newest;
        if (this.#heard?.publish !== newest.publish) this.#heard = newest;
      }
      if (recovered || isOther || this.#powers.unsettled()) this.#told.wake();
    } catch (error) {
      if (!this.#end.signal.aborted) this.#lose(error);
    }
  }

  async #followStreams(): Promise<void> {
    const { signal } = this.#end;
    let failures = 0;
    while (!signal.aborted) {
      const since = performance.now();
      try {
        await this.#follow();
        await pause(waitAfter(1), signal); // the collection was dropped, and may be again
      } catch (cause) {
        if (signal.aborted) return;
        if (refusesStreams(cause)) {
          this.#poll(cause);
          await pause(undefined, signal, this.#recovery.signal); // another server, perhaps
          continue;
        }
        if (performance.now() - since > GOOD) failures = 0;
        failures += 1;
        if (failures === 1) this.#polling = undefined;
        if (failures === 2) this.#lose(cause);
        await this.#look();
        const reachable = this.#lost === undefined;
        if (reachable && failures > 1) this.#poll(cause);
        const waited = await pause(reachable ? waitAfter(failures) : undefined, signal, this.#recovery.signal);
        if (!waited) failures = 0;
      }
    }
  }

  /** Wakes for each change; ends by a throw, or when the server has ended the stream. */
  async #follow(): Promise<void> {
    const { signal } = this.#end;
    const stream = await this.#powers.openStream();
    const cut = onAbort(signal, () => void stream.close());
    try {
      await this.#look(); // what came before it was open
      let due = Number.NEGATIVE_INFINITY; // when it has been asked in vain no more than once in so long
      while (!signal.aborted && !stream.ended) {
        const change = await stream.next();
        if (signal.aborted) return;
        if (change !== undefined) {
          this.#take(change);
        } else if (!stream.ended) {
          const now = performance.now();
          due = Math.max(due, now) + VAIN.each;
          await pause(Math.max(VAIN.rest, due - now - VAIN.inARow * VAIN.each), signal);
        }
      }
    } finally {
      cut();
      await stream.close();
    }
  }

  #take(change: Change): void {
    this.#changes += 1;
    if (change !== 'other' && change.publish === this.#seen.publish) return; // a look was faster
    const isNewer = change !== 'other' && change.number > this.#seen.number;
    if (isNewer) this.#seen = change;
    // of a database that is being restored it takes a look to know what is the newest
    this.#heard = isNewer ? change : undefined;
    this.#told.wake();
  }

  #lose(cause: unknown): void {
    this.#heard = undefined;
    if (this.#lost !== undefined) return;
    this.#lost = { type: 'lost', cause };
    this.#told.say(this.#lost);
    this.#loss.abort();
  }

  #poll(cause: unknown): void {
    if (this.#polling !== undefined) return;
    this.#polling = { type: 'polling', interval: this.#powers.poll, cause };
    this.#told.say(this.#polling);
  }
}
