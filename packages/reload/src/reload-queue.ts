/**
 * One transaction at a time: who asks waits for those before, and looks for the newest release that wait become one. A
 * change that waits for something gives way to them.
 *
 * What is asked for is not its matter.
 */

import { currentScope } from '@rekindle/state';
import type { Head } from '@rekindle/store';
import { ReloadError } from './errors.ts';
import type { Cause } from './events.ts';
import type { WaitingChange } from './moment.ts';
import type { Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import type { RunningRelease } from './running-release.ts';
import type { Wish } from './wish.ts';

export interface ReloadQueueParts {
  readonly powers: Pick<Powers, 'ready'>;
  readonly running: RunningRelease;
  readonly closing: AbortSignal;
  /** The change that waits: for bodies that await, or for the game's moment. */
  waiting(): WaitingChange | undefined;
  newest(): Promise<Head | undefined>;
  /** Takes a wish up, once. */
  transact(wish: Wish, onPrepared?: (prepared: Prepared) => void): Promise<Outcome>;
}

/** A look for the newest release. */
interface Sync {
  readonly wish: Wish;
  outcome: Promise<Outcome>;
}

export class ReloadQueue {
  readonly #parts: ReloadQueueParts;
  #tail: Promise<unknown> = Promise.resolve();
  /** How many have been asked for and have not come to their end. */
  #open = 0;
  /** A look for the newest release that has not begun: who asks meanwhile shares it. */
  #waitingSync: Sync | undefined;
  /** What took the place of a release that was superseded. */
  readonly #successors = new WeakMap<Outcome, Sync>();

  constructor(parts: ReloadQueueParts) {
    this.#parts = parts;
  }

  /** Whether something is on its way. */
  get isBusy(): boolean {
    return this.#open > 0;
  }

  /** Resolves when everything that was asked for until now has come to its end. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  /** What a transaction runs cannot wait for another transaction. */
  checkReentrance(): void {
    if (currentScope()?.phase !== 'staged') return;
    const id = currentScope()?.owner.module;
    throw new ReloadError(
      'REENTRANT',
      `'${id}' asks for a reload or a load while a transaction runs its top level or an effect of it, and would wait for ` +
        'itself. Ask after the commit: from a callback or a timer.',
    );
  }

  /** Does something after all that was asked for before. */
  exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    this.checkReentrance();
    const result = this.#after(this.#tail, task);
    this.#open += 1;
    const ended = () => {
      this.#open -= 1;
    };
    this.#tail = result.then(ended, ended);
    return result;
  }

  /**
   * Takes a wish to its end: one that a newer release superseded comes again after that.
   * @param wish or what makes it when its turn comes; an outcome where there is nothing to do
   */
  async insist(wish: Wish | (() => Wish | Outcome), onPrepared?: (prepared: Prepared) => void): Promise<Outcome> {
    let made: Wish | Outcome | undefined;
    const take = async () => {
      made ??= typeof wish === 'function' ? wish() : wish;
      return 'status' in made ? made : await this.#parts.transact(made, onPrepared);
    };
    for (;;) {
      const outcome = await this.exclusive(take);
      if (outcome.status !== 'superseded') return outcome;
    }
  }

  /** Takes the newest release. Calls that wait become one. Never resolves to `superseded`. */
  async sync({ cause, quiet }: { readonly cause: Cause; readonly quiet: boolean }): Promise<Outcome> {
    this.checkReentrance();
    let sync = this.#waitingSync;
    if (sync === undefined) {
      sync = this.#newSync({ cause, quiet });
      this.#waitingSync = sync;
    } else {
      if (!quiet) Object.assign(sync.wish, { cause, quiet }); // somebody asked: a refusal is told at once
      this.waits(); // the stores may have something new by now
    }
    for (;;) {
      const outcome = await sync.outcome;
      const successor = this.#successors.get(outcome);
      if (successor === undefined) return outcome;
      sync = successor;
    }
  }

  #newSync(wish: Wish): Sync {
    const take = () => {
      this.#waitingSync = undefined;
      return this.#parts.transact(wish);
    };
    const outcome = this.exclusive(take);
    const sync: Sync = { wish, outcome };
    if (this.#parts.waiting() !== undefined) {
      outcome.catch(() => {}); // where the stores cannot be read, that is the answer
      sync.outcome = this.#supersede(sync).then(() => outcome);
    }
    return sync;
  }

  /** A change waits for something: it may keep a newer one from coming. */
  waits(): void {
    const by = this.#waitingSync;
    if (by === undefined || this.#parts.waiting() === undefined) return;
    this.#supersede(by).catch(() => {}); // told when its turn comes
  }

  /** What waits gives way to a newer release. */
  async #supersede(by: Sync): Promise<void> {
    const { running } = this.#parts;
    const head = await this.#parts.newest();
    const waiting = this.#parts.waiting();
    if (head === undefined || waiting === undefined || head.hash === waiting.hash) return;
    if (this.#waitingSync !== by) return; // its turn has come: what waits may be its own
    if (waiting.isBack && head.hash === running.target.head.hash) return; // it leaves what the stores still have
    const superseded: Outcome = { status: 'superseded', by: head };
    this.#successors.set(superseded, by);
    waiting.end(superseded);
  }

  async #after<Result>(before: Promise<unknown>, task: () => Promise<Result>): Promise<Result> {
    await before;
    const { closing, powers } = this.#parts;
    closing.throwIfAborted();
    const ready = powers.ready?.();
    if (ready !== undefined) await ready;
    return await task();
  }
}
