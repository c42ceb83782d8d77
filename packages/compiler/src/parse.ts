/**
 * acorn's parse of what SWC gave: the tree that the rewrite walks, and the early errors that SWC does not report.
 */

import { type Program, parse } from 'acorn';

export type ParseResult =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly offset: number };

export function parseModule(code: string): ParseResult {
  try {
    return { ok: true, program: parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { pos } = error as SyntaxError & { pos?: number };
    return { ok: false, message: error.message.replace(/ \(\d+:\d+\)$/, ''), offset: pos ?? 0 };
  }
}
