/**
 * How a bot plays: look for items, chase who is weak, run when hurt, shoot at what is near.
 *
 * Pure but for its memory and its chance: given the same snapshots and seed it makes the same moves. It is a client
 * like any other and knows nothing of the rules; when a rule is edited, bots go on playing as before and fare otherwise.
 */

import type { Pillar } from '../entities.ts';
import type { Random } from '../random.ts';
import type { Seen, Self, View } from './view.ts';

export interface Move {
  /** Direction, length 0 to 1. */
  readonly x: number;
  readonly y: number;
  /** Radians. */
  readonly aim: number;
  readonly fire: boolean;
}

/** What a bot is like. */
export interface Temper {
  /** 0 collects, 1 fights. */
  readonly hunger: number;
  /** Health below which it runs. */
  readonly fear: number;
  /** Radians by which it misses at most. */
  readonly clumsiness: number;
}

export interface Ground {
  readonly width: number;
  readonly height: number;
  readonly pillars: readonly Pillar[];
}

const SIGHT = 420;
const SHOT_SPEED = 620;
const STILL: Move = { x: 0, y: 0, aim: 0, fire: false };

export function someTemper(random: Random): Temper {
  return { hunger: random(), fear: 20 + random() * 35, clumsiness: 0.05 + random() * 0.2 };
}

export class Brain {
  #temper: Temper;
  #ground: Ground;
  #random: Random;
  #headingX = 0;
  #headingY = 0;
  #wander: number;
  #side = 1;

  constructor(temper: Temper, ground: Ground, random: Random) {
    this.#temper = temper;
    this.#ground = ground;
    this.#random = random;
    this.#wander = random() * 2 * Math.PI;
  }

  think(view: View, id: number): Move {
    const self = view.self(id);
    if (!self) return STILL;
    const enemy = this.#enemy(view, self);
    const [wantX, wantY] = this.#want(view, self, enemy);
    const [pushX, pushY] = this.#push(view, self);
    // A heading that turns, not jumps: it looks alive, and is harder to hit.
    this.#headingX += (wantX + pushX - this.#headingX) * 0.35;
    this.#headingY += (wantY + pushY - this.#headingY) * 0.35;
    const length = Math.max(1, Math.hypot(this.#headingX, this.#headingY));
    return { x: this.#headingX / length, y: this.#headingY / length, ...this.#shoot(view, self, enemy) };
  }

  #enemy(view: View, self: Self): Seen | undefined {
    const goblin = view.nearestNpc(self, 200);
    const player = view.nearestPlayer(self, SIGHT, (hp) => 0.4 + hp / 100);
    if (goblin && (!player || goblin.distance < player.distance * 0.5)) return goblin;
    return player;
  }

  #want(view: View, self: Self, enemy: Seen | undefined): readonly [number, number] {
    const { hunger, fear } = this.#temper;
    const hurt = self.hp < fear && !self.shielded;
    if (hurt && enemy && enemy.distance < 260) {
      const heart = view.bestItem(self, 500, (kind) => (kind === 'heart' ? 1 : undefined));
      const [awayX, awayY] = toward(enemy, self);
      if (!heart) return [awayX, awayY];
      const [heartX, heartY] = toward(self, heart);
      return [awayX * 0.6 + heartX * 0.8, awayY * 0.6 + heartY * 0.8];
    }
    const item = view.bestItem(self, 700, (kind, itemId) => this.#taste(kind, itemId, self));
    if (enemy && (!item || hunger * SIGHT > item.distance + enemy.distance * 0.5)) return this.#circle(self, enemy);
    if (item) return toward(self, item);
    this.#wander += (this.#random() - 0.5) * 0.5;
    return [Math.cos(this.#wander), Math.sin(this.#wander)];
  }

  /** Closes in, then goes round. */
  #circle(self: Self, enemy: Seen): readonly [number, number] {
    const [x, y] = toward(self, enemy);
    if (enemy.distance > 190) return [x, y];
    if (this.#random() < 0.02) this.#side = -this.#side;
    const closer = (enemy.distance - 140) / 120;
    return [x * closer - y * this.#side * 0.9, y * closer + x * this.#side * 0.9];
  }

  /** Not everybody runs for the same gem: each bot has a taste of its own. */
  #taste(kind: string, itemId: number, self: Self): number | undefined {
    const own = 0.7 + ((itemId * 31 + self.id * 17) % 10) / 14;
    if (kind === 'heart') return self.hp > 85 ? undefined : own * (self.hp < 50 ? 3 : 1.2);
    if (kind === 'crown') return own * 4;
    return own * (kind === 'gem' ? 1 : 1.4);
  }

  /** Away from pillars, from the wall and from who is too near. */
  #push(view: View, self: Self): readonly [number, number] {
    let x = 0;
    let y = 0;
    const { pillars, width, height } = this.#ground;
    for (const pillar of pillars) {
      const gap = Math.hypot(self.x - pillar.x, self.y - pillar.y) - pillar.radius;
      if (gap > 40) continue;
      const [awayX, awayY] = toward(pillar, self);
      // Mostly round it, not back.
      x += (awayX * 0.6 - awayY * this.#side) * (1 - gap / 40);
      y += (awayY * 0.6 + awayX * this.#side) * (1 - gap / 40);
    }
    const crowd = view.nearestPlayer(self, 30);
    if (crowd) {
      const [awayX, awayY] = toward(crowd, self);
      x += awayX * 0.7;
      y += awayY * 0.7;
    }
    if (self.x < 40) x += 1;
    if (self.x > width - 40) x -= 1;
    if (self.y < 40) y += 1;
    if (self.y > height - 40) y -= 1;
    return [x, y];
  }

  #shoot(view: View, self: Self, enemy: Seen | undefined): { readonly aim: number; readonly fire: boolean } {
    if (!enemy) return { aim: Math.atan2(this.#headingY, this.#headingX), fire: false };
    const flight = enemy.distance / SHOT_SPEED;
    const { x, y } = view.velocity(enemy.id);
    const aim = Math.atan2(enemy.y + y * flight - self.y, enemy.x + x * flight - self.x);
    const miss = (this.#random() - 0.5) * 2 * this.#temper.clumsiness;
    return { aim: aim + miss, fire: enemy.distance < 330 && this.#random() < 0.25 + this.#temper.hunger * 0.5 };
  }
}

function toward(from: { readonly x: number; readonly y: number }, to: { readonly x: number; readonly y: number }) {
  const x = to.x - from.x;
  const y = to.y - from.y;
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length] as const;
}
