/**
 * Following: from the wakes of the stores to releases, without announcing states that last a moment.
 *
 *     wake ─▶ quiet for 20 ms (200 at most) ─▶ attempt ─▶ committed
 *                                                └─ refused for 250 ms ─▶ announced
 *
 * What can commit is taken as soon as the tree rests for a moment; what would be refused is announced only when it has
 * been refused in the same words for a quarter of a second, because an editor that saves three files, or `git checkout`,
 * passes through states that nobody wrote; while a store says that somebody is at it, nothing is announced for up to ten
 * seconds. No wake is lost: one that comes during an attempt makes another attempt.
 */

import type { Clock } from '@rekindle/state';
import type { Refused } from './outcome.ts';
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
  /** Told when the stores could not be read, and again when they could. */
  lost(error: unknown): void;
  found(): void;
}

/** Milliseconds for which refusals are kept back at most while somebody rewrites the content, and between two looks. */
const MOST_KEPT_BACK = 10_000;
const LOOK = 50;

interface Refusal {
  readonly namespace: ScriptNamespace;
  readonly outcome: Refused;
}

export class Follower {
  readonly #powers: FollowPowers;
  readonly #stopping = new AbortController();
  #running = Promise.resolve();
  #wake: (() => void) | undefined;
  #woken = false;
  /** The refusals of the last attempt, and since when it ends in them. */
  #pending:
    | { refusals: readonly Refusal[]; signature: string; since: number; due: number; announced: boolean }
    | undefined;

  constructor(powers: FollowPowers) {
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
    let retry = 0;
    while (!this.#stopping.signal.aborted) {
      if (!this.#woken) await this.#nextWake(retry === 0 ? this.#untilAnnouncement() : backoff(retry));
      if (this.#stopping.signal.aborted) return;
      if (!this.#woken && retry === 0) {
        await this.#announceWhenSettled();
        continue;
      }
      await this.#rest();
      this.#woken = false;
      // a release that waits for the game's moment must not keep a newer one from taking its place
      const attempt = this.#attempt();
      const settled = await Promise.race([attempt, this.#nextWake().then(() => 'woken' as const)]);
      if (settled === 'woken') continue;
      if (settled === 'unreachable') {
        retry++;
        continue;
      }
      if (retry > 0) this.#powers.found();
      retry = 0;
      this.#remember(settled);
    }
  }

  /** Waits until the stores rest, but never longer than patience allows. */
  async #rest(): Promise<void> {
    const { clock, settling } = this.#powers;
    const end = clock.now() + settling.patience;
    const { signal } = this.#stopping;
    do this.#woken = false;
    while (
      (await this.#nextWake(Math.min(settling.quiet, Math.max(0, end - clock.now())))) &&
      clock.now() < end &&
      !signal.aborted
    );
  }

  /** Takes the newest release in each namespace, at its own moment; the event loop turns between them. */
  async #attempt(): Promise<Refusal[] | 'unreachable'> {
    const attempts: Promise<Refusal[]>[] = [];
    for (const namespace of [...this.#powers.namespaces()]) {
      const turn = turns.take();
      if (turn !== undefined) await turn;
      if (this.#stopping.signal.aborted) break;
      const attempt = this.#sync(namespace);
      attempt.catch(() => {}); // it is looked at when all have begun
      attempts.push(attempt);
    }
    const settled = await Promise.allSettled(attempts);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed === undefined) return settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (!this.#stopping.signal.aborted) this.#powers.lost(failed.reason);
    return 'unreachable';
  }

  async #sync(namespace: ScriptNamespace): Promise<Refusal[]> {
    try {
      const outcome = await namespace.sync({ cause: 'store', quiet: true });
      return outcome.status === 'refused' ? [{ namespace, outcome }] : [];
    } catch (error) {
      if (namespace.isClosed) return []; // disposed of meanwhile
      throw error;
    }
  }

  /** Keeps refusals until they have lasted; the same ones again keep their time, whatever else moves meanwhile. */
  #remember(refusals: readonly Refusal[]): void {
    const signature = JSON.stringify(refusals.map(signatureOf));
    if (this.#pending?.signature !== signature) {
      const since = this.#powers.clock.now();
      const due = since + this.#powers.settling.refusal;
      this.#pending = { refusals, signature, since, due, announced: refusals.length === 0 };
    }
  }

  /** Milliseconds until the refusals that are kept have lasted; undefined where there is nothing to announce. */
  #untilAnnouncement(): number | undefined {
    if (this.#pending === undefined || this.#pending.announced) return undefined;
    return Math.max(0, this.#pending.due - this.#powers.clock.now());
  }

  async #announceWhenSettled(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined || pending.announced) return;
    const { clock } = this.#powers;
    if (clock.now() - pending.since < MOST_KEPT_BACK && (await this.#powers.unsettled())) {
      pending.due = clock.now() + LOOK;
    } else if (!this.#woken) this.#announce();
  }

  #announce(): void {
    if (this.#pending === undefined || this.#pending.announced) return;
    this.#pending.announced = true;
    for (const { namespace, outcome } of this.#pending.refusals) {
      namespace.announce(outcome, this.#powers.clock.now() - this.#pending.since);
    }
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
function backoff(retry: number): number {
  return Math.min(100 * 2 ** retry, 5_000);
}

function signatureOf({ namespace, outcome }: Refusal): unknown {
  return [namespace.name, outcome.diagnostics.map(({ code, module, line, message }) => [code, module, line, message])];
}
