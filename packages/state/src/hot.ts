/**
 * What a version has said through `import.meta.hot`, and what all versions of a namespace share of it.
 *
 * Nothing happens here by itself, except that events are delivered: the participants of a transaction read the notes,
 * and the reload engine reads them for its plan.
 */
import type { StateError } from './errors.ts';
import { type HandedKeys, HotData } from './hot-data.ts';
import type { Realm } from './realm.ts';
import { currentScope, enter } from './running.ts';
import type { Scope } from './scope.ts';

type Callback = (...args: never[]) => unknown;

/** One call of `accept` or `acceptExports`. */
export type Accept =
  | { readonly kind: 'self'; readonly callback: Callback | undefined }
  | { readonly kind: 'exports'; readonly names: readonly string[]; readonly callback: Callback | undefined }
  | {
      readonly kind: 'imports';
      /** Keys of the modules. */
      readonly keys: readonly string[];
      /** True where one specifier was given, not a list. */
      readonly single: boolean;
      readonly callback: Callback | undefined;
    };

/** A wish that the importers of a module run again. */
export interface Invalidation {
  readonly module: string;
  readonly message: string | undefined;
}

/**
 * Versions whose dispose callbacks have run before their end, because a body looked at the data, and what these wrote.
 * It is kept over all attempts at one release: they cannot be taken back, and would hand over something else the next time.
 */
export type HandedOver = Map<Scope, HandedKeys>;

interface Predecessor {
  readonly hot: Hot;
  readonly handedOver: HandedOver;
}

export class Hot {
  readonly scope: Scope;
  readonly accepts: Accept[] = [];
  readonly disposals: Callback[] = [];
  readonly prunes: Callback[] = [];
  /** Made by `decline`: what a release is refused with. */
  declined: StateError | undefined;
  /** The version that this one shall replace, while that is undecided. */
  predecessor: Predecessor | undefined;
  /** Invalidations that are followed when this version has come. */
  readonly invalidations: Invalidation[] = [];
  readonly #listeners = new Map<string, Callback[]>();
  #store: HotData | undefined;
  /** What stands for the data of a version that is not to be replaced. */
  #rehearsed: Record<string, unknown> | undefined;
  #disposed = false;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  /** One object for all versions of the module, made when it is first asked for. */
  get store(): HotData {
    this.#store ??= this.predecessor?.hot.store ?? new HotData();
    return this.#store;
  }

  /** What code of this version sees. The first look of a version that is to come is the hand-over. */
  get data(): Record<string, unknown> {
    if (this.#rehearsed !== undefined) return this.#rehearsed;
    const { predecessor, scope, store } = this;
    if (predecessor === undefined || scope.phase !== 'staged') return store.object;
    if (store.take(scope.awaits)) predecessor.hot.#handOver(predecessor.handedOver);
    return store.taken;
  }

  /** The data is a copy: nobody hands over. */
  rehearse(old: Hot): void {
    this.#rehearsed = { ...old.store.object };
  }

  accept(accept: Accept): void {
    this.accepts.push(accept);
    placeOf(this.scope.realm).accepting = true;
  }

  /** Takes the data over, for good. */
  inherit(old: Hot): void {
    this.#store = old.#store;
    this.#store?.keep();
    this.predecessor = undefined;
  }

  /** Calls the dispose callbacks, unless the hand-over has done it already, be it in an earlier attempt at the release. */
  disposeOnce(handedOver: HandedOver): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const handed = handedOver.get(this.scope);
    if (handed === undefined) this.#callAll(this.disposals, 'hot.dispose');
    else this.store.put(handed);
  }

