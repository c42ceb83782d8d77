/**
 * Shares the event loop between the namespaces of a process: when many take a release at once, each has a turn of the
 * loop, and the game has its own between two of them. Alone, nobody waits.
 *
 * It measures whole turns, whoever used them, and knows nothing of what is done in them.
 */

import { setImmediate } from 'node:timers';
import { IntrinsicPromise } from './intrinsic-promise.ts';

/** Milliseconds of a turn after which the next one is waited for. */
const SLICE = 3;

export class Turns {
  readonly #now: () => number;
  /** When somebody first asked in this turn; undefined where nobody has. */
  #began: number | undefined;
  readonly #begun: (() => void)[] = [];
  readonly #new: (() => void)[] = [];

  /** @param now milliseconds, for tests */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Asks to go on.
   * @param options.begun true for the next step of something: it comes before what is new. @default false
   * @returns undefined where there is time in this turn; else what resolves when there is
   */
  take({ begun = false }: { readonly begun?: boolean } = {}): Promise<void> | undefined {
    if (this.#began === undefined) {
      this.#began = this.#now();
      setImmediate(this.#next);
      return undefined;
    }
    const isFree = begun || (this.#begun.length === 0 && this.#new.length === 0);
    if (isFree && this.#now() - this.#began < SLICE) return undefined;
    return new IntrinsicPromise((resolve) => (begun ? this.#begun : this.#new).push(resolve));
  }

  /** One goes on in each turn; what it does runs when this returns. */
  readonly #next = (): void => {
    const goOn = this.#begun.shift() ?? this.#new.shift();
    if (goOn === undefined) {
      this.#began = undefined;
      return;
    }
    this.#began = this.#now();
    setImmediate(this.#next);
    goOn();
  };
}

/** One for the process, as the event loop is. */
export const turns = new Turns();
