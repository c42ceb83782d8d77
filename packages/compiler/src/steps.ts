/** Work that can be interrupted: whoever shares a thread with a game lets it have a turn between two steps. */

/** What is said between two steps: `long` where the next one takes so long that it had better have a turn of its own. */
export type Pause = 'long' | undefined;

export type Steps<Result> = Generator<Pause, Result, undefined>;

/** Characters that take a millisecond as a whole. */
const LONG = 8_192;

/** The pause before something that is done with all of a text at once. */
export function pauseBefore(text: string): Pause {
  return text.length > LONG ? 'long' : undefined;
}

/** All of them, one after the other. */
export function complete<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
