/** Small questions about a source as a text, before any language looks at it. */

/** The text without its byte order mark. */
export function withoutMark(source: string): string {
  return source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
}

/** The offset of half of a surrogate pair, which no UTF-8 file can hold; undefined where there is none. */
export function loneSurrogate(text: string): number | undefined {
  return text.isWellFormed() ? undefined : text.search(/\p{Surrogate}/u);
}

/** The offset at which a text has more than `limit` bytes of UTF-8; undefined where it has not. */
export function exceeds(text: string, limit: number): number | undefined {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return undefined;
  return Buffer.from(text).subarray(0, limit).toString().length;
}

/** What differs between two texts: behind `from`, and before the last `behind` characters. */
export interface Difference {
  readonly from: number;
  readonly behind: number;
}

/** Characters that V8 compares in one go. */
const PIECE = 256;

/** How far two texts are alike from their beginnings, and from their ends. */
export function differenceOf(a: string, b: string): Difference {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from + PIECE <= shorter && a.slice(from, from + PIECE) === b.slice(from, from + PIECE)) from += PIECE;
  while (from < shorter && a.charCodeAt(from) === b.charCodeAt(from)) from += 1;
  const rest = shorter - from;
  let behind = 0;
  while (behind + PIECE <= rest && lastPiece(a, behind) === lastPiece(b, behind)) behind += PIECE;
  while (behind < rest && a.charCodeAt(a.length - behind - 1) === b.charCodeAt(b.length - behind - 1)) behind += 1;
  return { from, behind };
}

/** The piece before the last `behind` characters. */
function lastPiece(text: string, behind: number): string {
  const end = text.length - behind;
  return text.slice(end - PIECE, end);
}
