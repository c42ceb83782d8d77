/**
 * Whose fault an error is: the module that owns the entry point, and the modules that its stack leads through.
 *
 * An error that escaped an entry point has an owner. One that the game caught, or that nobody caught, is attributed by
 * its stack alone: to the innermost script in it.
 */

import { type EscapedError, ReloadError, type ScriptNamespace, type Suspect } from '@rekindle/reload';
import { isEnd, isLoopLimit } from '@rekindle/state';
import { placesOfThrow, type ThrowPlace } from './places.ts';
import { type StackVersion, scriptSources, versionsOf } from './script-sources.ts';

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
  const suspects = suspectsOf(error, places);
  const responsible = owner ?? suspects[0];
  if (responsible === undefined) return undefined;
  if (owner !== undefined) suspects.push(owner);
  return { where, owner: responsible, place, counted: { error, suspects, isFatal: isLoopLimit(error) } };
}

/** The innermost script of an error's stack; undefined where there is none. */
export function innermostOf(error: unknown): StackVersion | undefined {
  const [innermost] = versionsIn(error, placesOfThrow(error));
  return innermost;
}

/** A namespace, and who compiles for it. */
export interface Candidate {
  readonly scripts: ScriptNamespace;
  readonly library: object;
}

/**
 * The namespace in which a version of a script runs; where it runs in none, one that has the module, or might have had
 * it. The first among equals: a stack does not tell two namespaces with one text apart.
 */
export function namespaceOf(version: StackVersion, candidates: readonly Candidate[]): ScriptNamespace | undefined {
  const { module, revision } = version;
  const own = candidates.filter(({ library }) => version.libraries.has(library)).map(({ scripts }) => scripts);
  const having = own.filter((scripts) => scripts.versionOf(module) !== undefined);
  const running = having.filter((scripts) => revision !== undefined && scripts.runs(module, revision));
  return running[0] ?? having[0] ?? own[0];
}

/** The modules of a stack, with their revisions where they are known: a version that has ended, or never came, may err. */
function suspectsOf(error: unknown, places: readonly ThrowPlace[]): Suspect[] {
  return versionsIn(error, places).map(({ module, revision }) => ({ module, revision }));
}

function versionsIn(error: unknown, places: readonly ThrowPlace[]): StackVersion[] {
  const versions = [...versionsOf(error)];
  return places.map(({ module }) => {
    const at = versions.findIndex((version) => version.module === module);
    const [found] = at < 0 ? [] : versions.splice(0, at + 1).slice(-1);
    return found ?? { ...scriptSources.versionOf(module), revision: undefined };
  });
}
