/** Arithmetic with places and directions. Plain functions: nothing here belongs to a version. */
import type { Vector } from '@arena/api';

type Place = Readonly<Vector>;

export function distance(a: Place, b: Place): number {
  return Math.sqrt((b.x - a.x) ** 2 + (b.y - a.y) ** 2);
}

/** The direction from one place to another, of length 1. */
export function toward(from: Place, to: Place): Vector {
  const length = distance(from, to);
  return length === 0 ? { x: 1, y: 0 } : { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

/** The direction of an angle in radians, of a given length. */
export function polar(angle: number, length = 1): Vector {
  return { x: Math.cos(angle) * length, y: Math.sin(angle) * length };
}

export function angleOf(direction: Place): number {
  return Math.atan2(direction.y, direction.x);
}

/** Whichever of `things` is nearest to `from`, not farther than `range`. */
export function nearest<Thing extends Place>(from: Place, things: Iterable<Thing>, range: number): Thing | undefined {
  let best: Thing | undefined;
  let bestDistance = range;
  for (const thing of things) {
    const away = distance(from, thing);
    if (away > bestDistance) continue;
    best = thing;
    bestDistance = away;
  }
  return best;
}
