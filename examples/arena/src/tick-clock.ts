/**
 * The heartbeat of the server: calls the game at a fixed rate and measures how late each call was.
 *
 * Each tick is due at a multiple of the interval from the start, not one interval after the tick before, so small
 * delays do not add up. After a long stop (a laptop that slept) the missed ticks are not made up in a burst: the clock
 * counts them as skipped and goes on from now. Tick numbers have no gaps either way.
 */

import { LatenessLog } from './lateness.ts';

/** What the clock needs of time; tests turn the hands themselves. */
export interface Timers {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  setTimeout(callback: () => void, delay: number): unknown;
  clearTimeout(timer: unknown): void;
}

const systemTimers: Timers = {
  now: () => performance.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export interface TickClockOptions {
  /** Milliseconds between two ticks. */
  readonly interval: number;
  readonly onTick: () => void;
  /** Ticks that may be made up at once. @default 10 */
  readonly catchUp?: number;
  readonly timers?: Timers;
}

export class TickClock {
  readonly interval: number;
  readonly lateness = new LatenessLog();
  /** Ticks that were due while the process could not run. */
  skipped = 0;
  #onTick: () => void;
  #catchUp: number;
  #timers: Timers;
  #timer: unknown;
  #due = 0;
  #running = false;

  constructor({ interval, onTick, catchUp = 10, timers = systemTimers }: TickClockOptions) {
    this.interval = interval;
    this.#onTick = onTick;
    this.#catchUp = catchUp;
    this.#timers = timers;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#due = this.#timers.now() + this.interval;
    this.#wait();
  }

  stop(): void {
    this.#running = false;
    this.#timers.clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = this.#timers.setTimeout(() => this.#ring(), Math.max(0, this.#due - this.#timers.now()));
  }

  #ring(): void {
    const began = this.#timers.now();
    const late = began - this.#due;
    // Node cuts delays to whole milliseconds: a timer may ring up to one early.
    if (late < -0.5) {
      this.#wait();
      return;
    }
    const missed = Math.floor(late / this.interval);
    if (missed > this.#catchUp) {
      this.skipped += missed;
      this.#due += missed * this.interval;
    }
    try {
      this.#onTick();
    } finally {
      this.lateness.add(Math.max(0, late), this.#timers.now() - began);
      this.#due += this.interval;
      if (this.#running) this.#wait();
    }
  }
}
