/**
 * Shares the thread between preparing scripts and the game: work is done in slices of a few milliseconds, and between
 * two of them the event loop has a turn. What fits into one slice does not wait.
 */

import { setImmediate } from 'node:timers';
import type { Steps } from '@rekindle/compiler';

/** Milliseconds; a step that has begun goes on to its end. */
const SLICE = 3;

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

  /** Takes steps to their end. Of several calls, the first is done first, so that little is begun and not finished. */
  complete<Result>(steps: Steps<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const goOn = () => {
        try {
          while (this.#used < SLICE) {
            const step = this.#take(steps);
            if (step.done === true) {
              resolve(step.value);
              return;
            }
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

  #take<Result>(steps: Steps<Result>): IteratorResult<undefined, Result> {
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
