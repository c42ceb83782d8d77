/**
 * The world as one bot sees it: the last snapshot, read where it lies.
 *
 * A hundred bots read twenty snapshots a second each; making objects of them would be most of the work, so this keeps
 * the flat arrays and knows how to read them.
 */

import { FLAGS, type LookEntry, type Snapshot, STRIDES } from '../protocol.ts';

/** Somebody or something that is near. */
export interface Seen {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly distance: number;
}

export interface Self {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly hp: number;
  readonly shielded: boolean;
}

const EMPTY: Snapshot = { t: 's', tick: 0, players: [], npcs: [], shots: [], items: [], moments: [] };

export class View {
  readonly looks: LookEntry[] = [];
  snapshot: Snapshot = EMPTY;
  before: Snapshot = EMPTY;
  /** Index of oneself in the players' list: players seldom move in it. */
  #at = 0;

  show(snapshot: Snapshot): void {
    this.before = this.snapshot;
    this.snapshot = snapshot;
  }

  /** Oneself; `undefined` while dead, or not in the arena yet. */
  self(id: number): Self | undefined {
    const { players } = this.snapshot;
    if (players[this.#at] !== id) this.#at = find(players, STRIDES.players, id);
    const at = this.#at;
    const flags = players[at + 6] ?? 0;
    if (at < 0 || !(flags & FLAGS.alive)) return undefined;
    return {
      id,
      x: read(players, at + 1),
      y: read(players, at + 2),
      hp: players[at + 4] ?? 0,
      shielded: (flags & FLAGS.shield) !== 0,
    };
  }

  /** The nearest living player within `range` whom `worth` does not refuse; lower `worth` is nearer. */
  nearestPlayer(from: Self, range: number, worth: (hp: number) => number = () => 1): Seen | undefined {
    return this.#nearest(this.snapshot.players, STRIDES.players, from, range, (list, at) => {
      const flags = list[at + 6] ?? 0;
      return flags & FLAGS.alive && !(flags & FLAGS.safe) ? worth(list[at + 4] ?? 0) : undefined;
    });
  }

  nearestNpc(from: Self, range: number): Seen | undefined {
    return this.#nearest(this.snapshot.npcs, STRIDES.npcs, from, range, () => 1);
  }

  /** The item that pays most for the way; `worth` divides the distance, `undefined` is not wanted. */
  bestItem(from: Self, range: number, worth: (kind: string, id: number) => number | undefined): Seen | undefined {
    return this.#nearest(this.snapshot.items, STRIDES.items, from, range, (list, at) => {
      const value = worth(this.looks[list[at + 3] ?? 0]?.[0] ?? '', list[at] ?? 0);
      return value === undefined ? undefined : 1 / value;
    });
  }

  /** How fast a player moved between the last two snapshots, in units per second. */
  velocity(id: number): { readonly x: number; readonly y: number } {
    const seconds = Math.max(1, this.snapshot.tick - this.before.tick) * 0.05;
    const now = find(this.snapshot.players, STRIDES.players, id);
    const then = find(this.before.players, STRIDES.players, id);
    if (now < 0 || then < 0) return { x: 0, y: 0 };
    const moved = (offset: number) =>
      (read(this.snapshot.players, now + offset) - read(this.before.players, then + offset)) / seconds;
    return { x: moved(1), y: moved(2) };
  }

  #nearest(
    list: readonly number[],
    stride: number,
    from: Self,
    range: number,
    factor: (list: readonly number[], at: number) => number | undefined,
  ): Seen | undefined {
    let best: Seen | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let at = 0; at < list.length; at += stride) {
      const id = list[at] ?? 0;
      if (id === from.id) continue;
      const x = read(list, at + 1);
      const y = read(list, at + 2);
      // Not Math.hypot, which is several times slower: this runs some 300,000 times a second.
      const distance = Math.sqrt((x - from.x) ** 2 + (y - from.y) ** 2);
      if (distance > range) continue;
      const weight = factor(list, at);
      if (weight === undefined || distance * weight >= bestCost) continue;
      bestCost = distance * weight;
      best = { id, x, y, distance };
    }
    return best;
  }
}

function find(list: readonly number[], stride: number, id: number): number {
  for (let at = 0; at < list.length; at += stride) if (list[at] === id) return at;
  return -1;
}

function read(list: readonly number[], at: number): number {
  return (list[at] ?? 0) / 10;
}
