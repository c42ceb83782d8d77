/**
 * The timer functions of the process as a version has them: the timers belong to the owner of the moment.
 *
 * Each function is made when it is first read and is then always the same, so that a script may keep it in a variable;
 * most versions read one or two of them.
 */
import type { TimerName } from '@rekindle/compiler';
import { native } from './clock.ts';
import { ownerOf } from './running.ts';
import type { Scope } from './scope.ts';
import { type Callback, milliseconds, type OwnedTimer, setTimer, timerOf } from './timer.ts';
import { waitImmediate, waitTimeout } from './timers-promises.ts';

type TimerFunctions = Readonly<Record<TimerName, (...args: never[]) => unknown>>;

/** How `util.promisify` finds the form of a function that returns a promise. */
const PROMISIFY = Symbol.for('nodejs.util.promisify.custom');

export class ScopeTimers implements TimerFunctions {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get setTimeout(): (callback: Callback, delay?: number, ...args: unknown[]) => OwnedTimer {
    const lexical = this.#scope;
    const set = (callback: Callback, delay?: unknown, ...args: unknown[]): OwnedTimer =>
      setTimer(ownerOf(lexical), 'setTimeout', checked(callback), milliseconds(delay), args);
    return this.#keep('setTimeout', promisified(set, waitTimeout(lexical)));
  }

  get setInterval(): (callback: Callback, delay?: number, ...args: unknown[]) => OwnedTimer {
    const lexical = this.#scope;
    const set = (callback: Callback, delay?: unknown, ...args: unknown[]): OwnedTimer =>
      setTimer(ownerOf(lexical), 'setInterval', checked(callback), milliseconds(delay), args);
    return this.#keep('setInterval', set);
  }

  get setImmediate(): (callback: Callback, ...args: unknown[]) => OwnedTimer {
    const lexical = this.#scope;
    const set = (callback: Callback, ...args: unknown[]): OwnedTimer =>
      setTimer(ownerOf(lexical), 'setImmediate', checked(callback), 0, args);
    return this.#keep('setImmediate', promisified(set, waitImmediate(lexical)));
  }

  get clearTimeout(): (timer: unknown) => void {
    return clearTimeout;
  }

  get clearInterval(): (timer: unknown) => void {
    return clearTimeout;
  }

  get clearImmediate(): (timer: unknown) => void {
    return clearImmediate;
  }

  #keep<Value>(name: TimerName, value: Value): Value {
    Object.defineProperty(this, name, { value });
    return value;
  }
}

/** The error that Node throws, with its code. */
function checked(callback: unknown): Callback {
  if (typeof callback === 'function') return callback as Callback;
  const error = new TypeError(`The "callback" argument must be of type function. Received ${describe(callback)}`);
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

function describe(value: unknown): string {
  return value === null || value === undefined ? String(value) : `type ${typeof value}`;
}

function promisified<Fn extends Callback | ((...args: never[]) => unknown)>(fn: Fn, promise: unknown): Fn {
  return Object.defineProperty(fn, PROMISIFY, { value: promise });
}

function clearTimeout(timer: unknown): void {
  const owned = timerOf(timer);
  if (owned === undefined) native.clearTimeout(timer as NodeJS.Timeout);
  else owned.close();
}

function clearImmediate(timer: unknown): void {
  const owned = timerOf(timer);
  if (owned === undefined) native.clearImmediate(timer as NodeJS.Immediate);
  else owned.close();
}
