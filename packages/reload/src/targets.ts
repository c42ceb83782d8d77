/**
 * What a namespace shall hold next: asks the stores for their head, and what it lists.
 *
 * Loads keep to the release that runs, so that two modules never come from two releases.
 */

import { abortable, type Head, type HeadOptions } from '@rekindle/store';
import { behind } from './behind.ts';
import type { Target } from './checkpoints.ts';
import type { Powers } from './powers.ts';
import type { RunningRelease } from './running-release.ts';
import type { Wish } from './wish.ts';

export class Targets {
  readonly #powers: Pick<Powers, 'emit' | 'source'>;
  readonly #running: RunningRelease;
  readonly #closing: AbortSignal;
  /** True where the store no longer has the texts of the release that runs: what is loaded next takes the newest. */
  #stale = false;
  /** The head behind what runs that was told of last. */
  #behind: string | undefined;

  constructor(powers: Pick<Powers, 'emit' | 'source'>, running: RunningRelease, closing: AbortSignal) {
    this.#powers = powers;
    this.#running = running;
    this.#closing = closing;
  }

  /** What a head in the stores would be here, without taking it. */
  newest(): Promise<Head | undefined> {
    return this.#head({});
  }

  /** The store has moved on from what was read of it. */
  moved(): void {
    this.#stale = true;
  }

  /** What a wish is about. */
  async of({ cause, back, quiet }: Wish): Promise<Target> {
    if (back !== undefined) return back.to.target;
    const { target: running, isNothing } = this.#running;
    const keeps = cause === 'import' || cause === 'evaluate' || cause === 'unload' || cause === 'invalidate';
    if (keeps && !isNothing && !this.#stale) return running;
    // whoever follows comes again with the next wake; others want what is there now
    const woken = cause === 'store' && quiet === true && !this.#stale;
    this.#stale = false;
    const head = await this.#head({ woken });
    if (cause === 'store' && this.#isBehind(head)) return running;
    if (head === undefined) return running;
    if (head.hash === running.head.hash) return { ...running, head };
    const signal = this.#closing;
    const release = await abortable(this.#powers.source.manifest(head.hash, { signal }), signal);
    return { head, release, manifest: release };
  }

  #head({ woken = false }: Omit<HeadOptions, 'signal'>): Promise<Head | undefined> {
    const signal = this.#closing;
    return abortable(this.#powers.source.head({ woken, signal }), signal);
  }

  /** What is older than what runs is told once, and not taken by following: a store is being restored. */
  #isBehind(head: Head | undefined): boolean {
    if (this.#running.isNothing) return false;
    const { source, emit } = this.#powers;
    const found = behind(this.#running.target.head, head, source.name);
    const words = found && JSON.stringify([found, head?.hash]);
    if (found !== undefined && words !== this.#behind) {
      const { source: store, number, running } = found;
      emit({ type: 'store:behind', store, number, running });
    }
    this.#behind = words;
    return found !== undefined;
  }
}
