/**
 * What a transaction does with `import.meta.hot`: the hand-over of data and its way back, accept callbacks, the end of
 * the versions that go.
 *
 * Accept callbacks run last of all that can be refused; dispose and prune callbacks run at the point of no return,
 * except for those that a look at `hot.data` has called before.
 */
import { type Change, leaving } from './change.ts';
import { cleanUp, type Effect, setUp } from './effect.ts';
import { type Accept, type HandedOver, type Hot, hotOf, type Invalidation, placeOf, sendHot } from './hot.ts';
import type { Realm } from './realm.ts';
import { runIn, watch } from './running.ts';
import type { Scope } from './scope.ts';

/** What the accept callbacks of one version are called for. */
export interface Accepted {
  /** The version that is replaced, for its own new version; the one that runs afterwards, for its imports. */
  readonly scope: Scope;
  /** To whom belongs what they set up: the version that has come. */
  readonly owner: Scope;
  /** The exports of its own new version, where it is replaced. */
  readonly self?: object;
  /** The exports of imports that changed, by key. */
  readonly imports?: ReadonlyMap<string, object>;
}

export class HotSwap {
  readonly #realm: Realm;
  readonly #change: Change;
  readonly #handedOver: HandedOver;
  #started: Effect[] = [];
  #held: readonly Invalidation[] = [];

  constructor(realm: Realm, change: Change) {
    this.#realm = realm;
    this.#change = change;
    this.#handedOver = change.handedOver ?? new Map();
  }

  /** Before the bodies run: those that come can ask for the data of those that go. */
  begin(): void {
    for (const { old, next } of this.#change.pairs) {
      if (old?.hot === undefined || next === undefined) continue;
      if (this.#change.rehearsal === undefined)
        hotOf(next).predecessor = { hot: old.hot, handedOver: this.#handedOver };
      else hotOf(next).rehearse(old.hot);
    }
  }

  /** The data is as it was; what was disposed of stays so. */
  takeBack(): void {
    for (const old of leaving(this.#change)) old.hot?.takeBack();
  }

  /** Calls the accept callbacks, imports first. */
  accept(): void {
    const accepted = [...(this.#change.accepted?.() ?? [])].sort((one, other) => one.scope.order - other.scope.order);
    if (accepted.length === 0) return;
    const place = placeOf(this.#realm);
    const held: Invalidation[] = [];
    place.held = held;
    try {
      for (const update of accepted) this.#tell(update);
    } finally {
      place.held = undefined;
    }
    this.#held = held;
  }

  /** Cleans up what callbacks have set up in versions that do not come. */
  undo(): void {
    for (const effect of this.#started.toReversed()) cleanUp(effect);
    this.#started = [];
    this.#held = [];
  }

  /** The point of no return: importers first, as effects are cleaned up. */
  finish(): void {
    const going: Hot[] = [];
    const pruned: Hot[] = [];
    const paths: string[] = [];
    for (const { old, next } of this.#change.pairs) {
      if (old?.hot !== undefined) going.push(old.hot);
      if (old === undefined || next !== undefined) continue;
      if (old.hot !== undefined) pruned.push(old.hot);
      paths.push(old.owner.module);
    }
    if (paths.length > 0) sendHot(this.#realm, 'vite:beforePrune', { type: 'prune', paths }, going);
    for (const hot of going.sort((one, other) => other.scope.order - one.scope.order))
      hot.disposeOnce(this.#handedOver);
    for (const hot of pruned.sort((one, other) => other.scope.order - one.scope.order)) hot.callPrunes();
    for (const { old, next } of this.#change.pairs) {
      if (old?.hot === undefined) continue;
      old.hot.silence();
      if (next !== undefined) hotOf(next).inherit(old.hot);
    }
    const invalidations: Invalidation[] = [];
    for (const { next } of this.#change.pairs) invalidations.push(...(next?.hot?.invalidations.splice(0) ?? []));
    invalidations.push(...this.#held);
    for (const invalidation of invalidations) placeOf(this.#realm).follow(invalidation);
  }

  #tell({ scope, owner, self, imports }: Accepted): void {
    // one that is added meanwhile is for the next change
    for (const accept of [...(scope.hot?.accepts ?? [])]) {
      const argument = argumentOf(accept, self, imports);
      if (argument === undefined || accept.callback === undefined) continue;
      const { callback } = accept;
      const before = owner.effects?.length ?? 0;
      try {
        const result: unknown = runIn(owner, () => callback(argument as never));
        if (result instanceof Promise) watch(result, scope, 'hot.accept');
        if (owner.phase === 'staged') this.#setUp(owner, before);
      } catch (error) {
        this.#change.failed = scope;
        throw error;
      }
    }
  }

  /** Effects that the callback has asked for: those of the body are set up already. */
  #setUp(scope: Scope, from: number): void {
    for (let index = from; index < (scope.effects?.length ?? 0); index++) {
      const effect = scope.effects?.[index] as Effect;
      this.#started.push(effect);
      setUp(effect);
    }
  }
}

/** What a callback is given; undefined where it is not concerned. */
function argumentOf(accept: Accept, self: object | undefined, imports: Accepted['imports']): unknown {
  if (accept.kind !== 'imports') return self;
  const { keys, single } = accept;
  if (imports === undefined || !keys.some((key) => imports.has(key))) return undefined;
  return single ? imports.get(keys[0] as string) : keys.map((key) => imports.get(key));
}

/** Forgets what a version that was refused has said. */
export function discardHot(scope: Scope): void {
  const { hot } = scope;
  if (hot === undefined) return;
  hot.silence();
  hot.predecessor = undefined;
  hot.invalidations.length = 0;
}
