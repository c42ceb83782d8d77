// From arena units to pixels. Shows the whole arena where there is room; where there is not (a phone), it stays close
// and follows somebody.

/** Pixels for each unit below which the whole is too small to watch. */
const CLOSEST = 0.5;
/** Pixels between the arena and the rim of the stage. */
const MARGIN = 14;

export class Camera {
  scale = 1;
  x = 0;
  y = 0;
  /** The whole arena is in view. */
  whole = true;
  #arena = { width: 1600, height: 1120 };
  #view = { width: 1, height: 1 };

  /** @param {{ width: number, height: number }} arena @param {{ width: number, height: number }} view in CSS pixels */
  fit(arena, view) {
    this.#arena = arena;
    this.#view = view;
    const fit = Math.min((view.width - MARGIN * 2) / arena.width, (view.height - MARGIN * 2) / arena.height);
    this.whole = fit >= CLOSEST * 0.8;
    this.scale = this.whole ? fit : CLOSEST;
    this.x = arena.width / 2;
    this.y = arena.height / 2;
  }

  /** Moves towards a place, softly, and not beyond the walls. */
  follow({ x, y }, seconds) {
    if (this.whole) return;
    const pull = 1 - Math.exp(-3 * seconds);
    this.x += (within(x, this.#arena.width, this.#view.width / this.scale) - this.x) * pull;
    this.y += (within(y, this.#arena.height, this.#view.height / this.scale) - this.y) * pull;
  }

  /** @returns {{ x: number, y: number }} in CSS pixels */
  toView({ x, y }) {
    return {
      x: (x - this.x) * this.scale + this.#view.width / 2,
      y: (y - this.y) * this.scale + this.#view.height / 2,
    };
  }

  /** @returns {{ x: number, y: number }} in arena units */
  toArena({ x, y }) {
    return {
      x: (x - this.#view.width / 2) / this.scale + this.x,
      y: (y - this.#view.height / 2) / this.scale + this.y,
    };
  }

  /** Sets the pen so that it draws in arena units. */
  apply(pen, ratio) {
    const scale = this.scale * ratio;
    pen.setTransform(
      scale,
      0,
      0,
      scale,
      (this.#view.width / 2) * ratio - this.x * scale,
      (this.#view.height / 2) * ratio - this.y * scale,
    );
  }
}

function within(at, length, view) {
  const half = Math.min(view, length + 80) / 2;
  return Math.min(Math.max(at, half - 40), length - half + 40);
}
