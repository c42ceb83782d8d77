/**
 * What SWC found wrong, out of the text that it prints: it gives no structured errors.
 *
 * Each fault is a block: a message, `,-[module:LINE:1]`, numbered source lines, carets below. The carets count cells of a
 * terminal, where a tab reaches to the next multiple of four and wide characters take two; here they become columns.
 */

import { LineIndex } from './positions.ts';

export interface ReportedFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** UTF-16 code units under the marker, at least 1. */
  readonly length: number;
}

const BLOCK = /^ {2}[x×] (.*(?:\n(?! +[,╭][-─]).*)*)\n +[,╭][-─]+\[.*:(\d+):\d+\]\n([\s\S]*?)^ +[`╰][-─]+$/gm;
const TAB_STOP = 4;

/** All faults of a report, in its order; empty where the text is no report of faults. */
export function readReport(report: string, source: string): ReportedFault[] {
  const rows = source.split('\n');
  const feeds = LineIndex.byLineFeed(source);
  const lines = new LineIndex(source);
  const faults: ReportedFault[] = [];
  for (const [, message = '', line = '1', drawing = ''] of report.matchAll(BLOCK)) {
    const place = markedPlace(drawing) ?? { line: Number(line), cell: 0, cells: 1 };
    const row = rows[place.line - 1] ?? '';
    const column = columnOfCell(row, place.cell);
    const length = Math.max(1, columnOfCell(row, place.cell + place.cells) - column);
    const offset = Math.min(feeds.offsetAt({ line: place.line, column }), source.length);
    faults.push({ message: message.replace(/\s*\n\s*/g, ' ').trim(), ...lines.positionAt(offset), length });
  }
  return faults;
}

/** Where the carets are. Of several labels the one without words is the fault, the others explain it. */
function markedPlace(drawing: string): { line: number; cell: number; cells: number } | undefined {
  let line = 0;
  for (const row of drawing.split('\n')) {
    const [, number, text = ''] = /^ *(\d+) [|│] ?(.*)$/.exec(row) ?? [];
    if (number !== undefined) {
      line = Number(number);
      // a label over several lines has an arrow where it begins, and no caret
      const arrow = /^[,╭][-─]*[>▶] /.exec(text);
      if (arrow !== null) {
        const shown = text.slice(arrow[0].length);
        return { line, cell: shown.length - shown.trimStart().length, cells: 1 };
      }
      continue;
    }
    const marks = /^ +[:·] (.*)$/.exec(row)?.[1];
    if (marks === undefined) continue;
    const spans = [...marks.matchAll(/[\^─|┬]*[\^─][\^─|┬]*/g)];
    const span = spans.find(([drawn]) => !/[|┬]/.test(drawn)) ?? spans[0];
    if (span !== undefined) return { line, cell: span.index, cells: span[0].length };
  }
  return undefined;
}

/** The column of the character that is drawn at a cell. */
function columnOfCell(line: string, cell: number): number {
  let at = 0;
  let column = 1;
  for (const character of line) {
    if (at >= cell) return column;
    at += character === '\t' ? TAB_STOP - (at % TAB_STOP) : isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
    column += character.length;
  }
  return column + Math.max(0, cell - at);
}

/** East Asian wide characters and emoji, as terminals draw them. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
