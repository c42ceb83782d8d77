/**
 * The course of the match: warm-up, playing, overtime if it is close, ended, and again.
 *
 * Where it stands is a state slot, and the timer only looks at the clock: an edit in the last second of a match neither
 * ends it early nor makes it longer.
 */
import { now, players, setMatch } from '@arena/api';
import { state } from 'rekindle/script';
import { every } from '../lib/every.ts';
import { forgetStreaks, standings } from '../rules/scoring.ts';
import { phases } from './phases.ts';

/** A lead of this many points is not enough to win without overtime. */
const closeCall = 6;

/** After so many the round ends as it stands. */
const mostOvertimes = 3;

/** Version 1 did not count overtimes. */
const course = state('course', () => ({ phase: '', round: 0, endsAt: 0, overtimes: 0 }), {
  version: 2,
  up: { 2: (old: { phase: string; round: number; endsAt: number }) => ({ ...old, overtimes: 0 }) },
  down: { 2: ({ phase, round, endsAt }) => ({ phase, round, endsAt }) },
});

function enter(name: string): void {
  if (name === 'warm-up') course.round++;
  course.phase = name;
  course.endsAt = now() + (phases[name]?.seconds ?? 10) * 1000;
  if (name === 'overtime') course.overtimes++;
  if (name === 'playing') {
    course.overtimes = 0;
    forgetStreaks();
    for (const player of players.values()) player.score = 0;
  }
  const winner = name === 'ended' ? (standings()[0]?.name ?? null) : null;
  setMatch({ phase: name, round: course.round, endsAt: course.endsAt, winner });
}

function isOpen(): boolean {
  if (course.overtimes >= mostOvertimes) return false;
  const [first, second] = standings();
  return first !== undefined && second !== undefined && first.score - second.score < closeCall;
}

function step(): void {
  if (now() < course.endsAt) return;
  if ((course.phase === 'playing' || course.phase === 'overtime') && isOpen()) enter('overtime');
  // From the beginning, also where an edit has taken the phase away that was on.
  else enter(phases[course.phase]?.next ?? 'warm-up');
}

every(0.25, step);
