/**
 * Where the slots of one namespace stand, and where they once stood: `npc/orc.ts#orcs`.
 *
 * A slot that has moved is found again from its former place, because code that goes back knows nothing of the move.
 * Who may move a slot, and when, is not decided here.
 */
import type { Slot } from './slots.ts';

/** A place by its parts. */
export interface Place {
  readonly module: string;
  readonly name: string;
}

export class SlotPlaces {
  readonly #at = new Map<string, Slot>();
  /** The slot that was last at a place and has moved on. */
  readonly #former = new Map<string, Slot>();
  /** By the place that a slot left in the running transaction. */
  readonly #moved = new Map<string, Slot>();

  get(key: string): Slot | undefined {
    return this.#at.get(key);
  }

  all(): IterableIterator<Slot> {
    return this.#at.values();
  }

  former(key: string): Slot | undefined {
    return this.#former.get(key);
  }

  /** The slot that has left a place in the running transaction. */
  moved(key: string): Slot | undefined {
    return this.#moved.get(key);
  }

  /** The place that a slot has left in the running transaction. */
  movedFrom(slot: Slot): string | undefined {
    for (const [key, moved] of this.#moved) if (moved === slot) return key;
    return undefined;
  }

  put(slot: Slot): void {
    this.#at.set(keyOf(slot), slot);
  }

  remove(slot: Slot): void {
    this.#at.delete(keyOf(slot));
    for (const [key, former] of this.#former) if (former === slot) this.#former.delete(key);
  }

  /** Returns the way back. */
  move(slot: Slot, to: Place): () => void {
    const from = { module: slot.module, name: slot.name };
    const [left, taken] = [keyOf(from), keyOf(to)];
    const formers = [left, taken].map((key) => [key, this.#former.get(key)] as const);
    this.#set(slot, to);
    this.#moved.set(left, slot);
    this.#former.delete(taken);
    this.#former.set(left, slot);
    return () => {
      this.#set(slot, from);
      this.#moved.delete(left);
      for (const [key, former] of formers) {
        if (former === undefined) this.#former.delete(key);
        else this.#former.set(key, former);
      }
    };
  }

  /** The transaction is over. */
  settle(): void {
    this.#moved.clear();
  }

  clear(): void {
    for (const each of [this.#at, this.#former, this.#moved]) each.clear();
  }

  #set(slot: Slot, at: Place): void {
    this.#at.delete(keyOf(slot));
    Object.assign(slot, { module: at.module, name: at.name });
    this.#at.set(keyOf(slot), slot);
  }
}

export function keyOf({ module, name }: Place): string {
  return `${module}#${name}`;
}
