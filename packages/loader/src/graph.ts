/**
 * The module graph of one namespace, as committed: its records, its roots, and what they look like from outside.
 *
 * It never reads, compiles or decides anything: a `Stage` proposes, a `CellSwap` commits.
 */

import { textKey } from './attributes.ts';
import type { AnyCell } from './cell.ts';
import { AMBIGUOUS, namespaceNames, resolveExport } from './exports.ts';
import { LiveView } from './live-view.ts';
import type { ModuleInstance, ResolvedBinding, SourceTextInstance } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import { NamespaceObject, type ReadExport } from './namespace-object.ts';
import type { View } from './view.ts';

export class ModuleGraph implements View {
  readonly records = new Map<string, ModuleRecord>();
  /** Records that the game imported: what no root reaches leaves. */
  readonly roots = new Set<ModuleRecord>();
  /** How many there have been with `import()`. */
  #imports = 0;

  at(record: ModuleRecord): ModuleInstance | undefined {
    return record.current;
  }

  /** What is loaded of a file of the stores: as a module, as text, or both. */
  scriptsOf(id: string): ModuleRecord[] {
    const records = [this.records.get(id), this.records.get(textKey(id))];
    return records.filter((record) => record !== undefined).filter(({ current }) => current?.kind === 'source');
  }

  readonly namespaces = {
    get: (record: ModuleRecord) => record.namespace,
    set: (record: ModuleRecord, namespace: NamespaceObject) => {
      record.namespace = namespace;
    },
  };

  /**
   * Code of a record has imported another one with `import()`.
   * @param body for whose top level, while that was awaited; absent where nobody waited for it
   */
  imported(from: ModuleRecord, to: ModuleRecord, body?: ModuleRecord): void {
    let made = from.dynamicImports.get(to);
    if (made === undefined) {
      this.#imports += 1;
      made = { time: this.#imports, running: false, bodies: new Set() };
      from.dynamicImports.set(to, made);
    }
    if (body === undefined) made.running = true;
    else made.bodies.add(body);
    if (from.current?.kind === 'source') from.current.noteImported(to.key);
  }

  /** The object that `namespace.import()` resolves to. */
  liveView(record: ModuleRecord): object {
    if (record.live === undefined) {
      record.live = new LiveView();
      record.live.show(exportReaders(this, undefined, record));
    }
    return record.live.object;
  }
}

/** The exact namespace object of a record, for code of `importer`. */
export function namespaceObject(view: View, importer: SourceTextInstance | undefined, record: ModuleRecord): object {
  const instance = view.at(record);
  if (instance?.kind === 'synthetic' && instance.scoped && importer !== undefined) {
    const values = instance.for(importer);
    values.namespace ??= new NamespaceObject(exportReaders(view, importer, record)).object;
    return values.namespace;
  }
  let namespace = view.namespaces.get(record);
  if (namespace === undefined) {
    namespace = new NamespaceObject(exportReaders(view, undefined, record)); // shared by all importers
    view.namespaces.set(record, namespace);
  }
  return namespace.object;
}

/** How to read each export of a record, in code unit order of the names. */
export function exportReaders(
  view: View,
  importer: SourceTextInstance | undefined,
  record: ModuleRecord,
): Map<string, ReadExport> {
  const readers = new Map<string, ReadExport>();
  for (const name of namespaceNames(view, importer, record)) {
    const binding = resolveExport(view, importer, record, name);
    if (binding === null || binding === AMBIGUOUS) continue;
    if (binding.kind === 'namespace') {
      const target = binding.record;
      readers.set(name, () => namespaceObject(view, importer, target));
    } else if (binding.kind === 'binding') {
      const cell = bindingCell(view, importer, binding) as AnyCell;
      readers.set(name, () => cell.v);
    }
  }
  return readers;
}

/** The cell that code of `importer` reads for a binding, in this view. */
export function bindingCell(
  view: View,
  importer: SourceTextInstance | undefined,
  binding: Extract<ResolvedBinding, { kind: 'binding' }>,
): AnyCell | undefined {
  const instance = view.at(binding.record);
  if (instance === undefined) return undefined;
  if (instance.kind === 'synthetic') {
    const scope = binding.scope ?? importer;
    return (scope === undefined ? instance.shared : instance.for(scope))?.cell(binding.name);
  }
  return instance.cells[instance.locals.get(binding.name) as number];
}

/** An `import()` that comes with a stage. */
export interface NewImport {
  readonly from: ModuleRecord | null;
  readonly to: ModuleRecord;
  /** For whose top level, while that is awaited; absent where nobody waits for it. */
  readonly body?: ModuleRecord | undefined;
}

/** A time after all that there have been. */
const AFTER = Number.MAX_SAFE_INTEGER / 2;

/**
 * When code of `from` imported `to` for the top level of `body` first, where the version of that in a view still makes it.
 * It is an import of `body`: who called which helper for it means nothing to what is reached.
 */
export function timeOfAwaited(
  view: View,
  body: ModuleRecord,
  from: ModuleRecord,
  to: ModuleRecord,
): number | undefined {
  const made = from.dynamicImports.get(to);
  const version = view.at(body);
  if (made?.bodies.has(body) !== true || version?.kind !== 'source') return undefined;
  const isMade = from === body ? version.awaited.has(to) : version.awaited.get(to) === from;
  return isMade && view.believes?.(body, to) !== false ? made.time : undefined;
}

/** What a record leads to by `import()`: by its running code, and for its top level while that was awaited. */
function* importedBy(view: View, record: ModuleRecord): Iterable<{ record: ModuleRecord; time: number }> {
  for (const [to, { running, time }] of record.dynamicImports) if (running) yield { record: to, time };
  const version = view.at(record);
  if (version?.kind !== 'source') return;
  for (const [to, helper] of version.awaited) {
    for (const from of new Set([record, helper])) {
      const time = timeOfAwaited(view, record, from, to);
      if (time !== undefined) yield { record: to, time };
    }
  }
}

/**
 * Every record that the roots reach, in evaluation order (ECMA-262 InnerModuleEvaluation: depth first, requests in their
 * order). What was imported with `import()` follows behind all of it, in the order in which it was: so it was evaluated,
 * and another order could enter a cycle at another module.
 *
 * @param last what is imported with `import()` now
 */
export function evaluationOrder(
  view: View,
  roots: Iterable<ModuleRecord>,
  last: readonly NewImport[] = [],
): ModuleRecord[] {
  return walkGraph(view, roots, last).left;
}

/** The same records in the order in which evaluation enters them: who of a cycle comes first is who enters it. */
export function entryOrder(
  view: View,
  roots: Iterable<ModuleRecord>,
  last: readonly NewImport[] = [],
): Iterable<ModuleRecord> {
  return walkGraph(view, roots, last).entered;
}

function walkGraph(
  view: View,
  roots: Iterable<ModuleRecord>,
  last: readonly NewImport[],
): { entered: Set<ModuleRecord>; left: ModuleRecord[] } {
  const left: ModuleRecord[] = [];
  const entered = new Set<ModuleRecord>();
  // an explicit stack: a chain of 5,000 imports must not overflow the native one
  const stack: { record: ModuleRecord; requested: readonly ModuleRecord[]; next: number }[] = [];
  const enter = (record: ModuleRecord) => {
    if (entered.has(record)) return;
    entered.add(record);
    const instance = view.at(record);
    if (instance !== undefined) stack.push({ record, requested: instance.requested, next: 0 });
  };
  const walk = (from: ModuleRecord) => {
    enter(from);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const child = frame.requested[frame.next++];
      if (child !== undefined) enter(child);
      else {
        left.push(frame.record);
        stack.pop();
      }
    }
  };
  for (const root of roots) walk(root);
  for (const target of dynamicallyImported(view, left, last)) walk(target);
  return { entered, left };
}

