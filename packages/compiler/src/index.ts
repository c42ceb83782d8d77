// The module ABI: what emitted code and the linker say to each other.
export {
  type Artifact,
  type BindingKind,
  type EmittedPosition,
  type Facts,
  type ImportEntry,
  type IndirectExportEntry,
  type LocalExportEntry,
  type Mention,
  MODULE_ABI,
  type ModuleContext,
  type ModuleRequest,
  type TimerName,
} from './artifact.ts';
// What is wrong, and how it reads.
export { codeFrame } from './code-frame.ts';
// Source text → artifact → function.
export { type CompileResult, compile } from './compile.ts';
export type { Diagnostic, Position } from './diagnostic.ts';
export { type CompilerCode, CompilerError } from './errors.ts';
export type { CompileOptions, CompilerOptionsSubset, SourceLimits } from './options.ts';
export { type InstantiateResult, instantiate, type ModuleFunction } from './script.ts';
