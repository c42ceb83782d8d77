// What a graph is made of.

// What an import says beside its specifier.
export { attributesFault, idOf, isText, keyOf, textKey } from './attributes.ts';
// What surrounds a script.
export { LoaderError, type LoaderErrorCode } from './errors.ts';
// How a change comes into it: load, link, evaluate, swap.
export { AsyncEvaluation, type EvaluationHooks, evaluateSync } from './evaluate.ts';
export { AMBIGUOUS, exportedNames, namespaceNames, type Resolution, resolveExport } from './exports.ts';
export { createGlobals } from './globals.ts';
export { evaluationOrder, exportReaders, ModuleGraph, type NewImport, namespaceObject } from './graph.ts';
export { IntrinsicsWatch } from './intrinsics.ts';
export { type Linked, type LinkFault, link, linkFaults, linkVersions, viewsOf } from './link.ts';
export {
  GraphLoad,
  type LoadFault,
  type LoadPowers,
  type ResolveFault,
  type UnitFault,
  type UnitResult,
} from './load.ts';
export {
  HostModuleError,
  type InstanceContext,
  type ModuleFactory,
  type ModuleInstance,
  type ResolvedBinding,
  SourceTextInstance,
  type Status,
  SyntheticInstance,
  type SyntheticModule,
  type Unit,
} from './module-instance.ts';
export type { ModuleRecord } from './module-record.ts';
export type { NamespaceObject, ReadExport } from './namespace-object.ts';
export { aliasStep } from './resolve/alias.ts';
// Where specifiers lead.
export {
  type Answer,
  type Looked,
  type MaybePromise,
  type Next,
  type Refusal,
  type ResolutionStep,
  type ResolveContext,
  type Resolved,
  resolveAndReport,
  resolveBy,
  type StepReport,
} from './resolve/chain.ts';
export { hostStep } from './resolve/host.ts';
export { nodeStep, type ResolvePackage } from './resolve/node.ts';
export { type ImportPolicy, type PolicyOf, policyStep } from './resolve/policy.ts';
export { candidates, storeStep } from './resolve/store.ts';
export { Stage } from './stage.ts';
export { CellSwap, newestEdition, unloaded } from './swap.ts';
export type { View } from './view.ts';
