/**
 * What the items are, and what they do to who picks them up. The numbers stand in `table.json`: a line added there is a
 * new item, in the arena as soon as the next one spawns.
 */
import { defineItem, type Item, now, type Player, spawnItem, type Vector } from '@arena/api';
import { pick } from '../lib/random.ts';
import { clamp } from '../rules/limits.ts';
import { award } from '../rules/scoring.ts';
import table from './table.json' with { type: 'json' };

interface ItemKind {
  readonly shape: string;
  /** Degrees on the colour wheel. */
  readonly hue: number;
  readonly size: number;
  /** How often it comes, against the others. */
  readonly share: number;
  readonly points?: number;
  readonly heal?: number;
  /** Hits that are absorbed. */
  readonly shield?: number;
  /** Seconds. */
  readonly boost?: number;
}

const kinds: Readonly<Record<string, ItemKind>> = table;
const names = Object.keys(kinds);

// The definitions of this version take the place of those before: a kind that is no longer in the table is gone.
for (const name of names) {
  const { shape, hue, size } = table[name as keyof typeof table];
  defineItem(name, { shape, hue, size });
}

/** Lays one out: of the given kind, or of one that chance picks. */
export function lay(place: Vector, kind = pick(names, (name) => kinds[name]?.share ?? 0)): void {
  if (kind in kinds) spawnItem(kind, place);
}

export function use(player: Player, item: Item): void {
  const { points = 0, heal = 0, shield = 0, boost = 0 } = kinds[item.kind] ?? {};
  award(player, points);
  player.hp = clamp(player.hp + heal, 0, 100);
  player.shield = Math.max(player.shield, shield);
  if (boost > 0) player.boostUntil = now() + boost * 1000;
}
