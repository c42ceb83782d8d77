/**
 * acorn's parse of what SWC gave: the tree that the rewrite walks, and the early errors that SWC does not report.
 *
 * SWC prints what it understood, and some of what the author wrote is gone then: of JavaScript, the author's own text is
 * parsed too. TypeScript's is not, since acorn cannot read it.
 */

import type { ExportDefaultDeclaration, Program } from 'acorn';
import { parserClass, parseSteps } from './parse-steps.ts';
import { ACORN_OPTIONS } from './parsers.ts';
import type { Steps } from './steps.ts';
import type { ScriptLanguage } from './swc.ts';

export type ParseResult =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly offset: number; readonly of: 'source' | 'code' };

/** @param code what SWC made of `source`; offsets of the program are offsets in it */
export function* parseModule(source: string, code: string, language: ScriptLanguage): Steps<ParseResult> {
  if (language === 'javascript') {
    const original = yield* parseText(source);
    if ('message' in original && !isNewer(source, original.offset)) return { ok: false, ...original, of: 'source' };
  }
  const program = yield* parseText(code);
  if ('message' in program) return { ok: false, ...program, of: 'code' };
  return { ok: true, program: withDefaultExpression(program, code) };
}

function* parseText(text: string): Steps<Program | { readonly message: string; readonly offset: number }> {
  try {
    return yield* parseSteps(new (parserClass())(ACORN_OPTIONS, text));
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
 * The program with its default export in the author's form. SWC drops the parentheses of `export default (function () {})`,
 * which is an expression and not hoisted; but directly behind it stands the semicolon of an expression.
 */
function withDefaultExpression(program: Program, code: string): Program {
  const index = program.body.findIndex(({ type }) => type === 'ExportDefaultDeclaration');
  const item = program.body[index];
  if (item?.type !== 'ExportDefaultDeclaration' || code[item.end] !== ';') return program;
  const { declaration } = item;
  const type = EXPRESSIONS[declaration.type];
  if (type === undefined) return program;
  const body = [...program.body];
  body[index] = { ...item, declaration: { ...declaration, type } } as ExportDefaultDeclaration;
  return { ...program, body };
}

const EXPRESSIONS: Readonly<Record<string, string>> = {
  FunctionDeclaration: 'FunctionExpression',
  ClassDeclaration: 'ClassExpression',
};
