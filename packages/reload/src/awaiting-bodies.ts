/**
 * The bodies that run while a release is prepared: those that await at top level, and what they need, on staged cells.
 *
 * What is opened before them and undone after them is the attempt's; how modules join by `import()` is in
 * `staged-imports.ts`.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  AsyncEvaluation,
  type ModuleGraph,
  type ModuleRecord,
  type SourceTextInstance,
  type Stage,
} from '@rekindle/loader';
import { currentScope, discard, type Scope } from '@rekindle/state';
import { awaitLimit } from './await-limit.ts';
import { noteAwaited, unchangedImporters } from './awaited-imports.ts';
import { awaitingVersions, waitingVersion } from './awaiting.ts';
import { ofBody } from './diagnose.ts';
import { keepersOf } from './dropped-imports.ts';
import type { DynamicImports, HeldImport, ImportRequest } from './dynamic-imports.ts';
import { ReloadError } from './errors.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import { Unforeseen } from './foresight.ts';
import { takeJoined } from './joined-versions.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { StagedImports, type StagedImportsInput } from './staged-imports.ts';
import { unchangedVersion } from './stale-code.ts';

/** What of an attempt its awaiting bodies need. */
export interface AwaitedAttempt {
  readonly state: 'open' | 'committed' | 'undone';
  readonly held: HeldImport[];
  /** Opens the part of the transaction in which they run. */
  open(): void;
  instantiate(instance: SourceTextInstance): void;
  /** Told that the versions of the release are others than before: some have joined or left. */
  joined(): void;
  /** Undoes everything. */
  drop(reason: unknown): void;
  /** After it has been undone: which versions have handed over all the same. */
  disposed(): readonly Diagnostic[];
}

export interface AwaitingBodiesInput {
  readonly prepared: Prepared;
  readonly graph: ModuleGraph;
  readonly powers: Powers;
  readonly dynamicImports: DynamicImports;
  readonly errors: EvaluationErrors;
  readonly attempt: AwaitedAttempt;
}

/** The `import()` of running code that a load began with. */
export interface Opening {
  readonly importer: SourceTextInstance;
  /** What it imports. */
  readonly record: ModuleRecord;
  /** Given its promise, when others can join. */
  opened(imported: Promise<object>): void;
}

/** A version whose body threw, and what. */
export interface Failure {
  readonly instance: SourceTextInstance;
  readonly error: unknown;
}

export class AwaitingBodies {
  readonly #input: AwaitingBodiesInput;
  /** There while they run. */
  #imports: StagedImports | undefined;
  /** Ends the attempt, to be prepared again; there while they run and nothing else is under way. */
  #unforeseen: ((what: Unforeseen) => void) | undefined;
  /** True where an `import()` has resolved before the commit, because others went on. */
  resolvedEarly = false;

  constructor(input: AwaitingBodiesInput) {
    this.#input = input;
  }

  /** What is told of the end of the transaction. */
  get held(): HeldImport[] {
    return this.#input.attempt.held;
  }

  /** True while they run: what is imported with `import()` belongs to the transaction. */
  get areRunning(): boolean {
    return this.#imports !== undefined;
  }

  /** Whether there are any. */
  get areThere(): boolean {
    return this.#versions().length > 0;
  }

  /** True where the release replaces what runs, and not only brings something. */
  get replaces(): boolean {
    return this.#input.prepared.order.some((instance) => instance.record.current !== undefined);
  }

  /** True where something awaits and nothing is replaced: other loads may join, as they do in the language. */
  get canOpen(): boolean {
    const { order, stage } = this.#input.prepared;
    return !this.replaces && stage.removed.size === 0 && order.some((instance) => instance.artifact.async);
  }

