/**
 * How manifests came of each other: noted beside them, so that their difference costs what changed and not the graph.
 *
 * A manifest stays a plain map that anybody can make; one without a note is compared in full, and the answer is noted.
 * Notes hold ids and no manifests, so that no manifest lives on because another one came of it.
 * A manifest must not be changed once it is one.
 */
import type { Manifest, ModuleId, Revision } from './contract.ts';

/** What the entries of a manifest are, against those of another one: `undefined` for a module that is gone. */
export type Entries = Iterable<readonly [ModuleId, Revision | undefined]>;

interface Step {
  /** The manifest that it leads from. */
  readonly from: number;
  /** Ids that may differ. */
  readonly ids: readonly ModuleId[];
}

interface Note {
  readonly name: number;
  /** The way back, newest first. */
  steps: readonly Step[];
  /** The ids in order, where they have been sorted; shared by manifests with the same ids. */
  sorted: readonly ModuleId[] | undefined;
  /** The lines of its entries, in order: see `linesOf`. */
  lines: readonly Buffer[] | undefined;
  /** Lines of a manifest with the same ids, of which only those of a few are others. */
  old: { readonly lines: readonly Buffer[]; readonly ids: readonly ModuleId[] } | undefined;
}

const notes = new WeakMap<Manifest, Note>();
let names = 0;

/** Longer ways are forgotten: whoever is so far behind compares in full. */
const KEPT_STEPS = 32;
/** Entries whose lines are kept, and made again, together. */
const TOGETHER = 128;
/** More ids that came or went are sorted with all the others. */
const FEW = 64;

function noteOf(manifest: Manifest): Note {
  let note = notes.get(manifest);
  if (note === undefined) {
    note = { name: ++names, steps: [], sorted: undefined, lines: undefined, old: undefined };
    notes.set(manifest, note);
  }
  return note;
}

/** A manifest with these entries in the place of the base's. */
export function deriveManifest(base: Manifest, entries: Entries): Manifest {
  const next = new Map(base);
  const changed = new Set<ModuleId>();
  for (const [id, revision] of entries) {
    changed.add(id);
    if (revision === undefined) next.delete(id);
    else next.set(id, revision);
  }
  const ids = [...changed];
  const { name, steps, sorted, lines } = noteOf(base);
  const note = noteOf(next);
  note.steps = [{ from: name, ids }, ...steps].slice(0, KEPT_STEPS);
  const moved = ids.filter((id) => base.has(id) !== next.has(id));
  if (sorted !== undefined && moved.length <= FEW) note.sorted = resort(sorted, moved, next);
  if (lines !== undefined && moved.length === 0) note.old = { lines, ids };
  return next;
}

function resort(sorted: readonly ModuleId[], moved: readonly ModuleId[], next: Manifest): readonly ModuleId[] {
  if (moved.length === 0) return sorted;
  const ids = [...sorted];
  for (const id of moved) {
    if (next.has(id)) ids.splice(placeOf(ids, id), 0, id);
    else ids.splice(placeOf(ids, id), 1);
  }
  return ids;
}

/** The place of the first id that is not before this one. */
function placeOf(sorted: readonly ModuleId[], id: ModuleId): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as ModuleId) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The ids that may differ between two manifests, and all that do. */
export function differing(from: Manifest, to: Manifest): readonly ModuleId[] {
  if (from === to) return [];
  const [old, next] = [noteOf(from), noteOf(to)];
  const known = meet(old, next);
  if (known !== undefined) return known;
  const ids: ModuleId[] = [];
  for (const [id, revision] of to) if (from.get(id) !== revision) ids.push(id);
  for (const id of from.keys()) if (!to.has(id)) ids.push(id);
  if (next.steps.length === 0) next.steps = [{ from: old.name, ids }, ...old.steps].slice(0, KEPT_STEPS);
  return ids;
}

/** What lies on the ways back from both to the first manifest that they share. */
function meet(a: Note, b: Note): readonly ModuleId[] | undefined {
  const [last] = b.steps;
  if (last?.from === a.name) return last.ids; // one release after the other: nearly always
  const behind = new Map([a.name, ...a.steps.map((step) => step.from)].map((name, steps) => [name, steps]));
  for (let steps = 0; steps <= b.steps.length; steps += 1) {
    const shared = behind.get(steps === 0 ? b.name : (b.steps[steps - 1] as Step).from);
    if (shared === undefined) continue;
    return [...new Set([...a.steps.slice(0, shared), ...b.steps.slice(0, steps)].flatMap((step) => step.ids))];
  }
  return undefined;
}

/** The ids of a manifest, sorted by UTF-16 code units. */
function sortedIds(manifest: Manifest): readonly ModuleId[] {
  const note = noteOf(manifest);
  note.sorted ??= [...manifest.keys()].sort();
  return note.sorted;
}

/**
 * A line for each entry, `id NUL revision LF`, in the order of ids: what a manifest's hash is taken of. They stand in
 * pieces, of which a manifest that came of another one makes only those anew that are different: putting ten thousand
 * lines together takes ten times as long as their hash.
 */
export function linesOf(manifest: Manifest): readonly Buffer[] {
  const note = noteOf(manifest);
  if (note.lines !== undefined) return note.lines;
  const ids = sortedIds(manifest);
  const pieces = Math.ceil(ids.length / TOGETHER);
  const lines = note.old === undefined ? new Array<Buffer>(pieces) : [...note.old.lines];
  const stale = note.old?.ids.map((id) => Math.floor(placeOf(ids, id) / TOGETHER)) ?? lines.keys();
  for (const piece of new Set(stale)) {
    if (piece >= pieces) continue; // an id that neither of both has
    let text = '';
    for (const id of ids.slice(piece * TOGETHER, (piece + 1) * TOGETHER)) text += `${id}\0${manifest.get(id)}\n`;
    lines[piece] = Buffer.from(text);
  }
  note.lines = lines;
  note.old = undefined;
  return lines;
}
