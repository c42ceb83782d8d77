/**
 * What top levels are given by `import()` while they are awaited: they may have observed it, as what they import by name.
 *
 * Whose top level calls is not decided here, nor what of a module it observes.
 */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';
import { Unforeseen } from './foresight.ts';
import { type Observation, observe, readingsOf } from './observation.ts';
import type { StagedImports } from './staged-imports.ts';

/**
 * Notes what the top level of a version was given, when it has ended: each module, and whose code imported it.
 *
 * @throws Unforeseen where unchanged code may have given it from a cache what the version before it was given
 */
export function noteAwaited(
  instance: SourceTextInstance,
  { loose }: Pick<StagedImports, 'loose'>,
  stage: Stage,
  before: Observation | undefined,
): void {
  const given = new Map<ModuleRecord, ModuleRecord>();
  for (const { from, to, body } of stage.imports) {
    if (from === null || body !== instance.record) continue;
    if (from !== instance.record || !given.has(to)) given.set(to, from);
  }
  const expected = instance.awaited;
  instance.awaited = given;
  if (before !== undefined && expected.size > 0) {
    const seen = seenBy(before);
    const keepers = new Map<string, string>();
    for (const [to, from] of expected) {
      if (stage.instances.has(from) || !seen.has(from) || given.has(to)) continue;
      if (from.dynamicImports.get(to)?.bodies.has(instance.record) === true) {
        if (!keepers.has(from.key)) keepers.set(from.key, `may have kept '${to.key}' for '${instance.record.key}'`);
      } else given.set(to, from); // it has what that imported itself
    }
    if (keepers.size > 0) throw new Unforeseen({ called: keepers, kept: new Set() });
  }
  const missed = loose.filter(({ to, ended }) => !ended.has(instance) && to !== instance.record && !given.has(to));
  if (missed.length === 0) return;
  const seen = seenBy(observe(stage, instance));
  for (const { by, to } of missed) if (seen.has(by)) given.set(to, by);
}

/** Modules of which a top level observes something, and those whose code it may run. */
function seenBy(observation: Observation): Set<ModuleRecord> {
  return new Set(readingsOf(observation).flatMap(({ records, through }) => [...records.keys(), ...through]));
}
