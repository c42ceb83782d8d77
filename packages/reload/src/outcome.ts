/** How a wish for a change ended: a value, never an exception. */

import type { Diagnostic } from '@rekindle/compiler';
import type { ReleaseInfo } from './events.ts';
import type { Settled } from './probation.ts';

/** A top-level variable that code had assigned, and that a module which ran has anew. */
export interface LostVariable {
  readonly module: string;
  readonly name: string;
  /** What it held. */
  readonly value: unknown;
}

/** The release runs, all of it. */
export interface Committed {
  readonly status: 'committed';
  readonly release: ReleaseInfo;
  /** Ids of the modules whose text changed, that came or that went. */
  readonly modules: readonly string[];
  /** Ids of the modules that ran, in order. */
  readonly evaluated: readonly string[];
  /** For each module that ran, why. */
  readonly reasons: Readonly<Record<string, string>>;
  /**
   * Ids of the modules that did not run and of which effects were set up again, and why: these alone could observe
   * something that changed.
   */
  readonly effects: Readonly<Record<string, string>>;
  /** Milliseconds from the wish to the commit. */
  readonly duration: number;
  /** Milliseconds for which the event loop was held. */
  readonly pause: number;
  /** Plain variables that code had assigned and that the modules that ran have anew. */
  readonly lost: readonly LostVariable[];
  /**
   * What is probably a mistake, with its line and what to do: in the texts that changed, and in what became of slots and
   * variables. A warning refuses nothing.
   */
  readonly warnings: readonly Diagnostic[];
  /** How the probation of the release ended: `kept`, `rolled-back`, or `held` where it could not be taken back. */
  readonly settled: Promise<Settled>;
}

/** There was nothing to do: the newest release runs already. */
export interface Unchanged {
  readonly status: 'unchanged';
  readonly release: ReleaseInfo;
}

/** A newer change took its place while it was prepared; nothing of this one has happened. */
export interface Superseded {
  readonly status: 'superseded';
  /** The head that took its place. */
  readonly by: ReleaseInfo;
}

/** The release cannot run; nothing has happened, and what ran before runs on. */
export interface Refused {
  readonly status: 'refused';
  /** What runs on. */
  readonly release: ReleaseInfo;
  /** Ids of the modules whose text changed, that came or that went. */
  readonly modules: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What became of a wish for a change; `status` tells them apart. */
export type Outcome = Committed | Unchanged | Superseded | Refused;
