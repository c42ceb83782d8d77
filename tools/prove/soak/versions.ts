// Which old versions are still there, and whether reloads become slower: beside the heap, what a soak can see of each.
import { quantile } from '../../door/statistics.ts';

export class Versions {
  readonly #classes: WeakRef<object>[] = [];
  /** Milliseconds of CPU of each reload. */
  readonly #times: number[] = [];
  lingering = 0;

  /** A version is there: `own` is a class of it, which lives no longer than it must. */
  came(own: object, cpu: number): void {
    this.#classes.push(new WeakRef(own));
    this.#times.push(cpu);
  }

  /** Versions that can still be reached, after collections. */
  get alive(): number {
    return this.#classes.filter((one) => one.deref() !== undefined).length;
  }

  /** CPU of a reload in the last fifth, in that of the first; the median, so that a collection in between is nothing. */
  get drift(): number {
    const part = Math.max(1, Math.floor(this.#times.length / 5));
    return quantile(this.#times.slice(-part), 0.5) / quantile(this.#times.slice(0, part), 0.5);
  }
}

/** Milliseconds of CPU of this process, in all its threads. */
export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
