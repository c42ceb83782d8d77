/**
 * What the texts of an attempt say that matters to slots and classes before a body has run: names, versions, what is
 * taken over from where, and which modules will be there.
 */

import { AMBIGUOUS, resolveExport } from '@rekindle/loader';
import type { Change } from '@rekindle/state';
import type { AttemptInput } from './attempt.ts';

export function forRestoredState({
  prepared,
  powers,
  release,
}: Pick<AttemptInput, 'prepared' | 'powers' | 'release'>): Required<
  Pick<Change, 'release' | 'declared' | 'standing' | 'exportOf' | 'classesOf'>
> {
  const { stage, manifest, order } = prepared;
  let classes: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    release,
    declared: () =>
      order.flatMap(({ record, artifact }) =>
        (artifact.slots ?? []).map(({ name, version, from, at }) => ({
          module: record.key,
          name,
          version,
          from,
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
    classesOf(module) {
      classes ??= new Map(
        order.map(({ record, artifact }) => [record.key, artifact.classes.map(({ name }) => name)] as const),
      );
      return classes.get(module);
    },
    standing(module) {
      if (stage.has(module)) return 'runs';
      // a source that cannot list its modules has those, too, that nobody has asked for
      return manifest.has(module) || powers.source.find !== undefined ? 'not loaded' : 'gone';
    },
  };
}
