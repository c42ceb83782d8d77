/**
 * Whose fault an error is: the module that owns the entry point, and the modules that its stack leads through.
 *
 * An error that escaped an entry point has an owner. One that the game caught, or that nobody caught, is attributed by
 * its stack alone: to the innermost script in it.
 */

import { type EscapedError, ReloadError, type Suspect } from '@rekindle/reload';
import { isEnd, isLoopLimit } from '@rekindle/state';
import { placesOfThrow } from './places.ts';

/**
 * True for what a flow rejects with whose version has ended, or has never come: nobody's fault, and with no script in its
 * stack. Node would end the process for it where nobody waits for the flow.
 */
export function isEndOfFlow(error: unknown): boolean {
  try {
    return isEnd(error) || (error instanceof ReloadError && error.code === 'IMPORT_ABORTED');
  } catch {
    return false; // what is thrown may be a Proxy
  }
}

/**
 * @param where the entry point in words
 * @param owner undefined where no entry point of a script was entered
 * @returns undefined where no script has to do with it
 */
export function escapedError(error: unknown, where: string, owner?: Suspect): EscapedError | undefined {
  const places = placesOfThrow(error);
  const [place] = places;
  const responsible = owner ?? (place && { module: place.module, revision: undefined });
  if (responsible === undefined) return undefined;
  const suspects: Suspect[] = places.map(({ module }) => ({ module, revision: undefined }));
  if (owner !== undefined) suspects.push(owner);
  return { where, owner: responsible, place, counted: { error, suspects, isFatal: isLoopLimit(error) } };
}
