/**
 * A namespace without loader and store: bodies are functions, a change is one transaction over the participants.
 *
 * It does what the reload engine does with this package, and nothing else.
 */
import {
  type Fault,
  type Participant,
  participants,
  type Realm,
  runIn,
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
export type Edits = Readonly<Record<string, Body | null>>;

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
  #revision = 0;

  constructor(name = 'main', { clock = new VirtualClock() }: { readonly clock?: VirtualClock } = {}) {
    this.clock = clock;
    this.realm = {
      namespace: name,
      clock,
      slots: new Slots(),
      report: (fault) => this.faults.push(fault),
      emit: (event) => this.events.push(event),
    };
  }

  scope(id: string): Scope {
    const scope = this.scopes.get(id);
    if (scope === undefined) throw new Error(`no module '${id}'`);
    return scope;
  }

  /** Loads, edits and, with `null`, unloads modules; new ones come behind those that are there. Throws when refused. */
  change(edits: Edits, probe: Probe = () => {}): void {
    this.#revision += 1;
    const order = [...new Set([...this.scopes.keys(), ...Object.keys(edits)])];
    const pairs: { old: Scope | undefined; next: Scope | undefined; module: string }[] = [];
    for (const [index, module] of order.entries()) {
      if (!(module in edits)) continue;
      const old = this.scopes.get(module);
      const owner = { namespace: this.realm.namespace, module, revision: String(this.#revision) };
      const next = edits[module] === null ? undefined : new Scope(owner, this.realm);
      if (next !== undefined) next.order = index;
      pairs.push({ old, next, module });
    }
    const all = participants(this.realm, { pairs });
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
    try {
      apply('evaluate');
      for (const { next, module } of pairs) if (next !== undefined) this.#evaluate(next, edits[module] as Body);
      apply('swap');
      apply('effects');
    } catch (error) {
      for (const participant of applied.reverse()) participant.undo();
      throw error;
    }
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
