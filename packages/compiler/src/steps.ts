/** Work that can be interrupted: whoever shares a thread with a game lets it have a turn between two steps. */

export type Steps<Result> = Generator<undefined, Result, undefined>;

/** All of them, one after the other. */
export function complete<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
