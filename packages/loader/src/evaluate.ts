/**
 * ECMA-262 Evaluate (16.2.1.6.5): runs the bodies of staged versions, each once, what they import first.
 *
 * Without top-level await the order is that of the list, and everything happens in one synchronous step.
 * With it, this is the algorithm of the specification, with its names: InnerModuleEvaluation, ExecuteAsyncModule,
 * AsyncModuleExecutionFulfilled and -Rejected, GatherAvailableAncestors, and the one counter of async evaluation order.
 * Committed versions that lead to staged ones are entered and left as in a start of all, and run nothing.
 */

import type { SourceTextInstance } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import type { Stage } from './stage.ts';

/** Called around each body, so that its caller can count, time and name what runs. */
export interface EvaluationHooks {
  /** A body is about to run. */
  starts?(instance: SourceTextInstance): void;
  /** A body threw or its promise rejected. */
  failed?(instance: SourceTextInstance, error: unknown): void;
}

/** Runs bodies that do not await at top level, in the given order; stops at the first throw. */
export function evaluateSync(instances: readonly SourceTextInstance[], hooks: EvaluationHooks = {}): void {
  for (const instance of instances) {
    if (instance.status === 'evaluated') continue;
    instance.status = 'evaluating';
    hooks.starts?.(instance);
    try {
      instance.execute();
    } catch (error) {
      hooks.failed?.(instance, error);
      throw error;
    }
    instance.status = 'evaluated';
  }
}

interface Cyclic {
  readonly record: ModuleRecord;
  /** The staged version; undefined where the committed one stays. */
  readonly instance: SourceTextInstance | undefined;
  status: 'linked' | 'evaluating' | 'evaluating-async' | 'evaluated';
  index: number;
  ancestor: number;
  cycleRoot: Cyclic | undefined;
  /** [[AsyncEvaluationOrder]]: unset, a number, or done. */
  order: number | 'unset' | 'done';
  pending: number;
  readonly parents: Cyclic[];
  error: { readonly value: unknown } | undefined;
  capability: PromiseCapability | undefined;
}

interface PromiseCapability {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** The evaluation of one stage of which some bodies await; it goes on for as long as the stage does. */
export class AsyncEvaluation {
  readonly #stage: Stage;
  readonly #hooks: EvaluationHooks;
  readonly #modules = new Map<ModuleRecord, Cyclic>();
  /** Records whose committed version stays and leads to a staged one. */
  readonly #above = new Set<ModuleRecord>();
  /** For how many staged versions these are known. */
  #looked = 0;
  #nextOrder = 0;
  #stopped = false;

  constructor(stage: Stage, hooks: EvaluationHooks) {
    this.#stage = stage;
    this.#hooks = hooks;
  }

