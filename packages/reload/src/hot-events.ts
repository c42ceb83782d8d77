/** The payloads that `import.meta.hot.on` is given for reloads. */

import type { Diagnostic } from '@rekindle/compiler';
import type { HotErrorPayload, HotUpdate, HotUpdatePayload } from '@rekindle/state';
import type { Prepared } from './prepare.ts';

/** What a transaction will do; undefined where it replaces nothing. */
export function updatePayload({ order, plan }: Prepared, timestamp: number): HotUpdatePayload | undefined {
  const updates: HotUpdate[] = [];
  const accepted = new Set<string>();
  const add = (path: string, acceptedPath: string) => {
    updates.push({ type: 'js-update', path, acceptedPath, timestamp });
  };
  for (const [importer, records] of plan.boundaries?.imports ?? []) {
    for (const { key } of records) {
      accepted.add(key);
      add(importer.key, key);
    }
  }
  for (const { record } of order) {
    if (record.current?.kind !== 'source') continue;
    if (plan.boundaries?.selves.has(record) === true || !accepted.has(record.key)) add(record.key, record.key);
  }
  return updates.length === 0 ? undefined : { type: 'update', updates };
}

export function errorPayload(diagnostics: readonly Diagnostic[]): HotErrorPayload {
  const [{ code = '', message = '', module, line, column, frame, cause } = {} as Partial<Diagnostic>] = diagnostics;
  return {
    type: 'error',
    err: {
      message,
      stack: cause instanceof Error ? String(cause.stack) : '',
      ...(module === undefined ? {} : { id: module }),
      ...(frame === undefined ? {} : { frame }),
      ...(module === undefined || line === undefined || column === undefined
        ? {}
        : { loc: { file: module, line, column } }),
      plugin: 'rekindle',
      pluginCode: code,
    },
  };
}
