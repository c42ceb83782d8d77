// How late the ticks were, second by second, with a mark for each reload: so that one sees what a reload costs.

import { byId } from './dom.js';

const SECONDS = 90;
/** Ticks in a second. */
const TICKS = 20;
const MARKED = ['committed', 'refused'];
/** Milliseconds at the top of the chart, unless something was later. */
const TOP = 12;

export class Pulse {
  #canvas = byId('pulse');
  #bars = [];

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
  }

  /**
   * The seconds that have passed, the last one being `now`.
   * @param {number[]} worst
   * @param {{ kind: string, tick: number }[]} entries
   * @param {number} now seconds of the game, with a fraction
   */
  show(worst, entries, now) {
    this.#bars = worst.slice(-SECONDS).map((one) => ({ worst: one, mark: undefined }));
    for (const { kind, tick } of entries) {
      const ago = Math.max(0, Math.floor(Math.floor(now) - tick / TICKS));
      const bar = this.#bars.at(-1 - ago);
      if (bar && MARKED.includes(kind)) bar.mark = kind;
    }
    this.#draw();
  }

  /** The worst lateness of one second, in ms. */
  add(worst) {
    this.#bars.push({ worst, mark: undefined });
    if (this.#bars.length > SECONDS) this.#bars.shift();
    this.#draw();
  }

  /** @param {'committed' | 'refused'} kind */
  mark(kind) {
    const last = this.#bars.at(-1);
    if (last) last.mark = kind;
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    const ratio = Math.min(devicePixelRatio, 2);
    this.#canvas.width = width * ratio;
    this.#canvas.height = height * ratio;
    const pen = this.#canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const step = width / SECONDS;
    const top = Math.max(TOP, ...this.#bars.map(({ worst }) => worst));
    pen.fillStyle = 'rgb(255 255 255 / 6%)';
    pen.fillRect(0, height - 1, width, 1);
    const from = SECONDS - this.#bars.length;
    this.#bars.forEach(({ worst, mark }, index) => {
      const x = (from + index) * step;
      const tall = Math.max(1.5, Math.sqrt(worst / top) * (height - 10));
      if (mark) {
        pen.fillStyle = mark === 'refused' ? 'rgb(255 93 108 / 30%)' : 'rgb(255 125 74 / 28%)';
        pen.fillRect(x - 0.5, 0, step, height);
        pen.fillStyle = mark === 'refused' ? '#ff5d6c' : '#ff9a5e';
        pen.beginPath();
        pen.arc(x + step / 2 - 0.5, 3, 2.5, 0, 7);
        pen.fill();
      }
      pen.fillStyle = mark ? '#ffb48a' : 'rgb(160 168 190 / 62%)';
      pen.fillRect(x, height - tall, Math.max(1, step - 1.2), tall);
    });
  }
}
