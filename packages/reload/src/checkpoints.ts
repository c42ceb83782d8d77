/**
 * What a namespace ran before: enough to go back to it, also where the stores keep no history.
 *
 * Of each release that gave way, the manifests are kept, and the compiled modules that the next one replaced. It is
 * bounded: old code that nobody would go back to is let go.
 */

import type { Unit } from '@rekindle/loader';
import type { Head, Manifest } from '@rekindle/store';
import type { ReleaseInfo } from './events.ts';
import type { EvaluatedText } from './prepare.ts';

/** What a namespace shall hold. */
export interface Target {
  readonly head: Head;
  /** The modules of the release. */
  readonly release: Manifest;
  /** The same, and what stands beside them. */
  readonly manifest: Manifest;
}

/** What a namespace has before its first release. */
export const NOTHING: Target = { head: { number: 0, hash: '' }, release: new Map(), manifest: new Map() };

export function isNothing(target: Target): boolean {
  return target === NOTHING;
}

/** What people are told of the release that a head becomes when it is committed. */
export function releaseOf({ number, next = number, hash, origins }: Head & Partial<ReleaseInfo>): ReleaseInfo {
  return origins === undefined ? { number: next, hash } : { number: next, hash, origins };
}

/** A release that ran. */
export interface Checkpoint {
  readonly release: ReleaseInfo;
  readonly target: Target;
  /** Modules that stood in no store. */
  readonly texts: ReadonlyMap<string, EvaluatedText>;
}

interface Kept {
  readonly checkpoint: Checkpoint;
  /** What of it the next release replaced or took out: whoever asks the library for a unit that lives gets it. */
  readonly replaced: readonly Unit[];
  /** True where somebody went back to it or past it, so that it stands before nothing: only who names it gets it. */
  isLeft: boolean;
}

/** How many releases one can go back. */
export const CHECKPOINTS = 16;

export class Checkpoints {
  readonly #kept: Kept[] = [];

  /** A release has given way to another. */
  push(checkpoint: Checkpoint, replaced: readonly Unit[]): void {
    this.#keep({ checkpoint, replaced, isLeft: false });
  }

  /** A release has given way to one of these. Where that had been left itself, it was no way back. */
  wentBack(to: Checkpoint, left: Checkpoint, replaced: readonly Unit[]): void {
    const at = this.#kept.findIndex(({ checkpoint }) => checkpoint === to);
    const isBack = this.#kept[at]?.isLeft !== true;
    if (isBack) for (const kept of this.#kept.slice(Math.max(at, 0))) kept.isLeft = true;
    this.#keep({ checkpoint: left, replaced, isLeft: isBack });
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    if (this.#kept.length > CHECKPOINTS) this.#kept.shift();
  }

  /** The release before the one that runs. */
  get latest(): Checkpoint | undefined {
    return this.#kept.findLast(({ isLeft }) => !isLeft)?.checkpoint;
  }

  /** The newest that ran under a number, or the very release. */
  find(release: number | ReleaseInfo): Checkpoint | undefined {
    const isWanted = ({ checkpoint }: Kept) =>
      typeof release === 'number' ? checkpoint.release.number === release : checkpoint.release.hash === release.hash;
    return this.#kept.findLast(isWanted)?.checkpoint;
  }

  /** The numbers that one can go back to, newest first. */
  get numbers(): number[] {
    return [...new Set(this.#kept.map(({ checkpoint }) => checkpoint.release.number))].reverse();
  }
}
