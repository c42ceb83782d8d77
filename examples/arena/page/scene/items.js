// Items: one sprite for each look, with its own light. Scripts may invent looks; a shape that is not known is a gem.

import { colour, glow } from './palette.js';

const SHAPES = {
  gem(pen) {
    pen.moveTo(0, -1);
    pen.lineTo(0.72, 0);
    pen.lineTo(0, 1);
    pen.lineTo(-0.72, 0);
    pen.closePath();
  },
  heart(pen) {
    pen.moveTo(0, 0.9);
    pen.bezierCurveTo(-1.5, -0.1, -0.95, -1.15, 0, -0.45);
    pen.bezierCurveTo(0.95, -1.15, 1.5, -0.1, 0, 0.9);
  },
  shield(pen) {
    pen.moveTo(0, -1);
    pen.lineTo(0.85, -0.62);
    pen.bezierCurveTo(0.85, 0.25, 0.6, 0.7, 0, 1);
    pen.bezierCurveTo(-0.6, 0.7, -0.85, 0.25, -0.85, -0.62);
    pen.closePath();
  },
  bolt(pen) {
    pen.moveTo(0.3, -1.05);
    pen.lineTo(-0.65, 0.2);
    pen.lineTo(-0.08, 0.2);
    pen.lineTo(-0.3, 1.05);
    pen.lineTo(0.65, -0.22);
    pen.lineTo(0.08, -0.22);
    pen.closePath();
  },
  crown(pen) {
    pen.moveTo(-0.95, 0.7);
    pen.lineTo(-1, -0.55);
    pen.lineTo(-0.45, 0);
    pen.lineTo(0, -0.9);
    pen.lineTo(0.45, 0);
    pen.lineTo(1, -0.55);
    pen.lineTo(0.95, 0.7);
    pen.closePath();
  },
};

/** Pixels for each unit of a sprite. */
const FINE = 4;
/** Half the width of a sprite, in radii of the item. */
const REACH = 2.6;

export class Items {
  /** By index of the look: `[kind, shape, hue, size]`. */
  looks = [];
  #sprites = new Map();

  draw(pen, items, seconds) {
    for (const { id, x, y, look } of items) {
      const sprite = this.#sprite(look);
      if (!sprite) continue;
      const { image, reach } = sprite;
      const bob = Math.sin(seconds * 2.4 + id) * 1.6;
      pen.drawImage(image, x - reach, y - reach + bob, reach * 2, reach * 2);
    }
  }

  hue(look) {
    return this.looks[look]?.[2] ?? 190;
  }

  #sprite(index) {
    const look = this.looks[index];
    if (!look) return undefined;
    const key = look.join(' ');
    let sprite = this.#sprites.get(key);
    if (!sprite) {
      sprite = paint(look);
      this.#sprites.set(key, sprite);
    }
    return sprite;
  }
}

function paint([, shape, hue, size]) {
  const radius = Math.min(Math.max(size, 2), 60);
  const reach = radius * REACH;
  const image = document.createElement('canvas');
  image.width = image.height = reach * 2 * FINE;
  const pen = image.getContext('2d');
  pen.scale(FINE, FINE);
  pen.translate(reach, reach);
  pen.globalAlpha = 0.75;
  pen.drawImage(glow(hue), -reach, -reach, reach * 2, reach * 2);
  pen.globalAlpha = 1;
  const fill = pen.createLinearGradient(0, -radius, 0, radius);
  fill.addColorStop(0, colour(hue, 82));
  fill.addColorStop(1, colour(hue, 54));
  pen.save();
  pen.scale(radius, radius);
  pen.beginPath();
  (SHAPES[shape] ?? SHAPES.gem)(pen);
  pen.restore();
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 0.9;
  pen.lineJoin = 'round';
  pen.strokeStyle = colour(hue, 90, 0.85);
  pen.stroke();
  return { image, reach };
}
