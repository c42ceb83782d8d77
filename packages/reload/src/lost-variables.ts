/** Plain variables that a reload drops: which they are, what is said of them, and why it may be refused. */

import type { Diagnostic } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import { ofStateLoss } from './diagnose.ts';
import type { EventBody, StateLost } from './events.ts';
import type { LostVariable } from './outcome.ts';
import type { Powers } from './powers.ts';

/** The variables that code has assigned in a version that is to be replaced, or leaves. */
export function lostOf(current: SourceTextInstance): LostVariable[] {
  if (current.artifact.facts.assigned.length === 0) return [];
  return Array.from(current.assigned(), (variable) => ({ module: current.record.key, ...variable }));
}

/** A refusal, where those shall not be dropped. */
export function diagnoseLoss(going: readonly SourceTextInstance[], powers: Pick<Powers, 'diagnose'>): Diagnostic[] {
  return going.flatMap((current) => lostOf(current).map((variable) => ofStateLoss(current, variable, powers)));
}

/**
 * One event for each module.
 * @param versions that came, and those of modules that left
 */
export function lossEvents(
  lost: readonly LostVariable[],
  versions: readonly SourceTextInstance[],
): EventBody<StateLost>[] {
  if (lost.length === 0) return [];
  const revisions = new Map(versions.map(({ record, unit }) => [record.key, unit.revision]));
  return [...new Set(lost.map(({ module }) => module))].map((module) => ({
    type: 'state:lost',
    module,
    revision: revisions.get(module) ?? '',
    variables: lost.filter((one) => one.module === module).map(({ name, value }) => ({ name, value })),
  }));
}
