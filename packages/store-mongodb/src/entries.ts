/**
 * How modules and their revisions stand in the document of a release: as one text, a line for each.
 *
 * Not as fields, because no server takes every id for a name; not as pairs, because some servers take no arrays in
 * arrays; not as documents, which name their fields again for each of ten thousand modules.
 */
import type { Manifest, ModuleId, Revision } from '@rekindle/store';

/** One module of a release and its revision; `null` in changes: it was deleted. */
export type Entry<Value extends Revision | null> = readonly [id: ModuleId, revision: Value];

/** Lines of `revision id`, and of `- id` for what was deleted; no id has the end of a line in it. */
export type Lines = string;

/** What version 1 has in their place. It is read, and never written. */
export type Pairs = readonly Entry<Revision | null>[];

const DELETED = '-';

export function linesOf(entries: Iterable<Entry<Revision | null>>): Lines {
  return Array.from(entries, ([id, revision]) => `${revision ?? DELETED} ${id}`).join('\n');
}

/** What else may stand there is nothing: whoever puts a manifest together compares its hash. */
export function entriesIn(stored: unknown): Pairs {
  if (Array.isArray(stored)) return stored.filter((pair): pair is Pairs[number] => Array.isArray(pair));
  if (typeof stored !== 'string' || stored === '') return [];
  return stored.split('\n').map((line) => {
    const end = line.indexOf(' ');
    const revision = line.slice(0, end);
    return [line.slice(end + 1), revision === DELETED ? null : revision] as const;
  });
}

/** The same of a whole manifest. */
export function manifestIn(stored: unknown): Manifest {
  const manifest = new Map<ModuleId, Revision>();
  for (const [id, revision] of entriesIn(stored)) if (revision !== null) manifest.set(id, revision);
  return manifest;
}
