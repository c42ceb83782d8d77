/**
 * A limit on synchronous script code, by V8's own interrupt: it stops loops, regular expressions and sorts alike.
 *
 * It costs about 50 µs, so it is left out where no top level can fail to end. It does not reach code after an `await`.
 */

import vm from 'node:vm';
import { isLoopLimit } from '@rekindle/state';
import type { Powers } from './powers.ts';

const RUN: unique symbol = Symbol.for('rekindle.time-limit.run');
const trampoline = new vm.Script('globalThis[Symbol.for("rekindle.time-limit.run")]()', {
  filename: 'rekindle:time-limit',
});

interface Slot {
  [RUN]?: () => unknown;
}

/** Thrown by `withTimeLimit` when the time is up; `finally` blocks of the code that was stopped have not run. */
export class TimeLimitError extends Error {
  readonly code = 'TIME_LIMIT';
  /** Milliseconds. */
  readonly limit: number;

  constructor(limit: number, options?: ErrorOptions) {
    super(`Still running after ${limit} ms.`, options);
    this.name = 'TimeLimitError';
    this.limit = limit;
  }
}

/** The turn counters of loops tell the line, so they are given the time to be first: on a busy machine they need some. */
const graceOf = (limit: number) => Math.max(50, Math.ceil(limit / 4));

/** Milliseconds: beyond it, a timer of Node would fire at once. */
export const LONGEST = 2 ** 31 - 1;

/** True for an error that says that code was still running, which need not be so the next time. */
export function isTimeLimit(error: unknown): boolean {
  return error instanceof TimeLimitError || isLoopLimit(error);
}

/** Runs bodies of scripts under one limit: loops, which are stopped with their line, and whatever else does not end. */
export function limited<Result>(
  limit: number,
  { realm, limitsRest }: Pick<Powers, 'limitsRest' | 'realm'>,
  body: () => Result,
): Result {
  return realm.loops.within(limit, () => (limitsRest() ? body() : withTimeLimit(limit, body)));
}

/**
 * Runs `body`; throws a `TimeLimitError` where it holds the thread for some time longer than `limit` ms, `Infinity` for
 * no limit.
 */
function withTimeLimit<Result>(limit: number, body: () => Result): Result {
  const timeout = Math.ceil(limit) + graceOf(limit);
  if (timeout > LONGEST) return body();
  const slot = globalThis as Slot;
  const outer = slot[RUN];
  slot[RUN] = body;
  try {
    return trampoline.runInThisContext({ timeout }) as Result;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new TimeLimitError(limit, { cause: error });
    }
    throw error;
  } finally {
    if (outer === undefined) delete slot[RUN];
    else slot[RUN] = outer;
  }
}
