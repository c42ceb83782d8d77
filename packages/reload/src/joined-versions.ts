/**
 * What awaiting bodies have imported with `import()` becomes part of the release that is prepared, except for what failed
 * and was caught; and each of them is known to observe what it was given.
 */

import type { ModuleGraph, SourceTextInstance } from '@rekindle/loader';
import { noteAwaited, unchangedImporters } from './awaited-imports.ts';
import { Unforeseen } from './foresight.ts';
import { observe } from './observation.ts';
import type { Prepared } from './prepare.ts';
import type { StagedImports } from './staged-imports.ts';
import { keepersOfLeft } from './stale-code.ts';

/**
 * @returns versions that do not come, of which some have run
 * @throws Unforeseen where an unchanged module may have kept what leaves
 */
export function takeJoined(imports: StagedImports, prepared: Prepared, graph: ModuleGraph): SourceTextInstance[] {
  const { stage, order, plan } = prepared;
  const joined = imports.joined();
  const awaiting = [...new Set([...order, ...joined])].filter(({ artifact }) => artifact.async);
  const importers = unchangedImporters(stage);
  for (const instance of awaiting) noteAwaited(instance, imports, stage, importers);
  const reordered = stage.evaluationOrder();
  const places = new Map(reordered.map((record, place) => [record, place]));
  // what failed has imported nothing
  const made = stage.imports.filter(({ from, body = from }) => body === null || places.has(body));
  stage.imports.splice(0, stage.imports.length, ...made);
  for (const instance of joined) {
    const { record } = instance;
    if (!places.has(record)) continue;
    order.push(instance);
    plan.observations.set(record, observe(stage, instance));
    plan.reasons.set(record, reasonOf(instance));
  }
  for (const instance of awaiting) {
    if (places.has(instance.record)) plan.observations.set(instance.record, observe(stage, instance));
  }
  const left = [...new Set([...order, ...joined])].filter(({ record }) => !places.has(record));
  for (const { record } of left) {
    stage.drop(record);
    plan.reasons.delete(record);
    plan.observations.delete(record);
  }
  for (const record of graph.records.values()) {
    if (!places.has(record) && stage.at(record)?.kind === 'source') stage.remove(record);
  }
  const keepers = keepersOfLeft(stage);
  if (keepers.size > 0) {
    throw new Unforeseen({ called: new Map([...keepers].map(([{ key }, why]) => [key, why])) });
  }
  const stay = order.filter(({ record }) => places.has(record));
  const place = (instance: SourceTextInstance) => places.get(instance.record) as number;
  order.splice(0, order.length, ...stay.sort((a, b) => place(a) - place(b)));
  prepared.reordered = reordered;
  return left;
}

function reasonOf({ record: { current }, unit }: SourceTextInstance): string {
  if (current?.kind !== 'source') return 'is new';
  return current.unit.revision === unit.revision ? 'imports lead elsewhere' : 'was edited';
}
