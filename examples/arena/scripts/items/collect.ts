/** Who touches an item has it. */
import { items, onPickup, onTick, pickUp, players } from '@arena/api';
import { distance } from '../lib/vector.ts';
import { isPlayer } from '../rules/scoring.ts';
import { use } from './catalog.ts';

/** How near is touching, in units between the rims. */
const reach = 4;

onTick(() => {
  for (const player of players.values()) {
    if (!player.alive) continue;
    for (const item of items.values()) {
      if (distance(player, item) < player.size + item.size + reach) pickUp(player, item);
    }
  }
});

onPickup((by, item) => {
  if (isPlayer(by)) use(by, item);
});
