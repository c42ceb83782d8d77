/** Goblins come in small numbers, live, and leave behind what they have gathered. Try `most = 60`. */
import { type Npc, npcs, onDeath, onTick, type Player, spawnNpc } from '@arena/api';
import { lay } from '../items/catalog.ts';
import { between, somewhere } from '../lib/random.ts';
import { polar } from '../lib/vector.ts';
import { Goblin, goblins } from './goblin.ts';

const most = 14;

function spawn(): void {
  if (goblins.size >= most) return;
  const body = spawnNpc({ kind: 'goblin', ...somewhere(), aim: between(0, 6.28), size: 13, hp: 80, mood: 'calm' });
  goblins.set(body.id, new Goblin(body));
}

function fall(victim: Player | Npc): void {
  const goblin = goblins.get(victim.id);
  if (!goblin) return;
  goblins.delete(victim.id);
  for (let gem = 0; gem < goblin.hoard; gem++) {
    const thrown = polar(between(0, 6.28), between(10, 60));
    lay({ x: victim.x + thrown.x, y: victim.y + thrown.y }, 'gem');
  }
}

setInterval(() => spawn(), 800);
onDeath((victim) => fall(victim));
onTick((dt) => {
  for (const goblin of goblins.values()) {
    if (npcs.has(goblin.body.id)) goblin.step(dt);
    else goblins.delete(goblin.body.id);
  }
});
