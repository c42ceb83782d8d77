/**
 * How often modules erred in the last window. It counts, and judges nothing.
 *
 * An error may have its cause in any module of its stack. It is kept with all of them, so that it counts once for a
 * release in which several of them ran.
 */

/** Parts of a window in which errors are counted. */
const PARTS = 30;

export class ErrorRate {
  readonly #now: () => number;
  readonly #length: number;
  /** Errors by part, counted from the beginning of time, and by the modules that have to do with them, one a line. */
  readonly #parts = new Map<number, Map<string, number>>();

  /**
   * @param now milliseconds
   * @param window milliseconds
   */
  constructor(now: () => number, window: number) {
    this.#now = now;
    this.#length = Math.max(window, 1) / PARTS;
  }

  /** @param modules in which an error may have its cause, each once */
  note(modules: readonly string[]): void {
    this.#add(this.#part(), modules.join('\n'), 1);
    this.#forget();
  }

  /** Takes over what another has counted. */
  take(other: ErrorRate): void {
    for (const [part, counts] of other.#parts) for (const [modules, count] of counts) this.#add(part, modules, count);
    this.#forget();
  }

  /** Errors in the last window that may have their cause in one of these. */
  of(modules: { has(module: string): boolean }): number {
    if (this.#parts.size === 0) return 0; // as almost always
    this.#forget();
    let sum = 0;
    for (const counts of this.#parts.values()) {
      for (const [key, count] of counts) if (key.split('\n').some((module) => modules.has(module))) sum += count;
    }
    return sum;
  }

  #add(part: number, modules: string, count: number): void {
    const counts = this.#parts.get(part) ?? new Map<string, number>();
    counts.set(modules, (counts.get(modules) ?? 0) + count);
    this.#parts.set(part, counts);
  }

  #forget(): void {
    const oldest = this.#part() - PARTS;
    for (const part of this.#parts.keys()) if (part <= oldest) this.#parts.delete(part);
  }

  #part(): number {
    return Math.floor(this.#now() / this.#length);
  }
}
