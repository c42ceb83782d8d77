/**
 * SWC's output laid out anew, so that what stands on a line of the author's stands on that line of the code: debuggers
 * and profilers count the lines of what V8 runs.
 *
 * SWC prints in a layout of its own. White space between tokens is all that changes here, and only where it means
 * nothing: SWC ends every statement with a semicolon, so a line break that it made may go; a new one is put where it
 * made one, or after a token that cannot end a statement.
 */

import { decodedMappings, encodedMappings, type SourceMapSegment, TraceMap } from '@jridgewell/trace-mapping';
import { LineIndex } from './positions.ts';

/** After these an expression or a list goes on, whatever stands on the next line. */
const GOES_ON = new Set(',([{;:?=&|*%^<>');

export interface MappedCode {
  readonly code: string;
  readonly map: string;
}

export function onAuthorLines({ code, map }: MappedCode): MappedCode {
  const traced = new TraceMap(map);
  const feeds = LineIndex.byLineFeed(code);
  const layout = new Layout();
  let from = 0;
  let segment: SourceMapSegment | undefined;
  for (const [line, segments] of decodedMappings(traced).entries()) {
    for (const next of segments) {
      const at = feeds.offsetAt({ line: line + 1, column: next[0] + 1 });
      layout.add(code.slice(from, at), segment);
      from = at;
      segment = next;
    }
  }
  layout.add(code.slice(from), segment);
  const { sources, names } = traced;
  const mappings = encodedMappings(new TraceMap({ version: 3, sources, names, mappings: layout.mappings }));
  return { code: layout.code, map: JSON.stringify({ version: 3, sources, names, mappings }) };
}

/**
 * A map for debuggers, as the last line of a script: line for line, with the author's text.
 *
 * @param url the file of the module, or a name for it where there is none
 */
export function lineMapComment(url: string, text: string): string {
  const lines = text.split('\n').length;
  const mappings = ['AAAA', ...Array.from({ length: lines - 1 }, () => 'AACA')].join(';');
  const map = { version: 3, sources: [url], sourcesContent: [text], names: [], mappings };
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
  return `\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${encoded}`;
}

class Layout {
  code = '';
  readonly mappings: SourceMapSegment[][] = [[]];
  /** White space that ended the last piece; what becomes of it depends on the next one. */
  #gap = '';
  /** Length of the code before the line that is being written. */
  #lineStart = 0;

  /** @param segment where the piece begins in the author's text; undefined for what stands before all segments */
  add(piece: string, segment: SourceMapSegment | undefined): void {
    const gap = this.#gap;
    const text = piece.trimEnd();
    this.#gap = piece.slice(text.length);
    const body = this.#isTemplateText(gap, text) ? text : text.replace(/\n\s*/g, ' ');
    this.#write(this.#between(gap, body, segment?.[2]));
    if (segment !== undefined) {
      const [, ...place] = segment;
      const column = this.code.length - this.#lineStart;
      (this.mappings.at(-1) as SourceMapSegment[]).push([column, ...place] as SourceMapSegment);
    }
    this.#write(body);
  }

  #between(gap: string, next: string, wanted: number | undefined): string {
    if (this.code === '') return next.startsWith('#!') ? '' : '\n'.repeat(wanted ?? 0);
    if (/^(?:`|\$\{)/.test(next)) return gap; // what is before it may be a template's text
    if (this.code.startsWith('#!') && this.mappings.length === 1) return gap;
    const missing = wanted === undefined ? 0 : wanted + 1 - this.mappings.length;
    const mayBreak = gap.includes('\n') || GOES_ON.has(this.code.at(-1) ?? '');
    if (missing > 0 && mayBreak) return '\n'.repeat(missing);
    return gap.includes('\n') ? ' ' : gap;
  }

  /** Whether line breaks within a piece may mean something; else SWC made them: before the `]` of an array, say. */
  #isTemplateText(gap: string, piece: string): boolean {
    return piece.includes('`') || piece.startsWith('#!') || (gap === '' && /[`}]$/.test(this.code.slice(-1)));
  }

  #write(text: string): void {
    this.code += text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.mappings.push([]);
      this.#lineStart = this.code.length - text.length + at + 1;
    }
  }
}
