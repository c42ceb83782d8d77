/** What modules reach by the imports in their texts. */

import type { ModuleInstance, ModuleRecord } from '@rekindle/loader';

/**
 * These records and all that they reach, each once.
 *
 * @param at the versions by whose imports is gone: those of a stage, or the committed ones
 * @param seen what is left out, with what it alone leads to; what is reached is added
 */
export function* reachedBy(
  from: Iterable<ModuleRecord>,
  at: (record: ModuleRecord) => ModuleInstance | undefined,
  seen = new Set<ModuleRecord>(),
): Generator<ModuleRecord, void, undefined> {
  const stack = [from];
  for (let records = stack.pop(); records !== undefined; records = stack.pop()) {
    for (const record of records) {
      if (seen.has(record)) continue;
      seen.add(record);
      yield record;
      stack.push(at(record)?.requested ?? []);
    }
  }
}
