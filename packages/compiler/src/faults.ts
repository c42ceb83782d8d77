/**
 * A fault of a source on its way to a `Diagnostic`: a place and words, before module, frame and rendering.
 *
 * Messages of SWC and acorn are rewritten to one manner here: a sentence, the author's words in single quotes, a hint
 * where there is one thing to do. What is not in the table keeps its own words.
 */

import type { CompilerCode } from './errors.ts';

export interface Fault {
  readonly code: CompilerCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly line: number;
  readonly column: number;
  /** UTF-16 code units under the marker, at least 1. */
  readonly length: number;
}

type Words = Pick<Fault, 'code' | 'message' | 'hint'>;

/** Message as a parser has it → ours; `$1` stands for the first group. */
const WORDS: readonly (readonly [RegExp, CompilerCode, string, string?])[] = [
  [
    /^Export assignment cannot be used/,
    'UNSUPPORTED_SYNTAX',
    "'export =' belongs to CommonJS",
    "Write 'export default …' or 'export { … }': a script is an ES module.",
  ],
  [
    /^Import assignment cannot be used/,
    'UNSUPPORTED_SYNTAX',
    "'import … = require(…)' belongs to CommonJS",
    "Write 'import name from …': a script is an ES module.",
  ],
  [/^(?:The 'with' statement is not supported|With statement)/, 'SYNTAX_ERROR', "'with' does not exist in modules"],
  [
    /^Legacy octal literals|^Legacy octal escape/,
    'SYNTAX_ERROR',
    'Old octal notation does not exist in modules',
    "Write '0o17'.",
  ],
  [
    /^(?:await isn't allowed in non-async function|Cannot use keyword 'await' outside an async function)/,
    'SYNTAX_ERROR',
    "'await' stands in a function that is not 'async'",
    "Make the function around it 'async'.",
  ],
  [
    /^(?:Return statement is not allowed here|'return' outside of function)/,
    'SYNTAX_ERROR',
    "'return' stands outside of a function",
    "The top level of a module has no 'return': put the code into an 'if' or a function.",
  ],
  [/^Expected ';', '}' or <eof>$/, 'SYNTAX_ERROR', "Expected ';' or the end of the statement"],
  [/^Expected a semicolon$/, 'SYNTAX_ERROR', "Expected ';' or the end of the statement"],
  [/^Expression expected$/, 'SYNTAX_ERROR', 'Expected an expression'],
  [/^Unterminated template$/, 'SYNTAX_ERROR', 'The template is not closed'],
  [/^Unterminated block comment$/, 'SYNTAX_ERROR', 'The comment is not closed'],
  [/^Unterminated string constant$/, 'SYNTAX_ERROR', 'The string is not closed'],
  [/^Unexpected eof$/, 'SYNTAX_ERROR', 'The file ends in the middle of something'],
  [
    /^Unexpected character '@'$/,
    'UNSUPPORTED_SYNTAX',
    'A decorator cannot stand here',
    "Decorators of parameters need 'experimentalDecorators' in the tsconfig.json of the scripts.",
  ],
  [/^Unexpected character '(.*)'$/, 'SYNTAX_ERROR', "Unexpected character '$1'"],
  [
    /^Identifier '(.*)' has already been declared$/,
    'SYNTAX_ERROR',
    "'$1' is declared twice",
    'Rename one of the two, or remove it.',
  ],
  [
    /^Duplicate export '(.*)'$/,
    'SYNTAX_ERROR',
    "'$1' is exported twice",
    'A name can be exported once: remove one of the two.',
  ],
  [
    /^Export '(.*)' is not defined$/,
    'SYNTAX_ERROR',
    "'$1' is exported but not declared",
    "Declare it in this module; a type is exported with 'export type'.",
  ],
  [
    /^Private field '(.*)' must be declared in an enclosing class$/,
    'SYNTAX_ERROR',
    "'$1' is not declared in the class around it",
  ],
  [/^Deleting local variable in strict mode$/, 'SYNTAX_ERROR', 'A variable cannot be deleted in a module'],
  [
    /^The left-hand side of an assignment expression|^Invalid assignment target/,
    'SYNTAX_ERROR',
    'This cannot be assigned to',
  ],
];

/** A parser's message in our words. */
export function words(message: string): Words {
  for (const [pattern, code, text, hint] of WORDS) {
    const match = pattern.exec(message);
    if (match !== null) return { code, message: text.replace('$1', () => match[1] ?? ''), hint };
  }
  const quoted = message.replace(/[`']?<eof>[`']?/g, 'the end of the file').replace(/`([^`]+)`/g, "'$1'");
  const sentence = quoted.charAt(0).toUpperCase() + quoted.slice(1);
  return { code: 'SYNTAX_ERROR', message: sentence.replace(/\.$/, '') };
}

/** One fault for each place: where two parsers' rules object to one thing, the later one is the more exact. */
export function withoutRepetition(faults: readonly Fault[]): Fault[] {
  const byPlace = new Map<string, Fault>();
  for (const fault of faults) byPlace.set(`${fault.line}:${fault.column}`, fault);
  return [...byPlace.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
