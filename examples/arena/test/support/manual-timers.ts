/** Time for the tick clock that passes only when a test says so, and can be late. */

import type { Timers } from '../../src/tick-clock.ts';

export class ManualTimers implements Timers {
  #now = 0;
  #waiting: { readonly at: number; readonly callback: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delay: number): unknown {
    // As Node does: whole milliseconds, one at least.
    this.#waiting = { at: this.#now + Math.max(1, Math.trunc(delay)), callback };
    return this.#waiting;
  }

  clearTimeout(timer: unknown): void {
    if (this.#waiting === timer) this.#waiting = undefined;
  }

  /** Lets time pass; timers ring when they are due. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#waiting; next && next.at <= end; next = this.#waiting) {
      this.#now = next.at;
      this.#ring();
    }
    this.#now = end;
  }

  /** Lets time pass while the process cannot run; what was due rings at the end. */
  stall(ms: number): void {
    this.#now += ms;
    if (this.#waiting && this.#waiting.at <= this.#now) this.#ring();
  }

  get idle(): boolean {
    return this.#waiting === undefined;
  }

  #ring(): void {
    const callback = this.#waiting?.callback;
    this.#waiting = undefined;
    callback?.();
  }
}
