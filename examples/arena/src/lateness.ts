/**
 * How well the last minute of ticks was kept: how late they began, how long they took, how many there were.
 * A ring of fixed size: nothing is allocated in a tick.
 */

const KEPT = 1200;

export interface LatenessSummary {
  /** Milliseconds by which half of the ticks were late at most. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Milliseconds that a tick took on average. */
  readonly work: number;
}

export class LatenessLog {
  #late = new Float64Array(KEPT);
  #work = new Float64Array(KEPT);
  #count = 0;

  /** Ticks since the start. */
  get count(): number {
    return this.#count;
  }

  add(late: number, work: number): void {
    const at = this.#count++ % KEPT;
    this.#late[at] = late;
    this.#work[at] = work;
  }

  /** The latest of the last `ticks` ticks, in ms. */
  worst(ticks: number): number {
    let worst = 0;
    const from = Math.max(0, this.#count - Math.min(ticks, KEPT));
    for (let n = from; n < this.#count; n++) worst = Math.max(worst, this.#late[n % KEPT] ?? 0);
    return worst;
  }

  summary(): LatenessSummary {
    const size = Math.min(this.#count, KEPT);
    if (size === 0) return { p50: 0, p99: 0, max: 0, work: 0 };
    const sorted = this.#late.slice(0, size).sort();
    const rank = (share: number) => sorted[Math.min(size - 1, Math.floor(share * size))] ?? 0;
    const work = this.#work.subarray(0, size).reduce((sum, ms) => sum + ms, 0) / size;
    return { p50: rank(0.5), p99: rank(0.99), max: sorted[size - 1] ?? 0, work };
  }
}
