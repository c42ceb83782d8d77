/**
 * A diagnostic as the block of text that a terminal or a log shows. Only the edge calls this: nothing here prints.
 *
 *     refused rules/movement.ts:12:10
 *             'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?
 *
 *               11 | import { maxSpeed } from './limits.ts';
 *             > 12 | import { clampSpeed } from './limits.ts';
 *                  |          ^^^^^^^^^^
 *
 *             limits.ts exports: clamp, maxSpeed. Release 2 keeps running.
 */

import type { Diagnostic } from './diagnostic.ts';

/** How a diagnostic is rendered. */
export interface RenderOptions {
  /**
   * The word before the place; the rest stands under what follows it.
   * @default 'error'
   */
  readonly label?: string;
  /**
   * Colours by escape sequences, for a terminal.
   * @default false
   */
  readonly colour?: boolean;
}

const RED = '31';
const BOLD = '1';
const DIM = '2';

/**
 * A diagnostic as the block of text that a terminal or a log shows; it prints nothing.
 *
 * @example
 * host.on('reload:refused', ({ diagnostics }) => {
 *   for (const diagnostic of diagnostics) console.error(renderDiagnostic(diagnostic, { label: 'refused' }));
 * });
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  { label = 'error', colour = false }: RenderOptions = {},
): string {
  const { message, module, line, column, frame, hint } = diagnostic;
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const place = [module, line, column].filter((part) => part !== undefined).join(':');
  const indent = ' '.repeat(label.length + 1);
  const indented = (text: string) => text.split('\n').map((row) => (row === '' ? '' : indent + row));

  const rows = place === '' ? [] : [`${paint(RED, label)} ${paint(BOLD, place)}`];
  const said = indented(sentence(message));
  if (place === '') said[0] = `${paint(RED, label)} ${said[0]?.slice(indent.length)}`;
  rows.push(...said);
  if (frame !== undefined) {
    const drawn = indented(frame).map((row) => (/^\s*>/.test(row) || /\|\s+\^/.test(row) ? row : paint(DIM, row)));
    rows.push('', ...drawn);
  }
  if (hint !== undefined) rows.push('', ...indented(hint));
  return rows.join('\n');
}

function sentence(message: string): string {
  return /[.!?:]$/.test(message) || message.includes('\n') ? message : `${message}.`;
}
