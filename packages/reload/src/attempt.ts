/**
 * One attempt at a release: from a prepared stage to the commit, or to nothing having happened.
 *
 *     prepared ─▶ instantiate ─▶ bodies that await ─▶ (the game's moment) ─▶ activate ─▶ committed
 *
 * The list of participants is made here; the transaction applies it.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  AsyncEvaluation,
  CellSwap,
  type ModuleGraph,
  type ModuleRecord,
  namespaceObject,
  type SourceTextInstance,
} from '@rekindle/loader';
import {
  type Accepted,
  type ClassUpgrade,
  currentScope,
  discard,
  isHeard,
  participants as ownedThings,
  type Scope,
  type SlotRehearsal,
  sendHot,
  tasksAtRest,
} from '@rekindle/state';
import { acceptedBy } from './acceptance.ts';
import { awaitLimit } from './await-limit.ts';
import { awaitingVersions, waitingVersion } from './awaiting.ts';
import { Bodies } from './bodies.ts';
import { ofBody, ofDisposed } from './diagnose.ts';
import type { DynamicImports, HeldImport, ImportRequest } from './dynamic-imports.ts';
import { ReloadError } from './errors.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import type { ReleaseInfo } from './events.ts';
import { Unforeseen } from './foresight.ts';
import { updatePayload } from './hot-events.ts';
import { takeJoined } from './joined-versions.ts';
import type { ObserverIndex } from './observer-index.ts';
import type { Participant } from './participant.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { type Occasion, reasonOf } from './reason.ts';
import { ReleaseChange } from './release-change.ts';
import { ScopeOrder } from './scope-order.ts';
import { StagedImports, type StagedImportsInput } from './staged-imports.ts';
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

interface Failure {
  readonly instance: SourceTextInstance;
  readonly error: unknown;
}

/** The `import()` of running code that a load began with. */
export interface Opening {
  readonly importer: SourceTextInstance;
  /** What it imports. */
  readonly record: ModuleRecord;
  /** Given its promise, when others can join. */
  opened(imported: Promise<object>): void;
}

export type Activated =
  | { readonly ok: true; readonly pause: number }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

function nothing(): void {}

