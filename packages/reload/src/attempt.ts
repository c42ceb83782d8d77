/**
 * One attempt at a release: from a prepared stage to the commit, or to nothing having happened.
 *
 *     prepared ─▶ instantiate ─▶ bodies that await ─▶ (the game's moment) ─▶ activate ─▶ committed
 *
 * The list of participants is made here; the transaction applies it.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  CellSwap,
  idOf,
  type ModuleGraph,
  type ModuleRecord,
  namespaceObject,
  type SourceTextInstance,
} from '@rekindle/loader';
import {
  type Accepted,
  type ClassUpgrade,
  type HandedOver,
  isHeard,
  participants as ownedThings,
  type SlotRehearsal,
  sendHot,
  tasksAtRest,
} from '@rekindle/state';
import { acceptedBy } from './acceptance.ts';
import { AwaitingBodies, type Failure } from './awaiting-bodies.ts';
import { Bodies } from './bodies.ts';
import { ofBody } from './diagnose.ts';
import type { DynamicImports, HeldImport, ImportRequest } from './dynamic-imports.ts';
import { ReloadError } from './errors.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import type { ReleaseInfo } from './events.ts';
import { takeDisposed } from './handed-over.ts';
import { updatePayload } from './hot-events.ts';
import type { ObserverIndex } from './observer-index.ts';
import type { Participant } from './participant.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { type Occasion, reasonOf } from './reason.ts';
import { ReleaseChange } from './release-change.ts';
import { ScopeOrder } from './scope-order.ts';
import { limited } from './time-limit.ts';
import { Transaction, warnOfParticipant } from './transaction.ts';
import { type UpgradedModule, upgradeEvent } from './upgrade-event.ts';
import { type Surroundings, versionContext } from './version-context.ts';

export interface AttemptInput {
  readonly prepared: Prepared;
  readonly graph: ModuleGraph;
  readonly index: ObserverIndex;
  readonly powers: Powers;
  readonly dynamicImports: DynamicImports;
  readonly errors: EvaluationErrors;
  /** What the code of its versions sees once it has committed. */
  readonly committed: Surroundings;
  /** What would run. */
  readonly release: ReleaseInfo;
  /** What the versions are told of why they run. */
  readonly occasion: Occasion;
  /** There where all of it will be taken back. */
  readonly rehearsal?: SlotRehearsal;
  /**
   * Versions that have handed over in earlier attempts at the same release.
   * @default none: there was no attempt before
   */
  readonly handedOver?: HandedOver;
}

/** The first participant of the synchronous step: bodies that await have run before. */
const SYNCHRONOUS = 'classes';

/** The first participant that runs clean-ups and set-ups, which nobody could take back unseen. */
const EFFECTS = 'effects';

/** What is left of a release that was refused: nothing. */
const UNDONE: Surroundings = {
  state: 'undone',
  evaluating: false,
  held: [],
  importStaged: () => Promise.reject(new ReloadError('IMPORT_ABORTED', 'The release was refused.')),
  has: () => false,
};

export type Activated =
  | { readonly ok: true; readonly pause: number }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

function nothing(): void {}

export class Attempt {
  readonly prepared: Prepared;
  /** The bodies that run before the synchronous step. */
  readonly awaiting: AwaitingBodies;
  readonly #input: AttemptInput;
  readonly #transaction: Transaction;
  readonly #bodies: Bodies;
  readonly #change: ReleaseChange;
  /** The versions of modules that come; none once the attempt is over. */
  loaded: readonly SourceTextInstance[] = [];
  /** Those that the release replaces. */
  replaced: readonly SourceTextInstance[] = [];
  /** Those of modules that go with it. */
  removed: readonly SourceTextInstance[] = [];
  /** Called at the point of no return. */
  #passed: () => void = nothing;
  /** The body that threw in the synchronous step. */
  failure: Failure | undefined;
  /** `import()` of staged bodies, which settle with the transaction. */
  readonly held: HeldImport[] = [];
  /** What puts this attempt out of the contexts of its versions. */
  readonly #contexts: ((after: Surroundings) => void)[] = [];

