/**
 * Shares the thread between preparing scripts and the game: work is done in slices of a few milliseconds, and between
 * two of them the event loop has a turn. What fits into one slice does not wait.
 */

import { setImmediate } from 'node:timers';
import type { Pause, Steps } from '@rekindle/compiler';
import type { MaybePromise } from '@rekindle/loader';

/**
 * Milliseconds; a step that has begun goes on to its end. The longest ones take as long for a text of 30,000 characters, and
 * V8 may collect garbage in between: together they stay below ten.
 */
const SLICE = 2;

export class Pace {
  readonly #now: () => number;
  /** Milliseconds of this turn of the event loop that have been used. */
  #used = 0;
  #isTurnComing = false;
  /** What goes on in the next turn, in order. */
  readonly #waiting: (() => void)[] = [];

  /** @param now milliseconds, for tests */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Takes steps to their end. Of several calls, the first is done first, so that little is begun and not finished. Where
   * the turn is used up then, whoever waits for the result goes on in the next one.
   *
   * @returns the result, where it is there at once
   */
  complete<Result>(steps: Steps<Result>): MaybePromise<Result> {
    if (this.#waiting.length > 0) {
      return new Promise((resolve, reject) => this.#waiting.push(() => this.#goOn(steps, resolve, reject)));
    }
    const end = this.#advance(steps);
    if (end !== undefined && this.#used < SLICE) return end.value;
    return new Promise((resolve, reject) => {
      this.#waiting.unshift(() => (end === undefined ? this.#goOn(steps, resolve, reject) : resolve(end.value)));
    });
  }

  #goOn<Result>(steps: Steps<Result>, resolve: (result: Result) => void, reject: (error: unknown) => void): void {
    try {
      const end = this.#advance(steps);
      if (end === undefined) this.#waiting.unshift(() => this.#goOn(steps, resolve, reject));
      else if (this.#used < SLICE) resolve(end.value);
      else this.#waiting.unshift(() => resolve(end.value));
    } catch (error) {
      reject(error);
    }
  }

  /** The end of the steps; undefined where the turn is used up before. */
  #advance<Result>(steps: Steps<Result>): IteratorReturnResult<Result> | undefined {
    while (this.#used < SLICE) {
      const step = this.#take(steps);
      if (step.done === true) return step;
      if (step.value === 'long') this.#used = Math.max(this.#used, SLICE);
    }
    return undefined;
  }

  #take<Result>(steps: Steps<Result>): IteratorResult<Pause, Result> {
    this.#comeRound();
    const start = this.#now();
    try {
      return steps.next();
    } finally {
      this.#used += this.#now() - start;
    }
  }

  /** Something has been used of this turn: the next one begins anew, and goes on with what waits. */
  #comeRound(): void {
    if (this.#isTurnComing) return;
    this.#isTurnComing = true;
    setImmediate(() => {
      this.#isTurnComing = false;
      this.#used = 0;
      while (this.#used < SLICE) {
        const goOn = this.#waiting.shift();
        if (goOn === undefined) return;
        goOn();
      }
    });
  }
}
