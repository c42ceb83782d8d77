/**
 * The moment of the swap, which the game chooses: a change that is ready waits for it, comes to another end meanwhile, or
 * ends with the namespace. It decides nothing about the change itself.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { ClockTimer } from '@rekindle/state';
import { ofActivate, ofClosing } from './diagnose.ts';
import { ReloadError } from './errors.ts';
import type { Cause } from './events.ts';
import type { Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import { warnOf } from './thrown.ts';

/** A change, as who waits with it has to know it. */
export interface KnownChange {
  /** Names the manifest that it brings. */
  readonly hash: string;
  readonly cause: Cause;
  /** It goes back to an earlier release, whatever the stores have. */
  readonly isBack: boolean;
}

/** A change that is ready. */
export interface ReadyChange extends KnownChange {
  readonly modules: readonly string[];
  /** The synchronous step. */
  apply(): Outcome;
  /** Undoes what has run of it. */
  drop(reason: unknown): void;
  refuse(diagnostics: readonly Diagnostic[]): Outcome;
}

/** A change that waits. */
export interface WaitingChange extends KnownChange {
  /** Takes it back: something else is decided. */
  end(outcome: Outcome): void;
}

interface Waiting extends WaitingChange {
  close(reason: Error): void;
}

/** Why an `import()` rejects whose release did not come. */
export function givenUp(): ReloadError {
  return new ReloadError('IMPORT_ABORTED', 'The release was given up before it was committed.');
}

/** Milliseconds after which a moment that has not come is told. */
const LONG_WAIT = 5_000;

export class Moment {
  readonly #powers: Pick<Powers, 'activate' | 'clock' | 'emit'>;
  #waiting: Waiting | undefined;

  constructor(powers: Pick<Powers, 'activate' | 'clock' | 'emit'>) {
    this.#powers = powers;
  }

  /** What waits; undefined where nothing does. */
  get waiting(): WaitingChange | undefined {
    return this.#waiting;
  }

  /** The namespace closes. */
  close(reason: Error): void {
    this.#waiting?.close(reason);
  }

  /** Resolves when the game has let the change happen, or when it has come to another end. */
  wait(change: ReadyChange): Promise<Outcome> {
    const { activate, clock, emit } = this.#powers;
    const { hash, cause, isBack, modules } = change;
    return new Promise((resolve, reject) => {
      let outcome: Outcome | undefined;
      let applying = false;
      let telling: ClockTimer | undefined;
      const decide = (decided: Outcome): Outcome => {
        outcome = decided;
        if (telling !== undefined) clock.clear(telling);
        this.#waiting = undefined;
        resolve(decided);
        return decided;
      };
      const apply = () => {
        if (outcome !== undefined) return outcome;
        if (applying) throw new ReloadError('REENTRANT', 'apply() was called by code that the swap itself runs.');
        applying = true;
        this.#waiting = undefined; // nothing ends it any more
        return decide(change.apply());
      };
      this.#waiting = {
        hash,
        cause,
        isBack,
        end: (other) => {
          change.drop(givenUp());
          decide(other);
        },
        close: (reason) => {
          change.drop(reason);
          reject(reason);
          decide(change.refuse([ofClosing(reason)]));
        },
      };
      try {
        activate(apply);
        if (outcome !== undefined) return;
        telling = clock.setTimeout(
          () => emit({ type: 'reload:waiting', cause, modules, waited: LONG_WAIT }),
          LONG_WAIT,
        );
        telling.unref();
      } catch (error) {
        if (outcome !== undefined) {
          warnOf("'activate' threw after it had applied the release", error, 'REKINDLE_ACTIVATE');
          return;
        }
        change.drop(error);
        decide(change.refuse([ofActivate(error)]));
      }
    });
  }
}
