/**
 * Chance that can be repeated: a small seeded generator (mulberry32), so that a test can play the same match twice.
 * Not for secrets.
 */

/** Returns numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
