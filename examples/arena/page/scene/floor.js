// What never moves: the floor, its lines, the walls and the pillars. Painted once for each size of the window.

import { colour, EMBER } from './palette.js';

const CELL = 80;

/** The flame of the icon, in a square of 32. */
const FLAME = new Path2D(
  'M17.4 1.6c.9 4.9-1.6 7.4-4.3 10.3C10.2 15 7 18.2 7 22.3c0 5 4 8.7 9 8.7s9-3.7 9-8.8c0-3.5-1.7-5.9-3.3-8.2-.3 1.9-1 3.1-2.3 4 .5-6.3-.3-12.4-2-16.4Z',
);
/** Three flames in each other: size, own rhythm, lightness, strength. */
const FLAMES = [
  [1, 1, 48, 0.75],
  [0.68, 1.7, 58, 0.7],
  [0.36, 2.6, 74, 0.8],
];

export class Floor {
  #sprite = document.createElement('canvas');
  #arena;
  #scale = 0;

  /** @param {{ width: number, height: number, pillars: { x: number, y: number, radius: number }[] }} arena */
  constructor(arena) {
    this.#arena = arena;
  }

  draw(pen, scale) {
    if (this.#scale !== scale) this.#paint(scale);
    const { width, height } = this.#arena;
    pen.drawImage(this.#sprite, -BORDER, -BORDER, width + BORDER * 2, height + BORDER * 2);
  }

  #paint(scale) {
    this.#scale = scale;
    const { width, height, pillars } = this.#arena;
    this.#sprite.width = Math.ceil((width + BORDER * 2) * scale);
    this.#sprite.height = Math.ceil((height + BORDER * 2) * scale);
    const pen = this.#sprite.getContext('2d');
    pen.setTransform(scale, 0, 0, scale, BORDER * scale, BORDER * scale);

    const ground = pen.createRadialGradient(width / 2, height / 2, 60, width / 2, height / 2, width * 0.62);
    ground.addColorStop(0, '#171823');
    ground.addColorStop(0.45, '#0f1119');
    ground.addColorStop(1, '#0a0b12');
    pen.beginPath();
    pen.roundRect(0, 0, width, height, 26);
    pen.fillStyle = ground;
    pen.fill();

    pen.save();
    pen.clip();
    lines(pen, width, height);
    rings(pen, width, height);
    pen.restore();

    pen.lineWidth = 2;
    pen.strokeStyle = 'rgb(255 255 255 / 11%)';
    pen.stroke();
    pen.beginPath();
    pen.roundRect(-6, -6, width + 12, height + 12, 32);
    pen.lineWidth = 1;
    pen.strokeStyle = 'rgb(255 255 255 / 4%)';
    pen.stroke();
    for (const pillar of pillars) paintPillar(pen, pillar);
  }
}

const BORDER = 20;

function lines(pen, width, height) {
  pen.beginPath();
  for (let x = CELL; x < width; x += CELL) {
    pen.moveTo(x, 0);
    pen.lineTo(x, height);
  }
  for (let y = CELL; y < height; y += CELL) {
    pen.moveTo(0, y);
    pen.lineTo(width, y);
  }
  pen.lineWidth = 1;
  pen.strokeStyle = 'rgb(255 255 255 / 3.4%)';
  pen.stroke();
  pen.fillStyle = 'rgb(255 255 255 / 12%)';
  for (let x = CELL; x < width; x += CELL) for (let y = CELL; y < height; y += CELL) pen.fillRect(x - 1, y - 1, 2, 2);
}

function rings(pen, width, height) {
  for (const [radius, alpha] of [
    [180, 5],
    [330, 3.5],
    [500, 2.5],
  ]) {
    pen.beginPath();
    pen.arc(width / 2, height / 2, radius, 0, 7);
    pen.lineWidth = 1.5;
    pen.strokeStyle = `rgb(255 255 255 / ${alpha}%)`;
    pen.stroke();
  }
}

function paintPillar(pen, { x, y, radius }) {
  const body = pen.createRadialGradient(x - radius * 0.3, y - radius * 0.4, radius * 0.1, x, y, radius);
  body.addColorStop(0, '#2a2e3d');
  body.addColorStop(0.7, '#191c27');
  body.addColorStop(1, '#11131b');
  pen.beginPath();
  pen.arc(x, y + 7, radius + 3, 0, 7);
  pen.fillStyle = 'rgb(0 0 0 / 45%)';
  pen.fill();
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fillStyle = body;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = 'rgb(255 255 255 / 14%)';
  pen.stroke();
  pen.beginPath();
  pen.arc(x, y, radius * 0.66, 0, 7);
  pen.lineWidth = 1;
  pen.strokeStyle = 'rgb(255 255 255 / 7%)';
  pen.stroke();
}

/**
 * The fire on the pillar in the middle. `heat` is 0 on a quiet day and 1 right after a reload.
 * @param {CanvasRenderingContext2D} pen
 */
export function drawHearth(pen, arena, seconds, heat) {
  const { x, y, radius } = arena.pillars.reduce((best, pillar) => {
    const away = ({ x: px, y: py }) => Math.hypot(px - arena.width / 2, py - arena.height / 2);
    return away(pillar) < away(best) ? pillar : best;
  });
  pen.globalCompositeOperation = 'lighter';
  const breath = 0.9 + Math.sin(seconds * 2.1) * 0.06 + Math.sin(seconds * 5.3) * 0.04;
  const reach = radius * (1.5 + heat * 3) * breath;
  const light = pen.createRadialGradient(x, y, 0, x, y, reach);
  light.addColorStop(0, colour(EMBER + 16, 66, 0.5 + heat * 0.4));
  light.addColorStop(0.3, colour(EMBER, 55, 0.2 + heat * 0.3));
  light.addColorStop(1, colour(EMBER - 8, 45, 0));
  pen.fillStyle = light;
  pen.fillRect(x - reach, y - reach, reach * 2, reach * 2);
  const tall = (radius / 16) * (0.84 + heat * 0.5);
  for (const [scale, sway, lightness, alpha] of FLAMES) {
    const lick = 1 + Math.sin(seconds * (4.1 + sway) + sway * 3) * 0.05 + Math.sin(seconds * 9.7 * sway) * 0.025;
    pen.save();
    pen.translate(x, y + radius * 0.52);
    pen.transform(tall * scale, 0, Math.sin(seconds * 2.3 + sway) * 0.05, tall * scale * lick, 0, 0);
    pen.translate(-16, -31);
    pen.fillStyle = colour(EMBER + lightness * 0.35, lightness, alpha);
    pen.fill(FLAME);
    pen.restore();
  }
  pen.globalCompositeOperation = 'source-over';
}
