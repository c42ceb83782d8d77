/**
 * Two editions of a text that only differ in comments, types or layout: that they do the same, and where a place in the
 * earlier one, whose code runs on, stands in the later one, which the author reads.
 *
 * A text is known by its *print*: its tokens in order, with a semicolon wherever the language puts one in, without commas
 * before a closing brace and without empty statements, which mean nothing.
 */

import type { Artifact } from './artifact.ts';
import type { Position } from './diagnostic.ts';
import type { ModuleSource } from './diagnostic-at.ts';
import { emitSteps } from './emit.ts';
import { languageOf } from './options.ts';
import { type ParserClass, parserClass, parseSteps, type SteppedParser } from './parse-steps.ts';
import { ACORN_OPTIONS } from './parsers.ts';
import { LineIndex } from './positions.ts';
import { complete, type Steps } from './steps.ts';
import { differenceOf, withoutMark } from './text.ts';

/** A text, and what was made of it. */
export interface Edition extends ModuleSource {
  readonly artifact: Artifact;
}

/** Whether the code of two editions does the same. */
export function isSameCode(earlier: Edition, later: Edition): boolean {
  return complete(isSameCodeSteps(earlier, later));
}

/** The same in steps; without any where there is nothing to parse. */
export function* isSameCodeSteps(earlier: Edition, later: Edition): Steps<boolean> {
  const [a, b] = [earlier.artifact, later.artifact];
  if (a.code === b.code) return true;
  if (a.plain !== true || b.plain !== true) return false;
  if (differsBeyondLayout(a.code, b.code)) return false; // nearly every edit shows here already
  const print = yield* printOf(earlier);
  yield;
  return print?.text === (yield* printOf(later))?.text;
}

/**
 * Undefined where the two do not have the same tokens.
 *
 * @example
 * placeInEdition({ source: 'f();', options }, { source: '// a comment\nf();', options }, { line: 1, column: 1 }); // line 2
 */
export function placeInEdition(earlier: ModuleSource, later: ModuleSource, position: Position): Position | undefined {
  const [from, to] = [complete(printOf(earlier)), complete(printOf(later))];
  if (from === undefined || from.text !== to?.text) return undefined;
  const offset = new LineIndex(withoutMark(earlier.source)).offsetAt(position);
  const index = from.tokens.findLastIndex(({ start }) => start <= offset);
  const [before, after] = [from.tokens[index], to.tokens[index]];
  if (before === undefined || after === undefined) return undefined;
  const into = Math.min(offset - before.start, after.end - after.start);
  return new LineIndex(withoutMark(later.source)).positionAt(after.start + into);
}

const LAYOUT = /[\s,;]+/g;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/** Whether more than white space, commas and semicolons differs: it can only do so where the texts differ. */
function differsBeyondLayout(a: string, b: string): boolean {
  const { from, behind } = differenceOf(a, b);
  if (meansSomething(a, from, behind) && meansSomething(b, from, behind)) return true;
  const between = (text: string) => text.slice(from, text.length - behind).replace(LAYOUT, '');
  return between(a) !== between(b);
}

/** Whether what differs in a text begins with more than layout, as most of it does. */
function meansSomething(text: string, from: number, behind: number): boolean {
  if (from >= text.length - behind) return false;
  const character = text.charCodeAt(from);
  return character > 0x20 && character < 0x7f && character !== COMMA && character !== SEMICOLON;
}

interface Print {
  readonly text: string;
  /** Those that the text was made of; commas and semicolons, some of which may be left out, are not among them. */
  readonly tokens: readonly { readonly start: number; readonly end: number }[];
}

function* printOf({ source, options }: ModuleSource): Steps<Print | undefined> {
  const language = options.as ?? languageOf(options.id);
  if (language === undefined || language === 'json' || language === 'text') return undefined;
  const emitted = yield* emitSteps(withoutMark(source), { ...options, language });
  if (!emitted.ok || emitted.stripped.isAuthors !== true) return undefined;
  const parser = new (printingParser())(ACORN_OPTIONS, emitted.stripped.code);
  yield;
  yield* parseSteps(parser);
  return parser;
}

/** What acorn's parser has and its types do not tell. */
interface ParserInside extends SteppedParser {
  readonly input: string;
  readonly end: number;
  next(ignoreEscapeSequenceInKeyword?: boolean): void;
  insertSemicolon(): boolean;
}

let printing: ParserClass<ParserInside & Print> | undefined;

function printingParser(): ParserClass<ParserInside & Print> {
  printing ??= printingClass(parserClass() as ParserClass<ParserInside>);
  return printing;
}

function printingClass(Base: ParserClass<ParserInside>): ParserClass<ParserInside & Print> {
  return class extends Base {
    text = '';
    readonly tokens: { start: number; end: number }[] = [];
    #last = ';';

    override next(ignoreEscapeSequenceInKeyword?: boolean): void {
      const { start, end } = this;
      const token = this.input.slice(start, end);
      if (token !== ',' && token !== ';') this.tokens.push({ start, end });
      this.#add(token);
      super.next(ignoreEscapeSequenceInKeyword);
    }

    override insertSemicolon(): boolean {
      const isInserted = super.insertSemicolon();
      if (isInserted) this.#add(';');
      return isInserted;
    }

    #add(token: string): void {
      const last = this.#last;
      if (token === ';' && (last === ';' || last === '{')) return;
      if ((token === '}' || token === ')') && last === ',') this.text = this.text.slice(0, -2);
      this.text += `${token}\n`;
      this.#last = token;
    }
  };
}
