/**
 * The resolution chain, some of whose steps are the game's own: one that throws refuses the import, at its place. What
 * the stores throw when they are asked through a step passes: it is about them, not about the import.
 */

import { type Answer, type MaybePromise, type ResolutionStep, type ResolveContext, resolveBy } from '@rekindle/loader';
import { isStoreError } from '@rekindle/store';
import { textOf } from './thrown.ts';

/** @param signal once it has aborted, what is thrown is its reason */
export function resolveSafely(
  steps: readonly ResolutionStep[],
  specifier: string,
  context: ResolveContext,
  signal: AbortSignal,
): MaybePromise<Answer> {
  const refuse = (error: unknown): Answer => {
    if (signal.aborted || isStoreError(error)) throw error;
    const refusal = {
      kind: 'refused',
      code: 'RESOLVE_THREW',
      message: `A step of resolution threw for '${specifier}': ${textOf(error)}`,
      hint: 'The fault is in the game: a step of `resolve` must answer, refuse or ask the next one, and not throw.',
      cause: error,
    } as const;
    return refusal;
  };
  try {
    const answer = resolveBy(steps, specifier, context);
    return answer instanceof Promise ? answer.catch(refuse) : answer;
  } catch (error) {
    return refuse(error);
  }
}
