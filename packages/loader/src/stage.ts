/**
 * A proposal for the graph: versions that would take their records' places, records that would come or go.
 *
 * Nothing outside sees a stage until a `CellSwap` commits it; to drop it is to forget it.
 */

import { exportedNames } from './exports.ts';
import { evaluationOrder, type ModuleGraph } from './graph.ts';
import { type ModuleInstance, SourceTextInstance, type Unit } from './module-instance.ts';
import { ModuleRecord } from './module-record.ts';
import type { NamespaceObject } from './namespace-object.ts';
import type { View } from './view.ts';

export class Stage implements View {
  readonly graph: ModuleGraph;
  /** Staged versions by record, in the order in which they were staged. */
  readonly instances = new Map<ModuleRecord, ModuleInstance>();
  /** Records that leave with the commit. */
  readonly removed = new Set<ModuleRecord>();
  /** Committed versions whose text changed in comments or types alone. */
  readonly retexted = new Map<SourceTextInstance, Unit>();
  /** Imports that no text makes: the game's own (`from: null`), and those of running code. */
  readonly imports: { readonly from: ModuleRecord | null; readonly to: ModuleRecord }[] = [];
  readonly #fresh = new Map<string, ModuleRecord>();
  readonly #namespaces = new Map<ModuleRecord, NamespaceObject>();
  readonly #touched = new Map<ModuleRecord, boolean>();

  constructor(graph: ModuleGraph) {
    this.graph = graph;
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
    this.instances.set(record, instance);
    this.#touched.clear();
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
    return evaluationOrder(this, [...this.graph.roots, ...this.imports.map(({ to }) => to)]);
  }

  /** Staged versions that have code, in the order in which they were staged. */
  *sources(): Iterable<SourceTextInstance> {
    for (const instance of this.instances.values()) if (instance.kind === 'source') yield instance;
  }

  /** Staged namespace objects, and the committed ones of records whose surface the stage leaves alone. */
  readonly namespaces = {
    get: (record: ModuleRecord): NamespaceObject | undefined =>
      this.#touches(record) ? this.#namespaces.get(record) : record.namespace,
    set: (record: ModuleRecord, namespace: NamespaceObject): void => {
      if (this.#touches(record)) this.#namespaces.set(record, namespace);
      else record.namespace = namespace;
    },
  };

  /** The namespace objects that staged code may hold. */
  stagedNamespaces(): ReadonlyMap<ModuleRecord, NamespaceObject> {
    return this.#namespaces;
  }

  /** Whether what the record exports depends on a staged or removed version. */
  #touches(record: ModuleRecord): boolean {
    let touched = this.#touched.get(record);
    if (touched === undefined) {
      touched = record.current === undefined;
      exportedNames(this, undefined, record, (visited) => {
        if (this.instances.has(visited) || this.removed.has(visited)) touched = true;
      });
      const instance = this.at(record);
      if (!touched && instance?.kind === 'source') {
        for (const entry of instance.indirect.values()) {
          const target = instance.requested[entry.request] as ModuleRecord;
          if (this.instances.has(target) || this.removed.has(target)) touched = true;
        }
      }
      this.#touched.set(record, touched);
    }
    return touched;
  }
}
