/** Chance, from the arena's seeded generator: a match can be played again. */
import { arena, random, type Vector } from '@arena/api';
import { distance } from './vector.ts';

export function between(low: number, high: number): number {
  return low + random() * (high - low);
}

/** One of the list; the weights need not sum up to anything. */
export function pick<Value>(list: readonly Value[], weight: (value: Value) => number): Value {
  let left = random() * list.reduce((sum, value) => sum + weight(value), 0);
  const chosen = list.find((value) => {
    left -= weight(value);
    return left < 0;
  });
  // Rounding can leave a crumb: the last one takes it.
  const value = chosen ?? list.at(-1);
  if (value === undefined) throw new RangeError('There is nothing to pick from');
  return value;
}

/** A place in the arena that no pillar covers. */
export function somewhere(margin = 40): Vector {
  for (;;) {
    const place = { x: between(margin, arena.width - margin), y: between(margin, arena.height - margin) };
    if (arena.pillars.every((pillar) => distance(place, pillar) > pillar.radius + margin)) return place;
  }
}
