/**
 * Looks for changes at intervals, for places that send no events: network mounts, some container volumes, a system
 * whose watches are used up.
 */
import { isStoreError, type SourceNotice } from '@rekindle/store';

export interface PollWatchOptions {
  /** Milliseconds from the end of one look to the beginning of the next. */
  readonly interval: number;
  /** Names what is there now; rejects when it cannot be had. */
  readonly look: () => Promise<string>;
  readonly wake: () => void;
  readonly notice: (notice: SourceNotice) => void;
}

export class PollWatch {
  readonly #options: PollWatchOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seen: string | undefined;
  #lost = false;
  #closed = false;

  constructor(options: PollWatchOptions) {
    this.#options = options;
  }

  /** Resolves after the first look; rejects when that fails. */
  async begin(): Promise<void> {
    this.#seen = await this.#options.look();
    this.#next();
  }

  /** Begins without a look at first: the first one wakes. */
  beginUnseen(): void {
    this.#next();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), this.#options.interval);
  }

  async #look(): Promise<void> {
    const { look, wake, notice } = this.#options;
    try {
      const seen = await look();
      if (this.#closed) return;
      if (this.#lost) notice({ type: 'connected' });
      if (this.#lost || seen !== this.#seen) wake();
      this.#lost = false;
      this.#seen = seen;
    } catch (cause) {
      if (this.#closed) return;
      // Only what keeps the content from being read is a loss; a folder with a fault is there, and its head says so.
      const gone = isStoreError(cause, 'STORE_NOT_FOUND') || isStoreError(cause, 'STORE_UNREACHABLE');
      if (gone && !this.#lost) notice({ type: 'lost', cause });
      if (gone) this.#lost = true;
      else this.#fault(cause, wake);
    }
    this.#next();
  }

  #fault(cause: unknown, wake: () => void): void {
    const seen = `fault ${cause instanceof Error ? cause.message : String(cause)}`;
    if (seen !== this.#seen) wake();
    this.#seen = seen;
  }
}
