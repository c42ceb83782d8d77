/** Who comes, and who was defeated, is put into the arena: away from others, and safe for a moment. */
import { now, onJoin, onTick, type Player, place, players, type Vector } from '@arena/api';
import { somewhere } from '../lib/random.ts';
import { distance } from '../lib/vector.ts';

/** Milliseconds from defeat to the next life. */
const wait = 1800;
/** Milliseconds in which a newcomer cannot be hurt. */
const grace = 1500;

/** The best of a few tries: the one that is farthest from everybody who is alive. */
function quietPlace(): Vector {
  const room = (spot: Vector) =>
    Math.min(...[...players.values()].filter(({ alive }) => alive).map((player) => distance(spot, player)));
  return [somewhere(), somewhere(), somewhere()].reduce((best, spot) => (room(spot) > room(best) ? spot : best));
}

function enter(player: Player): void {
  place(player, quietPlace());
  player.safeUntil = now() + grace;
}

onJoin((player) => enter(player));

// Asked in each tick, not with a timer for each defeat: nobody is forgotten, whatever happened in between.
onTick(() => {
  for (const player of players.values()) if (!player.alive && now() - player.diedAt >= wait) enter(player);
});
