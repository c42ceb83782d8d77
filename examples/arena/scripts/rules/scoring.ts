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

interface Streak {
  /** Defeats since the last death. */
  now: number;
  best: number;
}

/** By player. Version 1 had the current number alone. */
const streaks = state('streaks', () => new Map<number, Streak>(), {
  version: 2,
  up: { 2: (old: Map<number, number>) => new Map([...old].map(([id, now]) => [id, { now, best: now }])) },
  down: { 2: (streaks) => new Map([...streaks].map(([id, { now }]) => [id, now])) },
});

export function award(player: Player, points: number): void {
  player.score += Math.round(points * phase().worth);
}

export function streakOf(player: Player): number {
  return streaks.get(player.id)?.now ?? 0;
}

export function bestStreak(): number {
  return Math.max(0, ...[...streaks.values()].map(({ best }) => best));
}

export function forgetStreaks(): void {
  streaks.clear();
}

/** The best first. */
export function standings(): Player[] {
  return [...players.values()].sort((a, b) => b.score - a.score || a.id - b.id);
}

export function isPlayer(somebody: Player | Npc | undefined): somebody is Player {
  return somebody !== undefined && players.has(somebody.id);
}

onDeath((victim, by) => {
  const ended = streaks.get(victim.id);
  if (ended) ended.now = 0;
  if (!isPlayer(by)) return;
  const streak = streaks.get(by.id) ?? { now: 0, best: 0 };
  streaks.set(by.id, streak);
  streak.now += 1;
  streak.best = Math.max(streak.best, streak.now);
  award(by, (isPlayer(victim) ? defeat : goblin) + clamp(streak.now - 1, 0, longest) * streakBonus);
});

onLeave((player) => streaks.delete(player.id));
