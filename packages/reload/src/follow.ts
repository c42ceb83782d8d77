/**
 * Following: from the wakes of the stores to releases, without announcing states that last a moment.
 *
 *     wake ─▶ quiet for 20 ms (200 at most) ─▶ attempt ─▶ committed
 *                                                └─ refused for 250 ms ─▶ announced
 *
 * What can commit is taken as soon as the tree rests for a moment; what would be refused is announced only when it has
 * lasted (`announcements.ts`), because an editor that saves three files, or `git checkout`, passes through states that
 * nobody wrote. No wake is lost: one that comes during an attempt makes another attempt, beside it. So each namespace
 * says for itself how an attempt ended, whatever the others wait for.
 */

import type { Clock, ClockTimer } from '@rekindle/state';
import { Announcements } from './announcements.ts';
import type { ScriptNamespace } from './script-namespace.ts';
import { turns } from './turns.ts';

/** Milliseconds. */
export interface Settling {
  /** Rest of the stores before an attempt. @default 20 */
  readonly quiet: number;
  /** The longest wait for that rest. @default 200 */
  readonly patience: number;
  /** How long a refusal must last before it is announced. @default 250 */
  readonly refusal: number;
}

export const DEFAULT_SETTLING: Settling = { quiet: 20, patience: 200, refusal: 250 };

export interface FollowPowers {
  /** The namespaces that follow at this moment. */
  namespaces(): Iterable<ScriptNamespace>;
  readonly clock: Clock;
  readonly settling: Settling;
  /** Begins to watch the stores; resolves when no change can be missed any more. */
  watch(wake: () => void, signal: AbortSignal): Promise<void>;
  /** Whether somebody is known to rewrite the stores' content in many steps. Never rejects. */
  unsettled(): Promise<boolean>;
  /** Told when the stores could not be read, once in an attempt, and again when they can in every namespace. */
  lost(error: unknown): void;
  found(): void;
}

export class Follower {
  readonly #powers: FollowPowers;
  readonly #announcements: Announcements;
  readonly #stopping = new AbortController();
  #running = Promise.resolve();
  #wake: (() => void) | undefined;
  /** True from a wake to the attempt that answers it. */
  #woken = false;
  /** The newest attempt in each namespace, until it has ended there. */
  readonly #underWay = new Map<ScriptNamespace, symbol>();
  /** Namespaces whose stores could not be read when it was last tried. */
  readonly #unreachable = new Set<ScriptNamespace>();
  /** Attempts that could not read some store, since all could be read. */
  #failures = 0;
  #retry: ClockTimer | undefined;

  constructor(powers: FollowPowers) {
    const { clock, settling } = powers;
    this.#powers = powers;
    this.#announcements = new Announcements({
      clock,
      refusal: settling.refusal,
      unsettled: () => powers.unsettled(),
      isBusy: (namespace) => this.#woken || this.#underWay.has(namespace),
    });
  }

  /** Resolves when following has begun: a change from now on is seen. */
  async start(): Promise<void> {
    await this.#powers.watch(() => this.#onWake(), this.#stopping.signal);
    this.#onWake(); // what changed between the first load and the watch
    this.#running = this.#run();
  }

  /** Stops looking; resolves when no attempt can begin any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#announcements.end();
    this.#endRetry();
    this.#onWake();
    await this.#running;
  }

  /** Aborts when it stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Something may have changed in a store that was not there when following began. */
  wake(): void {
    this.#onWake();
  }

  #onWake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (!this.#woken) await this.#nextWake();
      await this.#rest();
      if (this.#stopping.signal.aborted) return;
      this.#woken = false;
      // a release that waits for the game's moment must not keep a newer one from taking its place
      await Promise.race([this.#attempt(), this.#nextWake()]);
    }
  }

  /** Waits until the stores rest, but never longer than patience allows. */
  async #rest(): Promise<void> {
    const { clock, settling } = this.#powers;
    const end = clock.now() + settling.patience;
    let isMoving = true;
    while (isMoving && clock.now() < end && !this.#stopping.signal.aborted) {
      isMoving = await this.#nextWake(Math.min(settling.quiet, end - clock.now()));
    }
  }

  /** Takes the newest release in each namespace, at its own moment; the event loop turns between them. */
  async #attempt(): Promise<void> {
    const attempt = Symbol('attempt');
    const namespaces = new Set(this.#powers.namespaces());
    for (const namespace of this.#unreachable) if (!namespaces.has(namespace)) this.#unreachable.delete(namespace);
    for (const namespace of namespaces) this.#underWay.set(namespace, attempt);
    this.#announcements.keep(namespaces);
    let isLost = false;
    const lost = (error: unknown) => {
      if (!isLost) this.#lost(error);
      isLost = true;
    };
    const ends: Promise<void>[] = [];
    for (const namespace of namespaces) {
      const turn = turns.take();
      if (turn !== undefined) await turn;
      if (this.#stopping.signal.aborted) break;
      ends.push(this.#sync(namespace, attempt, lost));
    }
    await Promise.all(ends);
  }

  /** Never rejects. */
  async #sync(namespace: ScriptNamespace, attempt: symbol, lost: (error: unknown) => void): Promise<void> {
    const ended = await namespace.sync({ cause: 'store', quiet: true }).then(
      (outcome) => ({ outcome }),
      (error: unknown) => ({ error }),
    );
    if (this.#underWay.get(namespace) === attempt) this.#underWay.delete(namespace);
    if (this.#stopping.signal.aborted) return;
    if ('error' in ended && !namespace.isClosed) {
      this.#unreachable.add(namespace);
      lost(ended.error);
      return;
    }
    this.#unreachable.delete(namespace);
    if ('outcome' in ended) this.#announcements.ended(namespace, ended.outcome);
    if (this.#failures > 0 && this.#unreachable.size === 0) this.#found();
  }

  #lost(error: unknown): void {
    this.#endRetry();
    this.#failures += 1;
    this.#retry = this.#powers.clock.setTimeout(() => this.#onWake(), backoff(this.#failures));
    this.#powers.lost(error);
  }

  #found(): void {
    this.#endRetry();
    this.#failures = 0;
    this.#powers.found();
  }

  #endRetry(): void {
    if (this.#retry !== undefined) this.#powers.clock.clear(this.#retry);
    this.#retry = undefined;
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

/** Milliseconds before the stores are asked again. */
function backoff(failures: number): number {
  return Math.min(100 * 2 ** failures, 5_000);
}
