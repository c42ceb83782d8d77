/**
 * Source text of one script module into its artifact.
 *
 * Synchronous, reads nothing, keeps nothing: what is wrong with a script comes back as diagnostics, never as an
 * exception. No source map is made unless a diagnostic needs a place.
 */

import { type Artifact, MODULE_ABI } from './artifact.ts';
import { lineMapComment } from './author-lines.ts';
import type { Diagnostic, Position } from './diagnostic.ts';
import { diagnosticOf, tokenLength } from './diagnostic-at.ts';
import { emitSteps, type FaultAtOffset } from './emit.ts';
import { type Fault, words } from './faults.ts';
import { jsonArtifact, jsonFault } from './json-module.ts';
import { type CompileOptions, checkOptions, DEFAULT_LIMITS, type Language, languageOf } from './options.ts';
import type { ParseMemory } from './parse-memory.ts';
import { LineIndex } from './positions.ts';
import { scanSource } from './source-scan.ts';
import { complete, type Steps } from './steps.ts';
import { type ScriptLanguage, type Stripped, strip, tooDeep } from './swc.ts';
import { SwcMap } from './swc-map.ts';
import { exceeds, loneSurrogate, withoutMark } from './text.ts';
import { valueArtifact } from './value-module.ts';
import { warningWords } from './warnings.ts';

export type CompileResult =
  | { readonly ok: true; readonly artifact: Artifact; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles one module.
 *
 * @throws {CompilerError} `INVALID_OPTIONS`: the options cannot be; never because of the source.
 *
 * @example
 * const result = compile('export const speed: number = 5;', { id: 'rules/speed.ts' });
 * if (result.ok) linker.add(result.artifact);
 * else for (const diagnostic of result.diagnostics) console.error(renderDiagnostic(diagnostic));
 */
export function compile(source: string, options: CompileOptions): CompileResult {
  return complete(compileSteps(source, options));
}

/**
 * The same in steps, for whoever shares the thread with something that must not wait.
 *
 * @param parses makes an edit of a module that was compiled with it before cheaper; the result is the same
 * @throws {CompilerError} `INVALID_OPTIONS`
 */
export function* compileSteps(source: string, options: CompileOptions, parses?: ParseMemory): Steps<CompileResult> {
  checkOptions(options);
  const { id } = options;
  const text = withoutMark(source);
  const refuse = (faults: readonly Fault[]): CompileResult => ({
    ok: false,
    diagnostics: faults.map((fault) => diagnosticOf(fault, id, text)),
  });
  const unreadable = textFault(text, options);
  if (unreadable !== undefined) return refuse([unreadable]);
  if (options.as === 'text') return { ok: true, artifact: valueArtifact(id, JSON.stringify(text)), warnings: [] };
  const language = options.as ?? languageOf(id);
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
  const memory = parses === undefined ? undefined : { parses, key: memoryKey(options, language) };
  const emitted = yield* emitSteps(text, { ...options, language, memory });
  if (emitted.ok) {
    const { stripped, result } = emitted;
    const { code } = result.rewritten;
    const map = options.debug === undefined ? '' : lineMapComment(options.debug.url, text);
    const place = authorPlaces(text, stripped, language, options);
    return {
      ok: true,
      artifact: {
        abi: MODULE_ABI,
        id,
        ...result.rewritten,
        code: code + map,
        ...(stripped.isAuthors === true ? { plain: true } : {}),
      },
      warnings: result.warnings.map((warning) =>
        diagnosticOf(place({ ...warningWords(warning), offset: warning.at }), id, text),
      ),
    };
  }
  if ('tooDeep' in emitted) {
    const { deepestAt } = scanSource(text, Number.POSITIVE_INFINITY);
    return refuse([tooDeep(text, deepestAt, 'This is nested too deep for the parser')]);
  }
  if ('faults' in emitted) return refuse(emitted.faults);
  return refuse(emitted.faultsAtOffsets.map(authorPlaces(text, emitted.stripped, language, options)));
}

/**
 * Whether a module is being edited and its parse is here: then its next text is compiled in less time than it takes to look
 * for an artifact of it in a file.
 */
export function isBeingEdited(options: CompileOptions, parses: ParseMemory): boolean {
  const { id, as } = options;
  return as !== 'text' && parses.has(memoryKey(options, as ?? languageOf(id)));
}

/** What a parse is known by. */
function memoryKey({ id, tsconfig }: CompileOptions, language: Language | undefined): string {
  return `${id} ${language} ${tsconfig?.verbatimModuleSyntax === true}`;
}

/** Finds the author's place of faults; only where one is needed, SWC runs a second time for its map. */
function authorPlaces(text: string, stripped: Stripped, language: ScriptLanguage, options: CompileOptions) {
  let swcMap: SwcMap | undefined;
  const trace = (offset: number): Position | undefined => {
    if (stripped.isAuthors === true) return new LineIndex(text).positionAt(offset);
    if (swcMap === undefined) {
      const mapped =
        stripped.map === undefined ? strip(text, { ...options, language, sourceMaps: true, swcUsing: true }) : stripped;
      swcMap = new SwcMap((mapped.ok && mapped.map) || '', stripped.code, text);
    }
    return swcMap.positionOfOffset(offset);
  };
  return ({ code, message, hint, offset, of }: FaultAtOffset): Fault => {
    const said = code === undefined ? words(message) : { code, message, hint };
    const found = of === 'source' ? new LineIndex(text).positionAt(offset) : trace(offset);
    const position = found ?? { line: 1, column: 1 };
    return { ...said, ...position, length: tokenLength(text, position) };
  };
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
