/**
 * A clock that a test turns by hand.
 *
 * `advance` calls what is due in the order in which it is due, and lets promises settle after each call. It does not
 * wait for real input or output: a timer that is set after a file was read is seen by the next `advance`.
 */
import type { Clock, ClockTimer } from './clock.ts';

interface Pending extends ClockTimer {
  readonly due: number;
  readonly callback: () => void;
  cleared: boolean;
}

/** Immediates may set immediates; after so many turns without time moving, time moves on. */
const TURNS = 1_000;

/** Time that passes when it is told to. */
export class VirtualClock implements Clock {
  /** Sorted by `due`; those of one moment in the order in which they were set. */
  readonly #timers: Pending[] = [];
  #immediates: Pending[] = [];
  #now = 0;
  readonly #epoch: number;
  #advancing: Promise<void> = Promise.resolve();

  /**
   * @param options.time what `time()` shows at first, in milliseconds since the epoch.
   * @default { time: Date.UTC(2026, 0, 1) }
   */
  constructor({ time = Date.UTC(2026, 0, 1) }: { readonly time?: number } = {}) {
    this.#epoch = time;
  }

  now(): number {
    return this.#now;
  }

  time(): number {
    return this.#epoch + this.#now;
  }

  /** When what is set will be called, in `now()`'s milliseconds, sorted; immediates are due now. */
  get due(): readonly number[] {
    const immediates = this.#immediates.filter(({ cleared }) => !cleared);
    return [...immediates.map(() => this.#now), ...this.#timers.map(({ due }) => due)];
  }

  setTimeout(callback: () => void, delay: number): ClockTimer {
    const due = this.#now + Math.max(0, delay);
    const timer = pending(callback, due);
    let low = 0;
    for (let high = this.#timers.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as Pending).due <= due) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return timer;
  }

  setImmediate(callback: () => void): ClockTimer {
    const immediate = pending(callback, this.#now);
    this.#immediates.push(immediate);
    return immediate;
  }

  /** Takes a timer back; nothing where it has fired. */
  clear(timer: ClockTimer): void {
    const pending = timer as Pending;
    pending.cleared = true;
    const index = this.#timers.indexOf(pending);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  /** Lets `ms` milliseconds pass. Calls that are made meanwhile wait for their turn. */
  advance(ms: number): Promise<void> {
    return this.#enqueue(() => this.#turnTo(this.#now + ms));
  }

  /** Lets time pass until `now()` shows `moment`; a moment that has passed only lets promises settle. */
  advanceTo(moment: number): Promise<void> {
    return this.#enqueue(() => this.#turnTo(Math.max(moment, this.#now)));
  }

  #enqueue(turn: () => Promise<void>): Promise<void> {
    const turned = this.#advancing.then(turn);
    this.#advancing = turned.catch(() => {});
    return turned;
  }

  async #turnTo(end: number): Promise<void> {
    await settle();
    for (let turn = 0; ; ) {
      const first = this.#timers[0];
      if (this.#immediates.length > 0 && turn < TURNS) {
        turn += 1;
        const batch = this.#immediates;
        this.#immediates = [];
        for (const immediate of batch) await call(immediate);
      } else if (first !== undefined && first.due <= end) {
        if (first.due > this.#now) turn = 0;
        this.#now = Math.max(this.#now, first.due);
        this.#timers.shift();
        await call(first);
      } else break;
    }
    this.#now = end;
  }
}

function pending(callback: () => void, due: number): Pending {
  return { due, callback, cleared: false, ref() {}, unref() {} };
}

async function call(timer: Pending): Promise<void> {
  if (timer.cleared) return;
  timer.callback();
  await settle();
}

/**
 * Resolves when the queue of promises has run empty: the queue of `nextTick` has its turn after it.
 * Twice, because what ran may have used `nextTick` itself (streams do).
 */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve));
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
