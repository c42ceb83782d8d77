/**
 * The exports of an artifact by name, made once for each artifact: a thousand namespaces share them, and so
 * do editions of a module that only differ in their text.
 */

import type { Artifact } from '@rekindle/compiler';

export interface ExportTables {
  /** Export name → index of its entry. */
  readonly locals: ReadonlyMap<string, number>;
  readonly indirect: ReadonlyMap<string, Artifact['indirect'][number]>;
}

interface Made extends ExportTables {
  readonly of: Artifact['indirect'];
}

/** By the list of the local exports, which editions of a module can have in common. */
const tables = new WeakMap<Artifact['locals'], Made>();

export function exportTables({ locals, indirect }: Artifact): ExportTables {
  let made = tables.get(locals);
  if (made === undefined || made.of !== indirect) {
    made = {
      locals: new Map(locals.map((entry, index) => [entry.name, index])),
      indirect: new Map(indirect.map((entry) => [entry.name, entry])),
      of: indirect,
    };
    tables.set(locals, made);
  }
  return made;
}
