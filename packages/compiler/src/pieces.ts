/**
 * A long text in pieces of whole statements, each of which SWC can strip by itself: so that nobody waits for all of it.
 *
 * Only a guess is made, from how lines begin. A boundary may lie in a template or in a comment: then the piece before it is
 * not closed, which SWC refuses. It may lie behind a word that says something about what follows, which SWC takes for a name
 * then: that is seen in the tree of the whole text (`isTorn`). Either way the text is stripped as a whole.
 */

import type { Program } from 'acorn';

/** Characters that take a fraction of a millisecond. */
export const PIECE = 4_096;

/** The beginnings of lines that may begin a piece: none of these words goes on with a statement of the lines before. */
const BEGINNING = /^(?:export )?(?:const|class|function|async function) /gm;

/** What stands before a statement and is none. */
const BLANKS = String.raw`(?:\s|//.*|/\*(?:[^*]|\*(?!/))*\*/)*`;
const BEFORE_FIRST = new RegExp(`^${BLANKS}`);
/** What may go on with a statement of the lines before. */
const CONTINUING = /[^\w$\s\\'"{}@#;\u0080-\uffff]/;

/**
 * Whether the first statements of a text have gone with the types, and what is first now may go on with a statement before:
 * whether SWC puts a semicolon between the two depends on that one.
 */
export function mayRunOn(text: string, stripped: string): boolean {
  const at = firstOf(stripped);
  return at > firstOf(text) && CONTINUING.test(stripped.charAt(at));
}

function firstOf(text: string): number {
  return BEFORE_FIRST.exec(text)?.[0].length ?? 0;
}

/** Words that mean something else together with what stands behind them, on whatever line. */
export const OPEN_WORD = new RegExp(
  String.raw`\b(?:abstract|declare|async|type|namespace|module|interface|enum)${BLANKS}$`,
);

/** @param size of the smallest piece, except for the last one */
export function piecesOf(text: string, size = PIECE): string[] {
  if (text.length < 2 * size) return [text];
  const pieces: string[] = [];
  let at = 0;
  BEGINNING.lastIndex = size;
  for (let match = BEGINNING.exec(text); match !== null; match = BEGINNING.exec(text)) {
    pieces.push(text.slice(at, match.index));
    at = match.index;
    BEGINNING.lastIndex = at + size;
  }
  BEGINNING.lastIndex = 0;
  pieces.push(text.slice(at));
  return pieces;
}

/**
 * Whether a boundary was none: a statement goes on behind it, or ends before it with a word that may be no name.
 *
 * @param code what was made of the pieces
 * @param cuts where the boundaries are in it
 */
export function isTorn(body: Program['body'], code: string, cuts: readonly number[]): boolean {
  return cuts.some((cut) => {
    const last = body.findLast(({ start }) => start < cut);
    return (
      last !== undefined &&
      (last.end > cut || OPEN_WORD.test(code.slice(Math.max(last.start, last.end - 12), last.end)))
    );
  });
}
