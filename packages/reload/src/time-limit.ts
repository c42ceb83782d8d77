/**
 * A limit on synchronous script code, by V8's own interrupt: it stops loops, regular expressions and sorts alike.
 *
 * It costs about 50 µs, so it is left out where no top level can fail to end. It does not reach code after an `await`.
 */

import vm from 'node:vm';

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

/** Runs `body`; throws a `TimeLimitError` where it holds the thread for longer than `limit` ms. */
export function withTimeLimit<Result>(limit: number, body: () => Result): Result {
  const slot = globalThis as Slot;
  const outer = slot[RUN];
  slot[RUN] = body;
  try {
    return trampoline.runInThisContext({ timeout: limit }) as Result;
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
