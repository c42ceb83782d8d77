/** The look at the language's intrinsics that is due after a commit, and not in its pause. */

import type { ClockTimer } from '@rekindle/state';
import type { Powers } from './powers.ts';

interface Due {
  readonly modules: ReadonlySet<string>;
  readonly timer: ClockTimer;
}

export class IntrinsicsLook {
  readonly #powers: Pick<Powers, 'clock' | 'emit' | 'intrinsicsChanges'>;
  #due: Due | undefined;

  constructor(powers: Pick<Powers, 'clock' | 'emit' | 'intrinsicsChanges'>) {
    this.#powers = powers;
  }

  /** @param modules ids of those that ran */
  after(modules: readonly string[]): void {
    const { clock, emit, intrinsicsChanges } = this.#powers;
    if (modules.length === 0) return;
    const before = this.#due;
    if (before !== undefined) clock.clear(before.timer);
    const due: Due = {
      modules: new Set([...(before?.modules ?? []), ...modules]),
      timer: clock.setImmediate(() => {
        this.#due = undefined;
        const changes = intrinsicsChanges();
        if (changes.length > 0) emit({ type: 'intrinsics:changed', changes, modules: [...due.modules] });
      }),
    };
    due.timer.unref();
    this.#due = due;
  }

  end(): void {
    if (this.#due !== undefined) this.#powers.clock.clear(this.#due.timer);
  }
}
