// The contract.

// For those who write an adapter.
export { abortable, linkSignals, onAbort } from './abort.ts';
// Compiled modules.
export { ARTIFACT_BYTES, type ArtifactName, type Artifacts, keptArtifacts, type StoredArtifact } from './artifacts.ts';
// From one store to another.
export { type BackupContent, backupStore, type RestoreOptions, restoreStore, verifyBackup } from './backup-store.ts';
export { CommitNumbers } from './commit-numbers.ts';
export type {
  Abortable,
  Changes,
  Head,
  HeadOptions,
  HistoryOptions,
  Manifest,
  ModuleId,
  PromoteOptions,
  PublishOptions,
  Release,
  ReleaseOptions,
  ReleaseSource,
  Revision,
  SourceNotice,
  Store,
  StoreCapabilities,
  StoredRelease,
  WatchOptions,
} from './contract.ts';
export { type Copied, type CopyOptions, copyStore } from './copy-store.ts';
// Stores.
export { defineStore, type StoreDefinition } from './define-store.ts';
export {
  badId,
  contentMissing,
  disposed,
  duplicateId,
  foreignChannel,
  isStoreError,
  readOnly,
  releaseGone,
  releaseNotKept,
  StoreConflictError,
  StoreError,
  type StoreErrorCode,
  unreachable,
} from './errors.ts';
// What hosts tell.
export {
  currentReports,
  type HostReport,
  type HostReports,
  type NamespaceReport,
  parseHostReport,
  type RefusalReason,
  type ReportedRelease,
} from './host-reports.ts';
// Values of the release model.
export { deriveManifest } from './lineage.ts';
export {
  applyChanges,
  assertTree,
  diffManifests,
  type ManifestDiff,
  manifestHash,
  type ParsedChanges,
  parseChanges,
} from './manifest.ts';
export { type MemoryStoreOptions, memoryStore } from './memory-store.ts';
export { assertModuleId, foldModuleId, parseModuleId } from './module-id.ts';
export { type NextRelease, nextRelease } from './next-release.ts';
export {
  type HeadOrigin,
  type ModuleOrigin,
  type Overlay,
  type OverlayHead,
  type OverlayOptions,
  overlay,
} from './overlay.ts';
export { RecentMap, RecentTexts } from './recent.ts';
export { normalizeText, revisionOf } from './text.ts';
export type { TransferOptions, TransferProgress } from './transfer.ts';
export { Wakes } from './wakes.ts';
