// Which old versions are still there, and whether reloads become slower: beside the heap, what a soak can see of each.
// What it notes of them is not on the heap that is measured, or is let go of again.
import { quantile } from '../../door/statistics.ts';

/** Versions that may be gone, and are still noted. */
const MANY = 100;

export class Versions {
  #classes: WeakRef<object>[] = [];
  #sweepAt = MANY;
  /** Milliseconds of CPU of each reload. */
  readonly #times: Float64Array;
  #count = 0;
  lingering = 0;

  /** @param most how many versions can come */
  constructor(most: number) {
    this.#times = new Float64Array(most);
  }

  /** A version is there: `own` is a class of it, which lives no longer than it must. */
  came(own: object, cpu: number): void {
    this.#times[this.#count] = cpu;
    this.#count += 1;
    this.#classes.push(new WeakRef(own));
    if (this.#classes.length < this.#sweepAt) return;
    this.#sweep();
    this.#sweepAt = Math.max(MANY, this.#classes.length * 2);
  }

  /** Versions that can still be reached, after collections. */
  get alive(): number {
    this.#sweep();
    return this.#classes.length;
  }

  /** CPU of a reload in the last fifth, in that of the first; the median, so that a collection in between is nothing. */
  get drift(): number {
    const times = this.#times.subarray(0, this.#count);
    const part = Math.max(1, Math.floor(times.length / 5));
    return quantile([...times.subarray(-part)], 0.5) / quantile([...times.subarray(0, part)], 0.5);
  }

  #sweep(): void {
    this.#classes = this.#classes.filter((one) => one.deref() !== undefined);
  }
}

/** Milliseconds of CPU of this process, in all its threads. */
export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
