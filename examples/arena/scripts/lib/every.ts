/**
 * A timer for others: it belongs to the module whose body calls `every`, not to this one, so editing either of the two
 * leaves one timer, not two.
 */

/** Calls `task` every `seconds` of real time, until the module that asked for it is replaced. */
export function every(seconds: number, task: () => void): void {
  setInterval(task, seconds * 1000);
}
