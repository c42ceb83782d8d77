/**
 * Writes the world into a snapshot: what everybody is sent after each tick.
 *
 * One snapshot for all clients: it is turned into bytes once, however many there are. Looks are numbered here, since
 * scripts make up new ones at any time.
 */

import type { Item, Npc, Player, Shot } from './entities.ts';
import { FLAGS, type LookEntry, MOMENTS, MOODS, radiansToTurns, type Snapshot } from './protocol.ts';
import type { World } from './world.ts';

export class SnapshotWriter {
  readonly looks: LookEntry[] = [];
  #lookIndex = new Map<string, number>();
  #world: World;
  #onLook: (index: number, look: LookEntry) => void;

  /** `onLook` is called before the first snapshot that names a look. */
  constructor(world: World, onLook: (index: number, look: LookEntry) => void) {
    this.#world = world;
    this.#onLook = onLook;
  }

  write(): Snapshot {
    const { tick, now, players, npcs, shots, items } = this.#world;
    return {
      t: 's',
      tick,
      players: flat(players.values(), (player) => fromPlayer(player, now)),
      npcs: flat(npcs.values(), fromNpc),
      shots: flat(shots.values(), fromShot),
      items: flat(items.values(), (item) => [item.id, tenths(item.x), tenths(item.y), this.#look(item)]),
      moments: this.#world
        .takeMoments()
        .flatMap(({ moment, x, y, id }) => [MOMENTS.indexOf(moment), tenths(x), tenths(y), id]),
    };
  }

  #look({ kind, shape, hue, size }: Item): number {
    const key = `${kind} ${shape} ${hue} ${size}`;
    const known = this.#lookIndex.get(key);
    if (known !== undefined) return known;
    const look: LookEntry = [kind, shape, hue, size];
    const index = this.looks.push(look) - 1;
    this.#lookIndex.set(key, index);
    this.#onLook(index, look);
    return index;
  }
}

function flat<Thing>(things: Iterable<Thing>, write: (thing: Thing) => number[]): number[] {
  const numbers: number[] = [];
  for (const thing of things) numbers.push(...write(thing));
  return numbers;
}

function fromPlayer(player: Player, now: number): number[] {
  const flags =
    (player.alive ? FLAGS.alive : 0) |
    (player.shield > 0 ? FLAGS.shield : 0) |
    (player.boostUntil > now ? FLAGS.boost : 0) |
    (player.safeUntil > now ? FLAGS.safe : 0) |
    (player.bot ? FLAGS.bot : 0);
  const { id, x, y, aim, hp, score, size } = player;
  return [id, tenths(x), tenths(y), radiansToTurns(aim), Math.ceil(hp), Math.round(score), flags, tenths(size)];
}

function fromNpc({ id, x, y, aim, hp, mood, size }: Npc): number[] {
  return [id, tenths(x), tenths(y), radiansToTurns(aim), Math.ceil(hp), MOODS.indexOf(mood), tenths(size)];
}

function fromShot({ id, x, y, by, size }: Shot): number[] {
  return [id, tenths(x), tenths(y), by, tenths(size)];
}

function tenths(value: number): number {
  return Math.round(value * 10);
}
