/** Errors of the SDK's own calls; those of scripts are `ScriptLoadError`s, outcomes and events. */

export type HostErrorCode = 'INVALID_OPTION' | 'HOST_CLOSED' | 'HOST_STARTED' | 'NAMESPACE_DISPOSED';

export class HostError extends Error {
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}
