/**
 * From a wish to its outcome: what it is about, the preparation, bodies that await, the game's moment.
 *
 *     wish ─▶ target ─▶ prepared ─▶ attempt ─▶ (the game's moment) ─▶ committed
 *
 * One at a time: that is the queue's matter. What a commit keeps and tells is in `commits.ts`.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { ModuleGraph, ModuleRecord, Stage } from '@rekindle/loader';
import type { HandedOver } from '@rekindle/state';
import { isStoreError, linkSignals, type Manifest } from '@rekindle/store';
import { withDynamic } from './acceptance.ts';
import { Attempt, type AttemptInput } from './attempt.ts';
import { releaseOf, type Target } from './checkpoints.ts';
import type { Commits, Ready } from './commits.ts';
import { type Foresight, foreseeing, isAgain } from './foresight.ts';
import { besideOf } from './going-back.ts';
import { takeDisposed } from './handed-over.ts';
import { type Invalidated, reasonOf } from './invalidations.ts';
import { givenUp, type KnownChange, type Moment, type WaitingChange } from './moment.ts';
import type { Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import { type EvaluatedText, type Prepared, prepare } from './prepare.ts';
import type { Refusals } from './refusals.ts';
import type { ReleaseTrial } from './release-trial.ts';
import type { Reversals } from './reversals.ts';
import type { RunningImports } from './running-imports.ts';
import type { RunningRelease } from './running-release.ts';
import { SlotLook } from './slot-look.ts';
import type { Targets } from './targets.ts';
import { turns } from './turns.ts';
import { isLoad, type Wish } from './wish.ts';

export interface WishesParts {
  readonly powers: Powers;
  readonly running: RunningRelease;
  readonly targets: Targets;
  readonly refusals: Refusals;
  readonly reversals: Reversals;
  readonly trial: ReleaseTrial;
  readonly imports: RunningImports;
  readonly moment: Moment;
  readonly commits: Commits;
  readonly closing: AbortSignal;
  /** Whether the stores are followed. */
  isFollowing(): boolean;
  /** Told that the change has begun to wait for something. */
  waits(): void;
  /** What all attempts of the namespace have in common. */
  readonly attempts: Pick<AttemptInput, 'powers' | 'graph' | 'index' | 'dynamicImports' | 'errors' | 'committed'>;
}

/** What all attempts at a wish have in common. */
interface Known {
  readonly start: number;
  /** Versions that have handed over in one of them. */
  readonly handedOver: HandedOver;
  readonly onPrepared: ((prepared: Prepared) => void) | undefined;
}

/** What is known of a wish before it is prepared. */
interface Preparing extends Known {
  readonly rerun: readonly string[] | 'all' | undefined;
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly manifest: Manifest;
  readonly foresight: Foresight;
}

/** What is known of it when it runs. */
interface Running extends Pick<Ready, 'modules' | 'texts' | 'start'>, Pick<Known, 'handedOver'> {
  /** Whether anybody has been told that it begins. */
  readonly isTold: boolean;
}

const MOVING_STORE_ATTEMPTS = 5;

export class Wishes {
  readonly #parts: WishesParts;
  /** The graph that a transaction has prepared and not activated yet. */
  #staged: Stage | undefined;
  /** A change of which bodies await. */
  #awaiting: WaitingChange | undefined;
  /** Since when releases whose bodies await give way to newer ones, without one that came to its end. */
  #givesWaySince: number | undefined;

  constructor(parts: WishesParts) {
    this.#parts = parts;
  }

  /** Whether a record is loaded, and no release that is on its way takes it out. */
  stays(record: ModuleRecord): boolean {
    return record.current !== undefined && this.#staged?.removed.has(record) !== true;
  }

  /**
   * Takes a wish to its outcome.
   * @param onPrepared told of what would come, before anything of it runs
   */
  async transact(wish: Wish, onPrepared?: (prepared: Prepared) => void): Promise<Outcome> {
    const handedOver: HandedOver = new Map();
    try {
      const outcome = await this.#take(wish, { start: this.#parts.powers.clock.now(), handedOver, onPrepared });
      if (outcome.status !== 'superseded') this.#givesWaySince = undefined;
      return outcome;
    } finally {
      this.#tellDisposed(handedOver);
    }
  }

