/**
 * The stable record of one module in one namespace: what outlives its versions.
 *
 * It corresponds to the identity that ECMA-262 gives a Module Record; the evaluated content is a `ModuleInstance`.
 * Everybody outside reads the record's cells; commits move values into them.
 */

import type { Cell } from './cell.ts';
import type { LiveView } from './live-view.ts';
import type { ModuleInstance } from './module-instance.ts';
import type { NamespaceObject } from './namespace-object.ts';

/** That code of a module has imported another one with `import()`. */
export interface DynamicImport {
  /** Its place among all of them: when it was made first. */
  readonly time: number;
  /** Whether running code has made it: then it holds for as long as both modules are there. */
  running: boolean;
  /** Modules for whose top level it was made while that was awaited: it holds for as long as their versions make it. */
  readonly bodies: Set<ModuleRecord>;
}

export class ModuleRecord {
  /** Module id, host module name, or URL of a native module: unique in the graph. */
  readonly key: string;
  /** One cell for each exported name that the current version, or a version in flight, has. */
  readonly cells = new Map<string, Cell>();
  /** The committed version; undefined for a record that has only been staged so far. */
  current: ModuleInstance | undefined;
  /** Records whose current version requests this one. */
  readonly importers = new Set<ModuleRecord>();
  /** Importers that re-export from this one, and perhaps some that did: a look at few instead of all. */
  readonly reexporters = new Set<ModuleRecord>();
  /** Records that code of this one has imported with `import()`: see `ModuleGraph.imported`. */
  readonly dynamicImports = new Map<ModuleRecord, DynamicImport>();
  /** The exact namespace object for scripts; replaced when the set of names changes. */
  namespace: NamespaceObject | undefined;
  /** What `namespace.import()` gives to the game: its identity never changes. */
  live: LiveView | undefined;
  /** Place in the evaluation order of the committed graph. */
  order = 0;

  constructor(key: string) {
    this.key = key;
  }
}
