/** Errors that the game can meet when it asks for scripts; the reference page lists every code. */

import type { Diagnostic } from '@rekindle/compiler';
import { languageError } from './language-error.ts';

/**
 * A script that the game imports, or the whole first release, could not be loaded: nothing of it is left.
 * `cause` is what `import()` of the same module rejects with in a script: a SyntaxError, or what a body threw.
 */
export class ScriptLoadError extends Error {
  /** Code of the first diagnostic. */
  readonly code: string;
  readonly diagnostics: readonly Diagnostic[];

  constructor(what: string, diagnostics: readonly Diagnostic[]) {
    const [first] = diagnostics;
    const place =
      first?.module === undefined ? '' : `${first.module}${first.line === undefined ? '' : `:${first.line}`}: `;
    const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : '';
    const thrown = languageError(diagnostics);
    super(
      `${what} could not be loaded. ${place}${first?.message ?? ''}${more}`,
      thrown === undefined ? undefined : { cause: thrown.value },
    );
    this.name = 'ScriptLoadError';
    this.code = first?.code ?? 'LOAD_FAILED';
    this.diagnostics = diagnostics;
  }
}

/** Codes of a ReloadError; the error reference tells what each means and what to do. */
export type ReloadErrorCode =
  | 'REENTRANT'
  | 'CLOSED'
  | 'IMPORT_ABORTED'
  | 'IMPORT_OPTIONS'
  | 'NOT_LOADED'
  | 'MODULE_UNLOADED'
  | 'EXPORT_GONE'
  | 'EXPORT_NOT_CALLABLE';

/**
 * A call that came at the wrong moment, an `import()` in a script that can no longer be served, or a live function with
 * nothing behind it.
 */
export class ReloadError extends Error {
  readonly code: ReloadErrorCode;

  constructor(code: ReloadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ReloadError';
    this.code = code;
  }
}
