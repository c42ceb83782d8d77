/**
 * Going back: what ran before is kept, what runs is watched for a while, and what was left is not taken again.
 *
 * It decides whether and whither; the transaction that goes there is the namespace's.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { SourceTextInstance, Unit } from '@rekindle/loader';
import type { Manifest } from '@rekindle/store';
import { Barred } from './barred.ts';
import { type Checkpoint, Checkpoints } from './checkpoints.ts';
import { ofUnknownRelease } from './diagnose.ts';
import type { ReleaseInfo } from './events.ts';
import type { Committed, Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import { type CountedError, DEFAULT_PROBATION, Probation, type Settled, type Verdict } from './probation.ts';
import { messageOf } from './thrown.ts';
import type { GoingBack, Wish } from './wish.ts';

export interface ReversalsParts {
  readonly powers: Powers;
  /** The version of a module that runs. */
  versionOf(id: string): SourceTextInstance | undefined;
  /** Takes a wish to its end. */
  insist(wish: Wish): Promise<Outcome>;
}

export class Reversals {
  readonly #parts: ReversalsParts;
  readonly #checkpoints = new Checkpoints();
  readonly #barred = new Barred();
  readonly #probation: Probation<Checkpoint>;
  /** For what nothing can take back. */
  readonly #watched: Probation<undefined>;

  constructor(parts: ReversalsParts) {
    this.#parts = parts;
    const { clock, probation = DEFAULT_PROBATION } = parts.powers;
    this.#probation = new Probation(clock, probation, (verdict) => void this.#takeBack(verdict));
    this.#watched = new Probation(clock, probation, (verdict) => verdict.settle('held'));
  }

  /** Until when what runs may be taken back, in milliseconds since the epoch; undefined where it stands. */
  get until(): number | undefined {
    return this.#probation.until;
  }

  /** What somebody wants to go back to, or why that cannot be. */
  find(release: number | ReleaseInfo | undefined): Checkpoint | Diagnostic {
    const found = release === undefined ? this.#checkpoints.latest : this.#checkpoints.find(release);
    return found ?? ofUnknownRelease(release, this.#checkpoints.numbers);
  }

  /** Why a release is not taken; undefined where it may be. */
  refusal(release: ReleaseInfo, manifest: Manifest): Diagnostic | undefined {
    return this.#barred.refusal(release, manifest);
  }

  /** Whether there still is a reason: a text whose errors counted may have been mended meanwhile. */
  isDue({ verdict }: GoingBack): boolean {
    if (verdict === undefined) return true;
    return [...verdict.guilty].some(([id, revision]) => this.#runs(id, revision));
  }

  /** Whether the code of a revision runs, be it that only comments were edited since. */
  #runs(id: string, revision: string): boolean {
    const version = this.#parts.versionOf(id);
    return version?.unit.revision === revision || version?.running.revision === revision;
  }

  /** An error that a script's code did not keep to itself. */
  note(error: CountedError): void {
    this.#probation.note(error);
    this.#watched.note(error);
  }

  /**
   * Whether what runs errs too often, where there is nothing to go back to: a first release, or one that was gone back to.
   * @param ran revision by id
   */
  watch(ran: ReadonlyMap<string, string>): Promise<Settled> {
    this.#watched.end('held'); // one runs at a time, and it is not the one before
    return this.#watched.begin(undefined, ran);
  }

  /** A release that is not to be taken, though it never ran here. */
  bar(hash: string, why: string): void {
    this.#barred.release(hash, why);
  }

  /**
   * A release has given way to another: keeps it, and begins the probation of what came.
   * @param units what it lost
   * @param ran the versions that ran
   */
  committed(before: Checkpoint, units: readonly Unit[], ran: readonly SourceTextInstance[]): Promise<Settled> {
    this.#checkpoints.push(before, units);
    return this.#probation.begin(before, new Map(ran.map(({ record, unit }) => [record.key, unit.revision])));
  }

  /** An earlier release runs again: what was left is kept, and not taken again by itself. */
  wentBack(
    { to, verdict }: GoingBack,
    left: Checkpoint,
    units: readonly Unit[],
    ran: Pick<Committed, 'modules' | 'evaluated' | 'duration' | 'pause'>,
  ): void {
    const { emit } = this.#parts.powers;
    const from = left.release;
    this.#checkpoints.push(left, units);
    if (verdict === undefined) {
      this.#barred.lift(to.release.hash, to.target.release);
      this.#barred.release(from.hash, `somebody went back from it to release ${to.release.number}`);
      emit({ type: 'reload:rolled-back', cause: 'revert', from, errors: 0, ...ran });
      this.#probation.end('rolled-back');
      return;
    }
    const { guilty, errors, error, settle } = verdict;
    for (const [id, revision] of guilty) this.#barred.text(id, revision, whyTakenBack(errors, error));
    emit({ type: 'reload:rolled-back', cause: 'probation', from, errors, error, ...ran });
    settle('rolled-back');
  }

  end(): void {
    this.#probation.end('kept');
    this.#watched.end('held');
  }

  async #takeBack(verdict: Verdict<Checkpoint>): Promise<void> {
    const { before, guilty, errors, error } = verdict;
    const editions = [...guilty].flatMap(([id, revision]) => {
      const unit = this.#runs(id, revision) ? this.#parts.versionOf(id)?.unit : undefined;
      return unit === undefined ? [] : [[id, unit.revision] as const];
    });
    try {
      const outcome = await this.#parts.insist({ cause: 'probation', quiet: true, back: { to: before, verdict } });
      if (outcome.status === 'committed') {
        for (const [id, revision] of editions) this.#barred.text(id, revision, whyTakenBack(errors, error));
        return;
      }
      if (outcome.status !== 'refused') {
        verdict.settle('kept'); // somebody has mended it meanwhile
        return;
      }
      const { diagnostics } = outcome;
      const modules = [...guilty.keys()];
      this.#parts.powers.emit({ type: 'reload:held', cause: 'probation', modules, diagnostics, errors, error });
      verdict.settle('held');
    } catch {
      verdict.settle('held'); // the namespace was closed
    }
  }
}

function whyTakenBack(errors: number, error: unknown): string {
  const what = messageOf(error);
  return errors === 1 ? `it erred (${what})` : `it erred ${errors} times (at last: ${what})`;
}
