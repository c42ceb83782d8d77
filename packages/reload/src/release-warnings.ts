/**
 * What is told of a release that has committed and is probably a mistake: what the compiler warns of in its texts, what
 * stayed in slots, what was lost.
 *
 * The compiler cannot know whether an imported object takes a listener back by itself, as hooks do. Here its value is
 * there to be looked at, and what may be owned is passed over.
 */

import type { Diagnostic, Receiver } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import { LATER } from '@rekindle/state';
import type { LostVariable } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { SlotLook } from './slot-look.ts';
import { ofLost } from './slot-warnings.ts';

type WarningPowers = Pick<Powers, 'diagnose' | 'warn'>;

/** With these a listener is taken back; what is owned by whoever calls it needs none of them. */
const TAKING_BACK = ['off', 'removeListener', 'removeEventListener', 'unsubscribe', 'pipe'];

/** Versions whose text is another one than that of the version before. Asked before they take its place. */
export function withNewText(order: readonly SourceTextInstance[]): SourceTextInstance[] {
  return order.filter(({ record: { current }, unit }) => {
    if (unit.artifact.warnings === undefined) return false;
    return current?.kind !== 'source' || current.unit.revision !== unit.revision;
  });
}

/** A release that runs. */
export interface CommittedRelease {
  /** The versions that came, in evaluation order, and those of them that have a new text. */
  readonly order: readonly SourceTextInstance[];
  readonly edited: readonly SourceTextInstance[];
  readonly slots: Pick<SlotLook, 'warnings'>;
  readonly lost: readonly LostVariable[];
}

/** In the order of the modules, each once. */
export function releaseWarnings({ order, edited, slots, lost }: CommittedRelease, powers: WarningPowers): Diagnostic[] {
  const warnings = [...textWarnings(edited, powers), ...slots.warnings()];
  for (const variable of lost) {
    const next = order.find(({ record }) => record.key === variable.module);
    // one that the new text no longer has was meant to go
    if (next?.artifact.facts.assigned.includes(variable.name)) warnings.push(ofLost(next, variable, powers));
  }
  return warnings;
}

/** The warnings of versions whose bodies have run. */
function textWarnings(versions: readonly SourceTextInstance[], { warn }: Pick<Powers, 'warn'>): Diagnostic[] {
  return versions.flatMap((instance) =>
    (instance.artifact.warnings ?? [])
      .filter(({ receiver }) => receiver === undefined || !takesItselfBack(instance, receiver))
      .map((warning) => warn(instance.unit, warning)),
  );
}

/** Whether a listener may belong to the version that calls; false only where it is known that nobody takes it back. */
function takesItselfBack(instance: SourceTextInstance, { import: index, path, method }: Receiver): boolean {
  const { request } = instance.artifact.imports[index] ?? {};
  const key = request === undefined ? undefined : instance.requested[request]?.key;
  if (key === undefined) return true;
  if (key.startsWith('node:') || key.startsWith('file:')) return false; // knows nothing of versions
  if (path === null) return true;
  try {
    let value = importedValue(instance, index);
    for (const name of path) value = (value as Record<string, unknown>)[name];
    const receiver = value as Record<string, unknown>;
    const called = receiver[method];
    if (typeof called !== 'function' || (called as { [LATER]?: unknown })[LATER] === true) return true;
    return !TAKING_BACK.some((name) => typeof receiver[name] === 'function');
  } catch {
    return true; // a getter, or what is not there
  }
}

function importedValue({ artifact, views }: SourceTextInstance, index: number): unknown {
  const view = views[index];
  return artifact.imports[index]?.name === null ? view : (view as { readonly v: unknown }).v;
}
