/**
 * Diagnostics with a place: mapping to the author's text and the frame are made here and nowhere else.
 */

import type { EmittedPosition } from './artifact.ts';
import { codeFrame } from './code-frame.ts';
import type { Diagnostic, Position } from './diagnostic.ts';
import type { Fault } from './faults.ts';
import type { CompileOptions } from './options.ts';
import { LineIndex } from './positions.ts';
import { type SourceTracer, sourceMap } from './source-map.ts';
import { withoutMark } from './text.ts';

/** The text that a module was compiled from, and how. */
export interface ModuleSource {
  readonly source: string;
  readonly options: CompileOptions;
}

/**
 * A place in one of three texts: the author's; what V8 ran (a stack frame, an error's position); what SWC gave (the `at`
 * of a request or an entry).
 */
export type Place =
  | { readonly author: Position }
  | { readonly emitted: Position }
  | { readonly entry: EmittedPosition };

export interface DiagnosticWords {
  readonly code: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** UTF-16 code units to mark. @default the word, the string or the character at the place */
  readonly length?: number;
  readonly cause?: unknown;
}

/**
 * A diagnostic about a place in a module. Where the place cannot be found in the author's text, line, column and frame
 * are left out.
 *
 * @example
 * diagnosticAt({ source, options: { id } }, { entry: artifact.imports[0].at }, {
 *   code: 'MISSING_EXPORT',
 *   message: "'clampSpeed' is not exported by 'rules/limits.ts'",
 * });
 */
export function diagnosticAt(module: ModuleSource, place: Place, words: DiagnosticWords): Diagnostic {
  const { length, ...said } = words;
  const position = authorPosition(module, place);
  const diagnostic = { ...said, module: module.options.id };
  if (position === undefined) return diagnostic;
  const text = withoutMark(module.source);
  const lines = new LineIndex(text);
  const frame = codeFrame(text, position, length ?? tokenLength(text, position, lines), lines);
  return { ...diagnostic, line: position.line, column: position.column, frame };
}

/** The author's place, by a tracer where one is needed. A tracer of one's own saves compiling again for each place. */
export function authorPosition(module: ModuleSource, place: Place, tracer?: SourceTracer): Position | undefined {
  if ('author' in place) return place.author;
  const trace = tracer ?? sourceMap(module.source, module.options);
  return 'emitted' in place ? trace?.originalPosition(place.emitted) : trace?.entryPosition(place.entry);
}

/** A fault that already stands at its place in the author's text. */
export function diagnosticOf(fault: Fault, id: string, text: string): Diagnostic {
  const { code, message, hint, line, column, length } = fault;
  const frame = codeFrame(text, { line, column }, length);
  return { code, message, module: id, line, column, frame, ...(hint === undefined ? {} : { hint }) };
}

const TOKEN =
  /[\p{ID_Continue}$\u200c\u200d]+|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/(?![/*])(?:[^/\\\n[]|\\.|\[[^\]\n]*\])+\/\w*/uy;

const PLAIN_WORD = /[\w$]+/y;

/** How long the word, the string or the regular expression at a place is; 1 for everything else. */
export function tokenLength(text: string, position: Position, lines = new LineIndex(text)): number {
  const at = lines.offsetAt(position);
  PLAIN_WORD.lastIndex = at;
  const word = PLAIN_WORD.exec(text)?.[0];
  // the other one has a thousand ranges of letters
  if (word !== undefined && !(text.charCodeAt(at + word.length) > 0x7f)) return word.length;
  TOKEN.lastIndex = at;
  return TOKEN.exec(text)?.[0].length ?? 1;
}
