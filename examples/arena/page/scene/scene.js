// One frame of the arena, back to front.

import { FLAGS } from '../wire.js';
import { drawGoblin, drawPlayer, drawShot, drawTag } from './bodies.js';
import { Camera } from './camera.js';
import { drawHearth, Floor } from './floor.js';
import { Items } from './items.js';
import { colour, GOBLIN, GOLD, hueOf, shine } from './palette.js';
import { Particles } from './particles.js';
import { Quality } from './quality.js';
import { Trails } from './trails.js';

/** Players whose names are always shown. */
const NAMED = 3;

export class Scene {
  camera = new Camera();
  items = new Items();
  /** Id of the player at this page. */
  me = undefined;
  #canvas;
  #pen;
  #ratio = 1;
  #arena;
  #floor;
  #trails = new Trails();
  #particles = new Particles();
  #quality = new Quality();
  #heat = 0;
  #alarm = 0;
  #seconds = 0;
  #itemHues = new Map();
  #watched = { x: 800, y: 560 };

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext('2d', { alpha: false });
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  set arena(arena) {
    this.#arena = arena;
    this.#floor = new Floor(arena);
    this.#resize();
  }

  /** A release has begun to run. */
  kindle() {
    this.#heat = 1;
    const { width, height } = this.#arena;
    this.#particles.kindle({ x: width / 2, y: height / 2 }, Math.hypot(width, height) / 2);
  }

  /** A release was refused. */
  warn() {
    this.#alarm = 1;
  }

  /**
   * @param {ReturnType<import('../timeline.js').Timeline['at']>} frame
   * @param {number} seconds since the last frame
   * @param {Map<number, { name: string }>} roster
   * @param {{ x: number, y: number } | undefined} pointer in CSS pixels
   */
  draw(frame, seconds, roster, pointer) {
    if (!this.#arena) return;
    this.#seconds += seconds;
    if (this.#quality.note(seconds)) this.#resize();
    const players = frame.players.filter(({ flags }) => flags & FLAGS.alive);
    const ranked = frame.players.toSorted((a, b) => b.score - a.score || a.id - b.id);
    const leader = ranked[0]?.score > 0 ? ranked[0].id : undefined;
    const hue = (id) => (id === leader ? GOLD : hueOf(id));
    this.#follow(players, leader, seconds);

    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = '#06070b';
    pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.camera.apply(pen, this.#ratio);
    this.#floor.draw(pen, this.camera.scale * this.#ratio);
    this.#heat = Math.max(0, this.#heat - seconds / 1.8);
    drawHearth(pen, this.#arena, this.#seconds, this.#heat);

    const items = [...frame.items];
    this.items.draw(pen, items, this.#seconds);

    this.#trails.remember(
      frame.players.map((player) => ({ ...player, shown: (player.flags & FLAGS.alive) !== 0 })),
      seconds,
    );
    pen.globalCompositeOperation = 'lighter';
    for (const player of players) {
      const fast = (player.flags & FLAGS.boost) !== 0;
      const tint = fast ? 50 : hue(player.id);
      this.#trails.draw(pen, player, (alpha) => colour(tint, 60, alpha), fast ? 1.6 : 1);
      const lit = player.id === leader || player.id === this.me;
      shine(pen, hue(player.id), player.x, player.y, player.size * (lit ? 5 : 3.2), lit ? 1 : 0.8);
    }
    for (const goblin of frame.npcs) shine(pen, GOBLIN, goblin.x, goblin.y, goblin.size * 3, 0.55);
    for (const shot of frame.shots) drawShot(pen, shot, hue(shot.by));
    pen.globalCompositeOperation = 'source-over';

    for (const goblin of frame.npcs) drawGoblin(pen, goblin, this.#seconds);
    for (const player of players) {
      drawPlayer(pen, player, hue(player.id), { seconds: this.#seconds, me: player.id === this.me });
    }
    this.#moments(frame.moments, items, hue);
    this.#particles.draw(pen, seconds);
    this.#tags(players, ranked, roster, pointer);
    this.#drawAlarm(seconds);
  }

  #moments(moments, items, hue) {
    for (const moment of moments) {
      const own = moment.moment === 'pickup' ? this.#nearItem(moment) : hue(moment.id);
      this.#particles.show(moment, own);
    }
    this.#itemHues = new Map(items.map(({ x, y, look }) => [`${x} ${y}`, this.items.hue(look)]));
  }

  /** An item that was picked up is gone from the list: its colour is remembered from the frame before. */
  #nearItem({ x, y }) {
    return this.#itemHues.get(`${x} ${y}`);
  }

  #follow(players, leader, seconds) {
    const wanted = players.find(({ id }) => id === (this.me ?? leader)) ?? players.find(({ id }) => id === leader);
    if (wanted) this.#watched = wanted;
    this.camera.follow(this.#watched, seconds);
  }

  #tags(players, ranked, roster, pointer) {
    const pixel = 1 / this.camera.scale;
    const named = new Set(ranked.slice(0, NAMED).map(({ id }) => id));
    if (this.me !== undefined) named.add(this.me);
    const at = pointer && this.camera.toArena(pointer);
    for (const player of players) {
      const touched = at && Math.hypot(player.x - at.x, player.y - at.y) < player.size + 22 * pixel;
      if (!named.has(player.id) && !touched) continue;
      const first = player.id === ranked[0]?.id;
      const tone = first ? colour(GOLD, 74) : player.id === this.me ? '#fff' : 'rgb(233 235 242 / 82%)';
      const name = roster.get(player.id)?.name ?? '';
      drawTag(this.#pen, player, name, { pixel, tone, strong: first || player.id === this.me });
    }
  }

  /** The walls go red for a moment: something was refused, and nothing has changed. */
  #drawAlarm(seconds) {
    if (this.#alarm <= 0) return;
    const pen = this.#pen;
    const { width, height } = this.#arena;
    pen.beginPath();
    pen.roundRect(0, 0, width, height, 26);
    pen.lineWidth = 3 + this.#alarm * 5;
    pen.strokeStyle = `rgb(255 80 96 / ${this.#alarm * 85}%)`;
    pen.stroke();
    this.#alarm -= seconds / 1.4;
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return;
    this.#ratio = this.#quality.pixels(devicePixelRatio);
    this.#canvas.width = Math.round(width * this.#ratio);
    this.#canvas.height = Math.round(height * this.#ratio);
    if (this.#arena) this.camera.fit(this.#arena, { width, height });
  }
}
