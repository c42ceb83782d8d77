/** A promise that is handed to several, and answers each for itself. Who asks, and what it is answered, is decided elsewhere. */

import { IntrinsicPromise } from './intrinsic-promise.ts';

export interface SharedPromise<Value> {
  readonly promise: Promise<Value>;
  /** From now on it is a promise like any other, with this answer for all. */
  settle(answer: Promise<Value>): void;
}

/**
 * A promise that asks `answer` whenever somebody waits for it.
 *
 * `await` takes a promise of the language as it is, and one that has another constructor by its `then`.
 */
export function sharedPromise<Value>(answer: () => Promise<Value>): SharedPromise<Value> {
  let resolve: (answer: Promise<Value>) => void = () => {};
  const promise = new IntrinsicPromise<Value>((onResolve) => {
    resolve = onResolve;
  });
  let isWaitedFor = false;
  const then = (...callbacks: Parameters<Promise<Value>['then']>) => {
    if (!isWaitedFor) IntrinsicPromise.prototype.then.call(promise, undefined, () => {}); // they hear of it
    isWaitedFor = true;
    return answer().then(...callbacks);
  };
  Object.defineProperties(promise, {
    constructor: { value: undefined, configurable: true },
    // biome-ignore lint/suspicious/noThenProperty: it is a promise
    then: { value: then, configurable: true },
  });
  return {
    promise,
    settle(given) {
      resolve(given);
      Reflect.deleteProperty(promise, 'constructor');
      Reflect.deleteProperty(promise, 'then');
    },
  };
}
