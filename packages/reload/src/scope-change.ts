/** What a prepared release means to the state: which versions' scopes go, come, change their places and set up again. */

import type { ModuleRecord } from '@rekindle/loader';
import type { Change, EffectsAgain, Scope } from '@rekindle/state';
import type { Prepared } from './prepare.ts';
import type { Scopes } from './scopes.ts';

export function scopeChange(prepared: Prepared, scopes: Scopes): Pick<Change, 'pairs' | 'reordered' | 'again'> {
  const scopeOf = (record: ModuleRecord): Scope | undefined =>
    record.current?.kind === 'source' ? scopes.known(record.current) : undefined;
  return {
    pairs: [
      ...prepared.order.map((next) => ({ old: scopeOf(next.record), next: scopes.of(next) })),
      ...[...prepared.stage.removed].map((record) => ({ old: scopeOf(record), next: undefined })),
    ],
    reordered: reorderedScopes(prepared, scopeOf),
    again: effectsAgain(prepared, scopeOf),
  };
}

function effectsAgain({ plan, stage }: Prepared, scopeOf: (record: ModuleRecord) => Scope | undefined): EffectsAgain[] {
  return [...plan.effects].flatMap(([record, { regions }]) => {
    const { current } = record;
    const scope = scopeOf(record);
    if (scope === undefined || current?.kind !== 'source' || stage.at(record) !== current) return [];
    const marks = current.running.artifact.facts.callbacks.flatMap(({ region, mark }) =>
      mark !== undefined && regions.has(region) ? [mark] : [],
    );
    return [
      {
        scope,
        isMeant(setup) {
          const text = Function.prototype.toString.call(setup);
          return marks.some((mark) => text.includes(mark));
        },
      },
    ];
  });
}

/** Versions that stay and come to stand at another place in the evaluation order. */
function reorderedScopes(
  { reordered, stage }: Prepared,
  scopeOf: (record: ModuleRecord) => Scope | undefined,
): Scope[] {
  const scopes: Scope[] = [];
  for (const [place, record] of reordered?.entries() ?? []) {
    if (stage.instances.has(record) || record.order === place) continue;
    const scope = scopeOf(record);
    if (scope !== undefined) scopes.push(scope);
  }
  return scopes;
}
