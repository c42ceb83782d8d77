// The host: what a game embeds.

// What is wrong.
export { type Diagnostic, renderDiagnostic } from '@rekindle/compiler';
export { LoaderError, type LoaderErrorCode, type ResolutionStep } from '@rekindle/loader';
// What happens.
export {
  type Committed,
  type EventOf,
  type EventType,
  forModule,
  type ModuleInfo,
  type Outcome,
  ofType,
  type Refused,
  type RekindleEvent,
  type ReleaseInfo,
  ReloadError,
  type ReloadErrorCode,
  ScriptLoadError,
  type Superseded,
  type Unchanged,
} from '@rekindle/reload';
export {
  createHook,
  createRegistry,
  type Hook,
  type HookCalls,
  type HookOptions,
  own,
  type Registry,
  StateError,
  type StateErrorCode,
} from '@rekindle/state';
// Where scripts come from.
export {
  defineStore,
  isStoreError,
  memoryStore,
  type ReleaseSource,
  type Store,
  StoreError,
  type StoreErrorCode,
} from '@rekindle/store';
export { HostError, type HostErrorCode } from './errors.ts';
export { createHost, type Host, type StartOptions } from './host.ts';
// What the game gives to its scripts.
export {
  type HostModuleDefinition,
  type HostModuleOptions,
  hostModule,
  type Importer,
  type ScopedFactory,
  scoped,
} from './host-modules.ts';
export type { EvaluateOptions, Namespace, UnloadOptions } from './namespace.ts';
export type { Activate, HostOptions, Limits, NamespaceOptions, Policy, StoreWithPolicy } from './options.ts';
