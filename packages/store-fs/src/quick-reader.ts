/**
 * Asks about many files at once, without a turn of the event loop for each call: what they hold, where nothing is known of
 * them, or whether they are what they were.
 *
 * Through the pool of threads a small file takes seven turns, which is most of a cold start of a thousand modules; the
 * calls themselves take a tenth of that. The thread is held for a few milliseconds at a time, and a disk that lets it
 * wait, a network's for example, is not asked this way again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that reading may hold the thread before the event loop has a turn. */
const SLICE = 4;
/** Milliseconds that files may take on the average: a disk that takes longer is asked otherwise. */
const SLOW = 0.5;
/** Milliseconds that are not counted: what is read first has to be looked for. */
const FIRST_FEW = 25;

export class QuickReader<Answer> {
  readonly #now: () => number;
  readonly #ask: (path: string) => Answer;
  /** Milliseconds of this turn. */
  #used = 0;
  #files = 0;
  /** Milliseconds of all files. */
  #total = 0;
  #turn: Promise<void> | undefined;

  /** @param now milliseconds; for tests */
  constructor(ask: (path: string) => Answer, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  /**
   * The answer; undefined where the disk is slow, and has to be asked otherwise.
   * @throws as the file system does
   */
  async read(path: string): Promise<Answer | undefined> {
    while (this.#used >= SLICE && !this.#isSlow()) await this.#nextTurn();
    if (this.#isSlow()) return undefined;
    const start = this.#now();
    try {
      return this.#ask(path);
    } finally {
      const time = this.#now() - start;
      this.#used += time;
      this.#total += time;
      this.#files += 1;
    }
  }

  #isSlow(): boolean {
    return this.#total > FIRST_FEW + this.#files * SLOW;
  }

  #nextTurn(): Promise<void> {
    this.#turn ??= nextTurn().then(() => {
      this.#turn = undefined;
      this.#used = 0;
    });
    return this.#turn;
  }
}
