/**
 * Unchanged modules whose code leads to what a stage replaces.
 *
 * In the synchronous step they are lent the new bindings. What is called while a release is prepared cannot be: running
 * code, which calls it too, would see values that are not committed. So it runs again, with the release.
 */

import type { ImportEntry } from '@rekindle/compiler';
import { AMBIGUOUS, type ModuleRecord, resolveExport, type SourceTextInstance, type Stage } from '@rekindle/loader';

/** Why a module runs again that an awaiting body calls. */
export function calledBy({ key }: ModuleRecord): string {
  return `is called by '${key}' while that is awaited`;
}

/**
 * Whether the code of an unchanged module would lead to other values once the stage has committed: by what it imports by
 * name, or has imported with `import()` and may have kept.
 */
export function isStale(record: ModuleRecord, stage: Stage): boolean {
  const current = unchangedVersion(record, stage);
  if (current === undefined) return false;
  if (current.bindings.some((binding) => stage.instances.has(binding.record))) return true;
  const hasOld = [...current.imported].some((key) => stage.touched.has(stage.record(key)));
  if (hasOld && mayKeep(record, stage.graph.records.values(), stage)) return true;
  return current.artifact.imports.some((entry, index) =>
    entry.name === null ? stage.touched.has(requestedBy(current, entry)) : moves(current, index, stage),
  );
}

/**
 * Unchanged modules that have imported, for a body, what leaves with the stage, and why they run again: they may have kept
 * it, and would hand it out once more.
 */
export function keepersOfLeft(stage: Stage): Map<ModuleRecord, string> {
  const keepers = new Map<ModuleRecord, string>();
  if (stage.removed.size === 0) return keepers;
  for (const record of stage.graph.records.values()) {
    for (const key of unchangedVersion(record, stage)?.imported ?? []) {
      const to = stage.record(key);
      if (!stage.removed.has(to) || !isForOthers(record, to)) continue;
      if (mayKeep(record, stage.graph.records.values(), stage))
        keepers.set(record, `has imported '${key}', which leaves`);
    }
  }
  return keepers;
}

/** Whether it was for the top level of another module, and for no running code, that one imported something. */
function isForOthers(importer: ModuleRecord, to: ModuleRecord): boolean {
  const made = importer.dynamicImports.get(to);
  if (made === undefined) return true; // for one that did not come, or is no longer there
  return !made.running && [...made.bodies].some((body) => body !== importer);
}

/**
 * Whether what an unchanged module has imported with `import()` can be kept by it, or by one of these that has it: by an
 * import, by a barrel, or by `import()`.
 */
export function mayKeep(importer: ModuleRecord, callers: Iterable<ModuleRecord>, stage: Stage): boolean {
  if (importer.current?.kind === 'source' && !importer.current.artifact.facts.passesImports) return true;
  const ways = new Set([importer]);
  for (const way of ways) for (const barrel of way.reexporters) ways.add(barrel);
  for (const caller of callers) {
    const version = caller === importer ? undefined : unchangedVersion(caller, stage);
    if (version?.requested.some((record) => ways.has(record)) === true) return true;
    if (version !== undefined && [...ways].some(({ key }) => version.imported.has(key))) return true;
  }
  return false;
}

/** The running version of a module, where the stage neither replaces it nor takes it out. */
export function unchangedVersion(record: ModuleRecord, stage: Stage): SourceTextInstance | undefined {
  const { current } = record;
  return current?.kind === 'source' && stage.at(record) === current ? current : undefined;
}

/** Whether an import of an unchanged module may lead to another binding than before, or to other names. */
export function leadsElsewhere({ current }: ModuleRecord, stage: Stage): boolean {
  if (current?.kind !== 'source') return false;
  return current.artifact.imports.some(({ name }, index) => name === null || moves(current, index, stage));
}

/** Whether an import by name leads to another binding. */
function moves(instance: SourceTextInstance, index: number, stage: Stage): boolean {
  const entry = instance.artifact.imports[index] as ImportEntry;
  const before = instance.bindings[index];
  const after = resolveExport(stage, instance, requestedBy(instance, entry), entry.name as string);
  if (after === null || after === AMBIGUOUS) return before?.kind !== 'absent';
  if (before === undefined || after.kind !== before.kind || after.record !== before.record) return true;
  if (after.kind === 'namespace') return true; // by `export * as`: its names, too
  return after.kind === 'binding' && before.kind === 'binding' && after.local !== before.local;
}

function requestedBy(instance: SourceTextInstance, { request }: ImportEntry): ModuleRecord {
  return instance.requested[request] as ModuleRecord;
}
