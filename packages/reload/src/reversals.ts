/**
 * Going back: what ran before is kept, what runs is watched for a while, and what was left is not taken again.
 *
 * It decides whether and whither; the transaction that goes there is the namespace's.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { idOf, type SourceTextInstance, type Unit } from '@rekindle/loader';
import type { Manifest } from '@rekindle/store';
import { Barred } from './barred.ts';
import { type Checkpoint, Checkpoints } from './checkpoints.ts';
import { ofUnknownRelease } from './diagnose.ts';
import type { ReleaseInfo } from './events.ts';
import { type Ground, groundsOf, isIn, type Succession } from './grounds.ts';
import type { Committed, Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import { type CountedError, DEFAULT_PROBATION, Probation, type Settled, type Verdict } from './probation.ts';
import type { RunningRelease } from './running-release.ts';
import { messageOf } from './thrown.ts';
import type { GoingBack, Wish } from './wish.ts';

export interface ReversalsParts {
  readonly powers: Powers;
  readonly running: Pick<RunningRelease, 'release' | 'target' | 'versionOf' | 'revisionOf' | 'runs'>;
  /** Takes a wish to its end. */
  insist(wish: Wish): Promise<Outcome>;
}

export class Reversals {
  readonly #parts: ReversalsParts;
  readonly #checkpoints = new Checkpoints();
  readonly #barred = new Barred();
  /** What was to be taken back and was not, and until when others that were on trial with it may end. */
  #condemned: { readonly ground: Ground; readonly until: number }[] = [];
  readonly #probation: Probation<Succession>;
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
    if (found !== undefined) return found;
    const { number } = this.#parts.running.release;
    return ofUnknownRelease(
      release,
      this.#checkpoints.numbers.filter((there) => there !== number),
    );
  }

  /** Why a release is not taken; undefined where it may be. */
  refusal(release: ReleaseInfo, manifest: Manifest): Diagnostic | undefined {
    return this.#barred.refusal(release, manifest);
  }

  /** Whether there still is a reason: a text whose errors counted may have been mended meanwhile. */
  isDue({ verdict }: GoingBack): boolean {
    if (verdict === undefined) return true;
    return groundsOf(verdict).some(
      ({ id, revision, brought }) =>
        this.#parts.running.runs(id, revision) && [...brought].every(([key, text]) => this.#stands(key, text)),
    );
  }

  /** Whether what a release brought is still there, be it loaded or not. */
  #stands(key: string, revision: string | undefined): boolean {
    const { running } = this.#parts;
    if (running.versionOf(key) !== undefined) return revision !== undefined && running.runs(key, revision);
    return running.target.release.get(idOf(key)) === revision;
  }

  /** An error that a script's code did not keep to itself. */
  note(error: CountedError): void {
    if (!this.#probation.note(error)) this.#watched.note(error);
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
    const { release } = this.#parts.running.target;
    const revisions = new Map(ran.map(({ record, unit }) => [record.key, unit.revision]));
    return this.#probation.begin({ before, release }, revisions);
  }

  /** Versions have run, and the release is the same: a new module may be imported only later. */
  ran(versions: readonly SourceTextInstance[]): void {
    for (const { record, unit } of versions) {
      const id = idOf(record.key);
      const has = (manifest: Manifest) => manifest.get(id) === unit.revision;
      const isBroughtBy = ({ before, release }: Succession) => has(release) && !has(before.target.release);
      this.#probation.join(record.key, unit.revision, isBroughtBy);
    }
  }

  /** Whether a release that is kept has texts all the same that were to be taken back, and could not be or need not. */
  isCondemned(release: Manifest): boolean {
    const now = this.#parts.powers.clock.now();
    this.#condemned = this.#condemned.filter(({ until }) => until >= now);
    return this.#condemned.some(({ ground }) => isIn(release, ground));
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
    this.#checkpoints.wentBack(to, left, units);
    if (verdict === undefined) {
      this.#barred.lift(to.release.hash, to.target.release);
      this.#barred.release(from.hash, `somebody went back from it to release ${to.release.number}`);
      emit({ type: 'reload:rolled-back', cause: 'revert', from, errors: 0, ...ran });
      this.#probation.wentBack(({ before }) => before.release.hash === to.release.hash);
      return;
    }
    const { errors, error, settle } = verdict;
    this.#bar(groundsOf(verdict), verdict);
    emit({ type: 'reload:rolled-back', cause: 'probation', from, errors, error, ...ran });
    settle('rolled-back');
  }

  end(): void {
    this.#probation.end('kept');
    this.#watched.end('held');
  }

  #bar(grounds: readonly Ground[], { errors, error }: Pick<Verdict<Succession>, 'errors' | 'error'>): void {
    for (const ground of grounds) this.#barred.text(ground, whyTakenBack(errors, error));
  }

  /** The same in the texts that there are now, in which comments may have been edited since. */
  #edition({ id, revision, brought }: Ground): Ground {
    const now = (key: string, text: string) =>
      this.#parts.running.runs(key, text) ? this.#parts.running.revisionOf(key) : text;
    return {
      id,
      revision: now(id, revision),
      brought: new Map([...brought].map(([key, text]) => [key, text && now(key, text)])),
    };
  }

  #condemn(verdict: Verdict<Succession>): void {
    const { clock, probation = DEFAULT_PROBATION } = this.#parts.powers;
    const until = clock.now() + (probation === false ? 0 : probation.window);
    for (const ground of groundsOf(verdict)) this.#condemned.push({ ground, until });
  }

  async #takeBack(verdict: Verdict<Succession>): Promise<void> {
    const { step, guilty, errors, error } = verdict;
    const editions = groundsOf(verdict).map((ground) => this.#edition(ground));
    try {
      const outcome = await this.#parts.insist({ cause: 'probation', quiet: true, back: { to: step.before, verdict } });
      if (outcome.status === 'committed') {
        this.#bar(editions, verdict);
        return;
      }
      if (outcome.status !== 'refused') {
        this.#condemn(verdict);
        verdict.settle('kept'); // somebody has mended it meanwhile
        return;
      }
      const { diagnostics } = outcome;
      const modules = [...guilty.keys()];
      this.#parts.powers.emit({ type: 'reload:held', cause: 'probation', modules, diagnostics, errors, error });
      this.#condemn(verdict);
      verdict.settle('held');
    } catch {
      verdict.settle('held'); // the namespace was closed
    }
  }
}

function whyTakenBack(errors: number, error: unknown): string {
  const what = messageOf(error);
  return errors === 1 ? `erred (${what})` : `erred ${errors} times (at last: ${what})`;
}
