/** Waits between attempts: they grow, they are spread, and they end when there is no need to wait any more. */

import { onAbort } from '@rekindle/store';

/** Milliseconds. */
const FIRST = 250;
const LONGEST = 32_000;

/**
 * How long to wait after so many failures in a row, in milliseconds: doubled each time, and spread over the second half,
 * so that a hundred hosts do not return in one instant. In the first minute that makes nine attempts at most.
 *
 * @param random from 0 up to 1
 */
export function waitAfter(failures: number, random = Math.random()): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
  return longest * (0.5 + random / 2);
}

/** Waits, unless one of the signals aborts; answers whether the time has passed. Without a time it is as long as that. */
export function pause(milliseconds: number | undefined, ...signals: readonly AbortSignal[]): Promise<boolean> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (passed: boolean) => {
      clearTimeout(timer);
      for (const cut of cuts) cut();
      resolve(passed);
    };
    const timer = milliseconds === undefined ? undefined : setTimeout(() => done(true), milliseconds);
    const cuts = signals.map((signal) => onAbort(signal, () => done(false)));
  });
}
