/**
 * The quick way, for most texts: types are blanked out where they stand, and nothing else of the author's text moves.
 *
 * SWC's strip mode does that in half of the time that it takes to print a text anew, JavaScript needs not even that, and
 * positions in what V8 runs are the author's own. What has to be lowered (enums, namespaces, parameter properties,
 * decorators, `using`), and whatever is wrong in any way, goes the long way through `swc.ts`, which also finds the words.
 *
 * That an edit of comments, layout or types alone changes nothing is found in `edition.ts`.
 */

import type { ImportDeclaration, Program } from 'acorn';
import type { CompilerOptionsSubset } from './options.ts';
import { parserClass, parseSteps } from './parse-steps.ts';
import { ACORN_OPTIONS, dropStripper, loadStripper } from './parsers.ts';
import { isTorn, mayRunOn, PIECE, piecesOf } from './pieces.ts';
import { pauseBefore, type Steps } from './steps.ts';
import type { ScriptLanguage } from './swc.ts';

export interface PlainModule {
  /** The author's text without types and comments: as long, line for line and column for column. */
  readonly code: string;
  readonly program: Program;
}

export interface PlainOptions {
  readonly language: ScriptLanguage;
  readonly tsconfig?: CompilerOptionsSubset | undefined;
}

/** What needs more than blanks; a wrong guess only costs time. */
const LOWERED = /\b(?:enum|namespace)\s+[\w$]/;

/**
 * Undefined for a text that has to go the long way.
 *
 * @param size characters of a piece that is stripped by itself; the result is the same with any
 */
export function* plainModule(text: string, options: PlainOptions, size = PIECE): Steps<PlainModule | undefined> {
  const stripped = yield* stripTypes(text, options, size);
  if (stripped === undefined) return undefined;
  const { code, cuts } = stripped;
  yield pauseBefore(code); // its statements may be one
  const plain = yield* parsePlain(code);
  if (cuts.length > 0 && (plain === undefined || isTorn(plain.program.body, code, cuts)))
    return yield* plainModule(text, options, Number.POSITIVE_INFINITY);
  const { language, tsconfig } = options;
  if (plain === undefined || language === 'javascript' || tsconfig?.verbatimModuleSyntax === true) return plain;
  // `import { type A } from …` is dropped as TypeScript drops it
  const empty = importsOf(plain.program).filter((node) => isEmptied(node, code));
  return empty.length === 0 ? plain : yield* parsePlain(blanked(plain.code, empty));
}

export interface WithoutTypes {
  readonly code: string;
  /** Where it was cut to be stripped; what is between two cuts was right by itself. See `isTorn`. */
  readonly cuts: readonly number[];
}

/** The text with blanks for types; undefined where something has to be lowered, or is wrong. */
export function* stripTypes(text: string, { language }: PlainOptions, size = PIECE): Steps<WithoutTypes | undefined> {
  if (language === 'javascript') return { code: text, cuts: [] };
  if (LOWERED.test(text)) return undefined;
  let code = '';
  const cuts: number[] = [];
  for (const piece of piecesOf(text, size)) {
    if (code !== '') cuts.push(code.length);
    if (piece.length < text.length || piece.length > PIECE) yield pauseBefore(piece);
    const stripped = stripPiece(piece);
    if (stripped === undefined) return cuts.length === 0 && piece.length === text.length ? undefined : whole(text);
    if (cuts.length > 0 && mayRunOn(piece, stripped)) return whole(text);
    code += stripped;
  }
  return { code, cuts };
}

function whole(text: string): WithoutTypes | undefined {
  const code = stripPiece(text);
  return code === undefined ? undefined : { code, cuts: [] };
}

function stripPiece(text: string): string | undefined {
  try {
    const { code } = loadStripper().transformSync(text, { mode: 'strip-only', module: true });
    return code.length === text.length ? code : undefined;
  } catch (error) {
    // what it has against a text is an object with a code; all else is a fault of its own
    if (error instanceof Error) dropStripper();
    return undefined;
  }
}

/** The same without imports that nobody reads: TypeScript takes them for types. */
export function* withoutImports(
  { code, program }: PlainModule,
  locals: ReadonlySet<string>,
): Steps<PlainModule | undefined> {
  const ranges: Range[] = [];
  for (const node of importsOf(program)) {
    const unused = node.specifiers.filter(({ local }) => locals.has(local.name));
    if (unused.length === 0) continue;
    if (unused.length === node.specifiers.length) ranges.push(node);
    else for (const { start, end } of unused) ranges.push({ start, end: behindComma(code, end) });
  }
  return yield* parsePlain(blanked(code, ranges));
}

/** A part of a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

function importsOf(program: Program): ImportDeclaration[] {
  return program.body.filter((node) => node.type === 'ImportDeclaration');
}

/** An import whose braces held types alone. */
function isEmptied({ specifiers, start, source }: ImportDeclaration, code: string): boolean {
  return specifiers.length === 0 && /\{\s+\}/.test(code.slice(start, source.start));
}

function behindComma(code: string, from: number): number {
  const [comma] = /^\s*,/.exec(code.slice(from)) ?? [''];
  return from + comma.length;
}

/** Comments mean nothing, but what tools read in them must not reach V8. */
export function blankComments(code: string, comments: readonly Range[]): string {
  return comments.length === 0 ? code : blanked(code, comments);
}

function blanked(code: string, ranges: readonly Range[]): string {
  let text = '';
  let at = 0;
  for (const { start, end } of ranges) {
    text += code.slice(at, start) + code.slice(start, end).replace(/[^\r\n\u2028\u2029]/g, ' ');
    at = end;
  }
  return text + code.slice(at);
}

/**
 * Undefined for what is no JavaScript.
 *
 * @param from where the statements begin that are parsed; they have their places in the whole text
 */
export function* parsePlain(code: string, from = 0): Steps<PlainModule | undefined> {
  const comments: Range[] = [];
  const onComment = (_isBlock: boolean, _text: string, start: number, end: number) => {
    comments.push({ start, end });
  };
  try {
    const program = yield* parseSteps(new (parserClass())({ ...ACORN_OPTIONS, onComment }, code, from));
    return { code: blankComments(code, comments), program };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