  /**
   * Runs them.
   * @returns what is wrong, after everything has been undone; undefined when all went well
   * @throws what the stores threw for an `import()` that no body caught, after everything has been undone; and so
   *   `Unforeseen`, where the release has to be prepared again
   */
  async run(signal: AbortSignal): Promise<readonly Diagnostic[] | undefined> {
    const { prepared, powers, attempt } = this.#input;
    const versions = this.#versions();
    if (versions.length === 0) return undefined;
    const failures: Failure[] = [];
    const limit = awaitLimit(powers, signal, () => waitingVersion(prepared.stage));
    const loops = this.replaces ? undefined : powers.realm.loops.extend(powers.limits.prepare);
    const evaluation = this.#evaluation(failures);
    const hasOld = this.replaces || prepared.stage.removed.size > 0;
    try {
      attempt.open();
      await new Promise<void>((resolve, reject) => {
        const imports = new StagedImports({
          ...this.#importsInput(evaluation),
          ...(hasOld && { unforeseen: (what) => reject(new Unforeseen(what)) }),
        });
        this.#unforeseen = reject;
        this.#await(imports);
        limit.promise.catch(reject);
        this.#runAll(evaluation, versions, imports, failures).then(resolve, reject);
      });
      return undefined;
    } catch (error) {
      evaluation.stop();
      const waiting = waitingVersion(prepared.stage);
      const imports = this.#imports;
      const joined = imports?.joined() ?? [];
      attempt.drop(error);
      discard(powers.realm, this.#scopesOf(joined));
      signal.throwIfAborted();
      this.#throwUnlessFaulty(error, imports);
      const faults = imports?.faultsOf(error);
      if (faults !== undefined) return [...faults, ...attempt.disposed()];
      const failed = failures.find((failure) => failure.error === error)?.instance;
      return [ofBody(failed ?? waiting, error, powers), ...attempt.disposed()];
    } finally {
      this.#await(undefined);
      this.#unforeseen = undefined;
      limit.clear();
      loops?.();
    }
  }

  /** Throws where nothing is wrong with the release: it has to be prepared again, or the stores could not be read. */
  #throwUnlessFaulty(error: unknown, imports: StagedImports | undefined): void {
    const called = calledKeepers(keepersOf(error), this.#input.prepared.stage);
    if (called.size > 0) throw new Unforeseen({ called });
    if (error instanceof Unforeseen || imports?.isUnread(error) === true) throw error;
    if (imports !== undefined && imports.kept.size > 0) throw new Unforeseen({ kept: imports.kept });
  }

  async #runAll(
    evaluation: AsyncEvaluation,
    versions: readonly SourceTextInstance[],
    imports: StagedImports,
    failures: readonly Failure[],
  ): Promise<void> {
    const { prepared } = this.#input;
    const isExpected = prepared.forgetAssumed !== undefined || versions.some(({ awaited }) => awaited.size > 0);
    prepared.forgetAssumed?.();
    for (let due = versions; due.length > 0; due = this.#stillDue(imports)) {
      await evaluation.evaluateAll(due);
      await imports.settled();
      // of what runs already nothing can be left out, as of what is new
      const broken = failures.find(({ instance }) => prepared.order.includes(instance)) ?? imports.broken;
      if (broken !== undefined) throw broken.error;
    }
    if (imports.kept.size > 0) throw new Unforeseen({ kept: imports.kept });
    if (imports.used || isExpected || unchangedImporters(prepared.stage).size > 0) this.#takeJoined(imports);
  }

