/**
 * The authoritative state of the arena: who and what is in it, where, and how it fares.
 *
 * The world keeps books and calls hooks; it has no rules. Nothing here is lost when scripts are reloaded. What it does
 * insist on is its own health: ids are never used twice, lists have an upper bound, and a position that is not a number
 * goes back to where it was, so that no edit of a rule can break the game for good.
 */

import type { Bus } from './bus.ts';
import type { Hit, Item, Look, Match, Npc, Pillar, Player, Shot, Vector } from './entities.ts';
import type { ArenaHooks } from './hooks.ts';
import { type Random, seededRandom } from './random.ts';

/** Length of a tick in seconds. */
export const TICK = 0.05;

/** How much the arena holds: beyond it, spawning throws. */
export const CAPACITY = { players: 400, npcs: 200, shots: 1500, items: 400 } as const;

/** A moment that the page draws: sparks, a flash, a sound that one sees. */
export type Moment = 'hit' | 'death' | 'pickup' | 'spawn' | 'shoot' | 'fall';

export interface MomentAt extends Readonly<Vector> {
  readonly moment: Moment;
  /** Id of the one whom it concerns. */
  readonly id: number;
}

export interface WorldOptions {
  readonly hooks: ArenaHooks;
  readonly bus: Bus;
  /** @default 1 */
  readonly seed?: number;
}

const PILLARS: readonly Pillar[] = [
  { x: 400, y: 320, radius: 46 },
  { x: 1200, y: 320, radius: 46 },
  { x: 400, y: 800, radius: 46 },
  { x: 1200, y: 800, radius: 46 },
  { x: 800, y: 210, radius: 30 },
  { x: 800, y: 910, radius: 30 },
  { x: 800, y: 560, radius: 64 },
];

export class World {
  readonly width = 1600;
  readonly height = 1120;
  readonly pillars = PILLARS;
  readonly players = new Map<number, Player>();
  readonly npcs = new Map<number, Npc>();
  readonly shots = new Map<number, Shot>();
  readonly items = new Map<number, Item>();
  readonly match: Match = { phase: 'waiting', since: 0, round: 0, endsAt: null, winner: null };
  readonly random: Random;
  #hooks: ArenaHooks;
  #bus: Bus;
  #tick = 0;
  #lastId = 0;
  #moments: MomentAt[] = [];
  /** Where everything that moves was after the last tick, by id. */
  #settled = new Map<number, Vector>();

  constructor({ hooks, bus, seed = 1 }: WorldOptions) {
    this.#hooks = hooks;
    this.#bus = bus;
    this.random = seededRandom(seed);
  }

  /** Number of the current tick; 0 before the first. */
  get tick(): number {
    return this.#tick;
  }

  /** Game time in ms. It stands still while no tick runs. */
  get now(): number {
    return this.#tick * TICK * 1000;
  }

  /** Runs one tick: the scripts' callbacks, then the checks. */
  step(): void {
    this.#tick++;
    this.#hooks.tick.call(TICK);
    this.#settle();
  }

  /** What happened since the last call, for the snapshot. */
  takeMoments(): readonly MomentAt[] {
    const moments = this.#moments;
    this.#moments = [];
    return moments;
  }

