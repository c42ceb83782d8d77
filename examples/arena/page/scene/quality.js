// Fewer pixels where a machine cannot draw as many sixty times a second: the picture gets softer before it stutters.

const STEPS = [1, 0.75, 0.5];
/** Seconds of drawing that are judged together. */
const WINDOW = 2;
/** Seconds for a frame beyond which it is too slow. */
const SLOW = 1 / 36;

export class Quality {
  #step = 0;
  #seconds = 0;
  #frames = 0;

  /** By how much the resolution is multiplied. */
  get factor() {
    return STEPS[this.#step];
  }

  /** @returns {boolean} whether `factor` is another one now */
  note(seconds) {
    this.#seconds += seconds;
    this.#frames++;
    if (this.#seconds < WINDOW) return false;
    const slow = this.#seconds / this.#frames > SLOW;
    this.#seconds = this.#frames = 0;
    if (!slow || this.#step === STEPS.length - 1) return false;
    this.#step++;
    return true;
  }
}
