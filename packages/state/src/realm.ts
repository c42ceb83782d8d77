/**
 * What all scopes of one namespace share: its clock, its slots, and the ways out for errors and events.
 *
 * The reload engine makes one for each namespace. It is an interface, not a class: this package keeps nothing in it.
 */
import type { ClassRegistry } from './class-registry.ts';
import type { Clock } from './clock.ts';
import type { LoopMeter } from './loop-meter.ts';
import type { Scope } from './scope.ts';
import type { Slots } from './slots.ts';

/** An error that escaped an entry point: a callback of a hook, a timer, a listener, an effect, a task. */
export interface Fault {
  readonly error: unknown;
  /** The version to which the entry point belongs. */
  readonly scope: Scope;
  /** The entry point in words: `hook 'tick'`, `setInterval`. */
  readonly where: string;
}

/** A slot took its value through migration steps, and the transaction committed. */
export interface StateMigrated {
  readonly type: 'state:migrated';
  readonly module: string;
  readonly revision: string;
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

/** No version names a slot any more. */
export interface StateDropped {
  readonly type: 'state:dropped';
  readonly module: string;
  readonly slot: string;
  /** How long the value is kept, in milliseconds since the epoch; absent when it has gone now. */
  readonly until?: number;
}

/** The clean-up of an effect threw or rejected, or an effect could not be set up again after a refusal. */
export interface EffectFailed {
  readonly type: 'effect:failed';
  readonly module: string;
  readonly revision: string;
  readonly when: 'cleanup' | 'restart';
  readonly error: unknown;
}

/** A refused change had cleaned up an effect of the version that stays: it has been set up again. */
export interface EffectRestarted {
  readonly type: 'effect:restarted';
  readonly module: string;
  readonly revision: string;
}

/** A script has told the game something with `import.meta.hot.send`. */
export interface ScriptMessage {
  readonly type: 'script:message';
  readonly module: string;
  readonly revision: string;
  /** The name that the script gave. */
  readonly event: string;
  readonly data: unknown;
}

export type StateEvent = StateMigrated | StateDropped | EffectFailed | EffectRestarted | ScriptMessage;

/** How long a replaced version may set timers, in ms. */
export const DRAIN = 5_000;

export interface Realm {
  /** Name of the namespace. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly slots: Slots;
  readonly classes: ClassRegistry;
  readonly loops: LoopMeter;
  /**
   * Milliseconds in which a replaced version may still set timers.
   * @default 5000
   */
  readonly drain?: number;
  /** Told of every error that escapes an entry point; must not throw. */
  report(fault: Fault): void;
  /** Told, in order and while things happen, of what is worth an event; must not throw. */
  emit?(event: StateEvent): void;
}
