/**
 * Timers as promises: what `node:timers/promises` is for a version.
 *
 * A wait settles when it is due, also in a version that was replaced meanwhile: a flow can finish. One that a replaced
 * version begins after its drain rejects with an AbortError, so that an endless loop ends. The one who waits is code of
 * the version's text, so what it makes afterwards belongs to that version.
 */
import { AbortError, endOf } from './errors.ts';
import { ownerOf } from './running.ts';
import type { Scope } from './scope.ts';
import { milliseconds, type OwnedTimer, setTimer, type TimerKind } from './timer.ts';

export interface WaitOptions {
  /** Ends the wait with an AbortError. */
  readonly signal?: AbortSignal;
  /**
   * Whether the wait keeps the process alive.
   * @default true
   */
  readonly ref?: boolean;
}

type WaitTimeout = <Value>(delay?: number, value?: Value, options?: WaitOptions) => Promise<Value>;
type WaitImmediate = <Value>(value?: Value, options?: WaitOptions) => Promise<Value>;

export function waitTimeout(lexical: Scope): WaitTimeout {
  return (delay, value, options) => wait(lexical, 'setTimeout', milliseconds(delay), value as never, options);
}

export function waitImmediate(lexical: Scope): WaitImmediate {
  return (value, options) => wait(lexical, 'setImmediate', 0, value as never, options);
}

/** One wait of the owner of the moment. */
export function wait<Value>(
  lexical: Scope,
  kind: TimerKind,
  delay: number,
  value: Value,
  { signal, ref = true }: WaitOptions = {},
): Promise<Value> {
  const scope = ownerOf(lexical);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new AbortError(signal.reason));
      return;
    }
    const aborted = (): void => {
      timer.close();
      reject(new AbortError(signal?.reason));
    };
    const done = (settle: () => void): void => {
      signal?.removeEventListener('abort', aborted);
      settle();
    };
    const timer: OwnedTimer = setTimer(
      scope,
      kind,
      () => done(() => resolve(value)),
      delay,
      [],
      () => done(() => reject(endOf(scope.owner.module))),
    );
    if (!ref) timer.unref();
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** Steps of `for await (const … of setInterval(…))`. */
export async function* ticks<Value>(
  lexical: Scope,
  delay: number,
  value: Value,
  { signal, ref = true }: WaitOptions = {},
): AsyncGenerator<Value, void> {
  const scope = ownerOf(lexical);
  if (signal?.aborted) throw new AbortError(signal.reason);
  let waiting = 0;
  let failure: AbortError | undefined;
  let wake: () => void = () => {};
  const fail = (error: AbortError): void => {
    failure = error;
    wake();
  };
  const aborted = (): void => {
    timer.close();
    fail(new AbortError(signal?.reason));
  };
  const timer: OwnedTimer = setTimer(
    scope,
    'setInterval',
    () => {
      waiting += 1;
      wake();
    },
    delay,
    [],
    () => fail(endOf(scope.owner.module)),
  );
  if (!ref) timer.unref();
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    for (;;) {
      for (; waiting > 0; waiting -= 1) yield value;
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    timer.close();
    signal?.removeEventListener('abort', aborted);
  }
}