  /**
   * Runs a load that running code asked for, and those that join it; each settles by itself and has a limit of its own.
   * @returns false where none came to a good end: everything has been undone
   */
  async runOpen({ importer, record, opened }: Opening, signal: AbortSignal): Promise<boolean> {
    const { prepared, powers, errors, attempt } = this.#input;
    const { stage } = prepared;
    const failures: Failure[] = [];
    const evaluation = this.#evaluation(failures);
    attempt.open();
    const committed = new Promise<void>((resolve, reject) => {
      attempt.held.push({ commit: resolve, abort: reject });
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
    attempt.drop(signal.reason);
    discard(powers.realm, this.#scopesOf(prepared.order));
    signal.throwIfAborted();
    return false;
  }

  /** The staged version whose top level calls now, be it by the code of another module. */
  body(): SourceTextInstance | undefined {
    const { prepared, powers } = this.#input;
    const scope = currentScope();
    if (scope?.phase !== 'staged') return undefined;
    const { stage } = prepared;
    const instance = stage.instances.get(stage.record(scope.owner.module));
    return instance?.kind === 'source' && powers.scopes.known(instance) === scope ? instance : undefined;
  }

  givenDropped(keepers: Iterable<SourceTextInstance>): void {
    const called = calledKeepers(keepers, this.#input.prepared.stage);
    if (this.#unforeseen === undefined || called.size === 0) return;
    const what = new Unforeseen({ called });
    this.#unforeseen(what);
    throw what;
  }

  /** `import()` while they run: the module joins the stage. */
  importStaged(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    return (this.#imports as StagedImports).import(importer, request);
  }

  #versions(): SourceTextInstance[] {
    const { order, stage } = this.#input.prepared;
    if (!order.some((instance) => instance.artifact.async)) return [];
    // a load is evaluated in the order of the specification
    return this.replaces ? this.#certain((body) => !stage.instances.has(body)) : [...order];
  }

  /** Those that have not run, and are reached as it is known now: by running code of what others have imported. */
  #stillDue(imports: StagedImports): SourceTextInstance[] {
    const { order, stage } = this.#input.prepared;
    const hasRun = ({ status }: SourceTextInstance) => status === 'evaluated';
    if (order.every((instance) => !instance.artifact.async || hasRun(instance))) return [];
    const importers = unchangedImporters(stage);
    for (const instance of stage.sources()) {
      if (instance.artifact.async && hasRun(instance)) noteAwaited(instance, imports, stage, importers);
    }
    const isKnown = (body: ModuleRecord) => {
      const staged = stage.instances.get(body);
      return staged?.kind !== 'source' || hasRun(staged);
    };
    return this.#certain(isKnown).filter((instance) => !hasRun(instance));
  }

  /** Those that are reached whatever other bodies import, with what they need. */
  #certain(isKnown: (body: ModuleRecord) => boolean): SourceTextInstance[] {
    const { order, stage } = this.#input.prepared;
    const certain = stage.certain(isKnown);
    return awaitingVersions(
      stage,
      order.filter(({ record }) => certain.has(record)),
    );
  }

  #evaluation(failures: Failure[]): AsyncEvaluation {
    return new AsyncEvaluation(this.#input.prepared.stage, {
      failed: (instance, error) => failures.push({ instance, error }),
    });
  }

  #importsInput(evaluation: AsyncEvaluation): StagedImportsInput {
    const { prepared, powers, dynamicImports, attempt } = this.#input;
    return {
      prepared,
      powers,
      dynamicImports,
      evaluation,
      instantiate: (instance) => attempt.instantiate(instance),
      body: () => this.body(),
      awaits: (instance) => powers.scopes.known(instance)?.awaits === true,
      check: () => {
        if (attempt.state !== 'open') throw new ReloadError('IMPORT_ABORTED', 'The release was refused.');
      },
    };
  }

  /** From now on `import()` joins the stage, or does so no longer. */
  #await(imports: StagedImports | undefined): void {
    if (imports !== undefined) this.held.push({ commit() {}, abort: () => imports.dropped() });
    this.#imports = imports;
    this.#input.dynamicImports.awaiting = imports === undefined ? undefined : this;
  }

  #takeJoined(imports: StagedImports): void {
    const { prepared, powers, graph, attempt } = this.#input;
    const left = takeJoined(imports, prepared, graph);
    imports.dropped(left.map(({ record }) => record));
    discard(powers.realm, this.#scopesOf(left));
    attempt.joined();
  }

  #scopesOf(instances: readonly SourceTextInstance[]): Scope[] {
    return instances.flatMap((instance) => this.#input.powers.scopes.known(instance) ?? []);
  }
}

/**
 * Which unchanged modules run again so that what was kept is forgotten, and why: those that were given it, and then what
 * these import by name, which may keep it for them. None where it must be in something else.
 */
function calledKeepers(keepers: Iterable<SourceTextInstance>, stage: Stage): Map<string, string> {
  const records = [...keepers].map(({ record }) => record);
  const isUnchanged = (record: ModuleRecord) => unchangedVersion(record, stage) !== undefined;
  const unchanged = records.filter(isUnchanged);
  const below = () => records.flatMap((record) => stage.at(record)?.requested ?? []);
  const called = unchanged.length > 0 ? unchanged : below().filter(isUnchanged);
  return new Map(called.map(({ key }) => [key, 'may have kept what was imported for a release that did not come']));
}