  /** A store that moved on between its head and its texts is read again. */
  async #take(wish: Wish, known: Known): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#try(wish, known);
      } catch (error) {
        const moved = isStoreError(error, 'STORE_CONTENT_MISSING') || isStoreError(error, 'STORE_RELEASE_GONE');
        if (!moved || attempt === MOVING_STORE_ATTEMPTS) throw error;
        this.#parts.targets.moved();
      }
    }
  }

  async #try(wish: Wish, known: Known): Promise<Outcome> {
    const { powers, running, targets, refusals, reversals, trial, closing } = this.#parts;
    const turn = turns.take({ begun: true });
    if (turn !== undefined) {
      await turn;
      closing.throwIfAborted();
    }
    const unchanged = (): Outcome => ({ status: 'unchanged', release: running.release });
    if (wish.asked?.taken === true) return unchanged();
    const target = await targets.of(wish);
    const { invalidated, back } = wish;
    const rerun = invalidated === undefined ? wish.rerun : importersOf(running.graph, invalidated);
    if (invalidated !== undefined && rerun?.length === 0) return unchanged();
    const asked = (wish.imports?.length ?? 0) > 0 || rerun !== undefined || wish.unload !== undefined;
    if (!asked && target.head.hash === running.target.head.hash) {
      if (back === undefined) refusals.withdraw();
      return unchanged();
    }
    if (back !== undefined && !reversals.isDue(back)) return unchanged();
    const barred = back === undefined ? reversals.refusal(releaseOf(target.head), target.release) : undefined;
    if (barred !== undefined)
      return refusals.refuse(wish, running.changedIds(target.release, []), [barred], known.start);
    const isListed = powers.source.find === undefined;
    const now = { manifest: running.target.manifest, texts: running.texts, isListed };
    const beside = back && besideOf(back.to, now);
    const texts = new Map([...(beside?.texts ?? running.texts), ...(wish.texts ?? [])]);
    const manifest = beside?.manifest ?? target.manifest;
    const preparing = { ...known, rerun, texts, manifest };
    return await trial.run(wish, target, () =>
      foreseeing((foresight) => this.#prepareAndRun(wish, target, { ...preparing, foresight })),
    );
  }

  async #prepareAndRun(
    wish: Wish,
    target: Target,
    { rerun, texts, manifest, start, handedOver, onPrepared, foresight }: Preparing,
  ): Promise<Outcome> {
    const { powers, running, refusals, imports, closing, attempts } = this.#parts;
    const prepared = await prepare({
      graph: running.graph,
      index: attempts.index,
      powers,
      manifest,
      release: target.release,
      ...(wish.back === undefined ? {} : { back: wish.back.to.release }),
      committed: running.target.manifest,
      imports: wish.imports ?? [],
      rerun: rerun === 'all' ? running.versions().map(({ record }) => record.key) : (rerun ?? []),
      rerunReason: wish.invalidated && reasonOf(wish.invalidated),
      foresight,
      texts,
      ...(wish.unload === undefined ? {} : { unload: wish.unload }),
      signal: closing,
    });
    const modules = running.changedIds(target.release, prepared.modules);
    if (!prepared.ok) {
      return refusals.refuse(wish, modules, [...prepared.diagnostics, ...takeDisposed(handedOver)], start);
    }
    onPrepared?.(prepared);
    if (wish.asked !== undefined && imports.rejectsAgain(wish.asked, prepared)) {
      return { status: 'unchanged', release: running.release };
    }
    this.#staged = prepared.stage;
    try {
      return await this.#run(wish, target, prepared, { modules, texts, start, handedOver, isTold: isAgain(foresight) });
    } finally {
      this.#staged = undefined;
    }
  }

  /** The change that waits: for bodies that await, or for the game's moment. */
  get waiting(): WaitingChange | undefined {
    return this.#awaiting ?? this.#parts.moment.waiting;
  }

  /** Runs what was prepared: bodies that await at once, the rest at the game's moment. */
  async #run(
    wish: Wish,
    target: Target,
    prepared: Prepared,
    { modules, texts, start, handedOver, isTold }: Running,
  ): Promise<Outcome> {
    const { powers, running, refusals, imports, commits, closing, attempts } = this.#parts;
    const { cause, asked, back } = wish;
    const release = back?.to.release ?? releaseOf(target.head);
    const attempt = new Attempt({
      ...attempts,
      prepared,
      release,
      handedOver,
      occasion: { isFirst: cause === 'start' || running.isNothing, isBack: back !== undefined },
    });
    const unchanged: Outcome = { status: 'unchanged', release: running.release };
    if (cause === 'store' && !this.#parts.isFollowing()) {
      attempt.drop(givenUp()); // it was held meanwhile
      return unchanged;
    }
    const isReload = !isLoad(wish) || attempt.replaced.length > 0 || attempt.removed.length > 0;
    if (isReload && !isTold) powers.emit({ type: 'reload:started', cause, modules });
    const change = { hash: target.head.hash, cause, isBack: back !== undefined };
    const going = { wish, target, release, modules, texts, attempt, start, isReload };
    if (asked !== undefined && attempt.awaiting.canOpen) {
      const isRun = await imports.evaluateOpen(asked, attempt, closing);
      if (!isRun) return unchanged;
    } else if (attempt.awaiting.areThere) {
      const ended = await this.#evaluateAwaiting(going, change);
      if (ended !== undefined) return ended;
    } else await undefined; // what has been said is heard before the step
    const slots = new SlotLook(prepared.order, powers); // now: the moment is the game's
    const ready = { ...going, slots };
    // what replaces nothing needs no moment
    const outcome = isReload ? await this.#atMoment(ready, change) : commits.commit(ready);
    if (outcome.status === 'refused' && attempt.awaiting.resolvedEarly) {
      // who imported holds what will not be there: no promise is left that could say so
      refusals.tell(cause, modules, outcome.diagnostics, powers.clock.now() - start);
    }
    if (outcome.status !== 'committed') return outcome;
    const told = powers.committed(target.head);
    const number = typeof told === 'object' ? await told : told;
    if (number === undefined || number === outcome.release.number) return outcome;
    // another host committed something in between
    const numbered = { ...outcome.release, number };
    if (running.release === outcome.release) running.release = numbered;
    return { ...outcome, release: numbered };
  }

  /**
   * Runs the bodies that await. Whoever waits for them can give way: what hangs must not hold back what mends it.
   * @returns the outcome where it ends here
   */
  async #evaluateAwaiting(
    { wish, modules, attempt, start, isReload }: Omit<Ready, 'slots'>,
    change: KnownChange,
  ): Promise<Outcome | undefined> {
    const { refusals, closing } = this.#parts;
    let outcome: Outcome | undefined;
    const ended = new AbortController();
    const { signal, unlink } = linkSignals(closing, ended.signal);
    const end = (other: Outcome) => {
      outcome = other;
      ended.abort(givenUp());
    };
    if (isReload && this.#mayGiveWay()) {
      this.#awaiting = { ...change, end };
      this.#parts.waits();
    }
    let diagnostics: readonly Diagnostic[] | undefined;
    try {
      diagnostics = await attempt.awaiting.run(signal);
    } catch (error) {
      if (outcome === undefined) throw error;
    } finally {
      this.#awaiting = undefined;
      unlink();
    }
    if (outcome !== undefined) {
      attempt.drop(givenUp());
      return outcome;
    }
    return diagnostics && refusals.refuse(wish, modules, diagnostics, start, isReload);
  }

  /** Releases that come faster than their bodies end would never come to an end otherwise. */
  #mayGiveWay(): boolean {
    const { clock, limits } = this.#parts.powers;
    this.#givesWaySince ??= clock.now();
    return clock.now() - this.#givesWaySince < limits.prepare;
  }

  #atMoment(ready: Ready, change: KnownChange): Promise<Outcome> {
    const { running, refusals, moment, commits, closing } = this.#parts;
    const { wish, modules, attempt, start, isReload } = ready;
    const outcome = moment.wait({
      ...change,
      modules,
      apply: () => commits.commit(ready),
      drop: (reason) => attempt.drop(reason),
      refuse: (diagnostics) =>
        closing.aborted
          ? { status: 'refused', release: running.release, modules, diagnostics }
          : refusals.refuse(wish, modules, [...diagnostics, ...attempt.disposed()], start, isReload),
    });
    if (moment.waiting !== undefined) this.#parts.waits();
    return outcome;
  }

  /** Where nothing was refused no outcome can say it. */
  #tellDisposed(handedOver: HandedOver): void {
    const { powers, running, closing } = this.#parts;
    if (closing.aborted) return;
    for (const { module = '', message, code } of takeDisposed(handedOver)) {
      const error = Object.assign(new Error(message), { code });
      powers.emit({ type: 'script:error', module, revision: running.revisionOf(module), error, where: 'hot.dispose' });
    }
  }
}

/** Ids of the scripts that import modules which were invalidated. */
function importersOf(graph: ModuleGraph, { modules }: Invalidated): string[] {
  const withImports = withDynamic(graph);
  const importers = modules.flatMap(({ module }) => {
    const record = graph.records.get(module);
    return record === undefined ? [] : [...withImports(record)];
  });
  return [...new Set(importers)].filter(({ current }) => current?.kind === 'source').map(({ key }) => key);
}
