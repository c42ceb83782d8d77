/** What an attempt knows that matters to slots of a snapshot: which versions its texts have, and which modules will be there. */

import { AMBIGUOUS, resolveExport } from '@rekindle/loader';
import type { Change } from '@rekindle/state';
import type { AttemptInput } from './attempt.ts';

export function forRestoredState({
  prepared,
  powers,
  release,
}: Pick<AttemptInput, 'prepared' | 'powers' | 'release'>): Required<
  Pick<Change, 'release' | 'declared' | 'standing' | 'exportOf'>
> {
  const { stage, manifest, order } = prepared;
  return {
    release,
    declared: () =>
      order.flatMap(({ record, artifact }) =>
        (artifact.slots ?? []).map(({ name, version, at }) => ({
          module: record.key,
          name,
          version,
          ...(artifact.plain === true ? { at } : {}),
        })),
      ),
    exportOf(module, name) {
      const record = stage.has(module) ? stage.record(module) : undefined;
      const instance = record === undefined ? undefined : stage.at(record);
      if (record === undefined || instance?.kind !== 'source') return undefined;
      const found = resolveExport(stage, instance, record, name);
      if (found === null || found === AMBIGUOUS || found.kind !== 'binding') return undefined;
      return { module: found.record.key, name: found.local };
    },
    standing(module) {
      if (stage.has(module)) return 'runs';
      // a source that cannot list its modules has those, too, that nobody has asked for
      return manifest.has(module) || powers.source.find !== undefined ? 'not loaded' : 'gone';
    },
  };
}
