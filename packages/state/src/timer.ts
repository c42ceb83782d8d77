/**
 * One timer of a version: what `setTimeout`, `setInterval` and `setImmediate` give to a script.
 *
 * It behaves as Node's `Timeout` and `Immediate` do, on the clock of its namespace. A timer that a body sets is
 * recorded; the `timers` participant starts it after the commit. It does not know its successor: see `succession.ts`.
 */
import type { ClockTimer } from './clock.ts';
import { enter } from './running.ts';
import type { Scope } from './scope.ts';

export type Callback = (...args: unknown[]) => unknown;
export type TimerKind = 'setTimeout' | 'setInterval' | 'setImmediate';

/** Longest delay of Node's timers, in ms; a longer one becomes 1. */
const LONGEST = 2 ** 31 - 1;

/** Timers by the number that a script asked for, as Node keeps them: only those whose number somebody has. */
const numbered = new Map<number, OwnedTimer>();
/** Far above Node's own numbers, which count asynchronous resources from 1. */
let lastNumber = 2 ** 40;

/**
 * - `recorded`: set by a body, not started;
 * - `set`: the clock has it;
 * - `fired`: called, for the last time unless it is refreshed;
 * - `closed`: cleared, dropped, or set when it was too late.
 */
type State = 'recorded' | 'set' | 'fired' | 'closed';

/** True for what a script's `setTimeout` and its like give back. */
export function isOwnedTimer(value: unknown): value is OwnedTimer {
  return value instanceof OwnedTimer;
}

export class OwnedTimer {
  readonly scope: Scope;
  readonly kind: TimerKind;
  /** Milliseconds. */
  readonly delay: number;
  readonly callback: Callback;
  readonly args: readonly unknown[];
  /** True for what the version's start made: its body, or an effect that the transaction set up. */
  readonly early: boolean;
  /** For a promise: called instead of the end of the version passing unnoticed. */
  readonly abandoned: (() => void) | undefined;
  /** When it fires next, in the clock's milliseconds. */
  due = Number.POSITIVE_INFINITY;
  state: State = 'closed';
  #handle: ClockTimer | undefined;
  #reffed = true;
  #number: number | undefined;

  constructor(
    scope: Scope,
    kind: TimerKind,
    delay: number,
    callback: Callback,
    args: readonly unknown[],
    abandoned?: () => void,
  ) {
    this.scope = scope;
    this.kind = kind;
    this.delay = delay;
    this.callback = callback;
    this.args = args;
    this.early = scope.phase === 'staged';
    this.abandoned = abandoned;
  }

  /** Keeps it until the commit. */
  record(): void {
    this.state = 'recorded';
    this.#keep();
  }

