/**
 * How long a release may await while it is prepared. It only says that the time is up, and for whom was waited: what
 * becomes of the release is the attempt's.
 */

import type { SourceTextInstance } from '@rekindle/loader';
import type { Powers } from './powers.ts';
import { LONGEST } from './time-limit.ts';

/** Rejects when the awaiting part of a release takes too long, or the namespace is closed. */
export function awaitLimit(
  { clock, limits, limitsRest }: Powers,
  signal: AbortSignal,
  waiting: () => SourceTextInstance | undefined,
): { promise: Promise<never>; clear: () => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_resolve, onReject) => {
    reject = onReject;
  });
  promise.catch(() => {});
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  const wait = () => clock.setTimeout(end, Math.min(limits.prepare, LONGEST));
  const end = () => {
    if (limitsRest() || limits.prepare > LONGEST) {
      timer = wait();
      return;
    }
    const id = waiting()?.record.key ?? 'a module';
    const error = new Error(`The top level of '${id}' still awaits after ${limits.prepare} ms.`);
    reject(Object.assign(error, { code: 'AWAIT_TIME_LIMIT', hint: 'Look for a promise that never settles.' }));
  };
  let timer = wait();
  const clear = () => {
    clock.clear(timer);
    signal.removeEventListener('abort', abort);
  };
  return { promise, clear };
}
