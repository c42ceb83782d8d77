/**
 * Manifests as values: their hash, their difference, and what a set of changes makes of one.
 */
import { createHash } from 'node:crypto';
import type { Changes, Manifest, ModuleId, Revision } from './contract.ts';
import { badId, duplicateId } from './errors.ts';
import { deriveManifest, differing, linesOf } from './lineage.ts';
import { foldModuleId, parseModuleId } from './module-id.ts';
import { normalizeText, revisionOf } from './text.ts';

/** Names a manifest: SHA-256 over a line for each entry, `id NUL revision LF`, sorted by UTF-16 code units. */
export function manifestHash(manifest: Manifest): string {
  const hash = createHash('sha256');
  for (const lines of linesOf(manifest)) hash.update(lines);
  return hash.digest('hex');
}

/** What leads from one manifest to another; ids are sorted. */
export interface ManifestDiff {
  readonly added: readonly ModuleId[];
  readonly changed: readonly ModuleId[];
  readonly removed: readonly ModuleId[];
}

/**
 * What leads from one manifest to another; each list is sorted. Where it is known how the one came of the other, it costs
 * what changed and not the graph.
 */
export function diffManifests(from: Manifest, to: Manifest): ManifestDiff {
  const added: ModuleId[] = [];
  const changed: ModuleId[] = [];
  const removed: ModuleId[] = [];
  for (const id of differing(from, to)) {
    const [before, after] = [from.get(id), to.get(id)];
    if (before === after) continue;
    if (before === undefined) added.push(id);
    else if (after === undefined) removed.push(id);
    else changed.push(id);
  }
  return { added: added.sort(), changed: changed.sort(), removed: removed.sort() };
}

/** The changes of a publish after their ids were parsed and their texts normalized and named. */
export interface ParsedChanges {
  readonly texts: ReadonlyMap<ModuleId, { readonly revision: Revision; readonly text: string }>;
  readonly deleted: ReadonlySet<ModuleId>;
}

/**
 * Checks and names the changes of a publish.
 *
 * @throws StoreError `STORE_BAD_ID`; `STORE_DUPLICATE_ID` when two of them differ in normal form alone
 */
export function parseChanges(source: string, changes: Changes): ParsedChanges {
  const texts = new Map<ModuleId, { revision: Revision; text: string }>();
  const deleted = new Set<ModuleId>();
  const names = new Map<ModuleId, string>();
  for (const [name, content] of changes) {
    const id = parseModuleId(name);
    const twin = names.get(id);
    if (twin !== undefined) throw duplicateId(source, twin, name);
    names.set(id, name);
    if (content === null) {
      deleted.add(id);
    } else {
      const text = normalizeText(content);
      texts.set(id, { text, revision: revisionOf(text) });
    }
  }
  return { texts, deleted };
}

/**
 * The manifest after the changes.
 *
 * @throws StoreError `STORE_DUPLICATE_ID`, `STORE_BAD_ID` where it could not be one tree of files
 */
export function applyChanges(source: string, manifest: Manifest, changes: ParsedChanges): Manifest {
  const entries = new Map<ModuleId, Revision | undefined>();
  for (const id of changes.deleted) entries.set(id, undefined);
  for (const [id, { revision }] of changes.texts) entries.set(id, revision);
  const next = deriveManifest(manifest, entries);
  // only a new id can stand in the way of another one
  if ([...changes.texts.keys()].some((id) => !manifest.has(id))) assertTree(source, next.keys());
  return next;
}

/**
 * Holds that the ids can be files of one tree on every system: no two differ in case or normal form alone, and none is
 * the folder of another.
 *
 * @throws StoreError `STORE_DUPLICATE_ID`, `STORE_BAD_ID`
 */
export function assertTree(source: string, ids: Iterable<ModuleId>): void {
  const files = new Map<string, ModuleId>();
  const folders = new Map<string, ModuleId>();
  for (const id of ids) {
    const folded = foldModuleId(id);
    const twin = files.get(folded);
    if (twin !== undefined) throw duplicateId(source, twin, id);
    files.set(folded, id);
    for (let end = folded.lastIndexOf('/'); end > 0; end = folded.lastIndexOf('/', end - 1)) {
      const folder = folded.slice(0, end);
      if (folders.has(folder)) break;
      folders.set(folder, id);
    }
  }
  for (const [folder, id] of folders) {
    const file = files.get(folder);
    if (file !== undefined) throw badId(id, `'${file}' is a module of ${source}, so it cannot be a folder too`);
  }
}
