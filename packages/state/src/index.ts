// The version of a module, what it owns, and whose code is running:

export type { Owner } from './owner.ts';
export { currentScope, enter, ownerOf, runIn, runInAsync, watch } from './running.ts';
export { type End, type Phase, type Reason, Scope } from './scope.ts';

// What all versions of a namespace share:

export type { DefinedClass, Obstacle, Remainder } from './class-comparison.ts';
export {
  type ClassName,
  ClassRegistry,
  type ClassUpgrade,
  type DefinedClasses,
  type ExpectedClass,
  scriptClassOf,
} from './class-registry.ts';
export type { Class, Lineage } from './instances.ts';
export { LoopMeter, type LoopMeterOptions } from './loop-meter.ts';
export type {
  EffectFailed,
  EffectRestarted,
  Fault,
  Realm,
  ScriptMessage,
  StateDropped,
  StateEvent,
  StateMigrated,
} from './realm.ts';
export { SlotRehearsal, type SlotState, type SlotTrial, type ValueShape } from './slot-rehearsal.ts';
export { KEPT, type ReleaseName, type SavedSlot, type Slot, Slots } from './slots.ts';
export {
  type ReadSlots,
  readSlots,
  type SlotToWrite,
  type UnwrittenSlot,
  type WrittenSlots,
  writeSlots,
} from './snapshot.ts';

// Time:

export { type Clock, type ClockTimer, systemClock } from './clock.ts';
export { VirtualClock } from './virtual-clock.ts';

// What a game makes for its scripts:

export { createHook, type Hook, type HookCalls, type HookOptions } from './hook.ts';
export { LATER, type Later, LEXICAL, type Lexical, later, lexical } from './lexical.ts';
export { createRegistry, type Registry, type RegistryView } from './registry.ts';

// What a script has:

export type { EmitterLike, Handler, TargetLike } from './listener.ts';
export type { LiveFunction } from './live.ts';
export type { Pending, Schedule } from './schedule.ts';
export type { ScopeTimers } from './scope-timers.ts';
export {
  type AddEffect,
  type AddSchedule,
  type AddTask,
  type Listen,
  type MakeLive,
  type ScriptModule,
  type State,
  scriptModule,
} from './script-module.ts';
export type { DownSteps, InSlot, SlotOptions, UpSteps } from './slot-options.ts';
export { own, standalone } from './standalone.ts';
export { openSlot } from './state.ts';
export { type TaskTools, tasksAtRest } from './task.ts';
export { isOwnedTimer, type OwnedTimer } from './timer.ts';
export { timersModule, timersPromisesModule } from './timers-module.ts';
export type { WaitOptions } from './timers-promises.ts';

// What `import.meta.hot` is, and who listens:

export {
  followInvalidations,
  type HandedOver,
  type Hot,
  hotOf,
  type Invalidation,
  isAccepting,
  isHeard,
  sendHot,
} from './hot.ts';
export {
  type HotCallback,
  type HotContext,
  type HotModule,
  type HotPayload,
  type HotPowers,
  hotContext,
} from './hot-context.ts';
export type {
  HotErrorPayload,
  HotEvents,
  HotInvalidatePayload,
  HotPrunePayload,
  HotUpdate,
  HotUpdatePayload,
} from './hot-events.ts';
export type { Accepted } from './hot-swap.ts';

// What a transaction does with it:

export type { Change, DeclaredSlot, EffectsAgain, Pair } from './change.ts';
export { contentOfSlots, holdersOf, type SlotContent } from './holders.ts';
export { discard, endScopes, type Participant, participants } from './participants.ts';

// Errors:

export { AbortError, isEnd, isLoopLimit, type Place, StateError, type StateErrorCode } from './errors.ts';
