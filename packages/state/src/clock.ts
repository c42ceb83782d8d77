/**
 * Time as Rekindle sees it: timers, limits and windows take it from here, so that tests can turn the hands.
 *
 * The virtual clock of `rekindle/testing` is another one of these. Nothing else in Rekindle calls `setTimeout`.
 */

/** What `Clock.setTimeout` returns; opaque, passed back to `Clock.clear`. */
export interface ClockTimer {
  /** Keeps the process while it runs, as timers do from the beginning. */
  ref(): unknown;
  /** Lets the process end although it runs. */
  unref(): unknown;
}

/** Time, and timers in it. */
export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary origin, with fractions. */
  now(): number;
  /** Milliseconds since the epoch. */
  time(): number;
  /** Calls `callback` once, at least `delay` ms from now (0 to 2 ** 31 - 1). */
  setTimeout(callback: () => void, delay: number): ClockTimer;
  /** Calls `callback` once, after the I/O of this turn of the event loop. */
  setImmediate(callback: () => void): ClockTimer;
  /** Takes a timer back; nothing where it has fired. */
  clear(timer: ClockTimer): void;
}

/** The timer functions of the process as they were when this module was loaded: fakes put in later are not seen. */
export const native = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
};

const now = performance.now.bind(performance);
const time = Date.now;

/** The time of the process. */
export const systemClock: Clock = {
  now,
  time,
  setTimeout: (callback, delay) => native.setTimeout(callback, delay),
  setImmediate: (callback) => native.setImmediate(callback),
  clear(timer) {
    // `clearImmediate` corrupts its queue when it is given a timeout: they must be told apart.
    if (isTimeout(timer)) native.clearTimeout(timer);
    else native.clearImmediate(timer as NodeJS.Immediate);
  },
};

function isTimeout(timer: ClockTimer): timer is NodeJS.Timeout {
  return 'refresh' in timer;
}
