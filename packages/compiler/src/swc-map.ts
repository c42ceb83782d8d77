/**
 * SWC's source map: from a place in what it gave to the author's.
 *
 * Exact within a token as well, because its segments are the beginnings of tokens: as far as both texts are the same,
 * the distance from the beginning counts.
 */

import { TraceMap, traceSegment } from '@jridgewell/trace-mapping';
import type { Position } from './diagnostic.ts';
import { LineIndex } from './positions.ts';

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
    const original = this.originalOffset(offset);
    return original === undefined ? undefined : this.#sourceLines.positionAt(original);
  }

  originalOffset(offset: number): number | undefined {
    const { line, column } = this.#codeFeeds.positionAt(offset);
    const segment = traceSegment(this.#map, line - 1, column - 1);
    if (segment === null || segment.length === 1) return undefined;
    const [generatedColumn, , sourceLine, sourceColumn] = segment;
    const from = this.#codeFeeds.offsetAt({ line, column: generatedColumn + 1 });
    const to = this.#sourceFeeds.offsetAt({ line: sourceLine + 1, column: sourceColumn + 1 });
    const into = offset - from;
    const same = this.#code.slice(from, offset + 1) === this.#source.slice(to, to + into + 1);
    return same ? to + into : to;
  }
}
