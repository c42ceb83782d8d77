/**
 * The exports of an artifact by name, made once for each artifact: a thousand namespaces share them.
 */

import type { Artifact } from '@rekindle/compiler';

export interface ExportTables {
  /** Export name → index of its entry. */
  readonly locals: ReadonlyMap<string, number>;
  readonly indirect: ReadonlyMap<string, Artifact['indirect'][number]>;
}

const tables = new WeakMap<Artifact, ExportTables>();

export function exportTables(artifact: Artifact): ExportTables {
  let made = tables.get(artifact);
  if (made === undefined) {
    made = {
      locals: new Map(artifact.locals.map((entry, index) => [entry.name, index])),
      indirect: new Map(artifact.indirect.map((entry) => [entry.name, entry])),
    };
    tables.set(artifact, made);
  }
  return made;
}
