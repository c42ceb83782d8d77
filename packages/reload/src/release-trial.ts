/** One release on its way, as whoever keeps good releases is told of it. What becomes of it is decided elsewhere. */

import type { Manifest } from '@rekindle/store';
import { isNothing, releaseOf, type Target } from './checkpoints.ts';
import type { Committed, Outcome } from './outcome.ts';
import type { Settled } from './probation.ts';
import type { Reversals } from './reversals.ts';
import type { RunningRelease } from './running-release.ts';
import type { ReleaseTrials } from './trials.ts';
import type { Wish } from './wish.ts';

export interface ReleaseTrialParts {
  readonly trials: ReleaseTrials | undefined;
  readonly reversals: Reversals;
  readonly running: RunningRelease;
}

export class ReleaseTrial {
  readonly #parts: ReleaseTrialParts;

  constructor(parts: ReleaseTrialParts) {
    this.#parts = parts;
  }

  /** Runs `work`, which takes the target, and tells how it began and ended where it is new here. */
  run(wish: Wish, target: Target, work: () => Promise<Outcome>): Promise<Outcome> {
    const { trials } = this.#parts;
    const isNew = wish.cause === 'start' || target.head.hash !== this.#parts.running.target.head.hash;
    return trials === undefined || !isNew ? work() : this.#tell(trials, wish, target, work);
  }

  async #tell(trials: ReleaseTrials, wish: Wish, target: Target, work: () => Promise<Outcome>): Promise<Outcome> {
    const { reversals, running } = this.#parts;
    const before = running.checkpoint();
    if (wish.back !== undefined) {
      const outcome = await work();
      if (outcome.status === 'committed') {
        const settled = reversals.watch(this.#revisions(outcome.evaluated));
        trials.wentBack(before.release, outcome.release, this.#listed(), settled);
      }
      return outcome;
    }
    const release = releaseOf(target.head);
    let outcome: Outcome | undefined;
    try {
      await trials.begin(release);
      outcome = await work();
    } finally {
      if (outcome?.status === 'committed') {
        // nothing is before a first release, so nothing takes it back: but whether it errs is known all the same
        const isFirst = isNothing(before.target) || target.head.hash === before.target.head.hash;
        const settled = isFirst ? reversals.watch(this.#revisions(outcome.evaluated)) : this.#judged(target, outcome);
        trials.committed(outcome.release, this.#listed(), settled);
      } else trials.dropped(release);
    }
    return outcome;
  }

  /** A release is not good that stood its time on another that should have gone. */
  async #judged({ release }: Target, { settled }: Committed): Promise<Settled> {
    const how = await settled;
    return how === 'kept' && this.#parts.reversals.isCondemned(release) ? 'held' : how;
  }

  /** What runs of the stores: without what stands in none. */
  #listed(): Manifest {
    const { target, texts } = this.#parts.running;
    if (texts.size === 0) return target.manifest;
    return new Map([...target.manifest].filter(([id]) => !texts.has(id)));
  }

  #revisions(evaluated: readonly string[]): Map<string, string> {
    return new Map(evaluated.map((id) => [id, this.#parts.running.revisionOf(id)]));
  }
}
