/**
 * The phases of a match, and what holds in each.
 *
 * Try `seconds: 20` for `playing`, or `fights: true` for `warm-up`. The match that is on goes on: `index.ts` keeps where
 * it stands.
 */
import { match } from '@arena/api';

export interface Phase {
  readonly seconds: number;
  /** Shots are fired, and hurt. */
  readonly fights: boolean;
  /** By how much points are multiplied. */
  readonly worth: number;
  /** The phase that comes after; a match that is open goes to `overtime` instead. */
  readonly next: string;
}

const warmUp: Phase = { seconds: 8, fights: false, worth: 0, next: 'playing' };

export const phases: Readonly<Record<string, Phase>> = {
  'warm-up': warmUp,
  playing: { seconds: 120, fights: true, worth: 1, next: 'ended' },
  overtime: { seconds: 25, fights: true, worth: 2, next: 'ended' },
  ended: { seconds: 8, fights: false, worth: 0, next: 'warm-up' },
};

/** What holds now. */
export function phase(): Phase {
  return phases[match.phase] ?? warmUp;
}
