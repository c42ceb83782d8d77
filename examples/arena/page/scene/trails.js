// The light that players leave behind them: the places of the last moments, as a ribbon that runs to a point.

/** Seconds. */
const LENGTH = 0.7;
/** Seconds between two places that are remembered. */
const STEP = 0.03;
/** Numbers for each place: x, y, time. */
const STRIDE = 3;

export class Trails {
  #trails = new Map();
  #now = 0;
  #last = 0;

  /** @param {{ id: number, x: number, y: number, jumped?: boolean, shown: boolean }[]} bodies */
  remember(bodies, seconds) {
    this.#now += seconds;
    const due = this.#now - this.#last >= STEP;
    if (due) this.#last = this.#now;
    const seen = new Set();
    for (const body of bodies) {
      seen.add(body.id);
      let trail = this.#trails.get(body.id);
      if (!trail || body.jumped || !body.shown) {
        trail = [];
        this.#trails.set(body.id, trail);
      }
      if (!due || !body.shown) continue;
      trail.push(body.x, body.y, this.#now);
      let old = 0;
      while (trail[old + 2] < this.#now - LENGTH) old += STRIDE;
      trail.splice(0, old);
    }
    for (const id of this.#trails.keys()) if (!seen.has(id)) this.#trails.delete(id);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {{ id: number, x: number, y: number, size: number }} body
   * @param {(alpha: number) => string} paint
   */
  draw(pen, { id, x, y, size }, paint, bright = 1) {
    const trail = this.#trails.get(id);
    if (!trail || trail.length < STRIDE * 2) return;
    const count = trail.length / STRIDE;
    const left = [];
    let nextX = x;
    let nextY = y;
    pen.beginPath();
    for (let n = count - 1; n >= 0; n--) {
      const atX = trail[n * STRIDE];
      const atY = trail[n * STRIDE + 1];
      const alongX = nextX - atX;
      const alongY = nextY - atY;
      const length = Math.hypot(alongX, alongY) || 1;
      const half = (size * 0.72 * (n + 1)) / (count + 1);
      const sideX = (-alongY / length) * half;
      const sideY = (alongX / length) * half;
      pen.lineTo(atX + sideX, atY + sideY);
      left.push(atX - sideX, atY - sideY);
      nextX = atX;
      nextY = atY;
    }
    for (let at = left.length - 2; at >= 0; at -= 2) pen.lineTo(left[at], left[at + 1]);
    pen.lineTo(x, y);
    const light = pen.createLinearGradient(trail[0], trail[1], x, y);
    light.addColorStop(0, paint(0));
    light.addColorStop(1, paint(0.5 * bright));
    pen.fillStyle = light;
    pen.fill();
  }
}
