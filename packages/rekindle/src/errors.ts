/** Errors of the SDK's own calls; those of scripts are `ScriptLoadError`s, outcomes and events. */

/** Codes of a HostError; the error reference tells what each means and what to do. */
export type HostErrorCode = 'INVALID_OPTION' | 'HOST_CLOSED' | 'HOST_STARTED' | 'NAMESPACE_DISPOSED';

/** A wrong option, or a call that the host or the namespace can no longer answer. */
export class HostError extends Error {
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}
