/**
 * Following: from the wakes of the stores to releases, without announcing states that last a moment.
 *
 *     wake ─▶ quiet for 10 ms (200 at most) ─▶ attempt ─▶ committed
 *                                                └─ refused ─▶ quiet for 250 ms ─▶ announced
 *
 * What can commit is taken as soon as the tree rests for a moment; what would be refused is announced only when nothing
 * has moved for a quarter of a second, because an editor that saves three files, or `git checkout`, passes through
 * states that nobody wrote. No wake is lost: one that comes during an attempt makes another attempt.
 */

import type { Clock } from '@rekindle/state';
import type { Outcome, Refused } from './outcome.ts';
import type { ScriptNamespace } from './script-namespace.ts';

/** Milliseconds. */
export interface Settling {
  /** Rest of the stores before an attempt. @default 10 */
  readonly quiet: number;
  /** The longest wait for that rest. @default 200 */
  readonly patience: number;
  /** Rest before a refusal is announced. @default 250 */
  readonly refusal: number;
}

export const DEFAULT_SETTLING: Settling = { quiet: 10, patience: 200, refusal: 250 };

export interface FollowPowers {
  readonly clock: Clock;
  readonly settling: Settling;
  /** Begins to watch the stores; resolves when no change can be missed any more. */
  watch(wake: () => void, signal: AbortSignal): Promise<void>;
  /** Told when the stores could not be read, and again when they could. */
  lost(error: unknown): void;
  found(): void;
}

export class Follower {
  readonly #namespace: ScriptNamespace;
  readonly #powers: FollowPowers;
  readonly #stopping = new AbortController();
  #running = Promise.resolve();
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(namespace: ScriptNamespace, powers: FollowPowers) {
    this.#namespace = namespace;
    this.#powers = powers;
  }

  /** Resolves when following has begun: a change from now on is seen. */
  async start(): Promise<void> {
    await this.#powers.watch(() => this.#onWake(), this.#stopping.signal);
    this.#onWake(); // what changed between the first load and the watch
    this.#running = this.#run();
  }

  /** Stops looking; resolves when an attempt under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#onWake();
    await this.#running;
  }

  #onWake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    let retry = 0;
    while (!this.#stopping.signal.aborted) {
      if (!this.#woken) await this.#nextWake(retry === 0 ? undefined : Math.min(100 * 2 ** retry, 5_000));
      if (this.#stopping.signal.aborted) return;
      await this.#rest();
      this.#woken = false;
      const outcome = await this.#attempt();
      if (outcome === undefined) {
        retry++;
        continue;
      }
      if (retry > 0) this.#powers.found();
      retry = 0;
      if (outcome.status === 'refused') await this.#announce(outcome);
    }
  }

  /** Waits until the stores rest, but never longer than patience allows. */
  async #rest(): Promise<void> {
    const { clock, settling } = this.#powers;
    const end = clock.now() + settling.patience;
    do this.#woken = false;
    while ((await this.#nextWake(Math.min(settling.quiet, Math.max(0, end - clock.now())))) && clock.now() < end);
  }

  async #attempt(): Promise<Outcome | undefined> {
    try {
      return await this.#namespace.sync({ cause: 'store', quiet: true });
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#powers.lost(error);
      return undefined;
    }
  }

  /** Announces a refusal unless something moves first. */
  async #announce(outcome: Refused): Promise<void> {
    const start = this.#powers.clock.now();
    if (this.#woken || (await this.#nextWake(this.#powers.settling.refusal))) return;
    if (this.#stopping.signal.aborted) return;
    this.#namespace.announce(outcome, this.#powers.clock.now() - start);
  }

  /** Resolves to true at the next wake, to false when the time is up. */
  #nextWake(timeout?: number): Promise<boolean> {
    const { clock } = this.#powers;
    return new Promise((resolve) => {
      const timer = timeout === undefined ? undefined : clock.setTimeout(() => done(false), timeout);
      const done = (woken: boolean) => {
        if (timer !== undefined) clock.clear(timer);
        this.#wake = undefined;
        resolve(woken);
      };
      this.#wake = () => done(true);
    });
  }
}
