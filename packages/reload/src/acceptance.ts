/**
 * Who takes a change, by what the running versions have said through `import.meta.hot`: the way that Vite goes from a
 * changed module up its importers, until something on each path takes the update.
 *
 * It decides nothing about what a top level observes; `plan.ts` runs again what is found here beside that.
 */

import type { ModuleGraph, ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';
import { type Accepted, type Hot, isAccepting } from '@rekindle/state';
import type { Powers } from './powers.ts';
import type { Scopes } from './scopes.ts';

/** What a version has said; undefined for most. */
export type HotOf = (instance: SourceTextInstance) => Hot | undefined;

export interface Boundaries {
  /** Modules that accept themselves and lie on the way: with the key of what changed below. */
  readonly selves: ReadonlyMap<ModuleRecord, string>;
  /** Importer → those of its imports through which a change came that it accepts. */
  readonly imports: ReadonlyMap<ModuleRecord, ReadonlySet<ModuleRecord>>;
}

/** How to ask the versions of a namespace; undefined where none of them accepts anything. */
export function hotOf({ realm, scopes }: Pick<Powers, 'realm' | 'scopes'>): HotOf | undefined {
  return isAccepting(realm) ? (instance) => scopes.known(instance)?.hot : undefined;
}

/** Goes up from each changed module. */
export function boundariesOf(
  changed: Iterable<ModuleRecord>,
  { stage, hotOf }: { readonly stage: Stage; readonly hotOf: HotOf },
): Boundaries {
  const selves = new Map<ModuleRecord, string>();
  const imports = new Map<ModuleRecord, Set<ModuleRecord>>();
  const importersOf = withDynamic(stage.graph);
  const seen = new Set<ModuleRecord>();
  for (const start of changed) {
    const stack = [start];
    for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
      if (seen.has(record)) continue;
      seen.add(record);
      const hot = runningHot(record, hotOf);
      if (hot !== undefined && acceptsItself(hot)) {
        selves.set(record, start.key);
        continue;
      }
      const names = hot === undefined ? undefined : acceptedExports(hot);
      if (names !== undefined) selves.set(record, start.key);
      for (const importer of importersOf(record)) {
        if (stage.removed.has(importer)) continue;
        if (acceptsImport(runningHot(importer, hotOf), record)) note(imports, importer, record);
        else if (names === undefined || !importsOnly(importer, record, names)) stack.push(importer);
      }
    }
  }
  return { selves, imports };
}

/** Adds the accepted imports that run again for another reason: who accepts an import hears of each new version. */
export function withReplaced(
  { selves, imports }: Boundaries,
  replaced: Iterable<ModuleRecord>,
  { stage, hotOf }: { readonly stage: Stage; readonly hotOf: HotOf },
): Boundaries {
  const all = new Map([...imports].map(([importer, records]) => [importer, new Set(records)]));
  const importersOf = withDynamic(stage.graph);
  for (const record of replaced) {
    if (record.current?.kind !== 'source') continue;
    const hot = runningHot(record, hotOf);
    if (hot !== undefined && acceptsItself(hot)) continue;
    for (const importer of importersOf(record)) {
      if (acceptsImport(runningHot(importer, hotOf), record)) note(all, importer, record);
    }
  }
  return { selves, imports: all };
}

/** Whose callbacks are called: versions that are replaced, with their successors, and those that accept an import. */
export function* acceptedBy(
  { imports }: Boundaries,
  replaced: Iterable<SourceTextInstance>,
  {
    scopes,
    at,
    namespaceOf,
  }: {
    readonly scopes: Scopes;
    readonly at: (record: ModuleRecord) => SourceTextInstance | undefined;
    readonly namespaceOf: (importer: SourceTextInstance | undefined, record: ModuleRecord) => object;
  },
): Iterable<Accepted> {
  for (const old of replaced) {
    const scope = scopes.known(old);
    const next = at(old.record);
    if (scope?.hot === undefined || next === undefined) continue;
    yield { scope, owner: scopes.of(next), self: namespaceOf(next, old.record) };
  }
  for (const [importer, records] of imports) {
    const instance = at(importer);
    const scope = instance && scopes.known(instance);
    if (scope === undefined) continue;
    yield {
      scope,
      owner: scope,
      imports: new Map([...records].map((record) => [record.key, namespaceOf(instance, record)])),
    };
  }
}

function runningHot({ current }: ModuleRecord, hotOf: HotOf): Hot | undefined {
  return current?.kind === 'source' ? hotOf(current) : undefined;
}

function acceptsItself({ accepts }: Hot): boolean {
  return accepts.some(({ kind }) => kind === 'self');
}

function acceptedExports({ accepts }: Hot): ReadonlySet<string> | undefined {
  const lists = accepts.flatMap((accept) => (accept.kind === 'exports' ? [accept.names] : []));
  return lists.length === 0 ? undefined : new Set(lists.flat());
}

function acceptsImport(hot: Hot | undefined, { key }: ModuleRecord): boolean {
  return hot?.accepts.some((accept) => accept.kind === 'imports' && accept.keys.includes(key)) === true;
}

/** Whether an importer imports and re-exports no other names than these of a module. */
function importsOnly({ current }: ModuleRecord, record: ModuleRecord, names: ReadonlySet<string>): boolean {
  if (current?.kind !== 'source') return false;
  const { requested, artifact } = current;
  if (!requested.includes(record)) return false; // `import()`: any name
  const from = (request: number) => requested[request] === record;
  const knows = (name: string | null) => name !== null && names.has(name);
  return (
    artifact.imports.every(({ request, name }) => !from(request) || knows(name)) &&
    artifact.indirect.every(({ request, from: name }) => !from(request) || knows(name)) &&
    !artifact.stars.some(from)
  );
}

function note(imports: Map<ModuleRecord, Set<ModuleRecord>>, importer: ModuleRecord, record: ModuleRecord): void {
  const records = imports.get(importer);
  if (records === undefined) imports.set(importer, new Set([record]));
  else records.add(record);
}

/** The importers of a record, those with `import()` among them: records know whom they import so, not by whom. */
export function withDynamic(graph: ModuleGraph): (record: ModuleRecord) => Iterable<ModuleRecord> {
  let dynamic: Map<ModuleRecord, Set<ModuleRecord>> | undefined;
  return (record) => {
    if (dynamic === undefined) {
      dynamic = new Map();
      for (const importer of graph.records.values()) {
        for (const imported of importer.dynamicImports.keys()) note(dynamic, imported, importer);
      }
    }
    const more = dynamic.get(record);
    return more === undefined ? record.importers : new Set([...record.importers, ...more]);
  };
}
