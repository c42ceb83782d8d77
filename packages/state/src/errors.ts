/**
 * What scripts and games can do wrong with what this package gives them, each with a stable code.
 *
 * An error knows the module and, where it is found later than it was made (at the commit), the stack of the call that
 * made it. It does not know lines of the author's source: whoever has the source maps adds them.
 */
import type { Scope } from './scope.ts';

/** Codes of a StateError; the error reference tells what each means and what to do. */
export type StateErrorCode =
  | 'AWAIT_AND_MIGRATION'
  | 'EFFECT_ASYNC_CLEANUP'
  | 'EFFECT_ASYNC_SETUP'
  | 'EFFECT_CLEANUP_INVALID'
  | 'HOT_DECLINED'
  | 'INVALID_ARGUMENT'
  | 'LOOP_LIMIT'
  | 'MIGRATION_ASYNC'
  | 'MIGRATION_EMPTY'
  | 'MIGRATION_FAILED'
  | 'MIGRATION_IN_PLACE'
  | 'MIGRATION_MISSING'
  | 'REGISTRY_CONFLICT'
  | 'RESTORE_BELOW_VERSION'
  | 'RESTORE_CLASS_CHANGED'
  | 'RESTORE_CLASS_GONE'
  | 'SLOT_FROM_IN_USE'
  | 'SLOT_MOVED'
  | 'SLOT_OUTSIDE_TOP_LEVEL'
  | 'SLOT_PRIMITIVE'
  | 'SLOT_TWICE'
  | 'TASK_TWICE'
  | 'VERSION_ENDED';

/** The stack of a call, kept for an error that is found later; V8 formats it when `stack` is read, not before. */
export interface Place {
  readonly stack?: string;
}

/** What a StateError is made from. */
export interface StateErrorDetails {
  readonly code: StateErrorCode;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Id of the module whose version did it. */
  readonly module?: string;
  /** The call that is to blame, where it is not the one that throws. */
  readonly place?: Place | undefined;
  readonly cause?: unknown;
}

/** A mistake in the use of a slot, a hook, a timer or another thing that a version owns; `hint` says what to do. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateErrorCode;
  readonly hint: string | undefined;
  readonly module: string | undefined;

  constructor({ code, message, hint, module, place, cause }: StateErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.module = module;
    const frames = place?.stack?.slice(place.stack.indexOf('\n    at '));
    if (frames?.startsWith('\n    at ')) this.stack = `StateError: ${message}${frames}`;
  }
}

/** Remembers where `below` was called from. */
export function placeOf(below: (...args: never[]) => unknown): Place {
  const place = {};
  Error.captureStackTrace(place, below);
  return place;
}

/**
 * What a promise rejects with whose version has ended: the name and code of Node's own AbortError.
 * Its `cause` is a `StateError` with the code `VERSION_ENDED`.
 */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';

  constructor(cause?: unknown) {
    super('The operation was aborted', cause === undefined ? undefined : { cause });
  }
}

/** For what a version that was replaced, unloaded or refused may not do any more. */
export function ended({ owner }: Scope, what: string): StateError {
  return new StateError({
    code: 'VERSION_ENDED',
    message: `A version of '${owner.module}' that has ended cannot ${what}.`,
    hint: 'It was replaced, unloaded or refused while this flow was running. The current version does it by itself.',
    module: owner.module,
  });
}

/** The end of a version as a reason: for its signal and for the promises that waited in it. */
export function endOf(module: string): AbortError {
  const { stackTraceLimit } = Error;
  // The frames would be ours alone, and V8 keeps what stands in frames alive until somebody reads them: whoever keeps
  // the signal of a version would keep all of the version.
  Error.stackTraceLimit = 0;
  try {
    return new AbortError(
      new StateError({
        code: 'VERSION_ENDED',
        message: `This version of '${module}' has ended: it was replaced or unloaded.`,
        module,
      }),
    );
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** True for the error that stops a loop. What a script throws may be a Proxy, which throws when it is looked at. */
export function isLoopLimit(error: unknown): boolean {
  try {
    return error instanceof StateError && error.code === 'LOOP_LIMIT';
  } catch {
    return false;
  }
}

/** True for the rejection by which a flow of an ended version comes to rest: nobody's fault. */
export function isEnd(error: unknown): boolean {
  try {
    return error instanceof AbortError && error.cause instanceof StateError && error.cause.code === 'VERSION_ENDED';
  } catch {
    return false;
  }
}
