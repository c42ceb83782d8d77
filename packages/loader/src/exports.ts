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
  return resolve({ view, importer, visit }, record, name, new Steps());
}

interface Query {
  readonly view: View;
  readonly importer: SourceTextInstance | undefined;
  readonly visit: Visit | undefined;
}

/** Steps that a resolution has taken: they tell a circle of re-exports. */
class Steps {
  readonly #names = new Map<ModuleRecord, Set<string>>();

  /** False where the step was taken before. */
  take(record: ModuleRecord, name: string): boolean {
    const names = this.#names.get(record);
    if (names === undefined) this.#names.set(record, new Set([name]));
    else if (names.has(name)) return false;
    else names.add(name);
    return true;
  }
}

/** @param through the record that re-exports, where one does */
function resolve(
  query: Query,
  from: ModuleRecord,
  exportName: string,
  steps: Steps,
  through?: ModuleRecord,
): Resolution {
  let record = from;
  let name = exportName;
  let exporter = through;
  // where only one way goes on it is a loop: chains of re-exports can be long
  for (;;) {
    query.visit?.(record);
    const instance = query.view.at(record);
    if (instance === undefined) return null;
    if (instance.kind === 'synthetic') {
      const scope = scopeOf(query, exporter);
      if (valuesOf(instance, scope)?.has(name) !== true) return null;
      const binding = { kind: 'binding', record, name, local: name } as const;
      return instance.scoped && scope !== undefined ? { ...binding, scope } : binding;
    }
    const local = instance.locals.get(name);
    if (local !== undefined) {
      return { kind: 'binding', record, name, local: (instance.artifact.locals[local] as { local: string }).local };
    }
    if (!steps.take(record, name)) return null; // a circle of re-exports
    exporter = record;
    const indirect = instance.indirect.get(name);
    if (indirect !== undefined) {
      const target = instance.requested[indirect.request] as ModuleRecord;
      if (indirect.from === null) return { kind: 'namespace', record: target };
      record = target;
      name = indirect.from;
      continue;
    }
    if (name === 'default') return null; // `export *` never provides it
    const { stars } = instance.artifact;
    const [only] = stars;
    if (stars.length !== 1 || only === undefined) return resolveStars(query, instance, name, steps);
    record = instance.requested[only] as ModuleRecord;
  }
}

function resolveStars(query: Query, instance: SourceTextInstance, name: string, steps: Steps): Resolution {
  let found: ResolvedBinding | null = null;
  for (const request of instance.artifact.stars) {
    const target = instance.requested[request] as ModuleRecord;
    const resolution = resolve(query, target, name, steps, instance.record);
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
  const query = { view, importer, visit };
  const names = new Set<string>();
  const seen = new Set<ModuleRecord>();
  const stack: { record: ModuleRecord; exporter: ModuleRecord | undefined }[] = [{ record, exporter: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next.record)) continue;
    seen.add(next.record);
    visit?.(next.record);
    const isStar = next.exporter !== undefined;
    for (const name of ownNames(query, next.record, next.exporter)) {
      if (!isStar || name !== 'default') names.add(name); // `export *` never provides it
    }
    const instance = view.at(next.record);
    if (instance?.kind !== 'source') continue;
    for (const request of [...instance.artifact.stars].reverse()) {
      stack.push({ record: instance.requested[request] as ModuleRecord, exporter: next.record });
    }
  }
  return [...names];
}

/** The names that a record exports by itself. */
function ownNames(query: Query, record: ModuleRecord, exporter: ModuleRecord | undefined): Iterable<string> {
  const instance = query.view.at(record);
  if (instance === undefined) return [];
  if (instance.kind === 'synthetic') return valuesOf(instance, scopeOf(query, exporter))?.names ?? [];
  return [...instance.locals.keys(), ...instance.indirect.keys()];
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
