// The version of a module, what it owns, and whose code is running.

// What a transaction does with it.
export type { Change, Pair } from './change.ts';
// Time.
export { type Clock, type ClockTimer, systemClock } from './clock.ts';
// Errors.
export { AbortError, isEnd, type Place, StateError, type StateErrorCode } from './errors.ts';
// What a game makes for its scripts.
export { createHook, type Hook, type HookCalls, type HookOptions } from './hook.ts';
export { LATER, type Later, LEXICAL, type Lexical, lexical } from './lexical.ts';
export type { EmitterLike, TargetLike } from './listener.ts';
export type { Owner } from './owner.ts';
export { discard, endScopes, type Participant, participants } from './participants.ts';
// What all versions of a namespace share.
export type {
  EffectFailed,
  EffectRestarted,
  Fault,
  Realm,
  StateDropped,
  StateEvent,
  StateMigrated,
} from './realm.ts';
export { createRegistry, type Registry, type RegistryView } from './registry.ts';
export { currentScope, enter, ownerOf, runIn, runInAsync, watch } from './running.ts';
export type { Schedule } from './schedule.ts';
export { type Phase, Scope } from './scope.ts';
export type { ScopeTimers } from './scope-timers.ts';
// What a script has.
export {
  type AddEffect,
  type AddSchedule,
  type AddTask,
  type Listen,
  type ScriptModule,
  type State,
  scriptModule,
} from './script-module.ts';
export type { DownSteps, SlotOptions, UpSteps } from './slot-options.ts';
export { KEPT, type Slot, Slots } from './slots.ts';
export { own, standalone } from './standalone.ts';
export { openSlot } from './state.ts';
export type { TaskTools } from './task.ts';
export type { OwnedTimer } from './timer.ts';
export { timersModule, timersPromisesModule } from './timers-module.ts';
export type { WaitOptions } from './timers-promises.ts';
export { VirtualClock } from './virtual-clock.ts';