/**
 * What has been imported with `import()`, in the order in which it was. What has an importer that comes later only waits
 * for the next round.
 *
 * @param left the importers; those that come while this is iterated belong to it
 */
function* dynamicallyImported(
  view: View,
  left: readonly ModuleRecord[],
  last: readonly NewImport[],
): Iterable<ModuleRecord> {
  const made = new Map<ModuleRecord | null, { readonly record: ModuleRecord; readonly time: number }[]>();
  for (const [index, { from, to, body = from }] of last.entries()) {
    const entry = { record: to, time: AFTER + index };
    const entries = made.get(body);
    if (entries === undefined) made.set(body, [entry]);
    else entries.push(entry);
  }
  let due: { readonly record: ModuleRecord; readonly time: number }[] = [];
  let missed: typeof due = [];
  let looked = 0;
  let now = 0;
  for (;;) {
    const known = due.length;
    for (; looked < left.length; looked++) {
      const importer = left[looked] as ModuleRecord;
      for (const entry of importedBy(view, importer)) (entry.time > now ? due : missed).push(entry);
      for (const entry of made.get(importer) ?? []) (entry.time > now ? due : missed).push(entry);
    }
    if (due.length > known) due.sort((a, b) => b.time - a.time); // the next one is the last
    const next = due.pop();
    if (next === undefined) {
      if (missed.length === 0) return;
      [due, missed, now] = [missed.sort((a, b) => b.time - a.time), [], 0];
      continue;
    }
    now = next.time;
    yield next.record;
  }
}
