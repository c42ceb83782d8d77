/** What a namespace shows of itself, as data. */

import type { Diagnostic } from '@rekindle/compiler';
import type { ReleaseInfo, ScriptError } from './events.ts';
import type { Origin } from './powers.ts';
import type { CountedError, Suspect } from './probation.ts';

/** What a namespace shows of a loaded module. */
export interface ModuleInfo {
  readonly id: string;
  /** SHA-256 of the source, hexadecimal. */
  readonly revision: string;
  /** The store that it comes from; undefined for what `evaluate` loaded. */
  readonly origin: Origin | undefined;
  /** Ids of the loaded modules that import it. */
  readonly importers: readonly string[];
  /** Since when this version runs, in milliseconds since the epoch. */
  readonly since: number;
  /** How many errors its entry points, or its code in those of others, have let escape since it was loaded. */
  readonly errors: number;
  /** Milliseconds that its entry points have held the event loop since this version runs: an estimate from samples. */
  readonly spent: number;
}

/** Where a namespace stands; times are milliseconds since the epoch. */
export interface NamespaceStatus {
  readonly name: string;
  /** What runs. */
  readonly release: ReleaseInfo;
  /** How many scripts are loaded. */
  readonly modules: number;
  /** True while the stores are followed. */
  readonly following: boolean;
  /** Until when the release that runs may be taken back by itself; absent once it stands. */
  readonly probationUntil?: number;
  /** Why it does not follow, where somebody has stopped it. */
  readonly held?: { readonly why: string; readonly since: number };
  /** The newest release, where it was refused: what runs is older. */
  readonly refused?: {
    readonly modules: readonly string[];
    readonly diagnostics: readonly Diagnostic[];
    readonly since: number;
  };
}

/** An error that a script's code did not keep to itself. */
export interface EscapedError {
  /** Who answers for it. */
  readonly owner: Suspect;
  /** The entry point in words. */
  readonly where: string;
  /** Where it was thrown. */
  readonly place: ScriptError['place'] | undefined;
  readonly counted: CountedError;
}
