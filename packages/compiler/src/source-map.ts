/**
 * From a place in emitted text to the author's line and column: made on demand, by compiling once more with a map.
 *
 * Two steps: the rewrite is undone (lines are the same, columns are not), then SWC's own map is asked. Nothing is kept
 * here; who asks often for one module keeps the tracer.
 */

import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { EmittedPosition } from './artifact.ts';
import type { Position } from './diagnostic.ts';
import { type CompileOptions, languageOf } from './options.ts';
import { parseModule } from './parse.ts';
import { LineIndex } from './positions.ts';
import type { Stretch } from './rewrite/edits.ts';
import { rewrite } from './rewrite/rewrite.ts';
import { type ScriptLanguage, strip } from './swc.ts';
import { withoutMark } from './text.ts';

export interface SourceTracer {
  /**
   * The author's place for one in the emitted text, as V8 reports it (line and column from 1).
   * Undefined where the text was put in by the compiler and nothing of the author's stands before it.
   */
  originalPosition(emitted: Position): Position | undefined;
  /** The author's place for the `at` of a request, an import entry or an export entry. */
  entryPosition(at: EmittedPosition): Position | undefined;
}

/**
 * A tracer for the artifact that `compile` makes of the same source with the same options.
 * Undefined where that source does not compile.
 *
 * @example
 * const position = sourceMap(source, { id: 'npc/goblin.ts' })?.originalPosition({ line: 12, column: 40 });
 */
export function sourceMap(source: string, options: CompileOptions): SourceTracer | undefined {
  const language = languageOf(options.id);
  if (language === undefined) return undefined;
  const text = withoutMark(source);
  // the whole of a JSON module is one expression on the first line
  if (language === 'json') return { originalPosition: start, entryPosition: start };
  const stripped = stripWithMap(text, language, options);
  if (stripped === undefined) return undefined;
  const { code, swcMap } = stripped;
  let shifts: ColumnShifts | undefined;
  return {
    entryPosition: (at) => swcMap.originalPosition(at),
    originalPosition(emitted) {
      // most tracers are only asked about entries of a link error, which need no second rewrite
      shifts ??= new ColumnShifts(text, code, language);
      return swcMap.originalPosition(shifts.undo(emitted));
    },
  };
}

function start(): Position {
  return { line: 1, column: 1 };
}

/** SWC's output and its map, for a diagnostic about a text that SWC accepts. */
export function stripWithMap(
  text: string,
  language: ScriptLanguage,
  { tsconfig, limits }: CompileOptions,
): { readonly code: string; readonly swcMap: SwcMap } | undefined {
  const stripped = strip(text, { language, tsconfig, limits, sourceMaps: true });
  if (!stripped.ok || stripped.map === undefined) return undefined;
  return { code: stripped.code, swcMap: new SwcMap(stripped.map, stripped.code, text) };
}

/** SWC's map, exact within a token as well: its segments are the beginnings of tokens. */
export class SwcMap {
  readonly #map: TraceMap;
  readonly #code: string;
  readonly #source: string;
  readonly #codeLines: LineIndex;
  readonly #sourceLines: LineIndex;

  constructor(map: string, code: string, source: string) {
    this.#map = new TraceMap(map);
    this.#code = code;
    this.#source = source;
    this.#codeLines = new LineIndex(code);
    this.#sourceLines = new LineIndex(source);
  }

  originalPosition({ line, column }: Position): Position | undefined {
    const found = originalPositionFor(this.#map, { line, column: column - 1 });
    if (found.line === null) return undefined;
    const original = { line: found.line, column: found.column + 1 };
    const generated = this.#segmentStart(line, column);
    const into = column - generated;
    if (into <= 0) return original;
    const from = this.#codeLines.offsetAt({ line, column: generated });
    const to = this.#sourceLines.offsetAt(original);
    const same = this.#code.slice(from, from + into + 1) === this.#source.slice(to, to + into + 1);
    return same ? { line: original.line, column: original.column + into } : original;
  }

  positionOfOffset(offset: number): Position | undefined {
    return this.originalPosition(this.#codeLines.positionAt(offset));
  }

  /** The column at which the segment begins that covers a column. */
  #segmentStart(line: number, column: number): number {
    let low = 1;
    let high = column;
    const target = originalPositionFor(this.#map, { line, column: column - 1 });
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = originalPositionFor(this.#map, { line, column: middle - 1 });
      if (there.line === target.line && there.column === target.column) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** What the rewrite put in, undone: columns of the emitted text into columns of SWC's. */
class ColumnShifts {
  readonly #stretches: Stretch[] = [];
  readonly #emitted: LineIndex;
  readonly #code: LineIndex;
  readonly #headLength: number = 0;

  constructor(source: string, code: string, language: ScriptLanguage) {
    this.#code = new LineIndex(code);
    const parsed = parseModule(source, code, language);
    if (!parsed.ok) {
      this.#emitted = this.#code;
      return;
    }
    const { rewritten, headLength } = rewrite(code, parsed.program, this.#stretches);
    this.#emitted = new LineIndex(rewritten.code);
    this.#headLength = headLength;
  }

  undo(position: Position): Position {
    const output = this.#emitted.offsetAt(position) - this.#headLength;
    if (output < 0) return { line: 1, column: 1 };
    let low = 0;
    let high = this.#stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#stretches[middle] as Stretch).output <= output) low = middle;
      else high = middle - 1;
    }
    const { output: begins, source, length } = this.#stretches[low] as Stretch;
    // inside of what was put in: the place where it was put in
    const { line, column } = this.#code.positionAt(source + Math.min(output - begins, length));
    return line === position.line ? { line, column } : { line: position.line, column: 1 };
  }
}
