/**
 * The one form in which Rekindle says what is wrong with a script.
 *
 * Every package makes these; none of them prints: rendering to text or colour happens at the edge
 * (`renderDiagnostic` here, the terminal of the game, the web page).
 */

/** A place in the author's source. Lines and columns both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a script, where, and what to do about it. */
export interface Diagnostic {
  /** Stable name of the fault, for example `MISSING_EXPORT`; the reference page lists them all. */
  readonly code: string;
  /** One sentence: what is wrong. User values stand in single quotes. */
  readonly message: string;
  /** Id of the module in which the fault stands. */
  readonly module?: string;
  /** 1-based line in the author's source. */
  readonly line?: number;
  /** 1-based column in the author's source. */
  readonly column?: number;
  /** The lines around the place with a marker below it, ready to print in a fixed-width font. */
  readonly frame?: string;
  /** One sentence or more: what to do about it. */
  readonly hint?: string;
  /** What was thrown, where something was. */
  readonly cause?: unknown;
}
