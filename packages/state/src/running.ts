/**
 * Whose code is running: the running owner, and the entry points that set it.
 *
 * The owner is a plain variable. A body that awaits at top level loses it at its first `await`, so such a body alone
 * runs inside an AsyncLocalStorage, which is switched off again with the last of them: on Node 20 one that is on slows
 * every `await` of the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isEnd } from './errors.ts';
import type { Scope } from './scope.ts';

/** Written by this file and by the loops that call many callbacks; everybody else uses the functions below. */
export const running: { scope: Scope | undefined } = { scope: undefined };

/** A body that awaits. Code that it left behind (a flow that it started) keeps the context; `over` says so. */
interface AsyncBody {
  readonly scope: Scope;
  over: boolean;
}

let storage: AsyncLocalStorage<AsyncBody> | undefined;
let bodies = 0;

/** The version whose body, effect or callback is running; `undefined` when none is. */
export function currentScope(): Scope | undefined {
  if (running.scope !== undefined || bodies === 0) return running.scope;
  const body = storage?.getStore();
  return body === undefined || body.over ? undefined : body.scope;
}

/** To whom something belongs that is made now by a call in the text of `lexical`. */
export function ownerOf(lexical: Scope): Scope {
  return currentScope() ?? lexical;
}

/**
 * Calls `fn` with `scope` as the running owner; `undefined` for code that is the game's own.
 *
 * A `vm` time limit ends frames without running their `finally`. Whoever runs bodies under one therefore puts a
 * `runIn` around the limit too: it puts back the owner that was running before.
 */
export function runIn<Result>(scope: Scope | undefined, fn: () => Result): Result {
  const before = running.scope;
  if (before === undefined) scope?.loops.begin();
  running.scope = scope;
  try {
    return fn();
  } finally {
    running.scope = before;
  }
}

/**
 * Calls an asynchronous `fn` with `scope` as the running owner, over its awaits.
 * Only for bodies that await at top level.
 */
export async function runInAsync<Result>(scope: Scope, fn: () => Promise<Result>): Promise<Result> {
  storage ??= new AsyncLocalStorage();
  bodies += 1;
  const body: AsyncBody = { scope, over: false };
  scope.awaits = true;
  try {
    return await storage.run(body, () => runIn(scope, fn));
  } finally {
    scope.awaits = false;
    body.over = true;
    bodies -= 1;
    if (bodies === 0) storage.disable();
  }
}

/** One entry in so many is timed: reading the clock costs more than most callbacks do. */
const SAMPLE = 512;
const now = performance.now.bind(performance);
let entries = 0;

/** True for an entry that is to be timed. */
export function isSampled(): boolean {
  entries = (entries + 1) % SAMPLE;
  return entries === 0;
}

/**
 * An entry point: calls `fn` with `scope` as the running owner and reports what escapes it, at once or as a rejection.
 * Returns what `fn` returns, `undefined` where it threw.
 */
export function enter<Self, Args extends readonly unknown[], Result>(
  scope: Scope,
  where: string,
  fn: (this: Self, ...args: Args) => Result,
  self: Self,
  args: Args,
  sampled = isSampled(),
): Result | undefined {
  const before = running.scope;
  const start = sampled ? now() : 0;
  if (before === undefined) scope.loops.begin();
  running.scope = scope;
  try {
    const result = fn.apply(self, args as never);
    if (result instanceof Promise) watch(result, scope, where);
    return result;
  } catch (error) {
    report(error, scope, where);
    return undefined;
  } finally {
    running.scope = before;
    if (sampled) scope.spent += (now() - start) * SAMPLE;
  }
}

/**
 * Reports the rejection of a promise that nobody else waits for.
 * Only real promises are watched, and through the intrinsic `then`: a query builder begins to work when its own `then`
 * is called.
 */
export function watch(promise: Promise<unknown>, scope: Scope, where: string): void {
  Promise.prototype.then.call(promise, undefined, (error: unknown) => {
    if (scope.phase !== 'ended' || !isEnd(error)) report(error, scope, where);
  });
}

/** Reports what escaped an entry point. */
export function report(error: unknown, scope: Scope, where: string): void {
  scope.loops.told(error);
  scope.realm.report({ error, scope, where });
}