export class Attempt {
  readonly prepared: Prepared;
  readonly #input: AttemptInput;
  readonly #transaction: Transaction;
  readonly #bodies: Bodies;
  readonly #change: ReleaseChange;
  /** The versions that the release replaces; none once the attempt is over. */
  replaced: readonly SourceTextInstance[] = [];
  /** Those of modules that go with it. */
  removed: readonly SourceTextInstance[] = [];
  /** There while bodies that await run. */
  #imports: StagedImports | undefined;
  /** True where an `import()` has resolved before the commit, because others went on. */
  resolvedEarly = false;
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
    const { powers, prepared } = input;
    for (const instance of prepared.order) this.#instantiate(instance);
    this.#gatherGoing();
    this.#bodies = new Bodies({
      stage: prepared.stage,
      linked: prepared.linked,
      order: prepared.order,
      observations: prepared.plan.observations,
      limit: this.#replaces() ? powers.limits.activate : powers.limits.prepare,
      powers,
    });
    const { release, rehearsal } = input;
    this.#change = new ReleaseChange({ prepared, powers, release, rehearsal, accepted: () => this.#accepted() });
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

  /** True where bodies run while the release is prepared. */
  get awaits(): boolean {
    return this.#awaiting().length > 0;
  }

  /**
   * Runs the bodies that await at top level, and those that they need, on staged cells.
   * @returns what is wrong, after everything has been undone; undefined when all went well
   * @throws what the stores threw for an `import()` that no body caught, after everything has been undone; and so
   *   `Unforeseen`, where the release has to be prepared again
   */
  async evaluateAwaiting(signal: AbortSignal): Promise<readonly Diagnostic[] | undefined> {
    const { prepared, powers } = this.#input;
    const awaiting = this.#awaiting();
    if (awaiting.length === 0) return undefined;
    const failures: Failure[] = [];
    const limit = awaitLimit(powers, signal, () => waitingVersion(prepared.stage));
    const loops = this.#replaces() ? undefined : powers.realm.loops.extend(powers.limits.prepare);
    const evaluation = new AsyncEvaluation(prepared.stage, {
      failed: (instance, error) => failures.push({ instance, error }),
    });
    try {
      this.#transaction.advance(SYNCHRONOUS);
      await new Promise<void>((resolve, reject) => {
        const imports = new StagedImports({
          ...this.#importsInput(evaluation),
          unforeseen: (what) => reject(new Unforeseen(what)),
        });
        this.#await(imports);
        limit.promise.catch(reject);
        this.#evaluateAll(evaluation, awaiting, imports, failures).then(resolve, reject);
      });
      return undefined;
    } catch (error) {
      evaluation.stop();
      const waiting = waitingVersion(prepared.stage);
      const imports = this.#imports;
      const joined = imports?.joined() ?? [];
      this.drop(error);
      discard(powers.realm, this.#scopesOf(joined));
      signal.throwIfAborted();
      if (error instanceof Unforeseen || imports?.isUnread(error) === true) throw error;
      const faults = imports?.faultsOf(error);
      if (faults !== undefined) return [...faults, ...this.disposed()];
      const failed = failures.find((failure) => failure.error === error)?.instance;
      return [ofBody(failed ?? waiting, error, powers), ...this.disposed()];
    } finally {
      this.#await(undefined);
      limit.clear();
      loops?.();
    }
  }

  async #evaluateAll(
    evaluation: AsyncEvaluation,
    awaiting: readonly SourceTextInstance[],
    imports: StagedImports,
    failures: readonly Failure[],
  ): Promise<void> {
    const { prepared } = this.#input;
    prepared.forgetAssumed?.();
    await evaluation.evaluateAll(awaiting);
    await imports.settled();
    const broken = failures.find(({ instance }) => prepared.order.includes(instance));
    if (broken !== undefined) throw broken.error; // of what runs already nothing can be left out, as of what is new
    const hasAssumed = prepared.forgetAssumed !== undefined;
    if (imports.used || hasAssumed || awaiting.some(({ awaited }) => awaited.size > 0)) this.#takeJoined(imports);
  }

  #importsInput(evaluation: AsyncEvaluation): StagedImportsInput {
    const { prepared, powers } = this.#input;
    return {
      prepared,
      powers,
      evaluation,
      instantiate: (instance) => this.#instantiate(instance),
      body: () => this.body(),
      awaits: (instance) => powers.scopes.known(instance)?.awaits === true,
      check: () => {
        if (this.state !== 'open') throw new ReloadError('IMPORT_ABORTED', 'The release was refused.');
      },
    };
  }

  /** True where something awaits and nothing is replaced: other loads may join, as they do in the language. */
  get canOpen(): boolean {
    const { order, stage } = this.prepared;
    return !this.#replaces() && stage.removed.size === 0 && order.some((instance) => instance.artifact.async);
  }

  /**
   * Runs a load that running code asked for, and those that join it; each settles by itself and has a limit of its own.
   * @returns false where none came to a good end: everything has been undone
   */
  async evaluateOpen({ importer, record, opened }: Opening, signal: AbortSignal): Promise<boolean> {
    const { prepared, powers, errors } = this.#input;
    const { stage } = prepared;
    const failures: Failure[] = [];
    const evaluation = new AsyncEvaluation(stage, {
      failed: (instance, error) => failures.push({ instance, error }),
    });
    this.#transaction.advance(SYNCHRONOUS);
    const committed = new Promise<void>((resolve, reject) => {
      this.held.push({ commit: resolve, abort: reject });
    });
    committed.catch(() => {}); // the last import tells it
    const imports = new StagedImports({
      ...this.#importsInput(evaluation),
      committed,
      limit: (below) => awaitLimit(powers, signal, () => waitingVersion(stage, below)),
      failed(by, error) {
        const failed = failures.find((failure) => failure.error === error)?.instance;
        if (failed !== undefined) errors.note(by, stage, failed, error);
      },
      recall: (by, wanted) => errors.recall(by, stage, wanted),
    });
    this.#await(imports);
    try {
      stage.imports.length = 0; // each stands there again when it has come to its end
      opened(imports.adopt(importer, record, prepared.order.splice(0)));
      await imports.settled();
    } finally {
      this.#await(undefined);
      evaluation.stop();
    }
    this.#takeJoined(imports);
    this.resolvedEarly = imports.early;
    if (stage.imports.length > 0 && !signal.aborted) return true;
    this.drop(signal.reason);
    discard(powers.realm, this.#scopesOf(prepared.order));
    signal.throwIfAborted();
    return false;
  }

  /** From now on `import()` joins the stage, or does so no longer. */
  #await(imports: StagedImports | undefined): void {
    this.#imports = imports;
    this.#input.dynamicImports.awaiting = imports === undefined ? undefined : this;
  }

  /** True while bodies that await run: what is imported with `import()` belongs to the transaction. */
  get evaluating(): boolean {
    return this.#imports !== undefined;
  }

  /** The staged version whose top level calls now, be it by the code of another module. */
  body(): SourceTextInstance | undefined {
    const { prepared, powers } = this.#input;
    const scope = currentScope();
    if (scope?.phase !== 'staged') return undefined;
    for (const instance of prepared.stage.sources()) if (powers.scopes.known(instance) === scope) return instance;
    return undefined;
  }

  /** `import()` of an awaiting body: the module joins the stage. */
  importStaged(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    return (this.#imports as StagedImports).import(importer, request);
  }

  #takeJoined(imports: StagedImports): void {
    const { prepared, powers, graph } = this.#input;
    discard(powers.realm, this.#scopesOf(takeJoined(imports, prepared, graph)));
    this.#gatherGoing();
    this.#change.follow();
  }

  #gatherGoing(): void {
    const { order, stage } = this.prepared;
    this.replaced = currentOf(order.map(({ record }) => record));
    this.removed = currentOf(stage.removed);
  }

  #scopesOf(instances: readonly SourceTextInstance[]): Scope[] {
    return instances.flatMap((instance) => this.#input.powers.scopes.known(instance) ?? []);
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
      for (const held of this.held) held.abort(error);
      this.#leave(UNDONE);
      const { failed } = this.#bodies;
      if (failed !== undefined) this.failure = { instance: failed, error };
      const diagnostic = ofBody(failed ?? this.#ownerOf(error), error, powers);
      return { ok: false, diagnostics: [diagnostic, ...this.disposed()] };
    }
    for (const [record, observation] of prepared.plan.observations) index.set(record, observation);
    for (const record of prepared.stage.removed) index.delete(record);
    const pause = powers.clock.now() - start;
    for (const held of this.held) held.commit();
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

  /** After it has been undone: which versions have handed over all the same. */
  disposed(): Diagnostic[] {
    return (this.#change.disposed ?? []).map(({ owner }) => ofDisposed(owner.module));
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
    for (const held of this.held) held.abort(reason);
    this.held.length = 0;
    this.#leave(UNDONE);
  }

  /** Whether the release that is prepared has a module. */
  has(id: string): boolean {
    return this.prepared.manifest.has(id);
  }

  #leave(after: Surroundings): void {
    for (const end of this.#contexts.splice(0)) end(after);
    // the stack of a call that the attempt made, kept unread with an effect, holds the attempt
    this.replaced = [];
    this.removed = [];
    this.#passed = nothing;
  }

  #replaces(): boolean {
    return this.prepared.order.some((instance) => instance.record.current !== undefined);
  }

  /** The bodies that run while the release is prepared. */
  #awaiting(): SourceTextInstance[] {
    const { order, stage } = this.prepared;
    if (!order.some((instance) => instance.artifact.async)) return [];
    // a load is evaluated in the order of the specification
    return this.#replaces() ? awaitingVersions(stage, order) : [...order];
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

  #instantiate(instance: SourceTextInstance): void {
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
