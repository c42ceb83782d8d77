/** What `import.meta.hot.on` is told of reloads: Vite's events, with module ids where Vite has URLs. */

import type { Diagnostic } from '@rekindle/compiler';
import type { Prepared } from './prepare.ts';

/** One module that is replaced, or one accepted import of one that stays. */
export interface HotUpdate {
  readonly type: 'js-update';
  /** Id of the module that takes the update. */
  readonly path: string;
  /** Id of the module that it takes: its own, or that of an import. */
  readonly acceptedPath: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** What `vite:beforeUpdate` and `vite:afterUpdate` carry. */
export interface HotUpdatePayload {
  readonly type: 'update';
  readonly updates: readonly HotUpdate[];
}

/** What `vite:beforePrune` carries. */
export interface HotPrunePayload {
  readonly type: 'prune';
  /** Ids of the modules that leave. */
  readonly paths: readonly string[];
}

/** What `vite:error` carries: the first fault of a refused release. */
export interface HotErrorPayload {
  readonly type: 'error';
  readonly err: {
    readonly message: string;
    readonly stack: string;
    /** Id of the module. */
    readonly id?: string;
    readonly frame?: string;
    readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
    readonly plugin: 'rekindle';
    /** Code of the diagnostic. */
    readonly pluginCode: string;
  };
}

/** What `vite:invalidate` carries. */
export interface HotInvalidatePayload {
  /** Id of the module that cannot handle an update. */
  readonly path: string;
  readonly message: string | undefined;
  /** Id of the first module of a chain of them. */
  readonly firstInvalidatedBy: string;
}

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
