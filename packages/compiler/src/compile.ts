/**
 * Source text of one script module into its artifact.
 *
 * Synchronous, reads nothing, keeps nothing: what is wrong with a script comes back as diagnostics. No source map is
 * made unless a diagnostic needs a place.
 */

import { type Artifact, MODULE_ABI } from './artifact.ts';
import { codeFrame } from './code-frame.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { CompilerCode } from './errors.ts';
import { compileJson } from './json-module.ts';
import { type CompileOptions, DEFAULT_LIMITS, languageOf } from './options.ts';
import { parseModule } from './parse.ts';
import { rewrite } from './rewrite/rewrite.ts';
import { strip } from './swc.ts';

export type CompileResult =
  | { readonly ok: true; readonly artifact: Artifact; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function compile(source: string, options: CompileOptions): CompileResult {
  const { id } = options;
  const language = languageOf(id);
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  if (language === undefined) {
    return {
      ok: false,
      diagnostics: [
        { code: 'UNKNOWN_LANGUAGE', message: `The extension of '${id}' is not that of a script`, module: id },
      ],
    };
  }
  if (language === 'json') return compileJson(text, id);
  const stripped = strip(text, language, options.tsconfig);
  if (!stripped.ok) {
    return {
      ok: false,
      diagnostics: stripped.faults.map(({ message, line, column, length }) => ({
        code: 'SYNTAX_ERROR' satisfies CompilerCode,
        message,
        module: id,
        line,
        column,
        frame: codeFrame(text, { line, column }, length),
      })),
    };
  }
  const parsed = parseModule(stripped.code);
  if (!parsed.ok) {
    return { ok: false, diagnostics: [{ code: 'SYNTAX_ERROR', message: parsed.message, module: id }] };
  }
  const { rewritten } = rewrite(stripped.code, parsed.program);
  return { ok: true, artifact: { abi: MODULE_ABI, id, ...rewritten }, warnings: [] };
}
