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
  type InstanceContext,
  linkVersions,
  type ModuleGraph,
  type ModuleRecord,
  namespaceObject,
  type SourceTextInstance,
} from '@rekindle/loader';
import { type Change, participants as ownedThings, type Pair, runIn, runInAsync, type Scope } from '@rekindle/state';
import { Bodies } from './bodies.ts';
import { ofBody, ofLinking, ofLoading } from './diagnose.ts';
import { type DynamicImports, type HeldImport, importError } from './dynamic-imports.ts';
import { observe } from './observation.ts';
import type { ObserverIndex } from './observer-index.ts';
import type { Participant } from './participant.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { ScopeOrder } from './scope-order.ts';
import { Transaction, warnOfParticipant } from './transaction.ts';

export interface AttemptInput {
  readonly prepared: Prepared;
  readonly graph: ModuleGraph;
  readonly index: ObserverIndex;
  readonly powers: Powers;
  readonly dynamicImports: DynamicImports;
}

export type Activated =
  | { readonly ok: true; readonly pause: number }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export class Attempt {
  readonly prepared: Prepared;
  readonly #input: AttemptInput;
  readonly #transaction: Transaction;
  readonly #bodies: Bodies;
  readonly #change: Change & { pairs: Pair[] };
  #evaluation: AsyncEvaluation | undefined;
  #running: SourceTextInstance | undefined;
  /** `import()` of staged bodies, which settle with the transaction. */
  readonly held: HeldImport[] = [];

  constructor(input: AttemptInput) {
    this.#input = input;
    this.prepared = input.prepared;
    const { powers, prepared } = input;
    for (const instance of prepared.order) this.#instantiate(instance);
    this.#bodies = new Bodies({
      stage: prepared.stage,
      linked: prepared.linked,
      order: prepared.order,
      observations: prepared.plan.observations,
      limit: this.#replaces() ? powers.limits.activate : powers.limits.prepare,
    });
    this.#change = this.#changeOfScopes();
    this.#transaction = new Transaction(this.#participants(), warnOfParticipant);
  }

  /** Everything that this attempt commits or undoes, in order. */
  get participants(): readonly Participant[] {
    return this.#transaction.participants;
  }

  get state(): Transaction['state'] {
    return this.#transaction.state;
  }

  /**
   * Runs the bodies that await at top level, and those that they need, on staged cells.
   * @returns what is wrong, after everything has been undone; undefined when all went well
   */
  async evaluateAwaiting(signal: AbortSignal): Promise<readonly Diagnostic[] | undefined> {
    const { prepared, powers } = this.#input;
    const awaiting = this.#awaiting();
    if (awaiting.length === 0) return undefined;
    const limit = newLimit(powers, () => this.#running);
    try {
      this.#transaction.advance(this.#bodies.name);
      this.#evaluation = new AsyncEvaluation(prepared.stage, {
        starts: (instance) => {
          this.#running = instance;
        },
        failed: (instance) => {
          this.#bodies.failed ??= instance;
        },
      });
      const evaluation = this.#evaluation.evaluateAll(awaiting);
      evaluation.catch(() => {}); // after a limit nobody waits for it
      await Promise.race([evaluation, limit.promise]);
      signal.throwIfAborted();
      return undefined;
    } catch (error) {
      this.drop(error);
      signal.throwIfAborted();
      return [ofBody(this.#bodies.failed ?? this.#running, error, powers)];
    } finally {
      this.#evaluation = undefined;
      limit.clear();
    }
  }

  /** True while bodies that await run: what they import with `import()` belongs to the transaction. */
  get evaluating(): boolean {
    return this.#evaluation !== undefined;
  }

  /** `import()` of an awaiting body: the module joins the stage. */
  async importStaged(
    importer: SourceTextInstance,
    request: { readonly specifier: string; readonly attributes?: Readonly<Record<string, string>> },
  ): Promise<object> {
    const { load, stage, order } = this.prepared;
    const { powers } = this.#input;
    const evaluation = this.#evaluation as AsyncEvaluation;
    const known = load.faults.length;
    const record = await load.resolve(request, importer);
    if (record !== undefined && !stage.has(record.key)) await load.add([record.key]);
    const faults = load.faults.splice(known);
    if (faults.length > 0) throw importError(faults.flatMap((fault) => ofLoading(fault, () => [], powers)));
    const joined = [...stage.sources()].filter((instance) => !order.includes(instance));
    const linkFaults = linkVersions(stage, joined);
    if (linkFaults.length > 0) throw importError(linkFaults.map((fault) => ofLinking(fault, powers)));
    for (const instance of joined) this.#join(instance);
    await Promise.all(joined.map((instance) => instance.ready));
    stage.imports.push({ from: importer.record, to: record as ModuleRecord });
    const staged = stage.instances.get(record as ModuleRecord);
    if (staged?.kind === 'source') await evaluation.evaluate(staged);
    return namespaceObject(stage, importer, record as ModuleRecord);
  }

  #join(instance: SourceTextInstance): void {
    const { prepared, powers } = this.#input;
    this.#instantiate(instance);
    prepared.order.push(instance);
    prepared.plan.observations.set(instance.record, observe(prepared.stage, instance));
    prepared.plan.reasons.set(instance.record, 'is new');
    this.#change.pairs.push({ old: undefined, next: powers.scopes.of(instance) });
  }

  /** The synchronous step: everything, or nothing. */
  activate(): Activated {
    const { powers, prepared, index } = this.#input;
    const start = powers.clock.now();
    try {
      this.#transaction.commit();
    } catch (error) {
      for (const held of this.held) held.abort(error);
      return { ok: false, diagnostics: [ofBody(this.#bodies.failed, error, powers)] };
    }
    for (const [record, observation] of prepared.plan.observations) index.set(record, observation);
    for (const record of prepared.stage.removed) index.delete(record);
    const pause = powers.clock.now() - start;
    for (const held of this.held) held.commit();
    return { ok: true, pause };
  }

  /** Forgets the attempt: what has run of it is undone. */
  drop(reason: unknown): void {
    this.#transaction.rollback();
    for (const held of this.held) held.abort(reason);
    this.held.length = 0;
  }

  #replaces(): boolean {
    return this.prepared.order.some((instance) => instance.record.current !== undefined);
  }

  /** The bodies that run while the release is prepared. */
  #awaiting(): SourceTextInstance[] {
    const { order, stage } = this.prepared;
    if (!order.some((instance) => instance.artifact.async)) return [];
    if (!this.#replaces()) return [...order]; // a load is evaluated in the order of the specification
    const needed = new Set<ModuleRecord>();
    const need = (record: ModuleRecord): void => {
      if (needed.has(record)) return;
      needed.add(record);
      for (const requested of stage.at(record)?.requested ?? []) need(requested);
    };
    for (const instance of order) if (instance.artifact.async) need(instance.record);
    return order.filter((instance) => needed.has(instance.record));
  }

  #changeOfScopes(): Change & { pairs: Pair[] } {
    const { prepared, powers } = this.#input;
    const { scopes } = powers;
    const scopeOf = (record: ModuleRecord): Scope | undefined =>
      record.current?.kind === 'source' ? scopes.known(record.current) : undefined;
    return {
      pairs: [
        ...prepared.order.map((next) => ({ old: scopeOf(next.record), next: scopes.of(next) })),
        ...[...prepared.stage.removed].map((record) => ({ old: scopeOf(record), next: undefined })),
      ],
      reordered: reorderedScopes(prepared, scopeOf),
    };
  }

  #participants(): Participant[] {
    const { prepared, powers, graph } = this.#input;
    const [slots, ...owned] = ownedThings(powers.realm, this.#change);
    return [
      ...(slots === undefined ? [] : [slots]),
      this.#bodies,
      new CellSwap(prepared.stage, prepared.linked, prepared.reordered),
      new ScopeOrder(graph, prepared, (instance) => powers.scopes.known(instance)),
      ...owned,
    ];
  }

  #instantiate(instance: SourceTextInstance): void {
    instance.begin(this.#contextOf(instance, this.#input.powers.scopes.of(instance)));
  }

  #contextOf(instance: SourceTextInstance, scope: Scope): InstanceContext {
    const { powers, dynamicImports } = this.#input;
    let meta: object | undefined;
    return {
      token: {},
      global: powers.globals,
      timers: scope.timers,
      meta: () => {
        meta ??= powers.meta(instance, scope);
        return meta;
      },
      import: (specifier, options) => dynamicImports.import(instance, specifier, options, this),
      run: (body) => runIn(scope, body),
      runAsync: (body) => runInAsync(scope, body),
    };
  }
}

/** Versions that stay and come to stand at another place in the evaluation order. */
function reorderedScopes(
  { reordered, stage }: Prepared,
  scopeOf: (record: ModuleRecord) => Scope | undefined,
): Scope[] {
  const scopes: Scope[] = [];
  for (const [place, record] of reordered?.entries() ?? []) {
    if (stage.instances.has(record) || record.order === place) continue;
    const scope = scopeOf(record);
    if (scope !== undefined) scopes.push(scope);
  }
  return scopes;
}

/** Rejects when the awaiting part of a release takes too long. */
function newLimit(
  { clock, limits }: Powers,
  running: () => SourceTextInstance | undefined,
): { promise: Promise<never>; clear: () => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_resolve, onReject) => {
    reject = onReject;
  });
  const timer = clock.setTimeout(() => {
    const id = running()?.record.key ?? 'a module';
    const error = new Error(`The top level of '${id}' still awaits after ${limits.prepare} ms.`);
    reject(Object.assign(error, { code: 'AWAIT_TIME_LIMIT', hint: 'Look for a promise that never settles.' }));
  }, limits.prepare);
  return { promise, clear: () => clock.clear(timer) };
}
