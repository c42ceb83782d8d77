/**
 * ECMA-262 Link (16.2.1.6.4 InitializeEnvironment) for a stage: resolves every import and indirect export of the staged
 * versions, and those of committed importers whose resolutions the stage moves.
 *
 * Faults are collected, all of them; a stage with faults is dropped. Evaluation never starts here.
 */

import type { EmittedPosition, ImportEntry } from '@rekindle/compiler';
import { ABSENT, type AnyCell, cellOf } from './cell.ts';
import { AMBIGUOUS, namespaceNames, type Resolution, resolveExport } from './exports.ts';
import { bindingCell, namespaceObject } from './graph.ts';
import type { ModuleInstance, ResolvedBinding, SourceTextInstance } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import type { Stage } from './stage.ts';
import type { View } from './view.ts';

/** A name that does not lead to one export. */
export interface LinkFault {
  readonly kind: 'missing' | 'ambiguous';
  readonly importer: SourceTextInstance;
  readonly at: EmittedPosition;
  readonly name: string;
  readonly specifier: string;
  readonly target: ModuleRecord;
  /** What the target does export. */
  readonly exports: readonly string[];
  /** The modules that were searched for the name, with their versions: the target, and what it re-exports from. */
  readonly searched: ReadonlyMap<ModuleRecord, ModuleInstance | undefined>;
}

export interface Linked {
  readonly faults: readonly LinkFault[];
  /** Committed importers whose bindings move, with the new ones. */
  readonly rebinds: ReadonlyMap<SourceTextInstance, readonly ResolvedBinding[]>;
  /** Records whose surface (names, or where they lead) the stage changes. */
  readonly surfaces: ReadonlySet<ModuleRecord>;
}

/** Resolves the imports of these staged versions; where there is no fault, they can be instantiated. */
export function linkVersions(stage: Stage, instances: readonly SourceTextInstance[]): LinkFault[] {
  const faults: LinkFault[] = [];
  for (const instance of instances) instance.bindings = resolveBindings(stage, instance, faults);
  if (faults.length > 0) return faults;
  for (const instance of instances) {
    instance.views = viewsOf(stage, instance, instance.bindings);
    instance.status = 'linked';
  }
  return faults;
}

export function link(stage: Stage): Linked {
  const faults = linkVersions(stage, [...stage.sources()]);
  const surfaces = changedSurfaces(stage);
  const rebinds = new Map<SourceTextInstance, readonly ResolvedBinding[]>();
  for (const record of surfaces) {
    for (const importer of record.importers) {
      const instance = importer.current;
      if (instance?.kind !== 'source' || stage.at(importer) !== instance || rebinds.has(instance)) continue;
      const bindings = resolveBindings(stage, instance, faults);
      if (!sameBindings(bindings, instance.bindings, surfaces)) rebinds.set(instance, bindings);
    }
  }
  return { faults, rebinds, surfaces };
}

/**
 * The faults of a stage of which some modules could not be loaded: names that lead nowhere, whatever becomes of those.
 *
 * @param unknown records whose new texts do not compile
 */
export function linkFaults(stage: Stage, unknown: ReadonlySet<ModuleRecord>): LinkFault[] {
  const view: View = {
    at: (record) => (unknown.has(record) ? undefined : stage.at(record)),
    namespaces: stage.namespaces,
  };
  const instances = new Set(stage.sources());
  for (const record of changedSurfaces(stage)) {
    for (const importer of record.importers) {
      const instance = view.at(importer);
      if (instance?.kind === 'source') instances.add(instance);
    }
  }
  const faults: LinkFault[] = [];
  for (const instance of instances) resolveBindings(view, instance, faults);
  return faults.filter(({ searched }) => [...searched.values()].every((version) => version !== undefined));
}

/** The bindings of an instance in a view; names that lead nowhere are added to `faults`. */
function resolveBindings(view: View, instance: SourceTextInstance, faults: LinkFault[]): ResolvedBinding[] {
  const { artifact, requested } = instance;
  for (const entry of artifact.indirect) {
    if (entry.from === null) continue;
    const resolution = resolveExport(view, instance, instance.record, entry.name);
    const target = requested[entry.request] as ModuleRecord;
    if (resolution === null || resolution === AMBIGUOUS) {
      // told once, where it is imported
      const isEntry = ({ request, name, optional }: ImportEntry) =>
        request === entry.request && name === entry.from && optional !== true;
      if (artifact.imports.some(isEntry)) continue;
      faults.push(faultOf(view, instance, target, entry.from, entry.request, entry.at, resolution));
    }
  }
  return artifact.imports.map((entry) => resolveImport(view, instance, entry, faults));
}

