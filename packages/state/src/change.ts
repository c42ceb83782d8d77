/**
 * What a transaction changes, in the words of this package: which versions go and which come.
 *
 * The reload engine decides it; nothing here does.
 */
import type { ClassUpgrade } from './class-registry.ts';
import type { HandedOver } from './hot.ts';
import type { Accepted } from './hot-swap.ts';
import type { Scope } from './scope.ts';
import type { SlotRehearsal } from './slot-rehearsal.ts';
import type { ReleaseName } from './slots.ts';

export interface Pair {
  /** Absent for a module that is new. */
  readonly old?: Scope | undefined;
  /** Absent for an unload. */
  readonly next?: Scope | undefined;
}

/** A slot that a text names. */
export interface DeclaredSlot {
  readonly module: string;
  readonly name: string;
  /** Null where the text does not say. */
  readonly version: number | null;
  /** The slot that it takes over, `npc/orc.ts#orcs`. */
  readonly from?: string | undefined;
  /** Where the author has written it, as far as that is known. */
  readonly at?: { readonly line: number; readonly column: number };
}

/** Effects that are set up again without their module. */
export interface EffectsAgain {
  readonly scope: Scope;
  /**
   * Which of them, by the function that sets it up.
   * @default all effects of the version
   */
  readonly isMeant?: (setup: () => unknown) => boolean;
}

export interface Change {
  /** In the evaluation order of `next`; unloads anywhere. Read when a participant applies, not before. */
  readonly pairs: readonly Pair[];
  /** Versions that stay and whose `order` is another one than before. */
  readonly reordered?: readonly Scope[];
  /** Versions that stay and of which effects are set up again, because something that these observe has changed. */
  readonly again?: readonly EffectsAgain[];
  /** Whose accept callbacks are called, and with what; asked when the new versions are in place. */
  readonly accepted?: () => Iterable<Accepted>;
  /** Told at the point of no return, for each module that has classes of which there was a version before. */
  readonly upgraded?: (module: string, classes: readonly ClassUpgrade[]) => void;
  /** There where all of it is taken back: slots are copies, and nothing is handed over. */
  readonly rehearsal?: SlotRehearsal | undefined;
  /** What would run; for messages. */
  readonly release?: ReleaseName;
  /** The slots that the texts of the coming versions name, as far as they say. */
  readonly declared?: () => Iterable<DeclaredSlot>;
  /**
   * How a module would stand after the change: it runs, it is in the release and not loaded, or it is not there.
   * @default unknown: it may still come
   */
  readonly standing?: (module: string) => 'runs' | 'not loaded' | 'gone';
  /** Where that stands which a module exports under a name after the change: module and name of the binding itself. */
  readonly exportOf?: (module: string, name: string) => { readonly module: string; readonly name: string } | undefined;
  /** Names of the classes that the text of a coming version has at its top level; undefined for a module that does not come. */
  readonly classesOf?: (module: string) => readonly string[] | undefined;
  /** Set where an effect or an accept callback made a participant throw: whose it was. */
  failed?: Scope | undefined;
  /** Set by a commit: how many effects were set up again, for each version that stays. */
  renewed?: ReadonlyMap<Scope, number> | undefined;
  /**
   * Versions that have handed over, also in earlier attempts at the same release.
   * @default a new one: there was no attempt before
   */
  readonly handedOver?: HandedOver;
}

/** The versions that go, in the order of `pairs`. */
export function leaving(change: Change): readonly Scope[] {
  const scopes: Scope[] = []; // a loop: every participant asks, within the pause
  for (const { old } of change.pairs) if (old !== undefined) scopes.push(old);
  return scopes;
}

/** The versions that come, in evaluation order. */
export function coming(change: Change): readonly Scope[] {
  const scopes: Scope[] = [];
  for (const { next } of change.pairs) if (next !== undefined) scopes.push(next);
  return scopes;
}
