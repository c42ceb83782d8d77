// Players, goblins and shots.

import { FLAGS } from '../wire.js';
import { colour, GOBLIN, shine } from './palette.js';

const EYES = { calm: '#eafbe2', greedy: '#ffd257', angry: '#ff5a4d' };

/** @param {CanvasRenderingContext2D} pen */
export function drawPlayer(pen, player, hue, { seconds, me }) {
  const { x, y, aim, hp, flags, size } = player;
  const safe = (flags & FLAGS.safe) !== 0;
  pen.globalAlpha = safe ? 0.55 + 0.25 * Math.sin(seconds * 14) : 1;

  pen.save();
  pen.translate(x, y);
  pen.rotate(aim);
  // A dart with a round back: where it looks can be seen from afar.
  pen.beginPath();
  pen.moveTo(size * 1.45, 0);
  pen.quadraticCurveTo(size * 0.5, size * 0.95, -size * 0.35, size * 0.92);
  pen.arc(-size * 0.15, 0, size * 0.94, Math.PI * 0.56, -Math.PI * 0.56);
  pen.quadraticCurveTo(size * 0.5, -size * 0.95, size * 1.45, 0);
  pen.fillStyle = colour(hue, me ? 78 : 60);
  pen.fill();
  pen.lineWidth = me ? 2 : 1.1;
  pen.strokeStyle = colour(hue, me ? 96 : 84, 0.9);
  pen.stroke();
  pen.beginPath();
  pen.arc(0, 0, size * 0.4, 0, 7);
  pen.fillStyle = colour(hue, 92, 0.95);
  pen.fill();
  pen.restore();
  pen.globalAlpha = 1;

  if (hp < 100) {
    pen.beginPath();
    pen.arc(x, y, size + 5, -Math.PI / 2, -Math.PI / 2 + (hp / 100) * 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = hp < 35 ? 'rgb(255 93 108 / 90%)' : colour(hue, 78, 0.6);
    pen.stroke();
  }
  if (flags & FLAGS.shield) {
    pen.beginPath();
    for (let side = 0; side <= 6; side++) {
      const angle = (side / 6) * 2 * Math.PI + seconds * 0.8;
      pen.lineTo(x + Math.cos(angle) * (size + 8), y + Math.sin(angle) * (size + 8));
    }
    pen.lineWidth = 1.6;
    pen.fillStyle = 'rgb(120 170 255 / 10%)';
    pen.fill();
    pen.strokeStyle = 'rgb(150 190 255 / 75%)';
    pen.stroke();
  }
}

/** @param {CanvasRenderingContext2D} pen */
export function drawGoblin(pen, { id, x, y, aim, mood, size }, seconds) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(aim);
  const waddle = Math.sin(seconds * 9 + id) * 0.08;
  pen.rotate(waddle);
  const skin = pen.createRadialGradient(size * 0.2, -size * 0.2, size * 0.1, 0, 0, size);
  skin.addColorStop(0, colour(GOBLIN - 10, 58));
  skin.addColorStop(1, colour(GOBLIN + 12, 30));
  pen.lineJoin = 'round';
  pen.lineWidth = 1.4;
  pen.strokeStyle = colour(GOBLIN, 74, 0.9);
  for (const side of [-1, 1]) {
    pen.beginPath();
    pen.moveTo(size * 0.25, side * size * 0.72);
    pen.quadraticCurveTo(-size * 0.3, side * size * 1.2, -size * 0.75, side * size * 1.75);
    pen.quadraticCurveTo(-size * 0.75, side * size * 1.1, -size * 0.5, side * size * 0.6);
    pen.fillStyle = colour(GOBLIN + 6, 36);
    pen.fill();
    pen.stroke();
  }
  pen.beginPath();
  pen.arc(0, 0, size, 0, 7);
  pen.fillStyle = skin;
  pen.fill();
  pen.stroke();
  for (const side of [-1, 1]) {
    pen.beginPath();
    pen.arc(size * 0.5, side * size * 0.36, size * 0.21, 0, 7);
    pen.fillStyle = EYES[mood] ?? EYES.calm;
    pen.fill();
    pen.beginPath();
    pen.arc(size * 0.58, side * size * 0.36, size * 0.09, 0, 7);
    pen.fillStyle = '#0b120a';
    pen.fill();
  }
  pen.restore();
}

/** A streak from where it was a moment ago. */
export function drawShot(pen, { x, y, vx, vy, size }, hue) {
  shine(pen, hue, x, y, size * 4.5, 0.8);
  pen.beginPath();
  pen.moveTo(x - vx * 0.75, y - vy * 0.75);
  pen.lineTo(x, y);
  pen.lineWidth = size * 0.6;
  pen.strokeStyle = colour(hue, 72, 0.5);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x - vx * 0.22, y - vy * 0.22);
  pen.lineTo(x, y);
  pen.lineWidth = size * 0.8;
  pen.strokeStyle = colour(hue, 90, 0.95);
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen */
export function drawTag(pen, { x, y, size }, name, { pixel, tone, strong }) {
  const height = 11.5 * pixel;
  pen.font = `${strong ? 600 : 500} ${height}px Inter, system-ui, sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'bottom';
  const top = y - size - 9 * pixel;
  pen.lineWidth = 3 * pixel;
  pen.lineJoin = 'round';
  pen.strokeStyle = 'rgb(6 7 11 / 75%)';
  pen.strokeText(name, x, top);
  pen.fillStyle = tone;
  pen.fillText(name, x, top);
}
