/**
 * acorn's parse, some statements of the top level at a time. The tree and the errors are those of `parse`: the loop over
 * the statements is all that is made anew here, what comes before and behind it is acorn's own.
 */

import type { Node, Options, Program } from 'acorn';
import { loadAcorn } from './parsers.ts';
import { PIECE } from './pieces.ts';
import type { Steps } from './steps.ts';

/** What acorn's parser has and its types do not tell. */
export interface SteppedParser {
  readonly type: { readonly label: string };
  /** Of the current token. */
  readonly start: number;
  startNode(): Node & { body?: Program['body'] };
  nextToken(): void;
  parseStatement(context: null, isTopLevel: true, exports: object): Program['body'][number];
  /** Goes on behind what `node.body` has. */
  parseTopLevel(node: Node): Program;
  catchStackOverflow<Result>(parse: () => Result): Result;
}

export type ParserClass<Instance extends SteppedParser> = new (
  options: Options,
  input: string,
  from?: number,
) => Instance;

/** acorn's parser, as one that can be extended and be taken in steps. */
export function parserClass(): ParserClass<SteppedParser> {
  return loadAcorn().Parser as unknown as ParserClass<SteppedParser>;
}

/**
 * @param size how many characters there are between two pauses, at least
 * @throws {SyntaxError} what `parse` would throw
 */
export function* parseSteps(parser: SteppedParser, size = PIECE): Steps<Program> {
  const node = parser.startNode();
  const body: Program['body'] = [];
  node.body = body;
  parser.nextToken();
  const exports: object = Object.create(null);
  const statement = () => parser.parseStatement(null, true, exports);
  let paused = parser.start;
  while (parser.type.label !== 'eof') {
    body.push(parser.catchStackOverflow(statement));
    if (parser.start - paused < size) continue;
    paused = parser.start;
    yield;
  }
  return parser.catchStackOverflow(() => parser.parseTopLevel(node));
}