function resolveImport(
  view: View,
  instance: SourceTextInstance,
  entry: ImportEntry,
  faults: LinkFault[],
): ResolvedBinding {
  const record = instance.requested[entry.request] as ModuleRecord;
  if (entry.name === null) return { kind: 'namespace', record };
  const resolution = resolveExport(view, instance, record, entry.name);
  if (resolution !== null && resolution !== AMBIGUOUS) return resolution;
  if (entry.optional !== true) {
    faults.push(faultOf(view, instance, record, entry.name, entry.request, entry.at, resolution));
  }
  return { kind: 'absent', record, name: entry.name };
}

function faultOf(
  view: View,
  importer: SourceTextInstance,
  target: ModuleRecord,
  name: string,
  request: number,
  at: EmittedPosition,
  resolution: Resolution,
): LinkFault {
  const { specifier } = importer.artifact.requests[request] as { specifier: string };
  const searched = new Map<ModuleRecord, ModuleInstance | undefined>();
  resolveExport(view, importer, target, name, (record) => searched.set(record, view.at(record)));
  return {
    kind: resolution === AMBIGUOUS ? 'ambiguous' : 'missing',
    importer,
    at,
    name,
    specifier,
    target,
    exports: namespaceNames(view, importer, target),
    searched,
  };
}

/** What the code of an instance reads its imports from, in this view. */
export function viewsOf(view: View, instance: SourceTextInstance, bindings: readonly ResolvedBinding[]): unknown[] {
  return bindings.map((binding, index) => viewOf(view, instance, binding, instance.artifact.imports[index]));
}

function viewOf(
  view: View,
  instance: SourceTextInstance,
  binding: ResolvedBinding,
  entry: ImportEntry | undefined,
): object | AnyCell | undefined {
  if (binding.kind === 'absent') return ABSENT;
  if (binding.kind === 'binding') return bindingCell(view, instance, binding);
  const object = namespaceObject(view, instance, binding.record);
  return entry?.name === null ? object : cellOf('namespace', object);
}

/** Records whose names, or whose names' origins, differ from the committed ones; re-exporters included. */
function changedSurfaces(stage: Stage): Set<ModuleRecord> {
  const surfaces = new Set<ModuleRecord>();
  for (const [record, next] of stage.instances) {
    const { current } = record;
    if (current?.kind !== 'source' || next.kind !== 'source') continue;
    if (!sameSurface(current, next)) surfaces.add(record);
  }
  for (const record of stage.removed) surfaces.add(record);
  for (const record of surfaces) {
    for (const importer of record.importers) {
      const instance = stage.at(importer);
      if (instance?.kind !== 'source') continue;
      if (instance.artifact.stars.length > 0 || instance.artifact.indirect.length > 0) surfaces.add(importer);
    }
  }
  return surfaces;
}

function sameSurface(a: SourceTextInstance, b: SourceTextInstance): boolean {
  const { stars: aStars } = a.artifact;
  const { stars: bStars } = b.artifact;
  if (a.locals.size !== b.locals.size || a.indirect.size !== b.indirect.size || aStars.length !== bStars.length) {
    return false;
  }
  for (const name of b.locals.keys()) if (!a.locals.has(name)) return false;
  for (const [name, entry] of b.indirect) {
    const other = a.indirect.get(name);
    if (other === undefined || other.from !== entry.from) return false;
    if (a.requested[other.request] !== b.requested[entry.request]) return false;
  }
  return bStars.every((request, index) => b.requested[request] === a.requested[aStars[index] as number]);
}

function sameBindings(
  a: readonly ResolvedBinding[],
  b: readonly ResolvedBinding[],
  surfaces: ReadonlySet<ModuleRecord>,
): boolean {
  return a.every((binding, index) => {
    const other = b[index];
    if (other === undefined || binding.kind !== other.kind || binding.record !== other.record) return false;
    if (binding.kind === 'namespace') return !surfaces.has(binding.record);
    return other.kind !== 'namespace' && binding.name === other.name;
  });
}
