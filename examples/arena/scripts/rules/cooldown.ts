/**
 * How often somebody may fire. Try `cooldown = 90`.
 *
 * The slot was made in `combat.ts` once: `from` takes it over from there, so nobody fires early because of a move.
 */
import { now, onLeave, type Player } from '@arena/api';
import { state } from 'rekindle/script';

/** Milliseconds between two shots of one player. */
const cooldown = 520;

/** Game time from which each player may fire again, by id. */
const readyAt = state('readyAt', () => new Map<number, number>(), { from: 'rules/combat.ts#readyAt' });

export function mayFire(player: Player): boolean {
  return now() >= (readyAt.get(player.id) ?? 0);
}

export function fired(player: Player): void {
  readyAt.set(player.id, now() + cooldown);
}

onLeave((player) => readyAt.delete(player.id));
