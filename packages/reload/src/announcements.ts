/**
 * Refusals while nobody knows yet whether they last: a namespace that has been refused in the same words for a quarter of
 * a second is told of, whatever else moves meanwhile. While a store says that somebody is at it, nothing is told for up
 * to ten seconds.
 *
 * When the stores are looked at is decided by `follow.ts`.
 */

import type { Clock, ClockTimer } from '@rekindle/state';
import type { Outcome, Refused } from './outcome.ts';
import { wordsOf } from './refusals.ts';
import type { ScriptNamespace } from './script-namespace.ts';

export interface AnnouncementPowers {
  readonly clock: Clock;
  /** Milliseconds that a refusal must last. */
  readonly refusal: number;
  /** Whether somebody is known to rewrite the stores' content in many steps. Never rejects. */
  unsettled(): Promise<boolean>;
  /** Whether an attempt in the namespace has not ended, or is about to begin. */
  isBusy(namespace: ScriptNamespace): boolean;
}

/** Milliseconds for which refusals are kept back at most while somebody rewrites the content, and between two looks. */
const MOST_KEPT_BACK = 10_000;
const LOOK = 50;

interface Kept {
  readonly outcome: Refused;
  readonly words: string;
  readonly since: number;
  /** When an attempt last ended in it. */
  seen: number;
  announced: boolean;
}

export class Announcements {
  readonly #powers: AnnouncementPowers;
  readonly #kept = new Map<ScriptNamespace, Kept>();
  #timer: { readonly timer: ClockTimer; readonly at: number } | undefined;

  constructor(powers: AnnouncementPowers) {
    this.#powers = powers;
  }

  /** How an attempt ended in a namespace; the same words again keep their time. */
  ended(namespace: ScriptNamespace, outcome: Outcome): void {
    if (outcome.status !== 'refused') {
      this.#kept.delete(namespace);
      return;
    }
    const now = this.#powers.clock.now();
    const words = wordsOf(outcome.diagnostics);
    let kept = this.#kept.get(namespace);
    if (kept?.words !== words) {
      kept = { outcome, words, since: now, seen: now, announced: false };
      this.#kept.set(namespace, kept);
    }
    kept.seen = now;
    if (!kept.announced) this.#lookAt(Math.max(now, this.#dueOf(kept)));
  }

  /** Forgets namespaces in which nobody looks any more. */
  keep(namespaces: ReadonlySet<ScriptNamespace>): void {
    for (const namespace of this.#kept.keys()) if (!namespaces.has(namespace)) this.#kept.delete(namespace);
  }

  end(): void {
    this.#kept.clear();
    if (this.#timer !== undefined) this.#powers.clock.clear(this.#timer.timer);
  }

  #dueOf({ since }: Kept): number {
    return since + this.#powers.refusal;
  }

  #lookAt(at: number): void {
    const { clock } = this.#powers;
    if (this.#timer !== undefined) {
      if (this.#timer.at <= at) return;
      clock.clear(this.#timer.timer);
    }
    const look = () => {
      this.#timer = undefined;
      void this.#look();
    };
    this.#timer = { at, timer: clock.setTimeout(look, at - clock.now()) };
  }

  async #look(): Promise<void> {
    const { clock } = this.#powers;
    const due = [...this.#kept].filter((one) => this.#isDue(...one));
    const isUnsettled = due.length > 0 && (await this.#powers.unsettled());
    for (const [namespace, kept] of due) {
      if (kept.announced || this.#kept.get(namespace) !== kept) continue;
      const lasted = clock.now() - kept.since;
      if (isUnsettled && lasted < MOST_KEPT_BACK) this.#lookAt(clock.now() + LOOK);
      else {
        kept.announced = true;
        namespace.announce(kept.outcome, lasted);
      }
    }
    for (const kept of this.#kept.values()) {
      if (!kept.announced && this.#dueOf(kept) > clock.now()) this.#lookAt(this.#dueOf(kept));
    }
  }

  /** One whose namespace is being tried again is not: the attempt may mend it, and its end comes back here. */
  #isDue(namespace: ScriptNamespace, kept: Kept): boolean {
    const due = this.#dueOf(kept);
    return !kept.announced && due <= this.#powers.clock.now() && (kept.seen >= due || !this.#powers.isBusy(namespace));
  }
}
