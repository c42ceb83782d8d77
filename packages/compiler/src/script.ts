/**
 * An artifact's text into the function that the linker calls: the only place where V8 compiles scripts.
 *
 * Evaluating the text gives a function and runs no line of the author's. The file name is the module's id in every
 * version, so that breakpoints bind again and stack traces name the module.
 */

import { Script } from 'node:vm';
import { type Artifact, MODULE_ABI, type ModuleContext } from './artifact.ts';
import type { Diagnostic, Position } from './diagnostic.ts';
import { diagnosticAt, type ModuleSource } from './diagnostic-at.ts';
import { CompilerError } from './errors.ts';

/** The emitted function. The first `next()` publishes hoisted functions, the second runs the body. */
export type ModuleFunction = (
  context: ModuleContext,
) => Generator<undefined, void, undefined> | AsyncGenerator<undefined, void, undefined>;

export type InstantiateResult =
  | { readonly ok: true; readonly body: ModuleFunction; readonly script: Script }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/**
 * Compiles the emitted text with this process's V8.
 *
 * What SWC and acorn accept and this V8 refuses is a diagnostic; it has line, column and frame where `module` is given.
 *
 * @param cachedCode what a V8 of the same version and flags made of the same text: it is compiled in a third of the time.
 *   Where V8 refuses it, `script.cachedDataRejected` says so, and the text has been compiled.
 * @throws {CompilerError} `ARTIFACT_ABI`: the artifact was made by a compiler with another module ABI.
 */
export function instantiate(artifact: Artifact, module?: ModuleSource, cachedCode?: Buffer): InstantiateResult {
  const { id, abi, code } = artifact;
  if (abi !== MODULE_ABI) {
    const message = `The artifact of '${id}' is of module ABI ${abi}; this compiler speaks ${MODULE_ABI}`;
    throw new CompilerError('ARTIFACT_ABI', message);
  }
  try {
    const script = new Script(
      code,
      cachedCode === undefined ? { filename: id } : { filename: id, cachedData: cachedCode },
    );
    const body: unknown = script.runInThisContext();
    return { ok: true, body: body as ModuleFunction, script };
  } catch (error) {
    if (error instanceof RangeError) {
      const message = 'This module is nested too deep for this Node';
      return { ok: false, diagnostic: { code: 'SOURCE_TOO_DEEP', message, module: id, cause: error } };
    }
    if (!(error instanceof SyntaxError)) throw error;
    const words = {
      code: 'UNSUPPORTED_SYNTAX',
      message: `This Node refuses the text: ${error.message}`,
      hint: `Node ${process.versions.node} has an older V8: write it in another way, or run a newer Node.`,
      cause: error,
    };
    const emitted = positionOf(error, id);
    if (module === undefined || emitted === undefined) {
      return { ok: false, diagnostic: { ...words, module: id } };
    }
    return { ok: false, diagnostic: diagnosticAt(module, { emitted }, words) };
  }
}

/** Node puts `id:LINE`, the source line and carets before the stack of a SyntaxError. */
function positionOf(error: SyntaxError, id: string): Position | undefined {
  const [first = '', , carets = ''] = error.stack?.split('\n') ?? [];
  const line = Number(first.slice(id.length + 1));
  const column = carets.indexOf('^') + 1;
  return first.startsWith(`${id}:`) && line > 0 && column > 0 ? { line, column } : undefined;
}
