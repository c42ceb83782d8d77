/** Errors that scripts and games can meet while modules are loaded; the reference page lists every code. */

export type LoaderErrorCode =
  /** Code of a module that has been taken out reads one of its imports. */
  | 'MODULE_UNLOADED'
  /** A script asked the process to end. */
  | 'PROCESS_EXIT'
  /** A script reads a global that the policy of its store hides. */
  | 'POLICY_GLOBAL'
  /** `import.meta.resolve` finds nothing. */
  | 'UNRESOLVED_IMPORT';

/** What a script does that it may not, or that can no longer be done, while its code runs. */
export class LoaderError extends Error {
  readonly code: LoaderErrorCode;

  constructor(code: LoaderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LoaderError';
    this.code = code;
  }
}
