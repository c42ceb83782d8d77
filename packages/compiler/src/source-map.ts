/**
 * From a place in emitted text to the author's line and column: made on demand, by compiling once more with a map.
 *
 * Two steps: the rewrite is undone (lines are the same, columns are not), then SWC's own map is asked. Nothing is kept
 * here; who asks often for one module keeps the tracer.
 */

import type { EmittedPosition } from './artifact.ts';
import type { Position } from './diagnostic.ts';
import { emit } from './emit.ts';
import { type CompileOptions, languageOf } from './options.ts';
import { LineIndex } from './positions.ts';
import type { Stretch } from './rewrite/edits.ts';
import type { RewriteResult } from './rewrite/rewrite.ts';
import { SwcMap } from './swc-map.ts';
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
  const language = options.as ?? languageOf(options.id);
  if (language === undefined) return undefined;
  // the whole of such a module is one expression on the first line
  if (language === 'json' || language === 'text') return { originalPosition: start, entryPosition: start };
  const text = withoutMark(source);
  const stretches: Stretch[] = [];
  const emitted = emit(text, { ...options, language, sourceMaps: true, stretches });
  if (!emitted.ok) return undefined;
  const { stripped, result } = emitted;
  if (stripped.isAuthors === true) {
    const shifts = new ColumnShifts(stripped.code, result, stretches);
    return { entryPosition: (at) => at, originalPosition: (position) => shifts.undo(position) };
  }
  const swcMap = new SwcMap(stripped.map ?? '', stripped.code, text);
  const shifts = new ColumnShifts(stripped.code, result, stretches);
  return {
    entryPosition: (at) => swcMap.originalPosition(at),
    originalPosition: (position) => swcMap.originalPosition(shifts.undo(position)),
  };
}

function start(): Position {
  return { line: 1, column: 1 };
}

/** What the rewrite put in, undone: columns of the emitted text into columns of SWC's. */
class ColumnShifts {
  readonly #stretches: readonly Stretch[];
  readonly #emitted: LineIndex;
  readonly #code: LineIndex;
  readonly #headLength: number;

  constructor(code: string, { rewritten, headLength }: RewriteResult, stretches: readonly Stretch[]) {
    this.#stretches = stretches;
    this.#code = new LineIndex(code);
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
    const { output: begins, source, length, moved } = this.#stretches[low] as Stretch;
    // inside of what was put in: the place where it was put in
    const { line, column } = this.#code.positionAt(source + Math.min(output - begins, length));
    return line === position.line || moved === true ? { line, column } : { line: position.line, column: 1 };
  }
}
