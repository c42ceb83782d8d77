/** What a namespace is asked for: one of these for each transaction. */

import type { SourceTextInstance } from '@rekindle/loader';
import type { Checkpoint } from './checkpoints.ts';
import type { ImportRequest } from './dynamic-imports.ts';
import type { Cause } from './events.ts';
import type { Succession } from './grounds.ts';
import type { Invalidated } from './invalidations.ts';
import type { EvaluatedText, PrepareInput, WishedImport } from './prepare.ts';
import type { Verdict } from './probation.ts';

/** A change that somebody wants, before it is known whether it can be. */
export interface Wish {
  readonly cause: Cause;
  readonly imports?: readonly WishedImport[];
  /** Ids that run even if their text did not change; `all` for every script. */
  readonly rerun?: readonly string[] | 'all';
  /** Texts of modules that stand in no store. */
  readonly texts?: readonly (readonly [string, EvaluatedText])[];
  readonly unload?: PrepareInput['unload'];
  /** The `import()` of running code that it comes from. */
  readonly asked?: AskedImport;
  /** True where a refusal is not an event yet, because the state may last a moment only. */
  readonly quiet?: boolean;
  /** An earlier release that shall run again. */
  readonly back?: GoingBack;
  /** Modules whose importers shall run again. */
  readonly invalidated?: Invalidated;
}

/** Why an earlier release shall run again. */
export interface GoingBack {
  readonly to: Checkpoint;
  readonly verdict?: Verdict<Succession>;
}

/** An `import()` of running code that needs a transaction. */
export interface AskedImport {
  readonly importer: SourceTextInstance;
  readonly request: ImportRequest;
  /** Settles it; what comes later changes nothing. */
  readonly settle: (imported: object | PromiseLike<object>) => void;
  /** True once a load has taken it over, its own or another that was under way. */
  taken: boolean;
}

/** True for a change that only brings modules, and so waits for no moment and is no reload. */
export function isLoad({ cause }: Wish): boolean {
  return cause === 'start' || cause === 'import';
}
