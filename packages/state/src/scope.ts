/**
 * What one version of one module owns in one namespace.
 *
 * A scope is a place to keep things and a phase; it starts and stops nothing by itself. What is made while it is
 * `staged` is recorded, and the participants of a transaction bring it to life or forget it.
 */
import { setMaxListeners } from 'node:events';
import type { DefinedClasses } from './class-registry.ts';
import type { Collection } from './collection.ts';
import type { Effect } from './effect.ts';
import { endOf } from './errors.ts';
import type { Hot } from './hot.ts';
import type { Listener } from './listener.ts';
import type { Live } from './live.ts';
import type { LoopMeter } from './loop-meter.ts';
import type { Owner } from './owner.ts';
import type { Realm } from './realm.ts';
import type { OwnedSchedule } from './schedule.ts';
import { ScopeTimers } from './scope-timers.ts';
import type { Slot } from './slots.ts';
import type { Task } from './task.ts';
import type { OwnedTimer } from './timer.ts';

/**
 * - `staged`: its bodies run or are about to; nothing of it is visible yet;
 * - `active`: the transaction committed; this is the current version;
 * - `ended`: it was replaced, unloaded or refused; functions of it may still be in flight.
 */
export type Phase = 'staged' | 'active' | 'ended';

/**
 * Why a version of a module runs:
 * - `boot`: the namespace starts, or the script was imported without a host;
 * - `added`: the module has come to a namespace that was running;
 * - `edited`: its text has changed, or somebody asked for it to run again;
 * - `dependency`: something that it observes has changed;
 * - `taken-back`: an earlier release runs again;
 * - `restored`: as `boot` and `added`, with slots that came from a snapshot.
 */
export type Reason = 'boot' | 'added' | 'edited' | 'dependency' | 'taken-back' | 'restored';

export type End = 'replaced' | 'unloaded' | 'refused';

export class Scope {
  readonly owner: Owner;
  readonly realm: Realm;
  /** The realm's: entry points are too many to look it up there. */
  readonly loops: LoopMeter;
  /** Set before its body runs. */
  reason: Reason = 'boot';
  /** Set by the participants of a transaction. */
  phase: Phase = 'staged';
  /** Place of its module in the evaluation order of the namespace; set before the hooks are placed. */
  order = 0;
  /** True once its entries stand in hooks and registries: the bodies are done, the effects may run. */
  placed = false;
  /** True while its body awaits at top level. */
  awaits = false;
  /** Why it ended. */
  end: End | undefined;
  /** When its release was committed, in milliseconds since the epoch. */
  since = 0;
  /** Milliseconds that its entry points have held the event loop, as an estimate from samples. */
  spent = 0;
  /** Until when a replaced version may set timers, in the clock's milliseconds. */
  drained = Number.NEGATIVE_INFINITY;

  // What it owns. Each is made by the file that gives such things, when the first is asked for: a namespace of fifty
  // modules in a thousand rooms has fifty thousand scopes, and most of them own two or three of these kinds.
  /** Slots that it names. */
  slots: Set<Slot> | undefined;
  /** Names of the slots that it has asked for. */
  opened: Set<string> | undefined;
  /** Hooks and registries that hold entries of it, or will. */
  collections: Set<Collection> | undefined;
  effects: Effect[] | undefined;
  /** Its top-level classes. */
  classes: DefinedClasses | undefined;
  /** The effect whose set-up is running. */
  making: Effect | undefined;
  listeners: Set<Listener> | undefined;
  /** Timers that are recorded or set. */
  pending: Set<OwnedTimer> | undefined;
  lives: Live[] | undefined;
  tasks: Map<string, Task> | undefined;
  schedules: OwnedSchedule[] | undefined;
  /** What it has said through `import.meta.hot`. */
  hot: Hot | undefined;

  #timers: ScopeTimers | undefined;
  #controller: AbortController | undefined;
  #silenced = false;

  constructor(owner: Owner, realm: Realm) {
    this.owner = owner;
    this.realm = realm;
    this.loops = realm.loops;
  }

  /** Aborts when the version has ended: never before the point of no return, because it could not be taken back. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // A version may give its signal to any number of listeners; Node would warn of a leak at the eleventh.
      setMaxListeners(0, this.#controller.signal);
      if (this.#silenced) this.#controller.abort(endOf(this.owner.module));
    }
    return this.#controller.signal;
  }

  /** The timer functions of this version, to be called in its text. */
  get timers(): ScopeTimers {
    this.#timers ??= new ScopeTimers(this);
    return this.#timers;
  }

  /** Aborts the signal. */
  silence(): void {
    this.#silenced = true;
    this.#controller?.abort(endOf(this.owner.module));
  }
}
