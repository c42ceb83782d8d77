/**
 * What is worth how much. Scores themselves are kept by the arena, so they outlive every edit of this file.
 *
 * Try `defeat = 50`, or make `award` take points from the leader: the leader board follows at once.
 */
import { type Npc, onDeath, onLeave, type Player, players } from '@arena/api';
import { state } from 'rekindle/script';
import { phase } from '../match/phases.ts';
import { clamp } from './limits.ts';

const defeat = 5;
const goblin = 8;
/** Points for each defeat in a row, on top, up to `longest`. */
const streakBonus = 1;
const longest = 10;

/** Defeats since the last death, by player. */
const streaks = state('streaks', () => new Map<number, number>());

export function award(player: Player, points: number): void {
  player.score += Math.round(points * phase().worth);
}

export function streakOf(player: Player): number {
  return streaks.get(player.id) ?? 0;
}

/** The best first. */
export function standings(): Player[] {
  return [...players.values()].sort((a, b) => b.score - a.score || a.id - b.id);
}

export function isPlayer(somebody: Player | Npc | undefined): somebody is Player {
  return somebody !== undefined && players.has(somebody.id);
}

onDeath((victim, by) => {
  streaks.delete(victim.id);
  if (!isPlayer(by)) return;
  const streak = streakOf(by) + 1;
  streaks.set(by.id, streak);
  award(by, (isPlayer(victim) ? defeat : goblin) + clamp(streak - 1, 0, longest) * streakBonus);
});

onLeave((player) => streaks.delete(player.id));
