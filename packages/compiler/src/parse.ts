/**
 * acorn's parse of what SWC gave: the tree that the rewrite walks, and the early errors that SWC does not report.
 *
 * SWC prints what it understood, and some of what the author wrote is gone then: of JavaScript, the author's own text is
 * parsed too. TypeScript's is not, since acorn cannot read it.
 */

import { type ExportDefaultDeclaration, type Program, parse } from 'acorn';
import type { ScriptLanguage } from './swc.ts';

export type ParseResult =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly offset: number; readonly of: 'source' | 'code' };

/** @param code what SWC made of `source`; offsets of the program are offsets in it */
export function parseModule(source: string, code: string, language: ScriptLanguage): ParseResult {
  const original = language === 'javascript' ? parseText(source) : undefined;
  if (original !== undefined && 'message' in original && !isNewer(source, original.offset)) {
    return { ok: false, ...original, of: 'source' };
  }
  const program = parseText(code);
  if ('message' in program) return { ok: false, ...program, of: 'code' };
  return { ok: true, program: original === undefined || 'message' in original ? program : likeIn(original, program) };
}

function parseText(text: string): Program | { readonly message: string; readonly offset: number } {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // acorn turns the end of the stack into a fault of the text
    if (error.message.startsWith('Not enough stack space')) throw new RangeError(error.message, { cause: error });
    const { pos } = error as SyntaxError & { pos?: number };
    return { message: error.message.replace(/ \(\d+:\d+\)$/, ''), offset: pos ?? 0 };
  }
}

/** Whether a parse stopped at what acorn does not know and SWC lowers: a decorator, `accessor`. */
function isNewer(source: string, offset: number): boolean {
  return source[offset] === '@' || /\baccessor\s+$/.test(source.slice(0, offset));
}

/**
 * The program with its default export in the author's form: `export default (function () {})` is an expression, which is
 * not hoisted. SWC prints it as a declaration.
 */
function likeIn(original: Program, program: Program): Program {
  const form = original.body.find((item) => item.type === 'ExportDefaultDeclaration')?.declaration.type;
  if (form !== 'FunctionExpression') return program;
  const body = program.body.map((item): Program['body'][number] => {
    if (item.type !== 'ExportDefaultDeclaration' || item.declaration.type !== 'FunctionDeclaration') return item;
    return { ...item, declaration: { ...item.declaration, type: form } } as ExportDefaultDeclaration;
  });
  return { ...program, body };
}
