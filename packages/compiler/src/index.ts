// The module ABI: what emitted code and the linker say to each other.

export {
  type Artifact,
  type BindingKind,
  type ClassEntry,
  type ClassMark,
  type EmittedPosition,
  type Facts,
  type FieldInitialisers,
  type ImportEntry,
  type IndirectExportEntry,
  type LocalExportEntry,
  type LoopCounter,
  type Mention,
  MODULE_ABI,
  type ModuleContext,
  type ModuleRequest,
  type Receiver,
  type Shape,
  type SlotEntry,
  type TimerName,
  type WarningCode,
  type WarningEntry,
} from './artifact.ts';

// Source text → artifact → function.

export type { CachedArtifact } from './cache-pack.ts';
export { type CompileResult, compile, compileSteps, isBeingEdited } from './compile.ts';
export { DiskCache, type DiskCacheOptions } from './disk-cache.ts';
export { type CompileOptions, type CompilerOptionsSubset, languageOf, type SourceLimits } from './options.ts';
export { ParseMemory, type ParseMemoryOptions } from './parse-memory.ts';
export { isThroughFacade } from './rewrite/global-names.ts';
export { type InstantiateResult, instantiate, type ModuleFunction } from './script.ts';
export { ArtifactReader, artifactKey, sealArtifact } from './stored-artifact.ts';

// Back from what V8 ran to what the author wrote.

export { type Edition, isSameCode, isSameCodeSteps, placeInEdition } from './edition.ts';
export { restoreNames } from './error-text.ts';
export { type SourceTracer, sourceMap } from './source-map.ts';
export { complete, type Pause, pauseBefore, type Steps } from './steps.ts';

// What is wrong, and how it reads.

export { codeFrame } from './code-frame.ts';
export type { Diagnostic, Position } from './diagnostic.ts';
export { authorPosition, type DiagnosticWords, diagnosticAt, type ModuleSource, type Place } from './diagnostic-at.ts';
export { type CompilerCode, CompilerError } from './errors.ts';
export { type RenderOptions, renderDiagnostic } from './render-diagnostic.ts';
export { warningWords } from './warnings.ts';
