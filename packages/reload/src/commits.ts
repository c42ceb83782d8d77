/**
 * The synchronous step of a release that is ready, and what a commit tells: what left, what came and why, what was lost.
 *
 * The step itself is the attempt's; here is what the namespace keeps and says of it.
 */

import type { SourceTextInstance } from '@rekindle/loader';
import type { Attempt } from './attempt.ts';
import { isNothing } from './checkpoints.ts';
import { ReloadError } from './errors.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import type { IntrinsicsLook } from './intrinsics-look.ts';
import type { Invalidations } from './invalidations.ts';
import type { Lingering } from './lingering.ts';
import type { LiveExports } from './live-exports.ts';
import { diagnoseLoss, lossEvents, lostOf } from './lost-variables.ts';
import type { LostVariable, Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { EvaluatedText } from './prepare.ts';
import { KEPT } from './probation.ts';
import type { Refusals } from './refusals.ts';
import { releaseWarnings, withNewText } from './release-warnings.ts';
import type { Reversals } from './reversals.ts';
import type { RunningRelease } from './running-release.ts';
import type { SlotLook } from './slot-look.ts';
import { isLoad, type Wish } from './wish.ts';

/** An attempt that waits for its moment. */
export interface Ready {
  readonly wish: Wish;
  readonly modules: readonly string[];
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly attempt: Attempt;
  readonly start: number;
  /** The slots as they were before. */
  readonly slots: SlotLook;
}

export interface CommitsParts {
  readonly powers: Powers;
  readonly running: RunningRelease;
  readonly refusals: Refusals;
  readonly reversals: Reversals;
  readonly invalidations: Invalidations;
  readonly evaluationErrors: EvaluationErrors;
  readonly lingering: Lingering;
  readonly lives: LiveExports;
  readonly intrinsics: IntrinsicsLook;
  /** Told of modules that have left. */
  left(modules: readonly string[]): void;
}

export class Commits {
  readonly #parts: CommitsParts;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  /** Everything, or nothing. */
  commit(ready: Ready): Outcome {
    const { powers, running, refusals, reversals, invalidations, evaluationErrors, intrinsics } = this.#parts;
    const { clock, emit } = powers;
    const { wish, modules, attempt, start, slots } = ready;
    const { prepared, replaced, removed } = attempt;
    const loaded = prepared.order.filter(({ record }) => record.current === undefined);
    const units = [...replaced, ...removed, ...prepared.stage.retexted.keys()].map(({ unit }) => unit); // as they are
    const before = running.checkpoint();
    const lost: LostVariable[] = [];
    for (const version of replaced) lost.push(...lostOf(version));
    if (lost.length > 0 && powers.onStateLoss === 'refuse' && wish.back === undefined) {
      attempt.drop(new ReloadError('IMPORT_ABORTED', 'The release was refused.'));
      return refusals.refuse(wish, modules, [...diagnoseLoss(replaced, powers), ...attempt.disposed()], start);
    }
    const edited = wish.back === undefined ? withNewText(prepared.order) : [];
    const activated = invalidations.within(wish.invalidated, () => attempt.activate());
    if (!activated.ok) {
      const { failure } = attempt;
      if (wish.asked !== undefined && failure !== undefined) {
        evaluationErrors.note(wish.asked.importer, prepared.stage, failure.instance, failure.error);
      }
      return refusals.refuse(wish, modules, activated.diagnostics, start);
    }
    this.#keep(ready, { loaded, replaced, removed });
    const evaluated = prepared.order.map((instance) => instance.record.key);
    const reasons: Record<string, string> = {};
    for (const [record, reason] of prepared.plan.reasons) reasons[record.key] = reason;
    const { effects } = attempt;
    const duration = clock.now() - start;
    const { pause } = activated;
    for (const { record, unit } of loaded) emit({ type: 'module:loaded', module: record.key, revision: unit.revision });
    for (const { record, unit } of removed) {
      emit({ type: 'module:unloaded', module: record.key, revision: unit.revision });
    }
    const { cause, back } = wish;
    if (back !== undefined) {
      reversals.wentBack(back, before, units, { modules, evaluated, duration, pause });
    } else if (!isLoad(wish)) {
      const kept = running.scripts - evaluated.length;
      emit({ type: 'reload:committed', cause, modules, evaluated, reasons, effects, kept, duration, pause });
    }
    for (const event of lossEvents(lost, (id) => running.revisionOf(id))) emit(event);
    const warnings = back === undefined ? releaseWarnings({ edited, slots, lost, order: prepared.order }, powers) : [];
    for (const diagnostic of warnings) {
      const { module = '' } = diagnostic;
      emit({ type: 'script:warning', module, revision: running.revisionOf(module), diagnostic });
    }
    intrinsics.after(evaluated);
    const { release } = running;
    const isNew = back === undefined && !isNothing(before.target) && before.release.hash !== release.hash;
    const settled = isNew ? reversals.committed(before, units, prepared.order) : KEPT;
    return {
      status: 'committed',
      release,
      modules,
      evaluated,
      reasons,
      effects,
      lost,
      warnings,
      duration,
      pause,
      settled,
    };
  }

  /** What the namespace knows of what runs now, and of what does no longer. */
  #keep(
    { texts, attempt: { prepared } }: Ready,
    { loaded, replaced, removed }: Readonly<Record<'loaded' | 'replaced' | 'removed', readonly SourceTextInstance[]>>,
  ): void {
    const { powers, running, lingering, lives } = this.#parts;
    const { clock, scopes } = powers;
    running.texts = texts.size === 0 ? texts : new Map([...texts].filter(([id]) => running.graph.records.has(id)));
    running.scripts += loaded.length - removed.length;
    const time = clock.time();
    for (const version of [...replaced, ...removed]) lingering.watch(version, scopes.known(version), time);
    for (const version of prepared.order) {
      scopes.of(version).since = time;
      version.remember();
    }
    this.#parts.left(removed.map(({ record }) => record.key));
    lives.committed(running.release);
  }
}
