/**
 * Offsets into lines and columns, and back, as JavaScript counts lines: LF, CRLF, CR, LS and PS each end one.
 *
 * Columns are UTF-16 code units counted from 1, as V8 and editors count them. Nothing here knows what the text means.
 */

import type { Position } from './diagnostic.ts';

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;
const RARE_LINE_ENDS = ['\r', '\u2028', '\u2029'];

/** Many offsets of one text: lines are found once, each look-up is a binary search. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string, feedsAlone = !RARE_LINE_ENDS.some((end) => text.includes(end))) {
    this.#text = text;
    if (feedsAlone) {
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) this.#starts.push(end + 1);
    } else {
      for (const { index, 0: end } of text.matchAll(LINE_END)) this.#starts.push(index + end.length);
    }
  }

  /** Lines as SWC counts them, in its reports and maps: a line feed alone ends one. */
  static byLineFeed(text: string): LineIndex {
    return new LineIndex(text, true);
  }

  /** How many lines there are. */
  get count(): number {
    return this.#starts.length;
  }

  /** A line without its terminator; empty where the text has none of that number. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return '';
    const end = this.#starts[number];
    return end === undefined
      ? this.#text.slice(start)
      : this.#text.slice(start, end).replace(/\r?[\n\r\u2028\u2029]$/, '');
  }

  positionAt(offset: number): Position {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  }

  /** The offset of a position; a line that the text does not have is its last one. */
  offsetAt(position: Position): number {
    const line = Math.max(1, Math.min(position.line, this.#starts.length));
    return (this.#starts[line - 1] as number) + position.column - 1;
  }
}