  /** Gives it to the clock, to fire at `due`. */
  start(due = this.scope.realm.clock.now() + this.delay): void {
    const { clock } = this.scope.realm;
    this.#release();
    this.state = 'set';
    this.due = due;
    this.#keep();
    this.#handle =
      this.kind === 'setImmediate'
        ? clock.setImmediate(this.#fire)
        : clock.setTimeout(this.#fire, Math.max(0, due - clock.now()));
    if (!this.#reffed) this.#handle.unref();
  }

  /** Takes it back from the clock for good. */
  close(): this {
    this.state = 'closed';
    this.#release();
    this.#forget();
    return this;
  }

  /** Closes it because its version has ended: a promise that waits for it is told. */
  abandon(): void {
    if (this.state === 'closed') return;
    this.close();
    this.abandoned?.();
  }

  ref(): this {
    this.#reffed = true;
    this.#handle?.ref();
    return this;
  }

  unref(): this {
    this.#reffed = false;
    this.#handle?.unref();
    return this;
  }

  hasRef(): boolean {
    return this.#reffed;
  }

  /** Starts the delay anew, also of a timeout that has fired; nothing else is done to one that was cleared. */
  refresh(): this {
    if (this.state === 'set' || (this.state === 'fired' && mayStart(this.scope))) this.start();
    return this;
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === undefined) {
      lastNumber += 1;
      this.#number = lastNumber;
      if (this.state === 'recorded' || this.state === 'set') numbered.set(this.#number, this);
    }
    return this.#number;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What `console.log` shows: not the namespace behind it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.kind === 'setImmediate' ? 'Immediate' : 'Timeout'} { ${this.delay} ms, ${this.state} }`;
  }

  // Code outside the scripts clears timers with Node's own functions. These two names are what they look at: a timer
  // with an `_onTimeout` has it set to null, and one that is `_destroyed` is left alone after that.
  get _onTimeout(): unknown {
    return this.state === 'closed' ? null : this.callback;
  }

  set _onTimeout(value: unknown) {
    if (value === null) this.close();
  }

  get _destroyed(): boolean {
    return this.state === 'closed';
  }

  readonly #fire = (): void => {
    const { clock } = this.scope.realm;
    const now = clock.now();
    this.#handle = undefined;
    if (this.kind !== 'setInterval') {
      this.state = 'fired';
      this.#forget();
      this.#call();
      return;
    }
    if (!mayStart(this.scope)) {
      this.abandon();
      return;
    }
    this.#call();
    // As in Node: counted from the moment in which it fired, set after the callback has returned.
    if (this.state === 'set' && this.#handle === undefined) this.start(now + this.delay);
  };

  #call(): void {
    // The end of a promise's wait is no code of the script's: it runs in a microtask of its own.
    if (this.abandoned !== undefined) this.callback();
    else enter<this, readonly unknown[], unknown>(this.scope, this.kind, this.callback, this, this.args);
  }

  #release(): void {
    if (this.#handle !== undefined) this.scope.realm.clock.clear(this.#handle);
    this.#handle = undefined;
  }

  #keep(): void {
    this.scope.pending ??= new Set();
    this.scope.pending.add(this);
    if (this.#number !== undefined) numbered.set(this.#number, this);
  }

  #forget(): void {
    this.scope.pending?.delete(this);
    if (this.#number !== undefined) numbered.delete(this.#number);
  }
}

/** Whether a version may have timers started; a replaced one may for a while, so that a flow can finish. */
function mayStart({ phase, drained, realm }: Scope): boolean {
  return phase !== 'ended' || realm.clock.now() < drained;
}

/** The timer of a script that stands behind what was given to a clear function. */
export function timerOf(value: unknown): OwnedTimer | undefined {
  if (value instanceof OwnedTimer) return value;
  return typeof value === 'number' || typeof value === 'string' ? numbered.get(Number(value)) : undefined;
}

/** Sets a timer for a version, or records it for one that is staged. */
export function setTimer(
  scope: Scope,
  kind: TimerKind,
  callback: Callback,
  delay: number,
  args: readonly unknown[],
  abandoned?: () => void,
): OwnedTimer {
  const timer = new OwnedTimer(scope, kind, delay, callback, args, abandoned);
  scope.making?.made.push(timer);
  if (scope.phase === 'staged') {
    timer.record();
    if (kind !== 'setInterval') queueMicrotask(() => startWhilePreparing(timer));
  } else if (mayStart(scope)) timer.start();
  else abandoned?.();
  return timer;
}

/** As Node does it: what is not a number between 1 and 2 ** 31 - 1 is 1. */
export function milliseconds(delay: unknown): number {
  const number = Number(delay);
  if (number >= 1 && number <= LONGEST) return Math.trunc(number);
  if (number > LONGEST) {
    const text = `${number} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`;
    process.emitWarning(text, 'TimeoutOverflowWarning');
  }
  return 1;
}

/**
 * A synchronous transaction has committed or refused its versions before any microtask runs. One that has not is being
 * prepared: a body awaits, and what it awaits may be this timer, also when another body has set it.
 */
function startWhilePreparing(timer: OwnedTimer): void {
  const { phase, placed } = timer.scope;
  if (timer.state === 'recorded' && phase === 'staged' && !placed) timer.start();
}
