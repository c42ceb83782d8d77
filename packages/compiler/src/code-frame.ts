/**
 * The lines around a place, with a marker below it, for a fixed-width font.
 *
 *       11 | import { maxSpeed } from './limits.ts';
 *     > 12 | import { clampSpeed } from './limits.ts';
 *          |          ^^^^^^^^^^
 *
 * Tabs are drawn as spaces and a line too long for a terminal is cut to a window around the place.
 */

import type { Position } from './diagnostic.ts';
import { LineIndex } from './positions.ts';

const CONTEXT = 2;
const TAB = '  ';
const WIDTH = 110;
const MARGIN = 30;

/**
 * `length` is the number of code units that the marker covers, at most to the end of the line. A frame of a long text needs
 * three of its lines, and no others are made.
 */
export function codeFrame(source: string, position: Position, length = 1, lines = new LineIndex(source)): string {
  const line = Math.max(1, Math.min(position.line, lines.count));
  const text = lines.line(line);
  const column = Math.max(1, Math.min(position.column, text.length + 1));
  const covered = Math.max(1, Math.min(length, text.length + 1 - column));

  let first = Math.max(1, line - CONTEXT);
  while (first < line && lines.line(first).trim() === '') first += 1;
  const gutter = String(line).length;
  const from = windowStart(text, column, covered);

  const rows: string[] = [];
  for (let number = first; number <= line; number += 1) {
    const mark = number === line ? '>' : ' ';
    const shown = cut(drawn(lines.line(number)), from);
    rows.push(`${mark} ${String(number).padStart(gutter)} | ${shown}`.trimEnd());
  }
  const before = drawn(text.slice(0, column - 1)).length;
  const width = Math.max(1, drawn(text.slice(column - 1, column - 1 + covered)).length);
  const start = Math.max(0, before - from) + (from > 0 ? 1 : 0);
  const marker = '^'.repeat(Math.min(width, Math.max(1, WIDTH - start)));
  rows.push(`  ${' '.repeat(gutter)} | ${' '.repeat(start)}${marker}`);
  return rows.join('\n');
}

/** As many cells as code units except for tabs: control characters would move the cursor and are drawn as a space. */
function drawn(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  return text.replaceAll('\t', TAB).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

function windowStart(line: string, column: number, covered: number): number {
  const before = drawn(line.slice(0, column - 1)).length;
  if (before + Math.min(covered, MARGIN) < WIDTH) return 0;
  return Math.max(0, before - MARGIN);
}

function cut(text: string, from: number): string {
  const head = from > 0 && text.length > 0 ? '…' : '';
  const rest = text.slice(from);
  return head + (rest.length > WIDTH ? `${rest.slice(0, WIDTH)}…` : rest);
}
