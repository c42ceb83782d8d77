/**
 * Time as Rekindle sees it: timers, limits and windows take it from here, so that tests can turn the hands.
 *
 * The virtual clock of `rekindle/testing` is another one of these. Nothing else in Rekindle calls `setTimeout`.
 */

/** What `Clock.setTimeout` returns; opaque, passed back to `Clock.clear`. */
export interface ClockTimer {
  ref(): unknown;
  unref(): unknown;
}

export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary origin, with fractions. */
  now(): number;
  /** Milliseconds since the epoch. */
  time(): number;
  /** Calls `callback` once, at least `delay` ms from now (0 to 2 ** 31 - 1). */
  setTimeout(callback: () => void, delay: number): ClockTimer;
  /** Calls `callback` once, after the I/O of this turn of the event loop. */
  setImmediate(callback: () => void): ClockTimer;
  clear(timer: ClockTimer): void;
}
