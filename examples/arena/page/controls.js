// Hands to intents: keyboard and mouse, or a finger that drags. Sends only what has changed, at most once a tick.

import { writeInput } from './wire.js';

const KEYS = {
  KeyW: [0, -1],
  ArrowUp: [0, -1],
  KeyS: [0, 1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};

export class Controls {
  #held = new Set();
  #pointer = { x: 0, y: 0, down: false };
  #finger = undefined;
  #sent = '';

  /** @param {HTMLElement} surface */
  constructor(surface) {
    addEventListener('keydown', (event) => {
      if (event.code in KEYS || event.code === 'Space') {
        this.#held.add(event.code);
        if (event.target === document.body) event.preventDefault();
      }
    });
    addEventListener('keyup', ({ code }) => this.#held.delete(code));
    addEventListener('blur', () => {
      this.#held.clear();
      this.#pointer.down = false;
    });
    surface.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#point(event);
      else if (this.#finger) this.#finger.to = { x: event.offsetX, y: event.offsetY };
    });
    surface.addEventListener('pointerdown', (event) => {
      if (event.pointerType === 'mouse') {
        this.#point(event);
        this.#pointer.down = event.button === 0;
      } else {
        const at = { x: event.offsetX, y: event.offsetY };
        this.#finger = { from: at, to: at };
      }
    });
    addEventListener('pointerup', () => {
      this.#pointer.down = false;
      this.#finger = undefined;
    });
    addEventListener('pointercancel', () => {
      this.#finger = undefined;
    });
  }

  /** Where the mouse is, in CSS pixels of the surface. */
  get pointer() {
    return this.#pointer;
  }

  /** What to send, if anything is new. `me` is where oneself is, in CSS pixels of the surface. */
  next(me) {
    const input = writeInput(this.#finger ? this.#dragged() : this.#pressed(me));
    if (input === this.#sent) return undefined;
    this.#sent = input;
    return input;
  }

  #point({ offsetX, offsetY }) {
    this.#pointer.x = offsetX;
    this.#pointer.y = offsetY;
  }

  #pressed(me) {
    let x = 0;
    let y = 0;
    for (const code of this.#held) {
      x += KEYS[code]?.[0] ?? 0;
      y += KEYS[code]?.[1] ?? 0;
    }
    const aim = Math.atan2(this.#pointer.y - me.y, this.#pointer.x - me.x);
    return { x: Math.sign(x), y: Math.sign(y), aim, fire: this.#pointer.down || this.#held.has('Space') };
  }

  #dragged() {
    const { from, to } = this.#finger;
    const x = to.x - from.x;
    const y = to.y - from.y;
    const length = Math.max(40, Math.hypot(x, y));
    return { x: x / length, y: y / length, aim: Math.atan2(y, x), fire: true };
  }
}
