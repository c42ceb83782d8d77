/**
 * Everything that a transaction commits or undoes is one of an ordered list of participants.
 *
 * The transaction knows no more than this type, and the fault test reads the list: a later feature adds a participant,
 * and is tested at each of its points from that moment. A participant is made for one transaction and holds what it
 * needs of it (which versions go, which come).
 *
 *     order      apply p1 … apply pn │ point of no return │ finish p1 … finish pn
 *     a throw    undo pk … undo p1   │ reported, never undone
 */

/**
 * When a participant applies:
 * - `evaluate`: before and while the bodies run on staged cells;
 * - `swap`: nothing of the author's runs; the new version becomes the current one;
 * - `effects`: the author's cleanups and set-ups run.
 */
export type Stage = 'evaluate' | 'swap' | 'effects';

/**
 * A seam for tests: a host option of this name sees the participants of each transaction before they are used, and gives
 * back those that shall take their places.
 */
export const PARTICIPANTS: unique symbol = Symbol.for('rekindle.test.participants') as never;

export type WrapParticipants = (participants: readonly Participant[]) => readonly Participant[];

export interface Participant {
  /** A noun, unique in the list: what is committed or undone. */
  readonly name: string;
  readonly stage: Stage;
  /** Does its part. May throw: then the transaction undoes this participant and all before it, last first. */
  apply(): void;
  /** Takes its part back exactly, also one that threw half-way. Must not throw. */
  undo(): void;
  /** After the point of no return: lets go of what was kept for `undo`, starts and stops what cannot be taken back. */
  finish(): void;
}
