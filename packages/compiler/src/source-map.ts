/**
 * From a place in emitted text to the author's line and column: made on demand, by compiling once more with a map.
 *
 * Two steps: the rewrite is undone (lines are the same, columns are not), then SWC's own map is asked. Nothing is kept
 * here; who asks often for one module keeps the tracer.
 */

import { TraceMap, traceSegment } from '@jridgewell/trace-mapping';
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
  readonly #codeFeeds: LineIndex;
  readonly #sourceLines: LineIndex;
  readonly #sourceFeeds: LineIndex;

  constructor(map: string, code: string, source: string) {
    this.#map = new TraceMap(map);
    this.#code = code;
    this.#source = source;
    this.#codeLines = new LineIndex(code);
    this.#codeFeeds = LineIndex.byLineFeed(code);
    this.#sourceLines = new LineIndex(source);
    this.#sourceFeeds = LineIndex.byLineFeed(source);
  }

  originalPosition(position: Position): Position | undefined {
    return this.positionOfOffset(this.#codeLines.offsetAt(position));
  }

  positionOfOffset(offset: number): Position | undefined {
    const { line, column } = this.#codeFeeds.positionAt(offset);
    const segment = traceSegment(this.#map, line - 1, column - 1);
    if (segment === null || segment.length === 1) return undefined;
    const [generatedColumn, , sourceLine, sourceColumn] = segment;
    const from = this.#codeFeeds.offsetAt({ line, column: generatedColumn + 1 });
    const to = this.#sourceFeeds.offsetAt({ line: sourceLine + 1, column: sourceColumn + 1 });
    // within the segment, as far as both texts are the same
    const into = offset - from;
    const same = this.#code.slice(from, offset + 1) === this.#source.slice(to, to + into + 1);
    return this.#sourceLines.positionAt(same ? to + into : to);
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
