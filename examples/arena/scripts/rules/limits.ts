/** The limits that all rules keep to. Turn `maxSpeed` up and save: everybody is faster in the next tick. */

/** The most that a player moves without a boost, in units per second. */
export const maxSpeed = 170;

/** `value`, but not below `low` and not above `high`. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
