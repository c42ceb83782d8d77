/**
 * Modules of which it is not believed that bodies will import them with `import()` once more, as their last versions have:
 * something is wrong with them, and a list that has been edited may no longer name them. Where it does, the release is
 * refused when the import comes.
 *
 * How a stage goes by it is the stage's.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { SourceTextInstance, Stage } from '@rekindle/loader';
import { reachedBy } from './reached.ts';

/**
 * Keys of the modules without which nothing would be wrong, if no body went on importing them; none where something would
 * be.
 */
export function doubtsOf(diagnostics: readonly Diagnostic[], stage: Stage): string[] {
  const imported = new Set(versionsOf(stage).flatMap(({ awaited }) => [...awaited.keys()]));
  if (imported.size === 0) return [];
  const certain = stage.certain(() => false);
  const faulty = new Set(diagnostics.map(({ module = '' }) => stage.record(module)));
  if ([...faulty].some((record) => certain.has(record))) return [];
  const doubts = [...imported].filter((record) => {
    if (certain.has(record)) return false;
    for (const below of reachedBy([record], (other) => stage.at(other))) if (faulty.has(below)) return true;
    return false;
  });
  return doubts.map(({ key }) => key);
}

/** Whether it can be so: every body that has imported them runs again. */
export function areOut(doubted: ReadonlySet<string>, stage: Stage): boolean {
  if (doubted.size === 0) return true;
  const records = [...doubted].map((key) => stage.record(key));
  return versionsOf(stage).every(
    ({ record, awaited }) => stage.instances.has(record) || !records.some((other) => awaited.has(other)),
  );
}

/** The versions of scripts that run, or would. */
function versionsOf(stage: Stage): SourceTextInstance[] {
  const records = new Set([...stage.graph.records.values(), ...stage.instances.keys()]);
  return [...records].flatMap((record) => {
    const version = stage.at(record);
    return version?.kind === 'source' ? [version] : [];
  });
}
