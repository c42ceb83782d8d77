/**
 * What top levels are given by `import()` while they are awaited: they may have observed it, as what they import by name.
 *
 * Whose top level calls is not decided here, nor what of a module it observes.
 */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';
import { Unforeseen } from './foresight.ts';
import { type Observation, observe, readingsOf } from './observation.ts';
import type { StagedImports } from './staged-imports.ts';
import { mayKeep, unchangedVersion } from './stale-code.ts';

/** Unchanged modules whose code has imported something with `import()`, and may have kept it. */
export function unchangedImporters(stage: Stage): ReadonlySet<ModuleRecord> {
  const importers = new Set<ModuleRecord>();
  for (const record of stage.graph.records.values()) {
    const imported = unchangedVersion(record, stage)?.imported;
    if (imported !== undefined && imported.size > 0) importers.add(record);
  }
  return importers;
}

/**
 * Notes what the top level of a version was given, when it has ended: each module, and whose code imported it.
 *
 * Unchanged code that it calls may have given it what it has imported before, for whomever: that counts, too.
 *
 * @throws Unforeseen where such code imported it for the version before, and nobody knows whether this one asked for it
 */
export function noteAwaited(
  instance: SourceTextInstance,
  { loose }: Pick<StagedImports, 'loose'>,
  stage: Stage,
  importers: ReadonlySet<ModuleRecord>,
): void {
  const given = new Map<ModuleRecord, ModuleRecord>();
  for (const { from, to, body } of stage.imports) {
    if (from === null || body !== instance.record) continue;
    if (from !== instance.record || !given.has(to)) given.set(to, from);
  }
  const expected = instance.awaited;
  instance.awaited = given;
  const missed = loose.filter(({ to, ended }) => !ended.has(instance) && to !== instance.record && !given.has(to));
  const failed = stage.imports.filter(
    ({ from, to, body }) => from !== body && hasFailed(body, stage) && !given.has(to),
  );
  if (missed.length + failed.length + importers.size === 0) return;
  const seen = seenBy(observe(stage, instance), stage);
  for (const { from, to } of failed) {
    if (from === null || !seen.has(from) || to === instance.record) continue;
    given.set(to, from); // a helper may have kept it, and a body that came have it
    stage.imports.push({ from, to, body: instance.record });
  }
  for (const { by, to } of missed) if (seen.has(by)) given.set(to, by);
  const keepers = new Map<string, string>();
  for (const importer of importers) {
    if (importer === instance.record || !seen.has(importer) || !mayKeep(importer, seen, stage)) continue;
    for (const key of unchangedVersion(importer, stage)?.imported ?? []) {
      const to = stage.record(key);
      if (given.has(to) || to === instance.record || stage.at(to)?.kind !== 'source') continue;
      const isAsked = importer.dynamicImports.get(to)?.bodies.has(instance.record) === true && expected.has(to);
      const isOld = to.current !== undefined && stage.touched.has(to);
      if (!isAsked && !isOld) given.set(to, importer);
      else if (!keepers.has(importer.key)) {
        keepers.set(importer.key, `may have kept '${to.key}' for '${instance.record.key}'`);
      }
    }
  }
  if (keepers.size > 0) throw new Unforeseen({ called: keepers });
}

/** Whether the top level of a module was awaited and did not come to a good end. */
function hasFailed(body: ModuleRecord | undefined, stage: Stage): boolean {
  const version = body && stage.instances.get(body);
  return version?.kind === 'source' && version.status !== 'evaluated';
}

/** Modules of which a top level observes something, those whose code it may run, and what these were given themselves. */
function seenBy(observation: Observation, stage: Stage): Set<ModuleRecord> {
  const seen = new Set(readingsOf(observation).flatMap(({ records, through }) => [...records.keys(), ...through]));
  for (const record of seen) {
    const version = stage.at(record);
    if (version?.kind === 'source') for (const given of version.awaited.keys()) seen.add(given);
  }
  return seen;
}
