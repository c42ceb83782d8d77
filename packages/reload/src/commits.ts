/**
 * The synchronous step of a release that is ready, and what a commit tells: what left, what came and why, what was lost.
 *
 * The step itself is the attempt's; here is what the namespace keeps and says of it.
 */

import type { SourceTextInstance, Unit } from '@rekindle/loader';
import type { Attempt } from './attempt.ts';
import { type Checkpoint, isNothing, type Target } from './checkpoints.ts';
import { ReloadError } from './errors.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import type { ReleaseInfo } from './events.ts';
import type { IntrinsicsLook } from './intrinsics-look.ts';
import type { Invalidations } from './invalidations.ts';
import type { Lingering } from './lingering.ts';
import type { LiveExports } from './live-exports.ts';
import { diagnoseLoss, lossEvents, lostOf } from './lost-variables.ts';
import type { Committed, LostVariable, Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { EvaluatedText } from './prepare.ts';
import { KEPT, type Settled } from './probation.ts';
import type { Refusals } from './refusals.ts';
import { releaseWarnings, withNewText } from './release-warnings.ts';
import type { Reversals } from './reversals.ts';
import type { RunningRelease } from './running-release.ts';
import type { SlotLook } from './slot-look.ts';
import type { Wish } from './wish.ts';

/** An attempt that waits for its moment. */
export interface Ready {
  readonly wish: Wish;
  readonly target: Target;
  /** The names of what comes. */
  readonly release: ReleaseInfo;
  readonly modules: readonly string[];
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly attempt: Attempt;
  readonly start: number;
  /** False for a load that only brings modules: nobody has been told that it begins. */
  readonly isReload: boolean;
  /** The slots as they were before. */
  readonly slots: SlotLook;
}

/** What can be seen before the step only. */
interface Before {
  readonly checkpoint: Checkpoint;
  /** Ids of the modules that change. */
  readonly modules: readonly string[];
  /** Versions of modules that come. */
  readonly loaded: readonly SourceTextInstance[];
  /** Versions that give way, and those of modules that leave. */
  readonly replaced: readonly SourceTextInstance[];
  readonly removed: readonly SourceTextInstance[];
  /** The texts that give way, be it to others with the same code. */
  readonly units: readonly Unit[];
  /** Versions whose text is another one. */
  readonly edited: readonly SourceTextInstance[];
  readonly lost: readonly LostVariable[];
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
    const { powers, refusals, invalidations, evaluationErrors } = this.#parts;
    const { wish, modules, attempt, start, isReload } = ready;
    const before = this.#look(ready);
    const isMeant = wish.back !== undefined || wish.unload !== undefined;
    if (before.lost.length > 0 && powers.onStateLoss === 'refuse' && !isMeant) {
      attempt.drop(new ReloadError('IMPORT_ABORTED', 'The release was refused.'));
      const losses = diagnoseLoss([...before.replaced, ...before.removed], powers);
      return refusals.refuse(wish, modules, [...losses, ...attempt.disposed()], start, isReload);
    }
    let settled = KEPT;
    const passed = () => {
      settled = this.#pass(ready, before);
    };
    const activated = invalidations.within(wish.invalidated, () => attempt.activate(passed));
    if (!activated.ok) {
      const { failure } = attempt;
      if (wish.asked !== undefined && failure !== undefined) {
        evaluationErrors.note(wish.asked.importer, attempt.prepared.stage, failure.instance, failure.error);
      }
      return refusals.refuse(wish, modules, activated.diagnostics, start, isReload);
    }
    this.#keep(ready, before);
    return this.#tell(ready, before, activated.pause, settled);
  }

  /** The point of no return. From here on what errs counts against the release: callbacks are called before it is told. */
  #pass({ wish, target, release, attempt: { prepared } }: Ready, { checkpoint, units }: Before): Promise<Settled> {
    const { running, refusals, reversals } = this.#parts;
    running.target = { ...target, manifest: prepared.manifest };
    running.release = release;
    refusals.lift();
    if (wish.back !== undefined || isNothing(checkpoint.target)) return KEPT;
    if (checkpoint.release.hash !== release.hash) return reversals.committed(checkpoint, units, prepared.order);
    reversals.ran(prepared.order);
    return KEPT;
  }

  #look({ wish, modules, attempt }: Ready): Before {
    const { prepared, loaded, replaced, removed } = attempt;
    const { order, stage } = prepared;
    const lost: LostVariable[] = [];
    for (const version of [...replaced, ...removed]) lost.push(...lostOf(version));
    return {
      checkpoint: this.#parts.running.checkpoint(),
      modules: attempt.changed(modules),
      loaded,
      replaced,
      removed,
      units: [...replaced, ...removed, ...stage.retexted.keys()].map(({ unit }) => unit),
      edited: wish.back === undefined ? withNewText(order) : [],
      lost,
    };
  }

  /** What the namespace knows of what runs now, and of what does no longer. */
  #keep({ texts, attempt: { prepared } }: Ready, { loaded, replaced, removed }: Before): void {
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

  #tell(
    { wish, attempt, start, slots, isReload }: Ready,
    before: Before,
    pause: number,
    settled: Promise<Settled>,
  ): Committed {
    const { powers, running, reversals, intrinsics } = this.#parts;
    const { clock, emit } = powers;
    const { prepared, effects } = attempt;
    const { cause, back } = wish;
    const { checkpoint, modules, loaded, removed, units, lost, edited } = before;
    const { release } = running;
    const evaluated = prepared.order.map(({ record }) => record.key);
    const reasons: Record<string, string> = {};
    for (const [record, reason] of prepared.plan.reasons) reasons[record.key] = reason;
    const duration = clock.now() - start;
    for (const { record, unit } of loaded) emit({ type: 'module:loaded', module: record.key, revision: unit.revision });
    for (const { record, unit } of removed) {
      emit({ type: 'module:unloaded', module: record.key, revision: unit.revision });
    }
    if (back !== undefined) {
      reversals.wentBack(back, checkpoint, units, { modules, evaluated, duration, pause });
    } else if (isReload) {
      const kept = running.scripts - evaluated.length;
      emit({ type: 'reload:committed', cause, modules, evaluated, reasons, effects, kept, duration, pause });
    }
    for (const event of lossEvents(lost, [...prepared.order, ...removed])) emit(event);
    const warnings = back === undefined ? releaseWarnings({ edited, slots, lost, order: prepared.order }, powers) : [];
    for (const diagnostic of warnings) {
      const { module = '' } = diagnostic;
      emit({ type: 'script:warning', module, revision: running.revisionOf(module), diagnostic });
    }
    intrinsics.after(evaluated);
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
}
