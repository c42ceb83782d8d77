/** Errors of the SDK's own calls; those of scripts are `ScriptLoadError`s, outcomes and events. */

/** Codes of a HostError; the error reference tells what each means and what to do. */
export type HostErrorCode =
  | 'ARTIFACT_DAMAGED'
  | 'ARTIFACTS_TIMED_OUT'
  | 'HOST_CLOSED'
  | 'HOST_STARTED'
  | 'INVALID_OPTION'
  | 'NAMESPACE_DISPOSED';

/** A wrong option, or a call that the host or the namespace can no longer answer. */
export class HostError extends Error {
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}

/** Codes of a SnapshotError; the error reference tells what each means and what to do. */
export type SnapshotErrorCode =
  | 'SNAPSHOT_DAMAGED'
  | 'SNAPSHOT_FOREIGN'
  | 'SNAPSHOT_NEWER'
  | 'SNAPSHOT_NOT_WRITTEN'
  | 'SNAPSHOT_TRUNCATED'
  | 'SNAPSHOT_UNREADABLE';

/** A snapshot that cannot be written or read; `hint` says what to do. Nothing has been restored. */
export class SnapshotError extends Error {
  readonly code: SnapshotErrorCode;
  readonly hint: string;

  constructor(code: SnapshotErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SnapshotError';
    this.code = code;
    this.hint = hint;
  }
}
