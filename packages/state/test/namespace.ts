/**
 * A namespace without loader and store: bodies are functions, a change is one transaction over the participants.
 *
 * It does what the reload engine does with this package, and nothing else.
 */
import {
  type Change,
  ClassRegistry,
  type Fault,
  LoopMeter,
  type Participant,
  participants,
  type Realm,
  runIn,
  runInAsync,
  Scope,
  type ScriptModule,
  Slots,
  type StateEvent,
  scriptModule,
  VirtualClock,
} from '@rekindle/state';

export interface Module extends ScriptModule {
  readonly scope: Scope;
  readonly timers: Scope['timers'];
}

export type Body = (module: Module) => void;
export type AsyncBody = (module: Module) => Promise<void>;
export type Edits = Readonly<Record<string, Body | null>>;

interface ModulePair {
  readonly old: Scope | undefined;
  readonly next: Scope | undefined;
  readonly module: string;
}

/** Called before and after each act of a participant; what it throws is a failure at that point. */
export type Probe = (participant: Participant, act: 'apply' | 'applied') => void;

export class Namespace {
  readonly clock: VirtualClock;
  readonly realm: Realm;
  readonly faults: Fault[] = [];
  readonly events: StateEvent[] = [];
  readonly scopes = new Map<string, Scope>();
  /** How often each body has run. */
  readonly runs = new Map<string, number>();
  /** Told what became of living objects. */
  told: NonNullable<Change['upgraded']> = () => {};
  #reordered: readonly Scope[] = [];
  #again: NonNullable<Change['again']> = [];
  #change: Change = { pairs: [] };
  #last = 0;
  #revision = 0;

  constructor(name = 'main', { clock = new VirtualClock() }: { readonly clock?: VirtualClock } = {}) {
    this.clock = clock;
    this.realm = {
      namespace: name,
      clock,
      slots: new Slots(),
      classes: new ClassRegistry(),
      loops: new LoopMeter({ limit: Number.POSITIVE_INFINITY }),
      report: (fault) => this.faults.push(fault),
      emit: (event) => this.events.push(event),
    };
  }

  /** The version whose effect refused the last change. */
  get failed(): Scope | undefined {
    return this.#change.failed;
  }

  scope(id: string): Scope {
    const scope = this.scopes.get(id);
    if (scope === undefined) throw new Error(`no module '${id}'`);
    return scope;
  }

  /** Loads, edits and, with `null`, unloads modules; new ones come behind those that are there. Throws when refused. */
  change(edits: Edits, probe: Probe = () => {}): void {
    const { pairs, all, apply, undo } = this.#begin(edits, probe);
    try {
      apply('evaluate');
      for (const { next, module } of pairs) if (next !== undefined) this.#evaluate(next, edits[module] as Body);
      apply('swap');
      apply('effects');
    } catch (error) {
      undo();
      throw error;
    }
    this.#finish(pairs, all);
  }

  /** A change in which modules that stay come to stand elsewhere in the evaluation order. */
  reorder(order: readonly string[], edits: Edits): void {
    const reordered = order.filter((module) => !(module in edits)).map((module) => this.scope(module));
    for (const [index, module] of order.entries()) this.scope(module).order = index;
    const scopes = new Map(order.map((module) => [module, this.scope(module)]));
    this.scopes.clear();
    for (const [module, scope] of scopes) this.scopes.set(module, scope);
    this.#reordered = reordered;
    try {
      this.change(edits);
    } finally {
      this.#reordered = [];
    }
  }

  /** A change with which effects of modules that stay are set up again. */
  again(
    modules: readonly string[],
    edits: Edits,
    probe?: Probe,
    isMeant: (setup: () => unknown) => boolean = () => true,
  ): void {
    this.#again = modules.map((module) => ({ scope: this.scope(module), isMeant }));
    try {
      this.change(edits, probe);
    } finally {
      this.#again = [];
    }
  }

  /** The same with bodies that await at top level. */
  async changeAwaiting(edits: Readonly<Record<string, AsyncBody | null>>): Promise<void> {
    const { pairs, all, apply, undo } = this.#begin(edits);
    try {
      apply('evaluate');
      for (const { next, module } of pairs) {
        if (next !== undefined) await runInAsync(next, async () => (edits[module] as AsyncBody)(moduleOf(next)));
      }
      apply('swap');
      apply('effects');
    } catch (error) {
      undo();
      throw error;
    }
    this.#finish(pairs, all);
  }

  #begin(edits: Readonly<Record<string, unknown>>, probe: Probe = () => {}) {
    this.#revision += 1;
    const order = [...new Set([...this.scopes.keys(), ...Object.keys(edits)])];
    const pairs: ModulePair[] = [];
    for (const module of order) {
      if (!(module in edits)) continue;
      const old = this.scopes.get(module);
      const owner = { namespace: this.realm.namespace, module, revision: String(this.#revision) };
      const next = edits[module] === null ? undefined : new Scope(owner, this.realm);
      if (next !== undefined) next.order = old?.order ?? ++this.#last;
      pairs.push({ old, next, module });
    }
    this.#change = {
      pairs,
      reordered: this.#reordered,
      again: this.#again,
      upgraded: (module, classes) => this.told(module, classes),
    };
    const all = participants(this.realm, this.#change);
    const applied: Participant[] = [];
    const apply = (stage: Participant['stage']): void => {
      for (const participant of all) {
        if (participant.stage !== stage) continue;
        applied.push(participant);
        probe(participant, 'apply');
        participant.apply();
        probe(participant, 'applied');
      }
    };
    const undo = (): void => {
      for (const participant of applied.reverse()) participant.undo();
    };
    return { pairs, all, apply, undo };
  }

  #finish(pairs: readonly ModulePair[], all: readonly Participant[]): void {
    for (const participant of all) participant.finish();
    for (const { next, module } of pairs) {
      if (next === undefined) this.scopes.delete(module);
      else this.scopes.set(module, next);
    }
  }

  #evaluate(scope: Scope, body: Body): void {
    const { module } = scope.owner;
    this.runs.set(module, (this.runs.get(module) ?? 0) + 1);
    runIn(scope, () => body(moduleOf(scope)));
  }
}

export function moduleOf(scope: Scope): Module {
  return Object.assign(Object.create(scriptModule(scope)), { scope, timers: scope.timers });
}

/** The code of what `act` throws. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return 'nothing was thrown';
}
