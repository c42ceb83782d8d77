/** Watching stores that cannot be read yet: tried again until it begins, while the host runs what it booted from. */

import type { Clock } from '@rekindle/state';

/** Milliseconds between two tries; one that waits for a server takes its own time. */
const RETRY_MS = 500;

export interface PatientWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Rejects where watching cannot begin. */
  watch(): Promise<void>;
  /** It has begun, at last. */
  begun(): void;
}

/** Resolves at once where it cannot begin. */
export async function watchPatiently({ clock, signal, watch, begun }: PatientWatch): Promise<void> {
  try {
    await watch();
  } catch {
    void keepTrying();
  }

  async function keepTrying(): Promise<void> {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(done, RETRY_MS);
        timer.unref();
        signal.addEventListener('abort', done, { once: true });
        function done(): void {
          clock.clear(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
      });
      if (signal.aborted) return;
      try {
        await watch();
        begun();
        return;
      } catch {
        // the events tell that the stores are lost; this only waits for them
      }
    }
  }
}