  show(moment: Moment, at: Readonly<Vector>, id = 0): void {
    if (this.#moments.length < CAPACITY.shots) this.#moments.push({ moment, x: at.x, y: at.y, id });
  }

  addPlayer(name: string, bot: boolean): Player {
    this.#room('players');
    const player: Player = {
      id: ++this.#lastId,
      name,
      bot,
      intent: { moveX: 0, moveY: 0, aim: 0, fire: false },
      x: this.width / 2,
      y: this.height / 2,
      vx: 0,
      vy: 0,
      aim: 0,
      size: 11,
      hp: 0,
      score: 0,
      alive: false,
      shield: 0,
      boostUntil: 0,
      safeUntil: 0,
      diedAt: Number.NEGATIVE_INFINITY,
    };
    this.players.set(player.id, player);
    this.#hooks.join.call(player);
    this.#bus.emit('join', player);
    return player;
  }

  removePlayer(id: number): void {
    const player = this.players.get(id);
    if (!player) return;
    this.players.delete(id);
    this.#settled.delete(id);
    this.#hooks.leave.call(player);
    this.#bus.emit('leave', player);
  }

  /** Puts a player into the arena, with full health. */
  place(player: Player, at: Readonly<Vector>): void {
    Object.assign(player, { x: at.x, y: at.y, vx: 0, vy: 0, hp: 100, shield: 0, boostUntil: 0, alive: true });
    this.show('spawn', player, player.id);
  }

  spawnNpc(wanted: Omit<Npc, 'id'>): Npc {
    this.#room('npcs');
    const npc: Npc = { ...wanted, id: ++this.#lastId };
    this.npcs.set(npc.id, npc);
    this.show('spawn', npc, npc.id);
    return npc;
  }

  shoot(wanted: Omit<Shot, 'id'>): Shot {
    this.#room('shots');
    const shot: Shot = { ...wanted, id: ++this.#lastId };
    this.shots.set(shot.id, shot);
    this.show('shoot', shot, shot.by);
    return shot;
  }

  spawnItem(kind: string, look: Look, at: Readonly<Vector>): Item {
    this.#room('items');
    const { shape, hue, size } = look;
    const item: Item = { id: ++this.#lastId, kind, shape, hue, size, x: at.x, y: at.y };
    this.items.set(item.id, item);
    return item;
  }

  /** Takes an NPC, a shot or an item out. */
  remove(thing: Npc | Shot | Item): void {
    if (this.npcs.delete(thing.id) || this.shots.delete(thing.id)) this.#settled.delete(thing.id);
    this.items.delete(thing.id);
  }

  /** Hurts somebody. Callbacks of `onHit` have their say first; nothing happens to who is dead or safe. */
  hit(hit: Hit): void {
    const { target } = hit;
    const player = this.players.get(target.id);
    if (player ? !player.alive || player.safeUntil > this.now : !this.npcs.has(target.id)) return;
    this.#hooks.hit.call(hit);
    if (!(hit.damage > 0)) return;
    target.hp -= hit.damage;
    this.show('hit', target, target.id);
    if (target.hp > 0) return;
    target.hp = 0;
    if (player) {
      player.alive = false;
      player.diedAt = this.now;
      this.show('death', player, player.id);
    } else {
      this.remove(target as Npc);
      this.show('fall', target, target.id);
    }
    this.#hooks.death.call(target, hit.by);
    this.#bus.emit('kill', { victim: target, by: hit.by });
  }

  /** Takes an item up, once: who comes second gets nothing. */
  pickUp(by: Player | Npc, item: Item): void {
    if (!this.items.delete(item.id)) return;
    this.show('pickup', item, by.id);
    this.#hooks.pickup.call(by, item);
  }

  #room(list: keyof typeof CAPACITY): void {
    if (this[list].size >= CAPACITY[list]) throw new RangeError(`The arena holds at most ${CAPACITY[list]} ${list}`);
  }

  #settle(): void {
    for (const player of this.players.values()) {
      this.#place(player);
      player.hp = bounded(player.hp, 0, 100, 100);
      player.score = bounded(player.score, -1e9, 1e9, 0);
      player.size = bounded(player.size, 2, 120, 11);
    }
    for (const npc of this.npcs.values()) {
      this.#place(npc);
      npc.hp = bounded(npc.hp, 0, 10_000, 1);
      npc.size = bounded(npc.size, 2, 160, 12);
    }
    for (const shot of this.shots.values()) {
      if (!Number.isFinite(shot.x + shot.y + shot.life)) this.remove(shot);
    }
  }

  #place(body: Player | Npc): void {
    const last = this.#settled.get(body.id);
    if (Number.isFinite(body.x + body.y)) {
      body.x = Math.min(Math.max(body.x, 0), this.width);
      body.y = Math.min(Math.max(body.y, 0), this.height);
      if (last) {
        last.x = body.x;
        last.y = body.y;
      } else this.#settled.set(body.id, { x: body.x, y: body.y });
    } else {
      body.x = last?.x ?? this.width / 2;
      body.y = last?.y ?? this.height / 2;
    }
    if ('vx' in body && !Number.isFinite(body.vx + body.vy)) body.vx = body.vy = 0;
    if (!Number.isFinite(body.aim)) body.aim = 0;
  }
}

function bounded(value: number, low: number, high: number, otherwise: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : otherwise;
}
