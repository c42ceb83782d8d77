/** What a namespace of scripts needs from outside; `createHost` of `rekindle` composes it. */

import type { Diagnostic, EmittedPosition, Position, WarningEntry } from '@rekindle/compiler';
import type {
  MaybePromise,
  ResolutionStep,
  Resolved,
  SourceTextInstance,
  SyntheticModule,
  Unit,
} from '@rekindle/loader';
import type { Clock, Realm } from '@rekindle/state';
import type { Head, ReleaseSource } from '@rekindle/store';
import type { EventBody, EventType } from './events.ts';
import type { Outcome } from './outcome.ts';
import type { WrapParticipants } from './participant.ts';
import type { ProbationLimits } from './probation.ts';
import type { Scopes } from './scopes.ts';
import type { ReleaseTrials } from './trials.ts';

/** Milliseconds. */
export interface TimeLimits {
  /** For all bodies of a swap together. `Infinity` for no limit. */
  readonly activate: number;
  /** For the awaiting part of a release, and for the bodies of a first load. `Infinity` for no limit. */
  readonly prepare: number;
}

export interface FaultText {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: unknown;
  /** Characters that the marker of the frame covers. */
  readonly length?: number;
}

/** Compiled revisions, shared by all namespaces of a host. */
export interface UnitLibrary {
  /** @param key a script's id, or the key of a file as text */
  get(key: string, revision: string): MaybePromise<UnitOrDiagnostics>;
  /** Compiles a text that stands in no store. */
  compile(key: string, revision: string, source: string): MaybePromise<UnitOrDiagnostics>;
  /** Told of modules that will be asked for soon, so that what is known of them elsewhere comes at once. */
  expect?(modules: readonly { readonly key: string; readonly revision: string }[]): void;
  /** Whether two editions of a module do the same: comments, types or layout alone were edited. */
  isSameCode(earlier: Unit, later: Unit): MaybePromise<boolean>;
}

export type UnitOrDiagnostics =
  | { readonly ok: true; readonly unit: Unit }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface Powers {
  /** Name of the namespace. */
  readonly namespace: string;
  readonly source: ReleaseSource;
  readonly units: UnitLibrary;
  readonly steps: readonly ResolutionStep[];
  /** Of modules that a transform makes, with their dots: an import may leave them out. @default none */
  readonly extensions?: readonly string[];
  host(name: string): SyntheticModule;
  native(url: string): Promise<SyntheticModule>;
  readonly realm: Realm;
  readonly scopes: Scopes;
  readonly clock: Clock;
  readonly limits: TimeLimits;
  /** What becomes of a reload that drops variables which code has assigned. @default 'report' */
  readonly onStateLoss?: 'report' | 'refuse';
  /** False where the namespace keeps to its release. @default true */
  readonly follow?: boolean;
  /** How a release is watched after its commit; false for not at all. @default { window: 30_000, errors: 5 } */
  readonly probation?: ProbationLimits | false;
  /** True while no limit is to end anything: somebody debugs the process. Asked whenever one would begin or end. */
  limitsRest(): boolean;
  /** The `globalThis` of a version: the namespace's, without what a policy hides. */
  globals(instance: SourceTextInstance): object;
  /** `import.meta` of a version; `resolve` gives what a specifier means there, and throws where nobody answers. */
  meta(instance: SourceTextInstance, resolve: (specifier: string) => Resolved): object;
  /** Which store a script comes from; undefined for what stands in none. */
  origin(id: string): Origin | undefined;
  /** Chooses the moment of the swap; `apply` is synchronous. */
  activate(apply: () => Outcome): void;
  emit(event: EventBody): void;
  /** Told when the namespace stands elsewhere without an event that says so. @default nobody is */
  restated?(): void;
  /** Whether anybody hears events of a type. @default yes */
  isHeard?(type: EventType): boolean;
  /** Told of each release that is new here. @default nobody is */
  readonly trials?: ReleaseTrials;
  /** For tests; see `PARTICIPANTS`. */
  readonly participants?: WrapParticipants;
  /** What has to be there before anything is loaded: the state of a snapshot. Undefined once it is. @default nothing */
  ready?(): Promise<void> | undefined;
  /** What was changed of the language's intrinsics since it was last asked. */
  intrinsicsChanges(): readonly string[];
  /** Told after a manifest was committed; answers with the number under which the stores know it. Never rejects. */
  committed(head: Head): MaybePromise<number | undefined>;
  /** Makes a diagnostic at a place in a module's text, with its code frame. */
  diagnose(unit: Unit, place: Place, text: FaultText): Diagnostic;
  /** The words of a warning of a module's text. */
  warn(unit: Unit, warning: WarningEntry): Diagnostic;
}

/** The store of a script, and the later ones that have it too and are not asked. */
export interface Origin {
  readonly source: string;
  readonly hides: readonly string[];
}

/**
 * Where in a module: a position that the artifact tells, one in the code that runs, the frame of an error's stack that
 * lies in the module, or where the author declares a variable.
 */
export type Place =
  | { readonly at: EmittedPosition }
  | { readonly emitted: Position }
  /** In the module itself; with `innermost` in whichever module it was. */
  | { readonly thrown: unknown; readonly innermost?: boolean }
  | { readonly declaration: string };
