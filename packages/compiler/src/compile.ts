/**
 * Source text of one script module into its artifact.
 *
 * Synchronous, reads nothing, keeps nothing: what is wrong with a script comes back as diagnostics, never as an
 * exception. No source map is made unless a diagnostic needs a place.
 */

import type { Program } from 'acorn';
import { type Artifact, MODULE_ABI } from './artifact.ts';
import { type ConfusedExport, confusedExports } from './confused-exports.ts';
import type { Diagnostic } from './diagnostic.ts';
import { diagnosticOf, tokenLength } from './diagnostic-at.ts';
import { type Fault, words } from './faults.ts';
import { jsonArtifact, jsonFault } from './json-module.ts';
import { type CompileOptions, DEFAULT_LIMITS, languageOf } from './options.ts';
import { parseModule } from './parse.ts';
import { LineIndex } from './positions.ts';
import { type RewriteResult, rewrite } from './rewrite/rewrite.ts';
import { stripWithMap } from './source-map.ts';
import { type ScriptLanguage, strip, tooDeep } from './swc.ts';
import { exceeds, loneSurrogate, withoutMark } from './text.ts';
import { valueArtifact } from './value-module.ts';
import { warningWords } from './warnings.ts';

export type CompileResult =
  | { readonly ok: true; readonly artifact: Artifact; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles one module.
 *
 * @example
 * const result = compile('export const speed: number = 5;', { id: 'rules/speed.ts' });
 * if (result.ok) linker.add(result.artifact);
 * else for (const diagnostic of result.diagnostics) console.error(renderDiagnostic(diagnostic));
 */
export function compile(source: string, options: CompileOptions): CompileResult {
  const { id } = options;
  const text = withoutMark(source);
  const refuse = (faults: readonly Fault[]): CompileResult => ({
    ok: false,
    diagnostics: faults.map((fault) => diagnosticOf(fault, id, text)),
  });
  const unreadable = textFault(text, options);
  if (unreadable !== undefined) return refuse([unreadable]);
  if (options.as === 'text') return { ok: true, artifact: valueArtifact(id, JSON.stringify(text)), warnings: [] };
  const language = languageOf(id);
  if (language === undefined) {
    const message = `The extension of '${id}' is not that of a script`;
    const hint =
      "Scripts end in '.ts', '.mts', '.js', '.mjs' or '.json'. A text is imported `with { type: 'text' }`; other kinds " +
      "need an entry in 'transforms'.";
    return { ok: false, diagnostics: [{ code: 'UNKNOWN_LANGUAGE', message, module: id, hint }] };
  }
  if (language === 'json') {
    const fault = jsonFault(text);
    return fault === undefined ? { ok: true, artifact: jsonArtifact(text, id), warnings: [] } : refuse([fault]);
  }
  const stripped = strip(text, { language, tsconfig: options.tsconfig, limits: options.limits });
  if (!stripped.ok) return refuse(stripped.faults);
  const { code } = stripped;

  const result = withinStack(() => {
    const parsed = parseModule(text, code, language);
    return parsed.ok ? checked(parsed.program, code, text) : { faults: [parsed] };
  });
  if (result === undefined) return refuse([tooDeep(text, 0, 'This module is nested too deep for the parser')]);
  if ('faults' in result) return refuse(result.faults.map((fault) => atAuthor(fault, text, language, options)));
  const { rewritten, warnings } = result;
  return {
    ok: true,
    artifact: { abi: MODULE_ABI, id, ...rewritten },
    warnings: warnings.map((warning) =>
      diagnosticOf(atAuthor({ ...warningWords(warning), offset: warning.at }, text, language, options), id, text),
    ),
  };
}

/** A fault at an offset of what SWC gave, or of the author's text. */
interface FaultAtOffset extends Partial<Pick<Fault, 'code' | 'hint'>> {
  readonly message: string;
  readonly offset: number;
  /** @default 'code' */
  readonly of?: 'source' | 'code';
}

function checked(
  program: Program,
  code: string,
  text: string,
): RewriteResult | { readonly faults: readonly FaultAtOffset[] } {
  const result = rewrite(code, program);
  const faults = [...result.unsupported, ...confusedExports(program, text).map(confusion)];
  return faults.length > 0 ? { faults } : result;
}

function confusion({ name, offset }: ConfusedExport): FaultAtOffset {
  const message = `'${name}' is exported here beside others, and declared in a block as well, which SWC confuses`;
  return {
    code: 'UNSUPPORTED_SYNTAX',
    message,
    hint: 'Rename one of the two, or export it by a declaration of its own.',
    offset,
  };
}

/** Finds the author's place; where the offset is one of SWC's text, SWC runs a second time for its map. */
function atAuthor(fault: FaultAtOffset, text: string, language: ScriptLanguage, options: CompileOptions): Fault {
  const said =
    fault.code === undefined ? words(fault.message) : { code: fault.code, message: fault.message, hint: fault.hint };
  const found =
    fault.of === 'source'
      ? new LineIndex(text).positionAt(fault.offset)
      : stripWithMap(text, language, options)?.swcMap.positionOfOffset(fault.offset);
  const position = found ?? { line: 1, column: 1 };
  return { ...said, ...position, length: tokenLength(text, position) };
}

/** What makes a text no text for any of the languages. */
function textFault(text: string, { limits }: CompileOptions): Fault | undefined {
  const limit = limits?.source ?? DEFAULT_LIMITS.source;
  const beyond = exceeds(text, limit);
  if (beyond !== undefined) {
    const size = Buffer.byteLength(text).toLocaleString('en');
    const message = `The module has ${size} bytes; the limit is ${limit.toLocaleString('en')}`;
    const hint = "Split it, or raise 'limits.source'.";
    return { code: 'SOURCE_TOO_LARGE', message, hint, ...new LineIndex(text).positionAt(beyond), length: 1 };
  }
  const lone = loneSurrogate(text);
  if (lone !== undefined) {
    const code = text.charCodeAt(lone).toString(16);
    const message = `The text holds half of a character (U+${code.toUpperCase()}), which no file can hold`;
    const hint = `In a string, write it as '\\u${code}'.`;
    return { code: 'SYNTAX_ERROR', message, hint, ...new LineIndex(text).positionAt(lone), length: 1 };
  }
  return undefined;
}

/** Undefined where the stack did not suffice. */
function withinStack<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
