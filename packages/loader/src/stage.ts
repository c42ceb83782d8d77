/**
 * A proposal for the graph: versions that would take their records' places, records that would come or go.
 *
 * Nothing outside sees a stage until a `CellSwap` commits it; to drop it is to forget it.
 */

import { namespaceNames } from './exports.ts';
import {
  entryOrder,
  evaluationOrder,
  exportReaders,
  type ModuleGraph,
  type NewImport,
  timeOfAwaited,
} from './graph.ts';
import { type ModuleInstance, SourceTextInstance, type Unit } from './module-instance.ts';
import { ModuleRecord } from './module-record.ts';
import type { NamespaceObject } from './namespace-object.ts';
import type { View } from './view.ts';

export class Stage implements View {
  readonly graph: ModuleGraph;
  /** Staged versions by record, in the order in which they were staged. */
  readonly instances = new Map<ModuleRecord, ModuleInstance>();
  readonly #removed = new Set<ModuleRecord>();
  /** Committed versions whose text changed in comments or types alone. */
  readonly retexted = new Map<SourceTextInstance, Unit>();
  /** Imports that no text makes: the game's own (`from: null`), and those with `import()`, perhaps for an awaited body. */
  readonly imports: NewImport[] = [];
  /** Records of which it is not believed that bodies will import them with `import()`, as they have until now. */
  readonly doubts = new Set<ModuleRecord>();
  readonly #fresh = new Map<string, ModuleRecord>();
  readonly #namespaces = new Map<ModuleRecord, NamespaceObject>();
  #touched: ReadonlySet<ModuleRecord> | undefined;
  /** Whether staged code takes the committed namespace object of a record: by record, once it was asked. */
  readonly #kept = new Map<ModuleRecord, boolean>();

  constructor(graph: ModuleGraph) {
    this.graph = graph;
  }

  /** Records that leave with the commit. */
  get removed(): ReadonlySet<ModuleRecord> {
    return this.#removed;
  }

  /** The record for a key; a new one stays in the stage until the commit. */
  record(key: string): ModuleRecord {
    let record = this.graph.records.get(key) ?? this.#fresh.get(key);
    if (record === undefined) {
      record = new ModuleRecord(key);
      this.#fresh.set(key, record);
    }
    return record;
  }

  /** True where the record stands in the graph or the stage already. */
  has(key: string): boolean {
    const record = this.graph.records.get(key) ?? this.#fresh.get(key);
    return record !== undefined && this.at(record) !== undefined;
  }

  at(record: ModuleRecord): ModuleInstance | undefined {
    return this.instances.get(record) ?? (this.removed.has(record) ? undefined : record.current);
  }

  /** Proposes a version for a record. */
  add(record: ModuleRecord, instance: ModuleInstance): void {
    const { current } = record;
    if (instance.kind === 'source' && instance.artifact.async && current?.kind === 'source') {
      instance.awaited = current.awaited;
    }
    this.instances.set(record, instance);
    this.#forget();
  }

  /** Proposes that a record leaves. */
  remove(record: ModuleRecord): void {
    this.#removed.add(record);
    this.drop(record);
  }

  /** Takes back that a record leaves: something needs it after all. */
  keep(record: ModuleRecord): void {
    this.#removed.delete(record);
    this.#forget();
  }

  /** Takes the proposal of a version back. */
  drop(record: ModuleRecord): void {
    this.instances.delete(record);
    this.#forget();
  }

