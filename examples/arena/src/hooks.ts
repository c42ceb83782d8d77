/**
 * The places where scripts plug into the game, as the game calls them.
 *
 * The game needs no more of a hook than this, so its tests run on plain lists; a running arena hands in the hooks of
 * Rekindle (`script-host.ts`), which attribute errors and replace what an edited module has added in its place.
 */

import type { Hit, Item, Look, Npc, Player } from './entities.ts';

export interface Hook<Callback extends (...args: never[]) => void> {
  readonly add: (callback: Callback) => void;
  /** Calls every callback, in order. One that throws does not keep the others from running. */
  call(...args: Parameters<Callback>): void;
}

/** What scripts define by name. */
export interface Definitions<Value> {
  readonly set: (name: string, value: Value) => void;
  readonly get: (name: string) => Value | undefined;
  readonly keys: () => Iterable<string>;
}

/** Who was defeated, and by whom. */
export type DeathCallback = (victim: Player | Npc, by: Player | Npc | undefined) => void;

export interface ArenaHooks {
  /** Once for each tick, with its length in seconds. */
  readonly tick: Hook<(dt: number) => void>;
  /** A player has come: not alive yet, a rule puts players into the arena. */
  readonly join: Hook<(player: Player) => void>;
  readonly leave: Hook<(player: Player) => void>;
  /** A blow is about to count. */
  readonly hit: Hook<(hit: Hit) => void>;
  /** Health has reached 0: a player is no longer alive, an NPC is gone already. */
  readonly death: Hook<DeathCallback>;
  /** An item was picked up, and is gone already. */
  readonly pickup: Hook<(by: Player | Npc, item: Item) => void>;
  /** How each kind of item looks. */
  readonly looks: Definitions<Look>;
}