  #handOver(handedOver: HandedOver): void {
    const handed = this.store.writing(() => this.disposeOnce(handedOver));
    if (this.disposals.length > 0 && !handedOver.has(this.scope)) handedOver.set(this.scope, handed);
  }

  callPrunes(): void {
    this.#callAll(this.prunes, 'hot.prune');
  }

  /** After a refusal: the data is as it was. */
  takeBack(): void {
    this.#store?.takeBack();
    this.#disposed = false;
  }

  invalidate(message: string | undefined): void {
    const { scope } = this;
    if (scope.end === 'unloaded' || scope.end === 'refused') return; // nobody imports it
    const invalidation = { module: scope.owner.module, message };
    const current = currentScope();
    const place = placeOf(scope.realm);
    if (scope.phase === 'staged') this.invalidations.push(invalidation);
    else if (current?.phase === 'staged') hotOf(current).invalidations.push(invalidation);
    else if (place.held !== undefined) place.held.push(invalidation);
    else place.follow(invalidation);
  }

  on(event: string, callback: Callback): void {
    const callbacks = this.#listeners.get(event);
    if (callbacks === undefined) this.#listeners.set(event, [callback]);
    else callbacks.push(callback);
    placeOf(this.scope.realm).listening.add(this);
    this.scope.making?.made.push({ close: () => this.off(event, callback) });
  }

  off(event: string, callback: Callback): void {
    const callbacks = this.#listeners.get(event)?.filter((one) => one !== callback) ?? [];
    if (callbacks.length > 0) this.#listeners.set(event, callbacks);
    else this.#listeners.delete(event);
    if (this.#listeners.size === 0) this.silence();
  }

  /** Ends all listening. */
  silence(): void {
    this.#listeners.clear();
    placeOf(this.scope.realm).listening.delete(this);
  }

  /** Each callback is an entry point of its own. */
  hear(event: string, payload: unknown): void {
    // one that is added meanwhile does not hear this event
    for (const callback of [...(this.#listeners.get(event) ?? [])]) {
      enter(this.scope, `hot.on('${event}')`, callback, undefined, [payload] as never);
    }
  }

  #callAll(callbacks: readonly Callback[], where: string): void {
    for (const callback of callbacks) enter(this.scope, where, callback, undefined, [this.store.object] as never);
  }
}

/** What is kept for a namespace: who listens, and who follows an invalidation. */
class HotPlace {
  readonly listening = new Set<Hot>();
  /** While accept callbacks run: the transaction may yet be refused. */
  held: Invalidation[] | undefined;
  follow: (invalidation: Invalidation) => void = () => {};
  /** True once any version has accepted anything. */
  accepting = false;
}

/** By realm, because a realm is the reload engine's own and keeps nothing of this package. */
const places = new WeakMap<Realm, HotPlace>();

export function placeOf(realm: Realm): HotPlace {
  let place = places.get(realm);
  if (place === undefined) {
    place = new HotPlace();
    places.set(realm, place);
  }
  return place;
}

/** What a version has said; made when it says the first thing. */
export function hotOf(scope: Scope): Hot {
  scope.hot ??= new Hot(scope);
  return scope.hot;
}

/**
 * Delivers an event to `import.meta.hot.on`, in evaluation order of the modules.
 * @param also versions that have just ended and shall hear it too
 */
export function sendHot(realm: Realm, event: string, payload: unknown, also: readonly Hot[] = []): void {
  const { listening } = placeOf(realm);
  if (listening.size === 0) return;
  const hears = [...listening].filter((hot) => hot.scope.phase === 'active' || also.includes(hot));
  for (const hot of hears.sort((one, other) => one.scope.order - other.scope.order)) hot.hear(event, payload);
}

/** True where an event would be heard by anybody: for payloads that are dear to make. */
export function isHeard(realm: Realm): boolean {
  return placeOf(realm).listening.size > 0;
}

/** True where any version may have accepted anything: planning looks no further where not. */
export function isAccepting(realm: Realm): boolean {
  return placeOf(realm).accepting;
}

/** Says who follows an invalidation, at once and while scripts run: the reload engine, with a transaction. */
export function followInvalidations(realm: Realm, follow: (invalidation: Invalidation) => void): void {
  placeOf(realm).follow = follow;
}
