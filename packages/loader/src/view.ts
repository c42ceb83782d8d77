/** How a graph looks: as committed, or with staged versions in their records' places. */

import type { ModuleInstance } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import type { NamespaceObject } from './namespace-object.ts';

export interface View {
  /** The version that stands for a record in this view; undefined where the view has none. */
  at(record: ModuleRecord): ModuleInstance | undefined;
  /** Namespace objects that were made in this view, where its surfaces differ from the committed ones. */
  readonly namespaces: NamespaceStore;
  /** Whether a body imports a record with `import()`, as its version says; absent where that is certain. */
  believes?(body: ModuleRecord, to: ModuleRecord): boolean;
}

export interface NamespaceStore {
  get(record: ModuleRecord): NamespaceObject | undefined;
  set(record: ModuleRecord, namespace: NamespaceObject): void;
}
