/** What goblins want: gems. And to be left alone, or else. */
import { items, players } from '@arena/api';
import { distance, nearest } from '../lib/vector.ts';
import type { Goblin } from './goblin.ts';

const sight = 190;
const calmSpeed = 60;
const greedySpeed = 95;
const angrySpeed = 130;

/** Players whom a goblin can see. */
function* prey() {
  for (const player of players.values()) if (player.alive) yield player;
}

function* gems() {
  for (const item of items.values()) if (item.kind === 'gem') yield item;
}

export function decide(goblin: Goblin, dt: number): void {
  const { body } = goblin;
  const player = nearest(body, prey(), sight);
  const gem = nearest(body, gems(), sight * 1.6);
  if (player && (body.hp < 30 || distance(body, player) < 70)) {
    body.mood = 'angry';
    goblin.walk(player, angrySpeed, dt);
    if (distance(body, player) < body.size + player.size + 4) goblin.bite(player);
  } else if (gem) {
    body.mood = 'greedy';
    goblin.walk(gem, greedySpeed, dt);
    if (distance(body, gem) < body.size + gem.size) goblin.take(gem);
  } else {
    body.mood = 'calm';
    goblin.walk({ x: body.x + Math.cos(body.aim), y: body.y + Math.sin(body.aim + 0.02) }, calmSpeed, dt);
  }
}
