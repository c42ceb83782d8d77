// Sparks and rings: what a moment looks like. A fixed number of them; when there are too many, the oldest go first.

import { colour, EMBER, GOBLIN, shine } from './palette.js';

const MOST = 900;

export class Particles {
  #sparks = [];
  #rings = [];
  /** Fewer for people who asked for less motion. */
  #calm = matchMedia('(prefers-reduced-motion: reduce)');

  burst({ x, y, hue, count, speed, life, size = 2.2 }) {
    const number = this.#calm.matches ? Math.ceil(count / 4) : count;
    for (let n = 0; n < number; n++) {
      const angle = Math.random() * 2 * Math.PI;
      const pace = speed * (0.25 + Math.random() * 0.75);
      const lasts = life * (0.5 + Math.random() * 0.5);
      this.#sparks.push({
        x,
        y,
        vx: Math.cos(angle) * pace,
        vy: Math.sin(angle) * pace,
        hue,
        lasts,
        left: lasts,
        size,
      });
    }
    if (this.#sparks.length > MOST) this.#sparks.splice(0, this.#sparks.length - MOST);
  }

  ring({ x, y, hue, from, to, life, width = 2 }) {
    this.#rings.push({ x, y, hue, from, to, lasts: life, left: life, width });
    if (this.#rings.length > 120) this.#rings.shift();
  }

  /** A moment of the game. */
  show({ moment, x, y }, hue) {
    switch (moment) {
      case 'hit':
        return this.burst({ x, y, hue: hue ?? GOBLIN, count: 6, speed: 170, life: 0.35 });
      case 'death':
        this.ring({ x, y, hue, from: 6, to: 46, life: 0.42, width: 2.5 });
        return this.burst({ x, y, hue, count: 34, speed: 260, life: 0.8, size: 2.8 });
      case 'fall':
        this.ring({ x, y, hue: GOBLIN, from: 8, to: 54, life: 0.45, width: 2.5 });
        return this.burst({ x, y, hue: GOBLIN, count: 40, speed: 230, life: 0.9, size: 3 });
      case 'pickup':
        this.ring({ x, y, hue: hue ?? 190, from: 4, to: 22, life: 0.3, width: 1.5 });
        return this.burst({ x, y, hue: hue ?? 190, count: 5, speed: 80, life: 0.4, size: 1.8 });
      case 'spawn':
        return this.ring({ x, y, hue: hue ?? GOBLIN, from: 46, to: 10, life: 0.4 });
      case 'shoot':
        return this.burst({ x, y, hue, count: 2, speed: 90, life: 0.16, size: 1.6 });
    }
  }

  /** A reload: fire from the hearth, through the whole arena. */
  kindle({ x, y }, reach) {
    this.burst({ x, y, hue: EMBER + 14, count: 130, speed: 620, life: 1.5, size: 3.4 });
    if (this.#calm.matches) return;
    this.ring({ x, y, hue: EMBER, from: 40, to: reach, life: 1.4, width: 16 });
    this.ring({ x, y, hue: EMBER + 20, from: 20, to: reach * 0.8, life: 1.5, width: 4 });
  }

  draw(pen, seconds) {
    pen.globalCompositeOperation = 'lighter';
    this.#rings = this.#rings.filter((ring) => {
      ring.left -= seconds;
      return ring.left > 0;
    });
    for (const { x, y, hue, from, to, lasts, left, width } of this.#rings) {
      const age = 1 - left / lasts;
      const eased = 1 - (1 - age) ** 3;
      pen.beginPath();
      pen.arc(x, y, from + (to - from) * eased, 0, 7);
      pen.lineWidth = width * (1 - age * 0.7);
      pen.strokeStyle = colour(hue, 62, 0.65 * (1 - age) ** 1.3);
      pen.stroke();
    }
    this.#sparks = this.#sparks.filter((spark) => {
      spark.left -= seconds;
      const drag = Math.exp(-3.2 * seconds);
      spark.vx *= drag;
      spark.vy *= drag;
      spark.x += spark.vx * seconds;
      spark.y += spark.vy * seconds;
      return spark.left > 0;
    });
    for (const { x, y, hue, lasts, left, size } of this.#sparks) {
      const strength = left / lasts;
      shine(pen, hue, x, y, size * 4 * (0.4 + strength * 0.6), Math.min(1, strength * 1.6));
      pen.fillStyle = colour(hue, 82, strength);
      const side = size * strength;
      pen.fillRect(x - side / 2, y - side / 2, side, side);
    }
    pen.globalCompositeOperation = 'source-over';
  }
}
