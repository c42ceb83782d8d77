/** Which bodies run while a release is prepared, and not in the synchronous step. */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';

/** The staged versions that await at top level, and those that they need, in the given order. */
export function awaitingVersions(stage: Stage, versions: Iterable<SourceTextInstance>): SourceTextInstance[] {
  const order = [...versions];
  const stack = order.filter((instance) => instance.artifact.async).map(({ record }) => record);
  const needed = new Set<ModuleRecord>();
  for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
    if (needed.has(record)) continue;
    needed.add(record);
    stack.push(...(stage.at(record)?.requested ?? []));
  }
  return order.filter((instance) => needed.has(instance.record));
}
