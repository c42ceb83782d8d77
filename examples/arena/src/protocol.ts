/**
 * What goes over the wire between the arena and a player, a bot or a page.
 *
 * JSON, because one can read it in the browser's network panel. What is sent in each tick is one flat array of
 * numbers for each kind of thing, in the order of `STRIDES`: a hundred players take 3 KB, and are parsed several times
 * faster than objects would be. Everything that changes rarely is a message of its own.
 */

import type { Look, Match, Pillar, Tone } from './entities.ts';
import type { ReloadEntry } from './reload-log.ts';
import type { Status } from './status.ts';
import type { Moment } from './world.ts';

/** Raised with each change that an old page would not understand. */
export const PROTOCOL = 1;

/** Numbers for each entry of a snapshot's lists. Positions are in tenths of a unit, angles in 256ths of a turn. */
export const STRIDES = {
  /** id, x, y, aim, hp, score, flags, size */
  players: 8,
  /** id, x, y, aim, hp, mood, size */
  npcs: 7,
  /** id, x, y, id of the player, size */
  shots: 5,
  /** id, x, y, index of the look */
  items: 4,
  /** moment, x, y, id */
  moments: 4,
} as const;

export const FLAGS = { alive: 1, shield: 2, boost: 4, safe: 8, bot: 16 } as const;
export const MOODS: readonly string[] = ['calm', 'greedy', 'angry'];
export const MOMENTS: readonly Moment[] = ['hit', 'death', 'pickup', 'spawn', 'shoot', 'fall'];

/** The world after a tick. */
export interface Snapshot {
  readonly t: 's';
  readonly tick: number;
  readonly players: readonly number[];
  readonly npcs: readonly number[];
  readonly shots: readonly number[];
  readonly items: readonly number[];
  readonly moments: readonly number[];
}

/** A player as others know them; `[id, name, bot]`. */
export type RosterEntry = readonly [id: number, name: string, bot: boolean];

/** A kind of item as others see it: `[kind, shape, hue, size]`; items name it by its index. */
export type LookEntry = readonly [kind: string, shape: Look['shape'], hue: number, size: number];

export type ServerMessage =
  | {
      readonly t: 'welcome';
      readonly protocol: number;
      readonly tick: number;
      /** Ticks per second. */
      readonly rate: number;
      readonly arena: { readonly width: number; readonly height: number; readonly pillars: readonly Pillar[] };
      readonly match: Match;
      readonly roster: readonly RosterEntry[];
      readonly looks: readonly LookEntry[];
    }
  | Snapshot
  /** You play now, as the player with this id. */
  | { readonly t: 'you'; readonly id: number }
  | { readonly t: 'join'; readonly players: readonly RosterEntry[] }
  | { readonly t: 'leave'; readonly ids: readonly number[] }
  | { readonly t: 'look'; readonly index: number; readonly look: LookEntry }
  | { readonly t: 'match'; readonly match: Match }
  /** For watchers. */
  | { readonly t: 'say'; readonly text: string; readonly tone: Tone }
  | { readonly t: 'status'; readonly status: Status }
  /** What a watcher has missed: reloads, and the latest tick of each second in ms, the oldest first. */
  | { readonly t: 'history'; readonly entries: readonly ReloadEntry[]; readonly pulse: readonly number[] }
  | { readonly t: 'reload'; readonly entry: ReloadEntry };

export type ClientMessage =
  /** Wants to be told of reloads, the feed and the server's health too. */
  | { readonly t: 'watch' }
  | { readonly t: 'join'; readonly name: string; readonly bot: boolean }
  | { readonly t: 'leave' }
  | {
      readonly t: 'input';
      readonly moveX: number;
      readonly moveY: number;
      readonly aim: number;
      readonly fire: boolean;
    };

/**
 * Reads what a client sent. Nothing of it is trusted: `undefined` is for what is not a message, and the connection
 * ends then. An input is `["i", moveX, moveY, aim, fire]` with directions in hundredths and the angle in 256ths of a
 * turn.
 */
export function readClientMessage(text: string): ClientMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(value)) return readInput(value);
  if (typeof value !== 'object' || value === null || !('t' in value)) return undefined;
  if (value.t === 'watch') return { t: 'watch' };
  if (value.t === 'leave') return { t: 'leave' };
  if (value.t === 'join' && 'name' in value && typeof value.name === 'string') {
    return { t: 'join', name: readName(value.name), bot: 'bot' in value && value.bot === true };
  }
  return undefined;
}

function readInput([tag, moveX, moveY, aim, fire]: readonly unknown[]): ClientMessage | undefined {
  if (tag !== 'i' || !isNumber(moveX) || !isNumber(moveY) || !isNumber(aim)) return undefined;
  // Not faster on the diagonal, and not faster by asking for more.
  const length = Math.max(100, Math.hypot(moveX, moveY));
  return { t: 'input', moveX: moveX / length, moveY: moveY / length, aim: turnsToRadians(aim), fire: fire === 1 };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A name that is fit for a tag above a head: printable, at most 16 characters. */
export function readName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return [...clean].slice(0, 16).join('').trim() || 'Nobody';
}

export function radiansToTurns(radians: number): number {
  return Math.round((radians / (2 * Math.PI)) * 256) & 255;
}

export function turnsToRadians(turns: number): number {
  return (turns / 256) * 2 * Math.PI;
}
