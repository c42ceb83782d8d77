/**
 * The listeners of a source that says itself when its head moved.
 *
 * A listener is called from a turn of its own, so that one that throws is an uncaught error of whoever wrote it and does
 * not break the publish that woke it; and never after its signal aborted.
 */
import { onAbort } from './abort.ts';

/** The listeners of one source. */
export class Wakes {
  readonly #listeners = new Set<() => void>();

  /** Wakes a listener until the signal aborts. */
  add(wake: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    // One wake that is on its way stands for all that follow it.
    let pending = false;
    const listener = () => {
      if (pending) return;
      pending = true;
      queueMicrotask(() => {
        pending = false;
        if (this.#listeners.has(listener)) wake();
      });
    };
    this.#listeners.add(listener);
    onAbort(signal, () => this.#listeners.delete(listener));
  }

  /** Wakes all of them. */
  all(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Forgets all of them. */
  clear(): void {
    this.#listeners.clear();
  }
}
