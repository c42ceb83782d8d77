/**
 * What stands in the arena, as plain data that the game and its scripts share.
 *
 * No behaviour lives here: how things move, hurt and score is the business of the script modules. All fields may be
 * written by scripts, unless they are `readonly`; the world takes back what is not a number after each tick.
 */

/** A place, or a direction, in arena units. `y` grows downwards. */
export interface Vector {
  x: number;
  y: number;
}

/** What a player wants to do. The game writes it from the network; scripts read it. */
export interface Intent {
  /** Wanted direction, length 0 to 1. */
  moveX: number;
  moveY: number;
  /** Radians, 0 points right, growing clockwise. */
  aim: number;
  fire: boolean;
}

/** Somebody who plays, by hand or as a bot. Outlives every reload and every death; ends with the connection. */
export interface Player extends Vector {
  readonly id: number;
  readonly name: string;
  readonly bot: boolean;
  readonly intent: Readonly<Intent>;
  /** Units per second. */
  vx: number;
  vy: number;
  /** Radians: where the player looks. */
  aim: number;
  /** Radius in units. */
  size: number;
  /** Health, 0 to 100. */
  hp: number;
  /** Whole points. */
  score: number;
  alive: boolean;
  /** Hits that are still absorbed. */
  shield: number;
  /** Game time in ms (see `now`) until which the player is faster. */
  boostUntil: number;
  /** Game time in ms until which nothing hurts the player. */
  safeUntil: number;
  /** Game time in ms of the last death; `-Infinity` before the first. */
  diedAt: number;
}

/** The body of somebody whom a script moves. What it thinks is state of the script. */
export interface Npc extends Vector {
  readonly id: number;
  /** What the page draws: `goblin`. */
  readonly kind: string;
  /** Radians. */
  aim: number;
  /** Radius in units. */
  size: number;
  hp: number;
  /** One word that the page shows as the colour of the eyes: `calm`, `greedy` or `angry`. */
  mood: string;
}

/** Something flying. */
export interface Shot extends Vector {
  readonly id: number;
  /** Id of the player who fired it. */
  readonly by: number;
  vx: number;
  vy: number;
  damage: number;
  size: number;
  /** Seconds until it goes out. */
  life: number;
}

/** How an item looks on the page. */
export interface Look {
  readonly shape: string;
  /** Degrees on the colour wheel. */
  readonly hue: number;
  /** Radius in units. */
  readonly size: number;
}

/** Something that lies about until somebody picks it up. */
export interface Item extends Vector, Look {
  readonly id: number;
  readonly kind: string;
}

/** A round obstacle. */
export interface Pillar extends Readonly<Vector> {
  readonly radius: number;
}

/** A blow, before it counts: callbacks of `onHit` may change `damage`. */
export interface Hit {
  readonly target: Player | Npc;
  /** Who did it; `undefined` where nobody did, for example a trap. */
  readonly by: Player | Npc | undefined;
  damage: number;
}

/** Where the match stands, as the page shows it. A script decides. */
export interface Match {
  /** One word: `warm-up`, `playing`, `overtime`, `ended`. */
  phase: string;
  /** Game time in ms at which the phase began; the game keeps it. */
  since: number;
  /** Counts from 1. */
  round: number;
  /** Game time in ms at which the phase ends; `null` where it does not. */
  endsAt: number | null;
  /** Name of the winner of the round, once there is one. */
  winner: string | null;
}

/** A line in the feed: `good` and `bad` are coloured. */
export type Tone = 'plain' | 'good' | 'bad';