  #forget(): void {
    this.#touched = undefined;
    this.#kept.clear();
  }

  /** Proposes to evaluate the committed code of a record again. */
  again(record: ModuleRecord): SourceTextInstance {
    const { current } = record;
    if (current?.kind !== 'source') throw new TypeError(`'${record.key}' is not a script`);
    const instance = new SourceTextInstance(record, this.retexted.get(current) ?? current.unit);
    instance.requested = current.requested;
    this.retexted.delete(current);
    this.add(record, instance);
    return instance;
  }

  /** Every record that the roots reach in the stage, in evaluation order. */
  evaluationOrder(): ModuleRecord[] {
    return evaluationOrder(this, this.#roots(), this.#dynamicImports());
  }

  believes(_body: ModuleRecord, to: ModuleRecord): boolean {
    return !this.doubts.has(to);
  }

  /** Records that are reached without the `import()`s of bodies for which `isKnown` is false. */
  certain(isKnown: (body: ModuleRecord) => boolean): Set<ModuleRecord> {
    const view: View = { at: (record) => this.at(record), namespaces: this.namespaces, believes: isKnown };
    return new Set(evaluationOrder(view, this.#roots(), this.#dynamicImports()));
  }

  /** The same records in the order in which evaluation enters them. */
  entryOrder(): Iterable<ModuleRecord> {
    return entryOrder(this, this.#roots(), this.#dynamicImports());
  }

  #roots(): ModuleRecord[] {
    return [...this.graph.roots, ...this.imports.filter(({ from }) => from === null).map(({ to }) => to)];
  }

  /** One that was made before keeps its place: a top level that runs again makes the same ones. */
  #dynamicImports(): NewImport[] {
    return this.imports.filter(({ from, to, body }) => {
      if (from === null) return false;
      if (body !== undefined) return timeOfAwaited(this, body, from, to) === undefined;
      return from.dynamicImports.get(to)?.running !== true;
    });
  }

  /** Staged versions that have code, in the order in which they were staged. */
  *sources(): Iterable<SourceTextInstance> {
    for (const instance of this.instances.values()) if (instance.kind === 'source') yield instance;
  }

  /**
   * Records whose exports may have other values in this stage: those that are staged or leave, and those that re-export
   * from them.
   */
  get touched(): ReadonlySet<ModuleRecord> {
    if (this.#touched === undefined) {
      const touched = new Set<ModuleRecord>([...this.instances.keys(), ...this.#removed]);
      for (const record of touched) {
        for (const importer of record.reexporters) if (reexports(this.at(importer), record)) touched.add(importer);
      }
      this.#touched = touched;
    }
    return this.#touched;
  }

  /** Staged namespace objects, and the committed ones where their names stay. */
  readonly namespaces = {
    get: (record: ModuleRecord): NamespaceObject | undefined =>
      this.#keepsNamespace(record) ? record.namespace : this.#namespaces.get(record),
    set: (record: ModuleRecord, namespace: NamespaceObject): void => {
      if (this.touched.has(record)) this.#namespaces.set(record, namespace);
      else {
        namespace.repoint(exportReaders(this.graph, undefined, record)); // it stays, and would hold the stage
        record.namespace = namespace;
      }
    },
  };

  /** The namespace objects that staged code may hold beside the committed ones. */
  stagedNamespaces(): ReadonlyMap<ModuleRecord, NamespaceObject> {
    return this.#namespaces;
  }

  /** Lets committed namespace objects show the staged values, for as long as bodies run; returns the way back. */
  lendNamespaces(): () => void {
    const undos: (() => void)[] = [];
    for (const record of this.touched) {
      const { namespace } = record;
      if (namespace?.hasNames(namespaceNames(this, undefined, record)) !== true) continue;
      undos.push(namespace.repoint(exportReaders(this, undefined, record)));
    }
    return () => {
      for (const undo of undos) undo();
    };
  }

  /**
   * Whether staged code takes the committed namespace object. Where a body awaits it cannot: running code, which has the
   * same object, would see staged values; it takes one that becomes an alias with the commit.
   */
  #keepsNamespace(record: ModuleRecord): boolean {
    if (!this.touched.has(record)) return true;
    if (record.namespace === undefined) return false;
    let keeps = this.#kept.get(record);
    if (keeps === undefined) {
      keeps = !this.#awaits() && record.namespace.hasNames(namespaceNames(this, undefined, record));
      this.#kept.set(record, keeps);
    }
    return keeps;
  }

  #awaits(): boolean {
    for (const instance of this.sources()) if (instance.artifact.async) return true;
    return false;
  }
}

function reexports(instance: ModuleInstance | undefined, record: ModuleRecord): boolean {
  if (instance?.kind !== 'source') return false;
  for (const reexported of instance.reexported()) if (reexported === record) return true;
  return false;
}
