/**
 * Shares the thread between preparing scripts and the game: work is done in slices of a few milliseconds, and between
 * two of them the event loop has a turn. What fits into one slice does not wait.
 */

import { setImmediate } from 'node:timers';
import type { Pause, Steps } from '@rekindle/compiler';

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
   */
  complete<Result>(steps: Steps<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const goOn = () => {
        try {
          while (this.#used < SLICE) {
            const step = this.#take(steps);
            if (step.done === true) {
              if (this.#used < SLICE) resolve(step.value);
              else this.#waiting.unshift(() => resolve(step.value));
              return;
            }
            if (step.value === 'long') this.#used = Math.max(this.#used, SLICE);
          }
          this.#waiting.unshift(goOn);
        } catch (error) {
          reject(error);
        }
      };
      if (this.#waiting.length > 0) this.#waiting.push(goOn);
      else goOn();
    });
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
