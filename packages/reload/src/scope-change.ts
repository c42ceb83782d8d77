/** What a prepared release means to the state: which versions' scopes go, come and change their places. */

import type { ModuleRecord } from '@rekindle/loader';
import type { Change, Scope } from '@rekindle/state';
import type { Prepared } from './prepare.ts';
import type { Scopes } from './scopes.ts';

export function scopeChange(prepared: Prepared, scopes: Scopes): Pick<Change, 'pairs' | 'reordered'> {
  const scopeOf = (record: ModuleRecord): Scope | undefined =>
    record.current?.kind === 'source' ? scopes.known(record.current) : undefined;
  return {
    pairs: [
      ...prepared.order.map((next) => ({ old: scopeOf(next.record), next: scopes.of(next) })),
      ...[...prepared.stage.removed].map((record) => ({ old: scopeOf(record), next: undefined })),
    ],
    reordered: reorderedScopes(prepared, scopeOf),
  };
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
