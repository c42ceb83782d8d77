// The host: what a game embeds.

// What is wrong.
export { type CompilerOptionsSubset, type Diagnostic, type RenderOptions, renderDiagnostic } from '@rekindle/compiler';
export {
  type Answer,
  LoaderError,
  type LoaderErrorCode,
  type Looked,
  type MaybePromise,
  type Next,
  type Refusal,
  type ResolutionStep,
  type ResolveContext,
  type Resolved,
  type StepReport,
} from '@rekindle/loader';
// What happens.
export {
  type AnyExport,
  type ArtifactsFailed,
  type Cause,
  type Committed,
  type EffectFailed,
  type EffectRestarted,
  type EventOf,
  type EventType,
  type ExplainedImport,
  type Explanation,
  type FollowHeld,
  type FollowResumed,
  forModule,
  type HostBooted,
  type InstancesUpgraded,
  type IntrinsicsChanged,
  type LimitsResting,
  type LostVariable,
  type ModuleInfo,
  type ModuleLoaded,
  type ModuleUnloaded,
  type NamespaceStatus,
  type OnOptions,
  type Origin,
  type Outcome,
  ofType,
  type ProbationLimits,
  type Refused,
  type Rehearsal,
  type RehearsedSlot,
  type RehearsedState,
  type RekindleEvent,
  type ReleaseBarred,
  type ReleaseInfo,
  type ReloadCommitted,
  ReloadError,
  type ReloadErrorCode,
  type ReloadHeld,
  type ReloadRefused,
  type ReloadRolledBack,
  type ReloadStarted,
  type ReloadWaiting,
  type ScriptError,
  ScriptLoadError,
  type ScriptLog,
  type ScriptMessage,
  type ScriptWarning,
  type Settled,
  type Settling,
  type StateDropped,
  type StateLost,
  type StateMigrated,
  type StateUnwritten,
  type StoreBehind,
  type StoreConnected,
  type StoreLost,
  type StorePolling,
  type Superseded,
  type Unchanged,
  type VersionLingering,
} from '@rekindle/reload';
export {
  type Clock,
  type ClockTimer,
  createHook,
  createRegistry,
  type Hook,
  type HookCalls,
  type HookOptions,
  type LiveFunction,
  own,
  type Registry,
  type RegistryView,
  StateError,
  type StateErrorCode,
  type UnwrittenSlot,
  type ValueShape,
} from '@rekindle/state';
// Where scripts come from.
export {
  type Changes,
  defineStore,
  isStoreError,
  memoryStore,
  type ReleaseSource,
  type Store,
  StoreError,
  type StoreErrorCode,
} from '@rekindle/store';
export { HostError, type HostErrorCode, SnapshotError, type SnapshotErrorCode } from './errors.ts';
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
export type { HostStatus, StoreStatus } from './host-status.ts';
export type { EvaluateOptions, Namespace, UnloadOptions } from './namespace.ts';
export type { Activate, HostOptions, Limits, NamespaceOptions, Policy, StoreWithPolicy } from './options.ts';
// State over a restart of the process.
export type { RestoreFrom } from './restoration.ts';
export type { Snapshot } from './snapshot.ts';
export type { Transform } from './transforms.ts';
// Compiled modules for other hosts.
export { type WriteArtifactsOptions, type WrittenArtifacts, writeArtifacts } from './write-artifacts.ts';
