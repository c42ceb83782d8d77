/**
 * ECMA-262 ResolveExport (16.2.1.6.3) and GetExportedNames (16.2.1.6.2), over a view of the graph.
 *
 * `importer` is the version that asks: the values of a scoped host module are its own.
 */

import type { ResolvedBinding, SourceTextInstance, SyntheticInstance, SyntheticValues } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import type { View } from './view.ts';

export const AMBIGUOUS: unique symbol = Symbol('ambiguous');

/** `null` where the module has no such export. */
export type Resolution = ResolvedBinding | null | typeof AMBIGUOUS;

/** Called with each record whose export tables were consulted on the way: the surfaces that the answer depends on. */
export type Visit = (record: ModuleRecord) => void;

export function resolveExport(
  view: View,
  importer: SourceTextInstance | undefined,
  record: ModuleRecord,
  name: string,
  visit?: Visit,
): Resolution {
  return resolve({ view, importer, visit }, record, name, []);
}

interface Query {
  readonly view: View;
  readonly importer: SourceTextInstance | undefined;
  readonly visit: Visit | undefined;
}

function resolve(
  query: Query,
  record: ModuleRecord,
  name: string,
  seen: { record: ModuleRecord; name: string }[],
): Resolution {
  for (const step of seen) if (step.record === record && step.name === name) return null; // a circle of re-exports
  query.visit?.(record);
  const instance = query.view.at(record);
  if (instance === undefined) return null;
  if (instance.kind === 'synthetic') {
    const scope = scopeOf(query, seen.at(-1)?.record);
    if (valuesOf(instance, scope)?.has(name) !== true) return null;
    const binding = { kind: 'binding', record, name, local: name } as const;
    return instance.scoped && scope !== undefined ? { ...binding, scope } : binding;
  }
  const local = instance.locals.get(name);
  if (local !== undefined) {
    return { kind: 'binding', record, name, local: (instance.artifact.locals[local] as { local: string }).local };
  }
  seen.push({ record, name });
  const indirect = instance.indirect.get(name);
  if (indirect !== undefined) {
    const target = instance.requested[indirect.request] as ModuleRecord;
    if (indirect.from === null) return { kind: 'namespace', record: target };
    return resolve(query, target, indirect.from, seen);
  }
  if (name === 'default') return null; // `export *` never provides it
  let found: ResolvedBinding | null = null;
  for (const request of instance.artifact.stars) {
    const resolution = resolve(query, instance.requested[request] as ModuleRecord, name, seen);
    if (resolution === AMBIGUOUS) return AMBIGUOUS;
    if (resolution === null) continue;
    if (found === null) found = resolution;
    else if (!sameBinding(found, resolution)) return AMBIGUOUS;
  }
  return found;
}

/** Who sees the values of a scoped host module: the version that asks, else the one that re-exports them. */
function scopeOf(query: Query, exporter: ModuleRecord | undefined): SourceTextInstance | undefined {
  if (query.importer !== undefined) return query.importer;
  const instance = exporter && query.view.at(exporter);
  return instance?.kind === 'source' ? instance : undefined;
}

function valuesOf(instance: SyntheticInstance, scope: SourceTextInstance | undefined): SyntheticValues | undefined {
  return scope === undefined ? instance.shared : instance.for(scope);
}

/** ECMA-262 compares module and binding name: two export names of one local are the same binding. */
function sameBinding(a: ResolvedBinding, b: ResolvedBinding): boolean {
  if (a.record !== b.record || a.kind !== b.kind) return false;
  return a.kind !== 'binding' || b.kind !== 'binding' || a.local === b.local;
}

export function exportedNames(
  view: View,
  importer: SourceTextInstance | undefined,
  record: ModuleRecord,
  visit?: Visit,
): string[] {
  const names = new Set<string>();
  collect({ view, importer, visit }, record, undefined, names, new Set());
  return [...names];
}

function collect(
  query: Query,
  record: ModuleRecord,
  exporter: ModuleRecord | undefined,
  names: Set<string>,
  seen: Set<ModuleRecord>,
): void {
  if (seen.has(record)) return;
  seen.add(record);
  query.visit?.(record);
  const add = (name: string) => {
    if (exporter === undefined || name !== 'default') names.add(name); // `export *` never provides it
  };
  const instance = query.view.at(record);
  if (instance === undefined) return;
  if (instance.kind === 'synthetic') {
    for (const name of valuesOf(instance, scopeOf(query, exporter))?.names ?? []) add(name);
    return;
  }
  for (const name of instance.locals.keys()) add(name);
  for (const name of instance.indirect.keys()) add(name);
  for (const request of instance.artifact.stars) {
    collect(query, instance.requested[request] as ModuleRecord, record, names, seen);
  }
}

/** The names of a namespace object: those that resolve to one binding, in code unit order. */
export function namespaceNames(view: View, importer: SourceTextInstance | undefined, record: ModuleRecord): string[] {
  return exportedNames(view, importer, record)
    .filter((name) => {
      const resolution = resolveExport(view, importer, record, name);
      return resolution !== null && resolution !== AMBIGUOUS;
    })
    .sort();
}
