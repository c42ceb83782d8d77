// What happens, as data.

// What it needs, and what it throws.
export { ReloadError, type ReloadErrorCode, ScriptLoadError } from './errors.ts';
export { EventStream, forModule, type OnOptions, ofType } from './event-stream.ts';
export type {
  ArtifactsFailed,
  Cause,
  EffectFailed,
  EffectRestarted,
  EventBody,
  EventOf,
  EventType,
  FollowHeld,
  FollowResumed,
  HostBooted,
  InstancesUpgraded,
  IntrinsicsChanged,
  LimitsResting,
  ModuleLoaded,
  ModuleUnloaded,
  RekindleEvent,
  ReleaseBarred,
  ReleaseInfo,
  ReloadCommitted,
  ReloadHeld,
  ReloadRefused,
  ReloadRolledBack,
  ReloadStarted,
  ReloadWaiting,
  ScriptError,
  ScriptLog,
  ScriptMessage,
  ScriptWarning,
  StateDropped,
  StateLost,
  StateMigrated,
  StateUnwritten,
  StoreBehind,
  StoreConnected,
  StoreLost,
  StorePolling,
  VersionLingering,
} from './events.ts';

// What changes a namespace.
export type { ExplainedImport, Explanation } from './explain.ts';
export { DEFAULT_SETTLING, Follower, type FollowPowers, type Settling } from './follow.ts';
export type { AnyExport } from './live-exports.ts';
export type { EscapedError, ModuleInfo, NamespaceStatus } from './namespace-info.ts';
export type { Committed, LostVariable, Outcome, Refused, Superseded, Unchanged } from './outcome.ts';
// The transaction, for those who add a participant.
export { PARTICIPANTS, type Participant, type Stage, type WrapParticipants } from './participant.ts';
export type { FaultText, Origin, Place, Powers, TimeLimits, UnitLibrary, UnitOrDiagnostics } from './powers.ts';
export {
  type CountedError,
  DEFAULT_PROBATION,
  type ProbationLimits,
  type Settled,
  type Suspect,
} from './probation.ts';
export type { Rehearsal, RehearsedSlot, RehearsedState } from './rehearsal.ts';
export { Scopes } from './scopes.ts';
export { ScriptNamespace } from './script-namespace.ts';
export { type ReportFault, Transaction, type TransactionState } from './transaction.ts';
export type { ReleaseTrials } from './trials.ts';
