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
}

const notes = new WeakMap<Manifest, Note>();
let names = 0;

/** Longer ways are forgotten: whoever is so far behind compares in full. */
const KEPT_STEPS = 32;

function noteOf(manifest: Manifest): Note {
  let note = notes.get(manifest);
  if (note === undefined) {
    note = { name: ++names, steps: [], sorted: undefined };
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
  const { name, steps, sorted } = noteOf(base);
  const note = noteOf(next);
  note.steps = [{ from: name, ids }, ...steps].slice(0, KEPT_STEPS);
  if (next.size === base.size && ids.every((id) => base.has(id))) note.sorted = sorted;
  return next;
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
export function sortedIds(manifest: Manifest): readonly ModuleId[] {
  const note = noteOf(manifest);
  note.sorted ??= [...manifest.keys()].sort();
  return note.sorted;
}
