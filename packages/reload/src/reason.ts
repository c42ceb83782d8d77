/** Why a version of a module runs, in the words that its own code can ask for. */

import type { SourceTextInstance } from '@rekindle/loader';
import type { Reason, Slots } from '@rekindle/state';
import type { Plan } from './plan.ts';

/** Of which kind the transaction is. */
export interface Occasion {
  /** Nothing ran in the namespace before, or it is what `start` loads. */
  readonly isFirst: boolean;
  /** An earlier release runs again. */
  readonly isBack: boolean;
}

/** Reasons of a plan that are about the module itself: its text, or somebody who asked for it. */
const ITSELF: ReadonlySet<string | undefined> = new Set(['was edited', 'was asked to run']);

export function reasonOf(
  { record, artifact }: SourceTextInstance,
  { isFirst, isBack }: Occasion,
  { reasons }: Pick<Plan, 'reasons'>,
  slots: Pick<Slots, 'waitFor' | 'waitsAt'>,
): Reason {
  if (isBack) return 'taken-back';
  if (record.current !== undefined) return ITSELF.has(reasons.get(record)) ? 'edited' : 'dependency';
  const takesOver = artifact.slots?.some(({ from }) => from !== undefined && slots.waitsAt(from)) === true;
  if (takesOver || slots.waitFor(record.key)) return 'restored';
  return isFirst ? 'boot' : 'added';
}
