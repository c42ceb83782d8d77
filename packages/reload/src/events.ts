/**
 * Everything that happens, as one discriminated union.
 *
 * Events are data about the past: they are delivered after the synchronous step in which they arose, in order.
 */

import type { Diagnostic } from '@rekindle/compiler';

/** The release that a namespace runs: `{ number, hash, origins }`. */
export interface ReleaseInfo {
  /** The first store's number; 0 before there is one. */
  readonly number: number;
  /** Names the merged manifest: SHA-256, hexadecimal. */
  readonly hash: string;
  /** Each store's name and own number, in their order. */
  readonly origins?: readonly { readonly source: string; readonly number: number }[];
}

interface EventBase {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly namespace: string;
  /** What runs after the event. */
  readonly release: ReleaseInfo;
}

/** What made a transaction begin. */
export type Cause = 'start' | 'import' | 'store' | 'sync' | 'reload' | 'reload-all' | 'unload' | 'evaluate';

interface ReloadBase extends EventBase {
  readonly cause: Cause;
  /** Ids of the modules whose text changed, that came or that went. */
  readonly modules: readonly string[];
}

interface ModuleBase extends EventBase {
  readonly module: string;
  /** SHA-256 of the source, hexadecimal. */
  readonly revision: string;
}

export interface HostBooted extends EventBase {
  readonly type: 'host:booted';
  readonly modules: readonly string[];
  /** Milliseconds from the call of `start` until everything had run. */
  readonly duration: number;
}

export interface ModuleLoaded extends ModuleBase {
  readonly type: 'module:loaded';
}

export interface ModuleUnloaded extends ModuleBase {
  readonly type: 'module:unloaded';
}

export interface ReloadStarted extends ReloadBase {
  readonly type: 'reload:started';
}

export interface ReloadCommitted extends ReloadBase {
  readonly type: 'reload:committed';
  /** Ids of the modules that ran, in order. */
  readonly evaluated: readonly string[];
  /** For each module that ran, why: its text changed, or the binding whose new value it could observe. */
  readonly reasons: Readonly<Record<string, string>>;
  /** How many modules kept running untouched. */
  readonly kept: number;
  /** Milliseconds from the wish to the commit. */
  readonly duration: number;
  /** Milliseconds for which the event loop was held: the synchronous step. */
  readonly pause: number;
}

export interface ReloadRefused extends ReloadBase {
  readonly type: 'reload:refused';
  readonly diagnostics: readonly Diagnostic[];
  readonly duration: number;
}

export interface ScriptError extends ModuleBase {
  readonly type: 'script:error';
  readonly error: unknown;
  /** The kind of entry point: `hook 'tick'`, `timer`, `effect`. */
  readonly where: string;
  /** Where it was thrown, if a script is in the stack: the innermost place, which may be in a module that was called. */
  readonly place?: { readonly module: string; readonly line: number; readonly column: number };
}

export interface ScriptLog extends EventBase {
  readonly type: 'script:log';
  /** Who speaks; undefined where no script is in the stack. */
  readonly module: string | undefined;
  readonly level: 'debug' | 'log' | 'info' | 'warn' | 'error' | 'trace';
  readonly values: readonly unknown[];
}

export interface EffectFailed extends ModuleBase {
  readonly type: 'effect:failed';
  readonly error: unknown;
  readonly when: 'cleanup' | 'restart';
}

export interface EffectRestarted extends ModuleBase {
  readonly type: 'effect:restarted';
}

export interface StateMigrated extends ModuleBase {
  readonly type: 'state:migrated';
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

export interface StateDropped extends EventBase {
  readonly type: 'state:dropped';
  readonly module: string;
  readonly slot: string;
  /** How long the value is kept, in milliseconds since the epoch; absent when it has gone now. */
  readonly until?: number;
}

/** Somebody changed the language itself, for every namespace and the game: found after a commit. */
export interface IntrinsicsChanged extends EventBase {
  readonly type: 'intrinsics:changed';
  /** `Array.prototype.last was added`. */
  readonly changes: readonly string[];
  /** Ids of the modules that ran in the release after which it was found; what did it may have done so earlier. */
  readonly modules: readonly string[];
}

export interface StoreConnected extends EventBase {
  readonly type: 'store:connected';
  readonly store: string;
}

export interface StorePolling extends EventBase {
  readonly type: 'store:polling';
  readonly store: string;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Why it polls. */
  readonly reason: unknown;
}

export interface StoreLost extends EventBase {
  readonly type: 'store:lost';
  readonly store: string;
  readonly error: unknown;
}

export type RekindleEvent =
  | HostBooted
  | ModuleLoaded
  | ModuleUnloaded
  | ReloadStarted
  | ReloadCommitted
  | ReloadRefused
  | ScriptError
  | ScriptLog
  | EffectFailed
  | EffectRestarted
  | StateMigrated
  | StateDropped
  | IntrinsicsChanged
  | StoreConnected
  | StoreLost
  | StorePolling;

export type EventType = RekindleEvent['type'];

export type EventOf<Type extends EventType> = Extract<RekindleEvent, { readonly type: Type }>;

/** An event as its maker knows it: the namespace adds time, name and release. */
export type EventBody<Event extends RekindleEvent = RekindleEvent> = Event extends RekindleEvent
  ? Omit<Event, keyof EventBase>
  : never;