  constructor(input: AttemptInput) {
    this.#input = input;
    this.prepared = input.prepared;
    const { prepared, graph, powers, dynamicImports, errors, release, rehearsal, handedOver = new Map() } = input;
    this.awaiting = new AwaitingBodies({ prepared, graph, powers, dynamicImports, errors, attempt: this });
    for (const instance of prepared.order) this.instantiate(instance);
    this.#gatherMoves();
    this.#bodies = new Bodies({
      stage: prepared.stage,
      linked: prepared.linked,
      order: prepared.order,
      observations: prepared.plan.observations,
      limit: this.awaiting.replaces ? powers.limits.activate : powers.limits.prepare,
      powers,
    });
    this.#change = new ReleaseChange({
      prepared,
      powers,
      release,
      rehearsal,
      handedOver,
      accepted: () => this.#accepted(),
    });
    const { participants: wrap = (all) => all } = powers;
    this.#transaction = new Transaction(wrap(this.#participants()), warnOfParticipant);
  }

  /** Everything that this attempt commits or undoes, in order. */
  get participants(): readonly Participant[] {
    return this.#transaction.participants;
  }

  get state(): Transaction['state'] {
    return this.#transaction.state;
  }

  /** True while bodies that await run: what is imported with `import()` belongs to the transaction. */
  get evaluating(): boolean {
    return this.awaiting.areRunning;
  }

  importStaged(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    return this.awaiting.importStaged(importer, request);
  }

  /** Opens the transaction, up to the synchronous step. */
  open(): void {
    this.#transaction.advance(SYNCHRONOUS);
  }

  /** The release has other versions than before: bodies that await have brought some, or let them go. */
  joined(): void {
    this.#gatherMoves();
    this.#change.follow();
  }

  /** Ids of the modules that change: `known` before bodies ran, and what those that await have brought or let go. */
  changed(known: readonly string[]): string[] {
    const moved = [...this.loaded, ...this.removed].map(({ record }) => idOf(record.key));
    return [...new Set([...known, ...moved])];
  }

  #gatherMoves(): void {
    const { order, stage } = this.prepared;
    this.loaded = order.filter(({ record }) => record.current === undefined);
    this.replaced = currentOf(order.map(({ record }) => record));
    this.removed = currentOf(stage.removed);
  }

  /**
   * The synchronous step: everything, or nothing.
   * @param passed called at the point of no return, before anything else: what is told from then on is of the new release
   */
  activate(passed: () => void): Activated {
    const { powers, prepared, index, committed } = this.#input;
    this.#passed = passed;
    const update = isHeard(powers.realm) ? updatePayload(prepared, powers.clock.time()) : undefined;
    if (update !== undefined) sendHot(powers.realm, 'vite:beforeUpdate', update);
    const start = powers.clock.now();
    try {
      this.#transaction.commit();
    } catch (error) {
      for (const held of this.held.splice(0)) held.abort(error);
      this.#leave(UNDONE);
      const { failed } = this.#bodies;
      if (failed !== undefined) this.failure = { instance: failed, error };
      const diagnostic = ofBody(failed ?? this.#ownerOf(error), error, powers);
      return { ok: false, diagnostics: [diagnostic, ...this.disposed()] };
    }
    for (const [record, observation] of prepared.plan.observations) index.set(record, observation);
    for (const record of prepared.stage.removed) index.delete(record);
    const pause = powers.clock.now() - start;
    for (const held of this.held.splice(0)) held.commit();
    this.#tellUpgrades();
    this.#leave(committed);
    if (update !== undefined) sendHot(powers.realm, 'vite:afterUpdate', update);
    return { ok: true, pause };
  }

  /** Modules that stay and of which effects are set up again, and why; after a commit those where there were any. */
  get effects(): Record<string, string> {
    const { renewed } = this.#change;
    const effects: Record<string, string> = {};
    for (const { scope } of this.#change.again) {
      const { module } = scope.owner;
      if (renewed !== undefined && !renewed.get(scope)) continue;
      for (const [record, { reason }] of this.prepared.plan.effects)
        if (record.key === module) effects[module] = reason;
    }
    return effects;
  }

  #tellUpgrades(): void {
    const { prepared, powers } = this.#input;
    const told: UpgradedModule[] = [];
    for (const { module, classes } of this.#change.upgrades) {
      const next = prepared.order.find(({ record }) => record.key === module);
      if (next === undefined) continue;
      const before = [...this.replaced, ...this.removed];
      const oldOf = ({ from = module }: ClassUpgrade) =>
        (before.find(({ record }) => record.key === from) ?? next).unit;
      told.push({ oldOf, next: next.unit, classes });
    }
    this.#change.upgrades.length = 0;
    if (told.length === 0) return;
    // places in the author's text take the compiler some milliseconds: not while the game waits for its tick
    queueMicrotask(() => {
      if (powers.isHeard?.('instances:upgraded') === false) return;
      for (const one of told) powers.emit(upgradeEvent(one, powers));
    });
  }

  /**
   * Does all of the synchronous step that is not seen from outside, lets `look` see it, and takes it back.
   * @returns what would refuse it; undefined where nothing is known to
   */
  rehearse(look: () => void): Diagnostic | undefined {
    const { powers } = this.#input;
    try {
      this.#transaction.advance(EFFECTS);
      look();
      return undefined;
    } catch (error) {
      const { failed } = this.#bodies;
      return ofBody(failed ?? this.#ownerOf(error), error, powers);
    } finally {
      this.drop(new ReloadError('IMPORT_ABORTED', 'The release was rehearsed and has not come.'));
    }
  }

  /** After it has been undone: which versions have handed over all the same, also in earlier attempts; told once. */
  disposed(): Diagnostic[] {
    return takeDisposed(this.#change.handedOver);
  }

  /** The version whose effect or accept callback threw, or which a coded error of the state names. */
  #ownerOf(error: unknown): SourceTextInstance | undefined {
    const { prepared, powers, graph } = this.#input;
    const { failed } = this.#change;
    const id = failed?.owner.module ?? (error instanceof Error && 'module' in error ? error.module : undefined);
    const staged = prepared.order.find(({ record }) => record.key === id);
    const current = typeof id === 'string' ? graph.records.get(id)?.current : undefined;
    const stays = current?.kind === 'source' ? current : undefined;
    return stays !== undefined && powers.scopes.known(stays) === failed ? stays : staged;
  }

  /** Forgets the attempt: what has run of it is undone. */
  drop(reason: unknown): void {
    this.#transaction.rollback();
    for (const held of this.held.splice(0)) held.abort(reason);
    this.#leave(UNDONE);
  }

  /** Whether the release that is prepared has a module. */
  has(id: string): boolean {
    return this.prepared.manifest.has(id);
  }

  #leave(after: Surroundings): void {
    for (const end of this.#contexts.splice(0)) end(after);
    // the stack of a call that the attempt made, kept unread with an effect, holds the attempt
    this.loaded = [];
    this.replaced = [];
    this.removed = [];
    this.#passed = nothing;
  }

  /** Whose accept callbacks are called; asked when the new versions are in place. */
  #accepted(): Iterable<Accepted> {
    const { prepared, powers, graph } = this.#input;
    const { boundaries } = prepared.plan;
    if (boundaries === undefined) return [];
    return acceptedBy(boundaries, this.replaced, {
      scopes: powers.scopes,
      at: ({ current }) => (current?.kind === 'source' ? current : undefined),
      namespaceOf: (importer, record) => namespaceObject(graph, importer, record),
    });
  }

  #participants(): Participant[] {
    const { prepared, powers, graph } = this.#input;
    const owned = ownedThings(powers.realm, this.#change);
    const isBeforeBodies = ({ stage }: Participant) => stage === 'evaluate';
    const cells = new CellSwap(prepared.stage, prepared.linked, () => prepared.reordered);
    return [
      { name: 'release', stage: 'evaluate', apply: nothing, undo: nothing, finish: () => this.#passed() },
      ...owned.filter(isBeforeBodies),
      this.#bodies,
      cells,
      new ScopeOrder(graph, prepared, (instance) => powers.scopes.known(instance)),
      ...owned.filter((participant) => !isBeforeBodies(participant)),
      {
        name: 'left imports',
        stage: 'effects',
        apply: nothing,
        undo: nothing,
        finish: () => cells.sever(powers.clock.time(), tasksAtRest(this.#change)),
      },
    ];
  }

  /** Makes the code of a version, which runs in this attempt. */
  instantiate(instance: SourceTextInstance): void {
    const { powers, dynamicImports, prepared, occasion } = this.#input;
    const scope = powers.scopes.of(instance);
    scope.reason = reasonOf(instance, occasion, prepared.plan, powers.realm.slots);
    const { context, end } = versionContext({ instance, scope, powers, dynamicImports, attempt: this });
    this.#contexts.push(end);
    instance.begin(context);
  }

  /**
   * Runs a body, or its part before the first `await`. While a release is prepared each has a limit of its own, and the
   * innermost place: a limit ends the frames inside it without their `finally`.
   */
  limited<Result>({ artifact }: SourceTextInstance, body: () => Result): Result {
    if (!this.evaluating || !artifact.facts.unbounded) return body();
    const { powers } = this.#input;
    return limited(powers.limits.prepare, powers, body);
  }
}

/** The versions of scripts that run. */
function currentOf(records: Iterable<ModuleRecord>): SourceTextInstance[] {
  const versions: SourceTextInstance[] = [];
  for (const { current } of records) if (current?.kind === 'source') versions.push(current);
  return versions;
}
