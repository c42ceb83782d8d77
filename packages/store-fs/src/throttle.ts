/**
 * Many events, few wakes, and none that waits for silence: a tool that writes without a pause must not keep an author's
 * save from being seen, so this never starts its time again.
 */

/** An in-place save is two or three events within a millisecond; one wake is enough for them. */
const GATHER_MS = 4;
/** The shortest time from one wake to the next. */
const GAP_MS = 20;

export class Throttle {
  readonly #wake: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  hit(): void {
    if (this.#timer) return;
    const now = performance.now();
    const wait = Math.max(GATHER_MS, this.#last + GAP_MS - now);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#last = performance.now();
      this.#wake();
    }, wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
