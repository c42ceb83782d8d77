/** Which bodies run while a release is prepared, and not in the synchronous step; and which of them is waited for. */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';

/** The staged versions that await at top level, and those that they request, in the given order. */
export function awaitingVersions(stage: Stage, versions: Iterable<SourceTextInstance>): SourceTextInstance[] {
  return neededVersions(versions, (record) => stage.at(record)?.requested ?? []);
}

/** Those, and what they are foreseen to import with `import()` meanwhile. */
export function foreseenVersions(stage: Stage, versions: Iterable<SourceTextInstance>): SourceTextInstance[] {
  return neededVersions(versions, (record) => {
    const instance = stage.at(record);
    return instance?.kind === 'source' ? [...instance.requested, ...instance.awaited.keys()] : [];
  });
}

function neededVersions(
  versions: Iterable<SourceTextInstance>,
  needs: (record: ModuleRecord) => readonly ModuleRecord[],
): SourceTextInstance[] {
  const order = [...versions];
  const stack = order.filter((instance) => instance.artifact.async).map(({ record }) => record);
  const needed = new Set<ModuleRecord>();
  for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
    if (needed.has(record)) continue;
    needed.add(record);
    stack.push(...needs(record));
  }
  return order.filter((instance) => needed.has(instance.record));
}

/** The version whose top level is awaited; only among what `below` imports, where that is given. */
export function waitingVersion(stage: Stage, below?: ModuleRecord): SourceTextInstance | undefined {
  const waits = (instance: SourceTextInstance) => instance.status === 'evaluating-async';
  if (below === undefined) return [...stage.sources()].find(waits);
  const stack = [below];
  const seen = new Set<ModuleRecord>();
  for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
    if (seen.has(record)) continue;
    seen.add(record);
    const instance = stage.instances.get(record);
    if (instance?.kind !== 'source') continue;
    if (waits(instance)) return instance;
    stack.push(...instance.requested);
  }
  return undefined;
}
