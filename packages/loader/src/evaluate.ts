/**
 * ECMA-262 Evaluate (16.2.1.6.5): runs the bodies of staged versions, each once, what they import first.
 *
 * Without top-level await the order is that of the list, and everything happens in one synchronous step.
 * With it, this is the algorithm of the specification, with its names: InnerModuleEvaluation, ExecuteAsyncModule,
 * AsyncModuleExecutionFulfilled and -Rejected, GatherAvailableAncestors, and the one counter of async evaluation order.
 * Committed versions count as evaluated; what they import that is staged counts as imported by whoever imports them.
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
  readonly instance: SourceTextInstance;
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
  readonly #modules = new Map<SourceTextInstance, Cyclic>();
  /** Records that lead to nothing that is staged: what joins later, nothing committed leads to. */
  readonly #unchanged = new Set<ModuleRecord>();
  #nextOrder = 0;
  #stopped = false;

  constructor(stage: Stage, hooks: EvaluationHooks) {
    this.#stage = stage;
    this.#hooks = hooks;
  }

  /** Runs these versions and what they import; resolves when every one has run, rejects with the first error. */
  async evaluateAll(instances: readonly SourceTextInstance[]): Promise<void> {
    await Promise.all(instances.map((instance) => instance.ready));
    await Promise.all(this.#entries(instances).map((instance) => this.evaluate(instance)));
  }

  /** Starts no body any more: the stage was dropped. Those that await run on, on cells that nobody reads. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * In the order in which the roots of the graph lead to them: begun anywhere else, a cycle would run in another order
   * than at a fresh start.
   */
  #entries(instances: readonly SourceTextInstance[]): SourceTextInstance[] {
    const left = new Set(instances);
    const entries: SourceTextInstance[] = [];
    for (const record of this.#stage.entryOrder()) {
      const instance = this.#stage.instances.get(record);
      if (instance?.kind === 'source' && left.delete(instance)) entries.push(instance);
    }
    return [...entries, ...left];
  }

  /** Resolves when this version has run; a second call for one waits for the first. */
  evaluate(instance: SourceTextInstance): Promise<void> {
    let module = this.#module(instance);
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

  #module(instance: SourceTextInstance): Cyclic {
    let module = this.#modules.get(instance);
    if (module === undefined) {
      module = {
        instance,
        status: instance.status === 'evaluated' ? 'evaluated' : 'linked',
        index: 0,
        ancestor: 0,
        cycleRoot: undefined,
        order: 'unset',
        pending: 0,
        parents: [],
        error: undefined,
        capability: undefined,
      };
      this.#modules.set(instance, module);
    }
    return module;
  }

  /**
   * As `evaluate`, for a record; where its version is committed, all staged ones that it leads to have run then. A cycle is
   * entered where the roots of the graph enter it, see `#entries`.
   */
  async evaluateAt(record: ModuleRecord): Promise<void> {
    const first = this.#staged([record]);
    const { reached, isCyclic } = this.#reached(first);
    const entries = isCyclic ? this.#entries(reached) : first;
    await (entries.length === 1
      ? this.evaluate(entries[0] as SourceTextInstance)
      : Promise.all(entries.map((one) => this.evaluate(one))));
  }

  /** The versions that these lead to and that have not run, themselves among them, and whether there is a cycle of them. */
  #reached(first: readonly SourceTextInstance[]): { reached: SourceTextInstance[]; isCyclic: boolean } {
    const open = new Map<SourceTextInstance, boolean>();
    let isCyclic = false;
    const stack = [{ instance: undefined as SourceTextInstance | undefined, requested: first, next: 0 }];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const instance = frame.requested[frame.next++];
      if (instance === undefined) {
        stack.pop();
        if (frame.instance !== undefined) open.set(frame.instance, false);
      } else if (open.has(instance)) isCyclic ||= open.get(instance) === true;
      else if (instance.status !== 'evaluated') {
        open.set(instance, true);
        stack.push({ instance, requested: this.#staged(instance.requested), next: 0 });
      }
    }
    return { reached: [...open.keys()], isCyclic };
  }

  /** The staged versions of these records, or those that their committed ones lead to. */
  #staged(records: readonly ModuleRecord[]): SourceTextInstance[] {
    const found = new Set<SourceTextInstance>();
    const seen = new Set<ModuleRecord>();
    const stack = [...records].reverse();
    for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
      if (seen.has(record) || this.#unchanged.has(record)) continue;
      seen.add(record);
      const staged = this.#stage.instances.get(record);
      if (staged?.kind === 'source') found.add(staged);
      else if (staged === undefined) stack.push(...[...(this.#stage.at(record)?.requested ?? [])].reverse());
    }
    if (found.size === 0) for (const record of seen) this.#unchanged.add(record);
    return [...found];
  }

  /**
   * InnerModuleEvaluation, with a stack of its own for the modules that are being entered: a chain of 5,000 imports must
   * not overflow the native one.
   */
  #inner(root: Cyclic, stack: Cyclic[]): void {
    let index = 0;
    const entered: { module: Cyclic; requested: readonly SourceTextInstance[]; next: number }[] = [];
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
      entered.push({ module, requested: this.#staged(module.instance.requested), next: 0 });
      return true;
    };
    enter(root);
    for (let frame = entered.at(-1); frame !== undefined; frame = entered.at(-1)) {
      const { module, requested, next } = frame;
      const instance = requested[next];
      if (instance === undefined) {
        entered.pop();
        this.#leave(module, stack);
        continue;
      }
      const required = this.#module(instance);
      if (enter(required)) continue; // and comes back here when that has been left
      frame.next += 1;
      awaitRequired(module, required);
    }
  }

  /** Runs a module whose requests have been entered, and ends its cycle where it is the first of one. */
  #leave(module: Cyclic, stack: Cyclic[]): void {
    if (module.pending > 0 || module.instance.artifact.async) {
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
    evaluateSync([instance], this.#hooks);
  }

  #executeAsync(module: Cyclic): void {
    this.#hooks.starts?.(module.instance);
    module.instance.status = 'evaluating-async';
    module.instance.executeAsync().then(
      () => this.#fulfilled(module),
      (error: unknown) => {
        this.#hooks.failed?.(module.instance, error);
        this.#rejected(module, error);
      },
    );
  }

  #fulfilled(module: Cyclic): void {
    if (this.#stopped || module.status === 'evaluated') return;
    module.instance.status = 'evaluated';
    settle(module);
    const available: Cyclic[] = [];
    this.#gather(module, available);
    available.sort((a, b) => (a.order as number) - (b.order as number));
    for (const ancestor of available) {
      if (ancestor.status === 'evaluated') continue;
      if (ancestor.instance.artifact.async) this.#executeAsync(ancestor);
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
        if (!parent.instance.artifact.async) stack.push(parent);
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
