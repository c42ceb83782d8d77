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
export type Cause =
  | 'start'
  | 'import'
  | 'store'
  | 'sync'
  | 'reload'
  | 'reload-all'
  | 'unload'
  | 'evaluate'
  | 'revert'
  | 'probation'
  | 'invalidate';

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

/** The first release runs: everything that `start` was asked for has been loaded. */
export interface HostBooted extends EventBase {
  readonly type: 'host:booted';
  readonly modules: readonly string[];
  /** Milliseconds from the call of `start` until everything had run. */
  readonly duration: number;
  /** Where the release came from. */
  readonly from: 'stores' | 'last-known-good';
  /**
   * Why the stores' newest release does not run: they could not be read (a `StoreError`), or it was refused (a
   * `ScriptLoadError`, which has the diagnostics). Absent where it runs.
   */
  readonly error?: unknown;
}

/**
 * Processes died while a release was starting, so it is not started again by itself until its content changes: the host
 * boots from the last known good release.
 */
export interface ReleaseBarred extends EventBase {
  readonly type: 'release:barred';
  readonly barred: ReleaseInfo;
  /** How many starts died. */
  readonly starts: number;
  readonly why: string;
}

/** A module has come. */
export interface ModuleLoaded extends ModuleBase {
  readonly type: 'module:loaded';
}

/** A module has left, with everything that it owned. */
export interface ModuleUnloaded extends ModuleBase {
  readonly type: 'module:unloaded';
}

/** A change is being prepared; what ran before runs on. */
export interface ReloadStarted extends ReloadBase {
  readonly type: 'reload:started';
}

/** A change runs, all of it. */
export interface ReloadCommitted extends ReloadBase {
  readonly type: 'reload:committed';
  /** Ids of the modules that ran, in order. */
  readonly evaluated: readonly string[];
  /** For each module that ran, why: its text changed, or the binding whose new value it could observe. */
  readonly reasons: Readonly<Record<string, string>>;
  /**
   * Ids of the modules that did not run and of which effects were set up again, and why: these alone could observe
   * something that changed.
   */
  readonly effects: Readonly<Record<string, string>>;
  /** How many modules kept running untouched. */
  readonly kept: number;
  /** Milliseconds from the wish to the commit. */
  readonly duration: number;
  /** Milliseconds for which the event loop was held: the synchronous step. */
  readonly pause: number;
}

/** A change cannot run; nothing of it has happened. */
export interface ReloadRefused extends ReloadBase {
  readonly type: 'reload:refused';
  readonly diagnostics: readonly Diagnostic[];
  readonly duration: number;
}

/** An earlier release runs again, code and state: its errors, or somebody, had the later one taken back. */
export interface ReloadRolledBack extends ReloadBase {
  readonly type: 'reload:rolled-back';
  readonly cause: 'probation' | 'revert';
  /** What ran before. */
  readonly from: ReleaseInfo;
  /** Ids of the modules that ran, in order. */
  readonly evaluated: readonly string[];
  /** The errors that counted, and the last of them; none where somebody went back by hand. */
  readonly errors: number;
  readonly error?: unknown;
  readonly duration: number;
  readonly pause: number;
}

/** A release ought to be taken back and cannot be: it runs on, and somebody has to decide. */
export interface ReloadHeld extends ReloadBase {
  readonly type: 'reload:held';
  readonly cause: 'probation';
  /** Why it cannot be taken back. */
  readonly diagnostics: readonly Diagnostic[];
  readonly errors: number;
  readonly error: unknown;
}

/** A namespace has stopped following its stores: somebody asked for it. */
export interface FollowHeld extends EventBase {
  readonly type: 'follow:held';
  readonly why: string;
}

/** A namespace follows its stores again. */
export interface FollowResumed extends EventBase {
  readonly type: 'follow:resumed';
  /** Why it had stopped, and for how many milliseconds. */
  readonly why: string;
  readonly held: number;
}

/** A change that is ready waits for the moment that the game chooses, for 5 s already. */
export interface ReloadWaiting extends ReloadBase {
  readonly type: 'reload:waiting';
  /** Milliseconds. */
  readonly waited: number;
}

/** Code of a script threw in an entry point, and the game went on. */
export interface ScriptError extends ModuleBase {
  readonly type: 'script:error';
  readonly error: unknown;
  /** The kind of entry point: `hook 'tick'`, `timer`, `effect`. */
  readonly where: string;
  /** Where it was thrown, if a script is in the stack: the innermost place, which may be in a module that was called. */
  readonly place?: { readonly module: string; readonly line: number; readonly column: number };
}

/** A script wrote to the console, where it was printed as well. */
export interface ScriptLog extends EventBase {
  readonly type: 'script:log';
  /** Who speaks; undefined where no script is in the stack. */
  readonly module: string | undefined;
  readonly level: 'debug' | 'log' | 'info' | 'warn' | 'error' | 'trace';
  readonly values: readonly unknown[];
}

/** Something in a script is probably a mistake, and was let through; told when the module's text or its state came. */
export interface ScriptWarning extends ModuleBase {
  readonly type: 'script:warning';
  readonly diagnostic: Diagnostic;
}

/** A script has told the game something, with `import.meta.hot.send`. */
export interface ScriptMessage extends ModuleBase {
  readonly type: 'script:message';
  /** The name that the script gave. */
  readonly event: string;
  readonly data: unknown;
}

/** The clean-up of an effect threw, or the effect could not be set up again when a change was undone. */
export interface EffectFailed extends ModuleBase {
  readonly type: 'effect:failed';
  readonly error: unknown;
  readonly when: 'cleanup' | 'restart';
}

