/**
 * Goblins: each is an instance of this class, and they stand in a state slot, so the same goblins live through every
 * edit. What they want is decided in `behaviour.ts`, anew in each tick.
 *
 * Try to make `grow` add 8 for each gem, or give them a field `mood = 'calm'`: the goblins that are alive have it, too.
 */
import { arena, hit, type Item, type Npc, now, type Player, pickUp, type Vector } from '@arena/api';
import { state } from 'rekindle/script';
import { angleOf, distance, toward } from '../lib/vector.ts';
import { clamp } from '../rules/limits.ts';
import { decide } from './behaviour.ts';

export class Goblin {
  readonly body: Npc;
  /** Gems that it carries, and drops when it falls. */
  hoard = 0;
  /** Game time from which it may bite again. */
  bitesAt = 0;

  constructor(body: Npc) {
    this.body = body;
  }

  step(dt: number): void {
    decide(this, dt);
  }

  walk(to: Readonly<Vector>, speed: number, dt: number): void {
    const { body } = this;
    const way = toward(body, to);
    // Around pillars: a step sideways counts more than none.
    for (const pillar of arena.pillars) {
      if (distance(body, pillar) > pillar.radius + body.size + 6) continue;
      const out = toward(pillar, body);
      way.x += out.x - out.y * 0.8;
      way.y += out.y + out.x * 0.8;
    }
    body.aim = angleOf(way);
    body.x = clamp(body.x + Math.cos(body.aim) * speed * dt, body.size, arena.width - body.size);
    body.y = clamp(body.y + Math.sin(body.aim) * speed * dt, body.size, arena.height - body.size);
  }

  bite(player: Player): void {
    if (now() < this.bitesAt) return;
    this.bitesAt = now() + 700;
    hit({ target: player, by: this.body, damage: 9 });
  }

  take(gem: Item): void {
    pickUp(this.body, gem);
    this.grow();
  }

  grow(): void {
    this.hoard++;
    this.body.size = clamp(this.body.size + 0.8, 4, 40);
    this.body.hp = clamp(this.body.hp + 6, 0, 160);
  }
}

/** All goblins that are alive, by the id of their body. */
export const goblins = state('goblins', () => new Map<number, Goblin>());