  /** Runs these versions and what they import; resolves when every one has run, rejects with the first error. */
  async evaluateAll(instances: readonly SourceTextInstance[]): Promise<void> {
    await Promise.all(instances.map((instance) => instance.ready));
    const { reached } = this.#reached(instances.map(({ record }) => record));
    await Promise.all(this.#entries(reached).map((record) => this.#evaluate(record)));
  }

  /**
   * Resolves when all staged versions that a record leads to have run, its own among them; a second call waits for the
   * first. A cycle is entered where the roots enter it, see `#entries`.
   */
  async evaluateAt(record: ModuleRecord): Promise<void> {
    const { reached, isCyclic } = this.#reached([record]);
    const entries = isCyclic ? this.#entries(reached) : [record];
    await Promise.all(entries.map((one) => this.#evaluate(one)));
  }

  /** Starts no body any more: the stage was dropped. Those that await run on, on cells that nobody reads. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * In the order in which the roots of the graph lead to them: begun anywhere else, a cycle would run in another order
   * than at a fresh start.
   */
  #entries(records: ReadonlySet<ModuleRecord>): ModuleRecord[] {
    const left = new Set(records);
    const entries: ModuleRecord[] = [];
    for (const record of this.#stage.entryOrder()) if (left.delete(record)) entries.push(record);
    return [...entries, ...left];
  }

  #evaluate(record: ModuleRecord): Promise<void> {
    let module = this.#module(record);
    if (module.status === 'evaluating-async' || module.status === 'evaluated') module = module.cycleRoot ?? module;
    if (module.capability !== undefined) return module.capability.promise;
    const capability = newCapability();
    module.capability = capability;
    const stack: Cyclic[] = [];
    try {
      this.#inner(module, stack);
      if (typeof module.order !== 'number') capability.resolve();
    } catch (error) {
      for (const failed of stack) {
        failed.status = 'evaluated';
        failed.error ??= { value: error };
      }
      capability.reject(error);
    }
    return capability.promise;
  }

  #module(record: ModuleRecord): Cyclic {
    const staged = this.#stage.instances.get(record);
    const instance = staged?.kind === 'source' ? staged : undefined;
    let module = this.#modules.get(record);
    if (module === undefined || module.instance !== instance) {
      module = {
        record,
        instance,
        status: instance?.status === 'evaluated' ? 'evaluated' : 'linked',
        index: 0,
        ancestor: 0,
        cycleRoot: undefined,
        order: 'unset',
        pending: 0,
        parents: [],
        error: undefined,
        capability: undefined,
      };
      this.#modules.set(record, module);
    }
    return module;
  }

  /** Records that these lead to and that have not run, themselves among them, and whether there is a cycle of them. */
  #reached(first: readonly ModuleRecord[]): { reached: Set<ModuleRecord>; isCyclic: boolean } {
    const open = new Map<ModuleRecord, boolean>();
    let isCyclic = false;
    const stack = [{ record: undefined as ModuleRecord | undefined, requested: first, next: 0 }];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const record = frame.requested[frame.next++];
      if (record === undefined) {
        stack.pop();
        if (frame.record !== undefined) open.set(frame.record, false);
      } else if (open.has(record)) isCyclic ||= open.get(record) === true;
      else if (this.#module(record).status !== 'evaluated') {
        open.set(record, true);
        stack.push({ record, requested: this.#requested(record), next: 0 });
      }
    }
    return { reached: new Set(open.keys()), isCyclic };
  }

  /** What a record requests that is staged, or leads to what is. */
  #requested(record: ModuleRecord): readonly ModuleRecord[] {
    this.#lookAbove();
    const { instances } = this.#stage;
    const requested = this.#stage.at(record)?.requested ?? [];
    return requested.filter((other) => instances.get(other)?.kind === 'source' || this.#above.has(other));
  }

  /** Committed versions never import what is new, so that what joins changes little here. */
  #lookAbove(): void {
    const { instances } = this.#stage;
    if (instances.size === this.#looked) return;
    this.#looked = instances.size;
    const above = [...instances.keys()];
    for (let record = above.pop(); record !== undefined; record = above.pop()) {
      for (const importer of record.importers) {
        if (this.#above.has(importer) || this.#stage.at(importer) !== importer.current) continue;
        this.#above.add(importer);
        above.push(importer);
      }
    }
  }

  /**
   * InnerModuleEvaluation, with a stack of its own for the modules that are being entered: a chain of 5,000 imports must
   * not overflow the native one.
   */
  #inner(root: Cyclic, stack: Cyclic[]): void {
    let index = 0;
    const entered: { module: Cyclic; requested: readonly ModuleRecord[]; next: number }[] = [];
    /** False where there is nothing to do for it any more. */
    const enter = (module: Cyclic): boolean => {
      if (module.status === 'evaluating-async' || module.status === 'evaluated') {
        if (module.error !== undefined) throw module.error.value;
        return false;
      }
      if (module.status === 'evaluating') return false;
      module.status = 'evaluating';
      module.index = module.ancestor = index++;
      stack.push(module);
      entered.push({ module, requested: this.#requested(module.record), next: 0 });
      return true;
    };
    enter(root);
    for (let frame = entered.at(-1); frame !== undefined; frame = entered.at(-1)) {
      const { module, requested, next } = frame;
      const record = requested[next];
      if (record === undefined) {
        entered.pop();
        this.#leave(module, stack);
        continue;
      }
      const required = this.#module(record);
      if (enter(required)) continue; // and comes back here when that has been left
      frame.next += 1;
      awaitRequired(module, required);
    }
  }

  /** Runs a module whose requests have been entered, and ends its cycle where it is the first of one. */
  #leave(module: Cyclic, stack: Cyclic[]): void {
    if (module.pending > 0 || awaits(module)) {
      module.order = this.#nextOrder++;
      if (module.pending === 0) this.#executeAsync(module);
    } else this.#execute(module);
    if (module.ancestor !== module.index) return;
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      member.status = member.order === 'unset' ? 'evaluated' : 'evaluating-async';
      member.cycleRoot = module;
      if (member === module) break;
    }
  }

  #execute({ instance }: Cyclic): void {
    if (instance !== undefined) evaluateSync([instance], this.#hooks);
  }

  #executeAsync(module: Cyclic): void {
    const instance = module.instance as SourceTextInstance;
    this.#hooks.starts?.(instance);
    instance.status = 'evaluating-async';
    instance.executeAsync().then(
      () => this.#fulfilled(module, instance),
      (error: unknown) => {
        this.#hooks.failed?.(instance, error);
        this.#rejected(module, error);
      },
    );
  }

