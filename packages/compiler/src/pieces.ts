/**
 * A long text in pieces of whole statements, each of which SWC can strip by itself: so that nobody waits for all of it.
 *
 * Only a guess is made, from how lines begin: a boundary may lie in a template or in a comment. Such a piece is not closed,
 * which SWC refuses, and whoever asked takes the text as a whole. Pieces that are all accepted are what they are in the
 * whole text, because none of the words with which they begin can go on with what stands in the lines before.
 */

/** Characters that take a fraction of a millisecond. */
export const PIECE = 4_096;

/** The beginnings of lines that may begin a piece. */
const BEGINNING = /^(?:export )?(?:const|class|function|async function) /gm;

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
