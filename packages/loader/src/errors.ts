/** Errors that scripts and games can meet while modules are loaded; the reference page lists every code. */

export type LoaderErrorCode =
  | 'MODULE_UNLOADED'
  | 'IMPORT_ABORTED'
  | 'IMPORT_OPTIONS'
  | 'TIME_LIMIT'
  | 'AWAIT_TIME_LIMIT'
  | 'IMPORT_IN_STAGED_BODY';

export class LoaderError extends Error {
  readonly code: LoaderErrorCode;

  constructor(code: LoaderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LoaderError';
    this.code = code;
  }
}
