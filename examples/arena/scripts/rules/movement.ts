/**
 * How players move: they lean into the direction they want, keep some of their speed, and slide along what is in the
 * way. It reads what a player wants, and writes where the player is; what a player wants is never changed.
 *
 * Try `grip = 0.6`: the floor turns to ice. `bounce = 1.5`: the walls turn to rubber.
 * Or give `steer` a pull to the middle. The bots go on playing and have to cope; nobody loses a point, a place or a
 * connection.
 */
import { arena, now, onTick, type Player, players } from '@arena/api';
import { distance, toward } from '../lib/vector.ts';
import { maxSpeed } from './limits.ts';

/** How fast the wanted speed is reached: per second. */
const grip = 7;
/** How much of the speed a wall gives back. */
const bounce = 0.35;
const boost = 1.7;

function steer(player: Player, dt: number): void {
  const { moveX, moveY, aim } = player.intent;
  const speed = maxSpeed * (player.boostUntil > now() ? boost : 1);
  const lean = 1 - Math.exp(-grip * dt);
  player.vx += (moveX * speed - player.vx) * lean;
  player.vy += (moveY * speed - player.vy) * lean;
  player.x += player.vx * dt;
  player.y += player.vy * dt;
  player.aim = aim;
}

/** Off the walls of the arena. */
function keepInside(player: Player): void {
  const { size } = player;
  if (player.x < size || player.x > arena.width - size) player.vx *= -bounce;
  if (player.y < size || player.y > arena.height - size) player.vy *= -bounce;
  player.x = Math.min(Math.max(player.x, size), arena.width - size);
  player.y = Math.min(Math.max(player.y, size), arena.height - size);
}

/** Out of the pillars, losing only the speed that points into them. */
function slideOff(player: Player): void {
  for (const pillar of arena.pillars) {
    const depth = pillar.radius + player.size - distance(pillar, player);
    if (depth <= 0) continue;
    const out = toward(pillar, player);
    player.x += out.x * depth;
    player.y += out.y * depth;
    const inward = Math.min(0, player.vx * out.x + player.vy * out.y);
    player.vx -= inward * out.x;
    player.vy -= inward * out.y;
  }
}

onTick((dt) => {
  for (const player of players.values()) {
    if (!player.alive) continue;
    steer(player, dt);
    keepInside(player);
    slideOff(player);
  }
});
