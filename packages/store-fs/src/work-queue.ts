/** Work that makes more work, so many pieces at once: a tree is walked without a promise for every file at one time. */

export type Work = () => Promise<void>;

export class WorkQueue {
  readonly #width: number;
  readonly #waiting: Work[] = [];
  #running = 0;
  #failed = false;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(width: number) {
    this.#width = width;
  }

  add(work: Work): void {
    if (this.#failed) return;
    this.#waiting.push(work);
    this.#fill();
  }

  /** Resolves when nothing is left to do; rejects with the first error, and then begins nothing more. */
  done(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#fill();
      this.#end();
    });
  }

  #fill(): void {
    while (this.#settle && this.#running < this.#width) {
      const work = this.#waiting.pop();
      if (!work) return;
      this.#running += 1;
      work().then(
        () => this.#after(),
        (error: unknown) => this.#fail(error),
      );
    }
  }

  #after(): void {
    this.#running -= 1;
    this.#fill();
    this.#end();
  }

  #fail(error: unknown): void {
    this.#running -= 1;
    this.#failed = true;
    this.#waiting.length = 0;
    this.#settle?.reject(error);
  }

  #end(): void {
    if (this.#running === 0 && this.#waiting.length === 0 && !this.#failed) this.#settle?.resolve();
  }
}

/** Does the same with each of several values, so many at once; rejects with the first error. */
export async function eachOf<Value>(values: Iterable<Value>, work: (value: Value) => Promise<unknown>): Promise<void> {
  const queue = new WorkQueue(16);
  for (const value of values) {
    queue.add(async () => {
      await work(value);
    });
  }
  await queue.done();
}