  #fulfilled(module: Cyclic, instance: SourceTextInstance): void {
    if (this.#stopped || module.status === 'evaluated') return;
    instance.status = 'evaluated';
    settle(module);
    const available: Cyclic[] = [];
    this.#gather(module, available);
    available.sort((a, b) => (a.order as number) - (b.order as number));
    for (const ancestor of available) {
      if (ancestor.status === 'evaluated') continue;
      if (awaits(ancestor)) this.#executeAsync(ancestor);
      else {
        try {
          this.#execute(ancestor);
        } catch (error) {
          this.#rejected(ancestor, error);
          continue;
        }
        settle(ancestor);
      }
    }
  }

  /** GatherAvailableAncestors, without recursion. */
  #gather(from: Cyclic, available: Cyclic[]): void {
    const found = new Set(available);
    const stack = [from];
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      for (const parent of module.parents) {
        if (found.has(parent) || (parent.cycleRoot ?? parent).error !== undefined) continue;
        parent.pending--;
        if (parent.pending > 0) continue;
        found.add(parent);
        available.push(parent);
        if (!awaits(parent)) stack.push(parent);
      }
    }
  }

  #rejected(first: Cyclic, error: unknown): void {
    const stack = [first];
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      if (module.status === 'evaluated') continue;
      module.error = { value: error };
      module.status = 'evaluated';
      module.order = 'done';
      module.capability?.reject(error);
      stack.push(...[...module.parents].reverse());
    }
  }
}

/** Whether its body awaits, and runs. */
function awaits({ instance }: Cyclic): boolean {
  return instance?.artifact.async === true;
}

/** What a module waits for, of one that it requests and that has been entered before it or left again. */
function awaitRequired(module: Cyclic, requested: Cyclic): void {
  let required = requested;
  if (required.status === 'evaluating') module.ancestor = Math.min(module.ancestor, required.ancestor);
  else {
    required = required.cycleRoot ?? required;
    if (required.error !== undefined) throw required.error.value;
  }
  if (typeof required.order !== 'number') return;
  module.pending++;
  required.parents.push(module);
}

function settle(module: Cyclic): void {
  module.order = 'done';
  module.status = 'evaluated';
  module.capability?.resolve();
}

function newCapability(): PromiseCapability {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => {}); // the promise that the caller of evaluate() holds reports it
  return { promise, resolve, reject };
}
