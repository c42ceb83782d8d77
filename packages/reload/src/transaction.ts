/**
 * The transaction: an ordered list of participants, all of them or none.
 *
 * It knows nothing of modules, state or timers. `advance` applies participants up to a name, so that a release whose
 * bodies await can open its log while it prepares; `commit` applies the rest in one synchronous step.
 */

import type { Participant } from './participant.ts';
import { warnOf } from './thrown.ts';

export type TransactionState = 'open' | 'committed' | 'undone';

/** A participant's `finish` or `undo` that threw: reported, since neither may stop the others. */
export type ReportFault = (participant: string, step: 'undo' | 'finish', error: unknown) => void;

export class Transaction {
  readonly participants: readonly Participant[];
  readonly #report: ReportFault;
  /** So many have been applied. */
  #applied = 0;
  #state: TransactionState = 'open';

  constructor(participants: readonly Participant[], report: ReportFault) {
    this.participants = participants;
    this.#report = report;
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** Applies every participant before the named one. Throws what one of them threw, after undoing all. */
  advance(before: string): void {
    const end = this.participants.findIndex((participant) => participant.name === before);
    if (end < 0) throw new RangeError(`no participant '${before}'`);
    this.#applyTo(end);
  }

  /** Applies the rest and passes the point of no return. Throws what a participant threw, after undoing all. */
  commit(): void {
    this.#applyTo(this.participants.length);
    this.#state = 'committed';
    for (const participant of this.participants) {
      try {
        participant.finish();
      } catch (error) {
        this.#report(participant.name, 'finish', error);
      }
    }
  }

  /** Undoes what was applied, the last first. */
  rollback(): void {
    if (this.#state !== 'open') return;
    this.#state = 'undone';
    while (this.#applied > 0) {
      this.#applied -= 1;
      const participant = this.participants[this.#applied] as Participant;
      try {
        participant.undo();
      } catch (error) {
        this.#report(participant.name, 'undo', error);
      }
    }
  }

  #applyTo(end: number): void {
    if (this.#state !== 'open') throw new Error(`the transaction is ${this.#state}`);
    try {
      while (this.#applied < end) {
        const participant = this.participants[this.#applied] as Participant;
        this.#applied += 1; // before it applies: one that throws half-way is undone too
        participant.apply();
      }
    } catch (error) {
      this.rollback();
      throw error;
    }
  }
}

/** Says it as a warning of the process: neither can be undone, and the game goes on. */
export const warnOfParticipant: ReportFault = (participant, step, error) => {
  warnOf(`Participant '${participant}' threw in '${step}'`, error, 'REKINDLE_PARTICIPANT');
};
