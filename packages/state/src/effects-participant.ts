/**
 * The order of clean-up and set-up in a transaction, and the way back.
 *
 * All old effects are cleaned up first, importers first, then the new ones are set up, imports first. In the other
 * order a clean-up that deletes by key would delete what its successor has just set.
 */
import { type Change, coming, type EffectsAgain, leaving } from './change.ts';
import { asyncCleanup, cleanUp, type Effect, failed, isAsynchronous, type Made, renew, setUp } from './effect.ts';
import type { Scope } from './scope.ts';

export class EffectSwap {
  readonly #change: Change;
  /** What was cleaned up, in that order. */
  #cleaned: Effect[] = [];
  /** What was set up, in that order. */
  #started: Effect[] = [];
  /** What is set up again alone. */
  #renewals: ReadonlyMap<Scope, readonly Effect[]> = new Map();

  constructor(change: Change) {
    this.#change = change;
  }

  apply(): void {
    this.#refuseAsynchronous();
    const renewals = new Map(this.#change.again?.map((one) => [one.scope, renewedOf(one)]));
    const going = [...leaving(this.#change), ...renewals.keys()];
    for (const scope of going.sort(byOrder).reverse()) {
      const renewed = renewals.get(scope);
      const ending = renewed === undefined ? scope.effects : withMade(scope, renewed);
      for (const effect of (ending ?? []).toReversed()) {
        // One without a clean-up stands as it is, unless its set-up is to run again.
        if (effect.cleanup === undefined && renewed?.includes(effect) !== true) continue;
        this.#cleaned.push(effect);
        if (cleanUp(effect) && this.#hasSuccessor(scope)) throw this.#refusal(effect);
      }
    }
    for (const scope of [...coming(this.#change), ...renewals.keys()].sort(byOrder)) {
      const renewed = renewals.get(scope);
      if (renewed === undefined) this.#start(scope);
      else this.#renew(scope, renewed);
    }
    this.#renewals = renewals;
  }

  /** Cleans up what is new. */
  undo(): void {
    for (const effect of this.#started.toReversed()) cleanUp(effect);
    this.#started = [];
  }

  /**
   * Sets up again what was cleaned up: after everything else has been taken back, because the old set-ups shall find
   * the bindings, hooks and state that they know.
   */
  restore(): void {
    // One that another one had asked for is made anew by that: then it is not in its version's list any more.
    for (const effect of this.#cleaned.toReversed()) if (effect.scope.effects?.includes(effect)) restart(effect);
    this.#cleaned = [];
  }

  finish(): void {
    this.#cleaned = [];
    this.#started = [];
    this.#change.renewed = new Map([...this.#renewals].map(([scope, effects]) => [scope, effects.length]));
    this.#renewals = new Map();
    for (const { old } of this.#change.pairs) if (old !== undefined) old.effects = undefined;
  }

  /** Before anything is touched: a clean-up that is known to be asynchronous refuses the change as long as it would matter. */
  #refuseAsynchronous(): void {
    const { pairs, again = [] } = this.#change;
    const ending = pairs.map(({ old }) => (old !== undefined && this.#hasSuccessor(old) ? old.effects : undefined));
    for (const one of again) ending.push(withMade(one.scope, renewedOf(one)));
    for (const effects of ending) {
      const effect = effects?.find(isAsynchronous);
      if (effect !== undefined) throw this.#refusal(effect);
    }
  }

  #refusal(effect: Effect): Error {
    this.#change.failed = effect.scope;
    return asyncCleanup(effect);
  }

  /** Whether effects will be set up where those of `scope` were. An unload, or a version without any, need not wait. */
  #hasSuccessor(scope: Scope): boolean {
    const pair = this.#change.pairs.find(({ old }) => old === scope);
    return pair === undefined || (pair.next?.effects?.length ?? 0) > 0;
  }

  #start(scope: Scope): void {
    // An effect may ask for another one while it is set up: the list grows.
    for (let index = 0; index < (scope.effects?.length ?? 0); index++) {
      const effect = scope.effects?.[index] as Effect;
      this.#attempt(effect, setUp);
    }
  }

  /** Sets up again what stands to be; one that another one asks for comes with that. */
  #renew(scope: Scope, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (!scope.effects?.includes(effect)) continue;
      this.#attempt(effect, renew);
    }
  }

  #attempt(effect: Effect, act: (effect: Effect) => void): void {
    this.#started.push(effect);
    try {
      act(effect);
    } catch (error) {
      this.#change.failed = effect.scope;
      throw error;
    }
  }
}

/** Which effects of a version that stays are set up again. */
function renewedOf({ scope, isMeant = () => true }: EffectsAgain): Effect[] {
  return (scope.effects ?? []).filter(({ setup }) => isMeant(setup));
}

/** With what their set-ups have asked for, which goes with them; in the order in which it was asked for. */
function withMade({ effects = [] }: Scope, renewed: readonly Effect[]): Effect[] {
  const all = new Set<Made>(renewed);
  for (const one of all) if ('made' in one) for (const made of (one as Effect).made) all.add(made);
  return effects.filter((effect) => all.has(effect));
}

/** Sets an old effect up again; one whose clean-up is still under way, when that is over. */
function restart(effect: Effect): void {
  if (effect.cleaning !== undefined) {
    void effect.cleaning.then(() => {
      if (effect.scope.phase === 'active') restart(effect);
    });
    return;
  }
  const { realm, owner } = effect.scope;
  try {
    renew(effect);
    realm.emit?.({ type: 'effect:restarted', module: owner.module, revision: owner.revision });
  } catch (error) {
    failed(effect, 'restart', error);
  }
}

function byOrder(one: Scope, other: Scope): number {
  return one.order - other.order;
}
