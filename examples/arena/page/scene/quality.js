// Fewer pixels where a machine cannot draw as many sixty times a second: the picture gets softer before it stutters.
// It tries again later, since a machine that was busy may be free by then; each time that fails, later still.

const STEPS = [1, 0.75, 0.5];
/** Pixels of the canvas for each of the page below which a picture is not worth looking at. */
const LEAST = 0.75;
/** Seconds of drawing that are judged together. */
const WINDOW = 2;
/** Seconds for a frame: slower is too slow, faster has room to spare. */
const SLOW = 1 / 36;
const FAST = 1 / 52;

export class Quality {
  #step = 0;
  #seconds = 0;
  #frames = 0;
  /** Windows until it tries again, and how many it waits the next time. */
  #rest = 0;
  #patience = 5;

  /** Pixels of the canvas for each of the page, where the screen has `ratio`. */
  pixels(ratio) {
    return Math.max(Math.min(ratio, LEAST), Math.min(ratio, 2) * STEPS[this.#step]);
  }

  /** @returns {boolean} whether `pixels` gives another answer now */
  note(seconds) {
    this.#seconds += seconds;
    this.#frames++;
    if (this.#seconds < WINDOW) return false;
    const frame = this.#seconds / this.#frames;
    this.#seconds = this.#frames = 0;
    return this.#judge(frame);
  }

  #judge(frame) {
    if (frame > SLOW && this.#step < STEPS.length - 1) {
      this.#step++;
      this.#rest = this.#patience;
      this.#patience *= 2;
      return true;
    }
    if (this.#step === 0 || frame > FAST || --this.#rest > 0) return false;
    this.#step--;
    return true;
  }
}
