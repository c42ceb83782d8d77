/**
 * What was refused: as an outcome, and as an event where it is time to tell; the refusal that stands is known.
 *
 * Whether something is refused is decided elsewhere, and so is how long a refusal must last.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { sendHot } from '@rekindle/state';
import type { Cause } from './events.ts';
import { errorPayload } from './hot-events.ts';
import type { NamespaceStatus } from './namespace-info.ts';
import type { Refused } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { RunningRelease } from './running-release.ts';
import { isLoad, type Wish } from './wish.ts';

type RefusalPowers = Pick<Powers, 'clock' | 'emit' | 'realm' | 'restated'>;

export class Refusals {
  readonly #powers: RefusalPowers;
  readonly #running: RunningRelease;
  #standing: NamespaceStatus['refused'];

  constructor(powers: RefusalPowers, running: RunningRelease) {
    this.#powers = powers;
    this.#running = running;
  }

  /** The refusal that was told last, while what was refused is the newest release. */
  get standing(): NamespaceStatus['refused'] {
    return this.#standing;
  }

  /** A release has been committed. */
  lift(): void {
    this.#standing = undefined;
  }

  /** What the stores have is what runs: who was refused has taken it back. */
  withdraw(): void {
    if (this.#standing === undefined) return;
    this.lift();
    this.#powers.restated?.();
  }

  /**
   * The outcome of a wish that is refused. It is told at once, unless it may last a moment only, or the caller is told.
   * @param start when the wish was taken up
   * @param isTold of its beginning
   */
  refuse(
    wish: Wish,
    modules: readonly string[],
    diagnostics: readonly Diagnostic[],
    start: number,
    isTold: boolean = !isLoad(wish),
  ): Refused {
    if (wish.quiet !== true && isTold) {
      this.tell(wish.cause, modules, diagnostics, this.#powers.clock.now() - start);
    }
    return { status: 'refused', release: this.#running.release, modules, diagnostics };
  }

  /** Tells of a refusal that has lasted, unless it has been told already. */
  announce({ modules, diagnostics }: Refused, duration: number): void {
    if (this.#standing !== undefined && wordsOf(this.#standing.diagnostics) === wordsOf(diagnostics)) return;
    this.tell('store', modules, diagnostics, duration);
  }

  tell(cause: Cause, modules: readonly string[], diagnostics: readonly Diagnostic[], duration: number): void {
    const { clock, emit, realm } = this.#powers;
    // an invalidation is about the release that runs
    if (cause !== 'invalidate') this.#standing = { modules, diagnostics, since: clock.time() };
    emit({ type: 'reload:refused', cause, modules, diagnostics, duration });
    sendHot(realm, 'vite:error', errorPayload(diagnostics));
  }
}

/** What two refusals have in common that are the same to their reader. */
export function wordsOf(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify(diagnostics.map(({ code, module, line, message }) => [code, module, line, message]));
}
