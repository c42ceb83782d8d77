/**
 * Shots: who may fire, how they fly, what they hit.
 *
 * Try `barrels = 5`, `spread = 0.25`: everybody has a shotgun. Or `shotSpeed = 120`: the air fills with slow bullets.
 */
import { arena, hit, npcs, onHit, onTick, type Player, players, remove, type Shot, shoot, shots } from '@arena/api';
import { distance, polar } from '../lib/vector.ts';
import { phase } from '../match/phases.ts';
import { fired, mayFire } from './cooldown.ts';

const barrels = 1;
/** Radians between two barrels. */
const spread = 0.12;
const shotSpeed = 620;
const shotSize = 4;
const shotDamage = 13;
/** Seconds. */
const shotLife = 0.65;

function fire(player: Player): void {
  for (let barrel = 0; barrel < barrels; barrel++) {
    const angle = player.aim + (barrel - (barrels - 1) / 2) * spread;
    const muzzle = polar(angle, player.size + shotSize);
    const speed = polar(angle, shotSpeed);
    shoot({
      by: player.id,
      x: player.x + muzzle.x,
      y: player.y + muzzle.y,
      vx: speed.x,
      vy: speed.y,
      damage: shotDamage,
      size: shotSize,
      life: shotLife,
    });
  }
}

/** Whom a shot touches on its way through this tick. */
function struck(shot: Shot, dt: number) {
  // In half steps: a shot flies farther in a tick than a player is wide.
  const halfway = { x: shot.x - (shot.vx * dt) / 2, y: shot.y - (shot.vy * dt) / 2 };
  const touches = (body: { x: number; y: number; size: number }) =>
    Math.min(distance(shot, body), distance(halfway, body)) < body.size + shot.size;
  for (const npc of npcs.values()) if (touches(npc)) return npc;
  for (const player of players.values()) {
    if (player.alive && player.id !== shot.by && touches(player)) return player;
  }
  return undefined;
}

function fly(shot: Shot, dt: number): void {
  shot.x += shot.vx * dt;
  shot.y += shot.vy * dt;
  shot.life -= dt;
  const target = struck(shot, dt);
  if (target) hit({ target, by: players.get(shot.by), damage: shot.damage });
  const out = shot.x < 0 || shot.y < 0 || shot.x > arena.width || shot.y > arena.height;
  const blocked = arena.pillars.some((pillar) => distance(pillar, shot) < pillar.radius);
  if (target || out || blocked || shot.life <= 0) remove(shot);
}

onTick((dt) => {
  for (const player of players.values()) {
    if (!player.alive || !player.intent.fire || !phase().fights || !mayFire(player)) continue;
    fired(player);
    fire(player);
  }
  for (const shot of shots.values()) fly(shot, dt);
});

onHit((blow) => {
  if (!phase().fights) blow.damage = 0;
  else if ('shield' in blow.target && blow.target.shield > 0) {
    blow.target.shield--;
    blow.damage = 0;
  }
});
