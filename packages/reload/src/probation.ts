/**
 * Probation: for a while after a commit, the errors of what it brought are counted, and past a threshold it is taken
 * back.
 *
 * Counted are errors that stand in modules which ran in the release, above what the same modules erred in as long a time
 * before it. What a release erred that was taken back is no measure for the next. It decides only that a release shall go
 * back; how it goes back is the namespace's.
 */

import type { Clock, ClockTimer } from '@rekindle/state';
import { CHECKPOINTS } from './checkpoints.ts';
import { ErrorRate } from './error-rate.ts';
import { IntrinsicPromise } from './intrinsic-promise.ts';

/** How long a release is watched, and what it may err. */
export interface ProbationLimits {
  /** Milliseconds for which a release is watched. @default 30_000 */
  readonly window: number;
  /** Errors above the rate of the window before that are borne. @default 5 */
  readonly errors: number;
}

export const DEFAULT_PROBATION: ProbationLimits = { window: 30_000, errors: 5 };

/** How the probation of a release ended. */
export type Settled = 'kept' | 'rolled-back' | 'held';

/** For what is not watched. */
export const KEPT: Promise<Settled> = IntrinsicPromise.resolve('kept');

/** A module version in which an error may have its cause. */
export interface Suspect {
  readonly module: string;
  /** SHA-256 of its source; undefined where it is not known. */
  readonly revision: string | undefined;
}

/** An error, with the modules in which it may have its cause, the likeliest first. */
export interface CountedError {
  readonly error: unknown;
  readonly suspects: readonly Suspect[];
  /** True for a loop that was stopped: it counts as all. */
  readonly isFatal: boolean;
}

/** A release that is to be taken back. */
export interface Verdict<Step> {
  readonly step: Step;
  /** What ran in it: revision by id. */
  readonly ran: ReadonlyMap<string, string>;
  /** The texts whose errors counted: revision by id. */
  readonly guilty: ReadonlyMap<string, string>;
  readonly errors: number;
  readonly error: unknown;
  /** Ends the probation of this release; if it has been rolled back, that of those that came on top of it too. */
  settle(settled: Settled): void;
}

interface Trial<Step> {
  readonly step: Step;
  /** What ran: revision by id. */
  readonly ran: Map<string, string>;
  readonly baseline: number;
  /** What counted against it. */
  readonly rate: ErrorRate;
  readonly guilty: Map<string, string>;
  errors: number;
  /** True once it is to be taken back. */
  judged: boolean;
  /** When it ends, in the clock's milliseconds, and since the epoch. */
  readonly due: number;
  readonly until: number;
  readonly settle: (settled: Settled) => void;
}

export class Probation<Step> {
  readonly #clock: Clock;
  readonly #now = () => this.#clock.now();
  readonly #limits: ProbationLimits | false;
  readonly #condemn: (verdict: Verdict<Step>) => void;
  /** The oldest first: a release that comes while another is on trial stands on it. */
  #trials: Trial<Step>[] = [];
  /** For the one that ends first; all have the same length. */
  #timer: ClockTimer | undefined;
  /** What counted against no release that is on trial, or was taken back. */
  readonly #rate: ErrorRate;

  constructor(clock: Clock, limits: ProbationLimits | false, condemn: (verdict: Verdict<Step>) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#condemn = condemn;
    this.#rate = this.#newRate();
  }

