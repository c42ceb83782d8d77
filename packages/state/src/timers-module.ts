/**
 * `node:timers` and `node:timers/promises` as a version imports them.
 *
 * The names that Node has deprecated (`active`, `enroll`, `unenroll`) are not there: they work on native timers only.
 */
import type { Scope } from './scope.ts';
import { milliseconds } from './timer.ts';
import { ticks, type WaitOptions, wait, waitImmediate, waitTimeout } from './timers-promises.ts';

/** The exports of `node:timers/promises` for one version. */
export function timersPromisesModule(scope: Scope) {
  const setTimeout = waitTimeout(scope);
  return {
    setTimeout,
    setImmediate: waitImmediate(scope),
    setInterval: <Value>(delay?: number, value?: Value, options?: WaitOptions): AsyncIterableIterator<Value> =>
      ticks(scope, milliseconds(delay), value as Value, options),
    scheduler: {
      wait: (delay: number, options?: WaitOptions): Promise<void> => setTimeout(delay, undefined, options),
      yield: (): Promise<void> => wait(scope, 'setImmediate', 0, undefined),
    },
  };
}

/** The exports of `node:timers` for one version. */
export function timersModule(scope: Scope) {
  const { timers } = scope;
  return {
    setTimeout: timers.setTimeout,
    setInterval: timers.setInterval,
    setImmediate: timers.setImmediate,
    clearTimeout: timers.clearTimeout,
    clearInterval: timers.clearInterval,
    clearImmediate: timers.clearImmediate,
    promises: timersPromisesModule(scope),
  };
}
