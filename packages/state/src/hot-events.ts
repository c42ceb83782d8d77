/**
 * What `import.meta.hot.on` is told of reloads: Vite's events and payloads, with module ids where Vite has URLs.
 *
 * The types alone; the reload engine fills them.
 */

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

/** The events that Rekindle itself sends. */
export interface HotEvents {
  /** Before a change is applied, to the versions that run until then. */
  'vite:beforeUpdate': HotUpdatePayload;
  /** After its commit, to the versions that run from then on. */
  'vite:afterUpdate': HotUpdatePayload;
  /** Before modules leave, to them too. */
  'vite:beforePrune': HotPrunePayload;
  /** A release was refused. */
  'vite:error': HotErrorPayload;
  /** A module cannot handle an update. */
  'vite:invalidate': HotInvalidatePayload;
}
