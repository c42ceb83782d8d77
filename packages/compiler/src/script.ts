/**
 * An artifact's text into the function that the linker calls: the only place where V8 compiles scripts.
 *
 * Evaluating the text gives a function and runs no line of the author's. What SWC and acorn accept and this V8 refuses
 * (a regular expression of a newer ECMAScript, say) is a diagnostic here.
 */

import { Script } from 'node:vm';
import { type Artifact, MODULE_ABI, type ModuleContext } from './artifact.ts';
import type { Diagnostic } from './diagnostic.ts';
import { CompilerError } from './errors.ts';

/** The emitted function. Its first `next()` runs up to the publication of hoisted functions, the second the body. */
export type ModuleFunction = (
  context: ModuleContext,
) => Generator<undefined, void, undefined> | AsyncGenerator<undefined, void, undefined>;

export type InstantiateResult =
  | { readonly ok: true; readonly body: ModuleFunction }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

export function instantiate(artifact: Artifact): InstantiateResult {
  if (artifact.abi !== MODULE_ABI) {
    const text = `The artifact of '${artifact.id}' is of module ABI ${artifact.abi}, this compiler's is ${MODULE_ABI}`;
    throw new CompilerError('ARTIFACT_ABI', text);
  }
  try {
    const body: unknown = new Script(artifact.code, { filename: artifact.id }).runInThisContext();
    return { ok: true, body: body as ModuleFunction };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {
      ok: false,
      diagnostic: { code: 'UNSUPPORTED_SYNTAX', message: error.message, module: artifact.id, cause: error },
    };
  }
}
