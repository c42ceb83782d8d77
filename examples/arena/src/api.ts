/**
 * What scripts import from '@arena/api': the game as a script sees it.
 *
 * The type is the contract between the game and its scripts; `types/arena-api.d.ts` is the same for the editor, and a
 * test holds the two together. Everything given out is live: collections are the world's own, so a script reads them
 * in its callbacks and does not copy them.
 */

import type { Bus } from './bus.ts';
import type { Hit, Item, Look, Match, Npc, Pillar, Player, Shot, Tone, Vector } from './entities.ts';
import type { ArenaHooks, DeathCallback } from './hooks.ts';
import type { Moment, World } from './world.ts';

export interface ArenaApi {
  /** The measures of the arena, in units, and what stands in the way. */
  readonly arena: { readonly width: number; readonly height: number; readonly pillars: readonly Pillar[] };
  readonly players: ReadonlyMap<number, Player>;
  readonly npcs: ReadonlyMap<number, Npc>;
  readonly shots: ReadonlyMap<number, Shot>;
  readonly items: ReadonlyMap<number, Item>;
  readonly match: Readonly<Match>;
  /** Game time in ms. */
  readonly now: () => number;
  /** A number from 0 to 1, from the arena's seeded generator. */
  readonly random: () => number;

  /** Each tick, with its length in seconds. */
  readonly onTick: (callback: (dt: number) => void) => void;
  /** Each player who comes; a callback that is new gets those who are there already, once. */
  readonly onJoin: (callback: (player: Player) => void) => void;
  readonly onLeave: (callback: (player: Player) => void) => void;
  /** Each blow before it counts: change `hit.damage` to make it weaker, stronger, or nothing. */
  readonly onHit: (callback: (hit: Hit) => void) => void;
  readonly onDeath: (callback: DeathCallback) => void;
  readonly onPickup: (callback: (by: Player | Npc, item: Item) => void) => void;

  /** Says how a kind of item looks; only one module may say it. */
  readonly defineItem: (kind: string, look: Look) => void;

  /** Puts a player into the arena with full health. */
  readonly place: (player: Player, at: Readonly<Vector>) => void;
  readonly spawnNpc: (npc: Omit<Npc, 'id'>) => Npc;
  /** Lays out an item of a kind that has been defined. */
  readonly spawnItem: (kind: string, at: Readonly<Vector>) => Item;
  readonly shoot: (shot: Omit<Shot, 'id'>) => Shot;
  /** Takes an NPC, a shot or an item out, without further ado. */
  readonly remove: (thing: Npc | Shot | Item) => void;
  readonly hit: (hit: Hit) => void;
  readonly pickUp: (by: Player | Npc, item: Item) => void;
  /** Makes the page draw something; changes nothing in the game. */
  readonly show: (moment: Moment, at: Readonly<Vector>) => void;
  /** Says where the match stands. */
  readonly setMatch: (change: Partial<Omit<Match, 'since'>>) => void;
  /** Writes a line into the feed. */
  readonly say: (text: string, tone?: Tone) => void;
  /** What the arena tells to whoever listens: a plain Node emitter, to be used with `listen`. */
  readonly bus: Bus;
}

/** The API over one world. */
export function arenaApi(world: World, hooks: ArenaHooks, bus: Bus): ArenaApi {
  return {
    arena: { width: world.width, height: world.height, pillars: world.pillars },
    players: world.players,
    npcs: world.npcs,
    shots: world.shots,
    items: world.items,
    match: world.match,
    now: () => world.now,
    random: () => world.random(),
    onTick: hooks.tick.add,
    onJoin: hooks.join.add,
    onLeave: hooks.leave.add,
    onHit: hooks.hit.add,
    onDeath: hooks.death.add,
    onPickup: hooks.pickup.add,
    defineItem: hooks.looks.set,
    place: (player, at) => world.place(player, at),
    spawnNpc: (npc) => world.spawnNpc(npc),
    spawnItem: (kind, at) => {
      const look = hooks.looks.get(kind);
      if (look === undefined) {
        throw new RangeError(
          `Nobody has defined the item '${kind}'. There are: ${[...hooks.looks.keys()].join(', ')}.`,
        );
      }
      return world.spawnItem(kind, look, at);
    },
    shoot: (shot) => world.shoot(shot),
    remove: (thing) => world.remove(thing),
    hit: (hit) => world.hit(hit),
    pickUp: (by, item) => world.pickUp(by, item),
    show: (moment, at) => world.show(moment, at),
    setMatch: (change) => {
      const before = world.match.phase;
      Object.assign(world.match, change);
      if (world.match.phase === before) return;
      world.match.since = world.now;
      bus.emit('phase', { ...world.match });
    },
    say: (text, tone = 'plain') => {
      bus.emit('say', { text: String(text).slice(0, 200), tone });
    },
    bus,
  };
}
