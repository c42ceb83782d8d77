/**
 * How long the loops of one namespace's scripts may hold the event loop: what the turn counters of emitted code call.
 *
 * A loop that runs for too long is stopped by an error, thrown where a turn begins and so outside of every `try` in the
 * loop. It is thrown again at each turn of each loop until the entry point has been left. The clock is read once in so
 * many turns; beyond the limit the process must have computed for a part of that time too, since a machine that does
 * other work, or a debugger that stands still, is no loop. What loops without a loop statement (a recursion, a sort, a
 * regular expression) is not seen here.
 */
import type { LoopCounter } from '@rekindle/compiler';
import { native } from './clock.ts';
import { StateError } from './errors.ts';
import { running } from './running.ts';
import type { Scope } from './scope.ts';

/** How a meter measures. */
export interface LoopMeterOptions {
  /** Milliseconds; `Infinity` for none. */
  readonly limit: number;
  /** True while no loop is to be stopped: somebody debugs the process. Asked when one would be. */
  readonly isResting?: () => boolean;
  /** Told of an error that was thrown into an entry point and never came out: the script caught it. Must not throw. */
  readonly swallowed?: (error: StateError, scope: Scope) => void;
}

/** Turns before the first look at the clock in an entry point, and the most between two looks. */
const FIRST = 16;
const MOST = 1024;
/** Milliseconds between two looks that the meter tries to keep below. */
const SPACING = 1;
/** The part of the second half of the limit for which the process must have computed. */
const COMPUTED = 0.5;

const now = performance.now.bind(performance);

/** A time during which the event loop waits for script code. */
interface Stretch {
  readonly since: number;
  readonly limit: number;
  /** When half of the limit was over, and how long the process had computed then. */
  half?: { readonly time: number; readonly cpu: number };
  error?: StateError;
}

export class LoopMeter implements LoopCounter {
  left = 0;
  /** True where an entry point has been entered that has not looked at the clock. */
  isFresh = true;
  readonly #options: LoopMeterOptions;
  #turns = FIRST;
  #looked = 0;
  #entry: Stretch | undefined;
  #within: Stretch | undefined;
  /** Code that no entry point has called: it runs after an `await`, or the game called it. It ends with the turn. */
  #turn: Stretch | undefined;
  #turnLimit: number;
  readonly #told = new WeakSet<object>();

  constructor(options: LoopMeterOptions) {
    this.#options = options;
    this.#turnLimit = options.limit;
  }

  /** Script code is called from outside: what came before does not count. */
  begin(): void {
    this.isFresh = true;
    if (this.left > FIRST) this.left = FIRST;
  }

  /** The same for code that no entry point calls. */
  beginTurn(): void {
    this.#turn = undefined;
    if (this.left > FIRST) this.left = FIRST;
  }

  check(): void {
    const time = now();
    const stretch = this.#stretch(time);
    const { since, limit } = stretch;
    if (time - since > limit / 2) this.#judge(stretch, time);
    const between = time - this.#looked;
    if (between < SPACING) this.#turns = Math.min(this.#turns * 2, MOST);
    else if (between > 4 * SPACING) this.#turns = Math.max(this.#turns >> 2, 1);
    this.#looked = time;
    // a loop outside of entry points that calls some: it is to be met, whatever they set here
    this.left = stretch === this.#entry && this.#isLong(this.#turnOf(time), time) ? 0 : this.#turns;
  }

  /**
   * Runs `fn`, all of which together has a limit of its own.
   * @throws {StateError} `LOOP_LIMIT`, also where the code in which it was thrown has caught it
   */
  within<Result>(limit: number, fn: () => Result): Result {
    const outer = this.#within;
    const stretch: Stretch = { since: now(), limit };
    this.#within = stretch;
    this.begin();
    try {
      const result = fn();
      if (stretch.error === undefined) return result;
      if (result instanceof Promise) result.catch(() => {}); // a body that awaits rejects with it, too
      throw stretch.error;
    } finally {
      this.#within = outer;
    }
  }

  /** Until the answer is called, code that no entry point has called has another limit: bodies that await, at a start. */
  extend(limit: number): () => void {
    const before = this.#turnLimit;
    this.#turnLimit = limit;
    this.#turn = undefined;
    return () => {
      this.#turnLimit = before;
      this.#turn = undefined;
    };
  }

  /** Notes that an error of this meter has been reported. */
  told(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#told.add(error);
  }

  #stretch(time: number): Stretch {
    if (this.#within !== undefined) return this.#within;
    if (running.scope === undefined) return this.#turnOf(time);
    if (this.isFresh || this.#entry === undefined) {
      this.isFresh = false;
      this.#looked = time;
      this.#turns = FIRST;
      this.#entry = { since: time, limit: this.#options.limit };
    }
    return this.#entry;
  }

  #turnOf(time: number): Stretch {
    if (this.#turn === undefined) {
      const turn: Stretch = { since: time, limit: this.#turnLimit };
      this.#turn = turn;
      native
        .setImmediate(() => {
          if (this.#turn === turn) this.#turn = undefined;
        })
        .unref();
    }
    return this.#turn;
  }

  #isLong({ since, limit }: Stretch, time: number): boolean {
    return time - since > limit;
  }

  #judge(stretch: Stretch, time: number): void {
    const { since, limit, half } = stretch;
    if (stretch.error === undefined) {
      if (half === undefined) {
        stretch.half = { time, cpu: computed() };
        return;
      }
      if (time - since <= limit || time - half.time < limit / 2) return;
      // bodies meet the limit on everything that does not end a moment later, and that one cannot tell the line
      if (stretch !== this.#within && computed() - half.cpu < (COMPUTED * limit) / 2) return;
      if (this.#options.isResting?.() === true) return;
      stretch.error = stopped(limit);
      if (stretch === this.#entry) this.#expect(stretch.error);
    }
    this.left = 0;
    throw stretch.error;
  }

  /** Looks whether an error comes out of the entry point into which it is thrown, or of its promise. */
  #expect(error: StateError): void {
    const { swallowed } = this.#options;
    const { scope } = running;
    if (swallowed === undefined || scope === undefined) return;
    native.setImmediate(() => {
      if (!this.#told.has(error)) swallowed(error, scope);
    });
  }
}

function stopped(limit: number): StateError {
  return new StateError({
    code: 'LOOP_LIMIT',
    message: `A loop was stopped: script code had held the event loop for ${limit} ms.`,
    hint: 'Look for a loop that does not end. Long work is done in parts, with a turn of the event loop between them.',
  });
}

/** Milliseconds for which the process has computed. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
