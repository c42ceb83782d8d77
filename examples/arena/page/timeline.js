// Makes 60 smooth frames a second out of 20 snapshots: shows the world a little in the past, between two snapshots
// that have both arrived. It never guesses ahead: what has not been told yet stands still.

import { readSnapshot } from './wire.js';

/** Milliseconds behind the newest snapshot: one and a half ticks, and some jitter. */
const BEHIND = 95;
/** A jump that is farther than this in one tick is not a movement. */
const JUMP = 130;
const KEPT = 40;

export class Timeline {
  #interval = 50;
  #snapshots = [];
  #moments = [];
  /** The least time that a snapshot was ever under way, plus the server's zero. */
  #offset = Number.POSITIVE_INFINITY;

  reset(rate) {
    this.#interval = 1000 / rate;
    this.#snapshots = [];
    this.#moments = [];
    this.#offset = Number.POSITIVE_INFINITY;
  }

  add(message, now) {
    const snapshot = readSnapshot(message);
    const offset = now - snapshot.tick * this.#interval;
    // The quickest snapshot is the truest; a little is given back each time, in case the clocks drift apart. When the
    // server stood still for a while, its ticks are that much later from then on.
    this.#offset = offset > this.#offset + 400 ? offset : Math.min(offset, this.#offset + 0.05);
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length > KEPT) this.#snapshots.shift();
    for (const moment of snapshot.moments) this.#moments.push({ ...moment, tick: snapshot.tick });
    if (this.#moments.length > 600) this.#moments.splice(0, this.#moments.length - 600);
  }

  /**
   * The world at this moment of the page.
   * @returns {{ tick: number, players: object[], npcs: object[], shots: object[], items: Iterable<object>,
   *   moments: object[] } | undefined} `tick` has a fraction.
   */
  at(now) {
    const list = this.#snapshots;
    if (list.length === 0) return undefined;
    const wanted = (now - this.#offset - BEHIND) / this.#interval;
    let index = list.findLastIndex(({ tick }) => tick <= wanted);
    if (index < 0) index = 0;
    const from = list[index];
    const to = list[index + 1] ?? from;
    const share = to === from ? 0 : Math.min(1, Math.max(0, (wanted - from.tick) / (to.tick - from.tick)));
    const tick = from.tick + (to.tick - from.tick) * share;
    return {
      tick,
      players: blend(from.players, to.players, share),
      npcs: blend(from.npcs, to.npcs, share),
      shots: fly(list[index - 1]?.shots, from.shots, to.shots, share),
      items: from.items.values(),
      moments: this.#due(tick),
    };
  }

  #due(tick) {
    let count = this.#moments.findIndex((moment) => moment.tick > tick);
    if (count < 0) count = this.#moments.length;
    // What is long past (the page was in the background) is not shown in one burst.
    return this.#moments.splice(0, count).filter((moment) => tick - moment.tick < 4);
  }
}

function blend(from, to, share) {
  const blended = [];
  for (const next of to.values()) {
    const last = from.get(next.id);
    if (!last || Math.abs(next.x - last.x) + Math.abs(next.y - last.y) > JUMP) {
      blended.push({ ...next, vx: 0, vy: 0, jumped: true });
      continue;
    }
    const vx = next.x - last.x;
    const vy = next.y - last.y;
    const one = { ...next, x: last.x + vx * share, y: last.y + vy * share, vx, vy };
    if (next.aim !== undefined) one.aim = last.aim + shortest(next.aim - last.aim) * share;
    blended.push(one);
  }
  return blended;
}

/** Shots fly straight: one that has hit something by the next snapshot still flies up to it. */
function fly(before, from, to, share) {
  const flying = [];
  for (const shot of from.values()) {
    const next = to.get(shot.id);
    const last = before?.get(shot.id);
    const vx = next ? next.x - shot.x : last ? shot.x - last.x : 0;
    const vy = next ? next.y - shot.y : last ? shot.y - last.y : 0;
    flying.push({ ...shot, x: shot.x + vx * share, y: shot.y + vy * share, vx, vy });
  }
  return flying;
}

/** The way round that is not longer than half a turn. */
function shortest(angle) {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}