  /**
   * A release has been committed. One of which nothing ran errs in nothing: it ends with the one that it stands on.
   * @param step what it was, for whoever takes it back
   */
  begin(step: Step, ran: ReadonlyMap<string, string>): Promise<Settled> {
    const below = ran.size === 0 ? this.#trials.at(-1) : undefined;
    if (this.#limits === false || (ran.size === 0 && below === undefined)) return KEPT;
    return new IntrinsicPromise((resolve) => {
      const { window } = this.#limits as ProbationLimits;
      let baseline = this.#rate.of(ran);
      for (const { judged, rate } of this.#trials) if (!judged) baseline += rate.of(ran);
      const trial: Trial<Step> = {
        step,
        ran: new Map(ran),
        baseline,
        rate: this.#newRate(),
        guilty: new Map(),
        errors: 0,
        judged: false,
        due: below?.due ?? this.#clock.now() + window,
        until: below?.until ?? this.#clock.time() + window,
        settle: resolve,
      };
      this.#trials.push(trial);
      if (this.#timer === undefined) this.#wait(trial);
      // one cannot go back further than that; the timer finds the next one
      const [oldest] = this.#trials;
      if (this.#trials.length <= CHECKPOINTS || oldest === undefined || oldest.judged) return;
      this.#trials.shift();
      this.#close(oldest, 'kept');
    });
  }

  /** A module has run later than the commit of the release that brought it. */
  join(module: string, revision: string, isBroughtBy: (step: Step) => boolean): void {
    this.#trials.findLast(({ step }) => isBroughtBy(step))?.ran.set(module, revision);
  }

  /** Until when what runs may be taken back, in milliseconds since the epoch; undefined where it stands. */
  get until(): number | undefined {
    return this.#trials.at(-1)?.until;
  }

  /** @returns whether it counted against a release */
  note({ error, suspects, isFatal }: CountedError): boolean {
    if (this.#limits === false) return false;
    const modules = [...new Set(suspects.map(({ module }) => module))];
    for (const trial of [...this.#trials].reverse()) {
      const suspect = suspects.find(({ module, revision }) => {
        const ran = trial.ran.get(module);
        return ran !== undefined && (revision === undefined || revision === ran);
      });
      if (suspect === undefined) continue;
      trial.errors += 1;
      trial.rate.note(modules);
      trial.guilty.set(suspect.module, trial.ran.get(suspect.module) as string);
      if (!trial.judged && (isFatal || trial.errors - trial.baseline > this.#limits.errors)) this.#judge(trial, error);
      return true;
    }
    this.#rate.note(modules);
    return false;
  }

  /** Somebody went back by hand: rolled back is what came since, or all, where that was not the way that it came. */
  wentBack(isReplaced: (step: Step) => boolean): void {
    const first = this.#trials.findLastIndex(({ step }) => isReplaced(step));
    this.#settle(this.#trials.slice(Math.max(first, 0)), 'rolled-back');
  }

  /** Ends every trial: the namespace closes. */
  end(settled: Settled): void {
    this.#settle(this.#trials, settled);
  }

  #judge(trial: Trial<Step>, error: unknown): void {
    trial.judged = true;
    const { step, ran, guilty, errors } = trial;
    this.#condemn({
      step,
      ran,
      guilty,
      errors,
      error,
      settle: (settled) => {
        const at = this.#trials.indexOf(trial);
        if (at < 0) return; // somebody went back by hand meanwhile
        this.#settle(settled === 'rolled-back' ? this.#trials.slice(at) : [trial], settled);
      },
    });
  }

  #settle(trials: readonly Trial<Step>[], settled: Settled): void {
    this.#trials = this.#trials.filter((trial) => !trials.includes(trial));
    for (const trial of trials) this.#close(trial, settled);
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#end();
  }

  #wait({ due }: Trial<Step>): void {
    this.#timer = this.#clock.setTimeout(() => this.#end(), Math.max(0, due - this.#clock.now()));
    this.#timer.unref();
  }

  /** Ends those whose windows are over. One that is to be taken back may take with it what came on top: they wait. */
  #end(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const waits = this.#trials.findIndex(({ due, judged }) => judged || due > now);
    const over = this.#trials.splice(0, waits < 0 ? this.#trials.length : waits);
    const [next] = this.#trials;
    if (next?.judged === false) this.#wait(next);
    for (const trial of over) this.#close(trial, 'kept');
  }

  #close({ judged, rate, settle }: Trial<Step>, settled: Settled): void {
    if (settled === 'held' || (settled === 'kept' && !judged)) this.#rate.take(rate);
    settle(settled);
  }

  #newRate(): ErrorRate {
    return new ErrorRate(this.#now, this.#limits === false ? 0 : this.#limits.window);
  }
}
