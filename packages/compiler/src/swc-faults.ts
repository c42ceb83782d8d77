/**
 * What SWC found wrong, out of the text that it prints: it gives no structured errors.
 *
 * Each fault is a block: a message, `,-[module:LINE:1]`, numbered source lines, a line of carets. Tabs are drawn wider
 * and wide characters take two cells, so the carets count columns only in a text of plain one-cell characters. Where the
 * source has others, SWC is asked once more about a copy in which each of them is a letter of the same length.
 */

/** A fault at a place of the author's source. */
export interface SourceFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** UTF-16 code units under the marker; at least 1. */
  readonly length: number;
}

/** Not a fault of the source: the native compiler failed. */
export class SwcFailure extends Error {
  override readonly name = 'SwcFailure';
}

const BLOCK = /^ {2}[x×] (.*(?:\n(?! {3,}[,╭]).*)*)\n +[,╭][-─]+\[(?:.*):(\d+):(\d+)\]\n([\s\S]*?)^ +[`╰][-─]+$/gm;

export function swcFaults(source: string, error: unknown, compile: (source: string) => unknown): SourceFault[] {
  const text = error instanceof Error ? error.message : String(error);
  const copy = oneCellCopy(source);
  let report = text;
  if (copy !== source) {
    try {
      compile(copy);
    } catch (second) {
      report = second instanceof Error ? second.message : String(second);
    }
  }
  const messages = faultsIn(text);
  const places = faultsIn(report);
  if (messages.length === 0) throw new SwcFailure(firstLine(text), { cause: error });
  return messages.map((fault, index) => {
    const place = places[index];
    // the copy has the same lines; where its faults are others, the drawn columns are the best there is
    return place !== undefined && place.line === fault.line ? { ...place, message: fault.message } : fault;
  });
}

/** The same text in the same number of code units and lines, each drawn in one cell. */
function oneCellCopy(source: string): string {
  return source
    .replace(/\r\n/g, ' \n')
    .replace(/[\r\u2028\u2029]/g, '\n')
    .replace(/[^\n\x20-\x7e]/g, (character) => {
      return /\s|\ufeff/.test(character) || character < ' ' ? ' ' : 'x';
    });
}

function faultsIn(report: string): SourceFault[] {
  const faults: SourceFault[] = [];
  for (const [, message = '', line = '1', , drawing = ''] of report.matchAll(BLOCK)) {
    faults.push({ message: message.trim(), ...placeIn(drawing, Number(line)) });
  }
  return faults;
}

/** The place that the carets of a drawing mark: the primary label is the one that is not explained in words. */
function placeIn(drawing: string, headerLine: number): { line: number; column: number; length: number } {
  const rows = drawing.split('\n');
  let line = headerLine;
  for (const row of rows) {
    const numbered = /^ *(\d+) [|│](.*)$/.exec(row);
    if (numbered !== null) {
      // a label over several lines begins where its arrow begins
      const arrow = /^ (?:[,╭][-─]+[>▶])/.exec(numbered[2] ?? '');
      line = Number(numbered[1]);
      if (arrow !== null) {
        const shown = (numbered[2] ?? '').slice(arrow[0].length + 1);
        return { line, column: shown.length - shown.trimStart().length + 1, length: 1 };
      }
      continue;
    }
    const carets = /^ +[:·] (.*)$/.exec(row)?.[1];
    if (carets === undefined || !/[\^─┬]/.test(carets)) continue;
    const spans = [...carets.matchAll(/[\^─]+(?:[|┬][\^─]*)?|[|┬][\^─]+/g)];
    const span = spans.find(([drawn]) => !/[|┬]/.test(drawn)) ?? spans[0];
    if (span !== undefined) return { line, column: span.index + 1, length: span[0].length };
  }
  return { line: headerLine, column: 1, length: 1 };
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