/** An effect was set up again, because the change that had cleaned it up was undone. */
export interface EffectRestarted extends ModuleBase {
  readonly type: 'effect:restarted';
}

/** The value of a slot has gone to another version of its shape. */
export interface StateMigrated extends ModuleBase {
  readonly type: 'state:migrated';
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

/** A slot that no module names any more was set aside, or its value has gone. */
export interface StateDropped extends EventBase {
  readonly type: 'state:dropped';
  readonly module: string;
  readonly slot: string;
  /** How long the value is kept, in milliseconds since the epoch; absent when it has gone now. */
  readonly until?: number;
}

/** A snapshot was made without this slot, because something in it cannot be written. */
export interface StateUnwritten extends EventBase {
  readonly type: 'state:unwritten';
  readonly module: string;
  readonly slot: string;
  /** The way to it: `goblins.get(3).socket`. */
  readonly path: string;
  /** What it is: `a function`, `an instance of 'Socket', …`. */
  readonly why: string;
}

/**
 * Living objects have come to the new version of their class; told for each module that ran again and has top-level
 * classes of which there was a version before.
 */
export interface InstancesUpgraded extends ModuleBase {
  readonly type: 'instances:upgraded';
  /** Names of the classes whose living objects, however many there are, are of the new version. */
  readonly classes: readonly string[];
  /** Those whose living objects keep their whole old class, and why, with the line. */
  readonly kept: readonly { readonly class: string; readonly diagnostic: Diagnostic }[];
  /** What of upgraded objects stays old all the same: a field that hides a method, a bound function. */
  readonly stale: readonly { readonly class: string; readonly member: string; readonly diagnostic: Diagnostic }[];
}

/** A module ran again and has its plain variables anew, or has left: what code had assigned to them is gone. */
export interface StateLost extends ModuleBase {
  readonly type: 'state:lost';
  /** What they held. */
  readonly variables: readonly { readonly name: string; readonly value: unknown }[];
}

/** Some collections after a version was replaced, its code is still held. Told once for a version. */
export interface VersionLingering extends ModuleBase {
  readonly type: 'version:lingering';
  /** When it was replaced, in milliseconds since the epoch. */
  readonly since: number;
  /**
   * What of its own is still to come, `setTimeout of 60000 ms`, and what a short look finds in slots: `objects of
   * 'Goblin' in the slot 'all' of 'npc/goblin.ts'`. Empty where it is the game, a variable of another module, or a
   * function in flight.
   */
  readonly holders: readonly string[];
}

/** Somebody changed the language itself, for every namespace and the game: found after a commit. */
export interface IntrinsicsChanged extends EventBase {
  readonly type: 'intrinsics:changed';
  /** `Array.prototype.last was added`. */
  readonly changes: readonly string[];
  /** Ids of the modules that ran in the release after which it was found; what did it may have done so earlier. */
  readonly modules: readonly string[];
}

/** No limit ends anything while the inspector of this process listens: a breakpoint would be met by all of them. */
export interface LimitsResting extends EventBase {
  readonly type: 'limits:resting';
  readonly reason: 'inspector';
}

/** A store that was lost can be read again. */
export interface StoreConnected extends EventBase {
  readonly type: 'store:connected';
  readonly store: string;
}

/** A store cannot tell of changes, and is asked again and again. */
export interface StorePolling extends EventBase {
  readonly type: 'store:polling';
  readonly store: string;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Why it polls. */
  readonly reason: unknown;
}

/**
 * The newest release of a store is older than what runs of it, or it has none any more: it is being restored, say. What
 * runs, runs on, until something is published.
 */
export interface StoreBehind extends EventBase {
  readonly type: 'store:behind';
  readonly store: string;
  /** The number of its newest release; 0 where it has none. */
  readonly number: number;
  /** The number of the release that runs. */
  readonly running: number;
}

/**
 * Compiled modules that a store keeps were damaged, or could not be had or written: the host compiles for itself. Of a
 * store that does not answer it is said once, until it does.
 */
export interface ArtifactsFailed extends EventBase {
  readonly type: 'artifacts:failed';
  /** The stores, as one name. */
  readonly store: string;
  /** Ids of the modules. */
  readonly modules: readonly string[];
  readonly error: unknown;
}

/** A store cannot be read at the moment; what runs, runs on. */
export interface StoreLost extends EventBase {
  readonly type: 'store:lost';
  readonly store: string;
  readonly error: unknown;
}

/** Everything that happens; `type` tells the events apart. */
export type RekindleEvent =
  | ArtifactsFailed
  | HostBooted
  | ReleaseBarred
  | ModuleLoaded
  | ModuleUnloaded
  | ReloadStarted
  | ReloadCommitted
  | ReloadRefused
  | ReloadRolledBack
  | ReloadHeld
  | ReloadWaiting
  | FollowHeld
  | FollowResumed
  | ScriptError
  | ScriptLog
  | ScriptMessage
  | ScriptWarning
  | EffectFailed
  | EffectRestarted
  | StateMigrated
  | StateDropped
  | StateUnwritten
  | StateLost
  | InstancesUpgraded
  | VersionLingering
  | IntrinsicsChanged
  | LimitsResting
  | StoreBehind
  | StoreConnected
  | StoreLost
  | StorePolling;

/** The `type` of an event: `reload:committed`. */
export type EventType = RekindleEvent['type'];

/** The event of one `type`. */
export type EventOf<Type extends EventType> = Extract<RekindleEvent, { readonly type: Type }>;

/** An event as its maker knows it: the namespace adds time, name and release. */
export type EventBody<Event extends RekindleEvent = RekindleEvent> = Event extends RekindleEvent
  ? Omit<Event, keyof EventBase>
  : never;
