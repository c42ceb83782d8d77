/**
 * Edits inside one number or one string, which is how a game is tuned: where that is all, the tree stays as it is but for
 * the literal, and nothing is stripped or parsed.
 *
 * Only forms of which no other spelling makes another token are taken: decimals and strings without an escape. Whether a
 * value means something to its place is for the rewrite, which sees the new one.
 */

import type { AnyNode, Literal } from 'acorn';
import { childrenOf } from './rewrite/top-level.ts';

/** A literal that has another spelling in an edited text. */
export interface LiteralEdit {
  readonly literal: Literal;
  readonly raw: string;
  readonly value: number | string;
}

/** What differs between two texts: behind `from`, and before the last `behind` characters. */
export interface Difference {
  readonly from: number;
  readonly behind: number;
}

/**
 * The literal that an edit of a statement lies in; undefined where there is more to it.
 *
 * @param statement its tree in the text `old`
 */
export function literalEdit(
  statement: AnyNode,
  old: string,
  text: string,
  { from, behind }: Difference,
): LiteralEdit | undefined {
  const until = old.length - behind;
  const literal = innermost(statement, from, until);
  if (literal?.type !== 'Literal') return undefined;
  const { start, end } = literal;
  const raw = text.slice(start, end + text.length - old.length);
  const isSame = isDecimal(old, start, end) && isDecimal(text, start, start + raw.length);
  if (isSame) return { literal, raw, value: Number(raw) };
  if (from === start || until === end || !isPlain(old.slice(start, end)) || !isPlain(raw)) return undefined;
  return { literal, raw, value: raw.slice(1, -1) };
}

/** Gives the literal its new value, and all that stands behind it in the statement its new place. */
export function applyLiteralEdit(statement: AnyNode, { literal, raw, value }: LiteralEdit): void {
  const { end } = literal;
  const by = raw.length - (end - literal.start);
  literal.value = value;
  literal.raw = raw;
  if (by !== 0) moveBehind(statement, end, by);
}

function innermost(node: AnyNode, from: number, until: number): AnyNode | undefined {
  if (from < node.start || until > node.end) return undefined;
  if (node.type === 'ExpressionStatement' && node.directive !== undefined) return node;
  for (const child of childrenOf(node)) {
    const inside = innermost(child, from, until);
    if (inside !== undefined) return inside;
  }
  return node;
}

const DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A number that what follows cannot make longer. */
function isDecimal(text: string, start: number, end: number): boolean {
  return text[end] !== '.' && DECIMAL.test(text.slice(start, end));
}

const PLAIN = /^(?:"[^"\\\n\r\u2028\u2029]*"|'[^'\\\n\r\u2028\u2029]*')$/;

/** A string that says what it means; not a key that the grammar has rules for. */
function isPlain(raw: string): boolean {
  return PLAIN.test(raw) && !/^.(?:__proto__|constructor|prototype).$/.test(raw);
}

function moveBehind(node: AnyNode, at: number, by: number): void {
  if (node.end < at) return;
  if (node.start >= at) move(node, by);
  else {
    node.end += by;
    for (const child of childrenOf(node)) moveBehind(child, at, by);
  }
}

/** Gives a tree another place. */
export function move(node: AnyNode, by: number): void {
  node.start += by;
  node.end += by;
  let previous: AnyNode | undefined;
  for (const child of childrenOf(node)) {
    // one node stands in two places of `export { a }` and of `import { a }`
    if (child !== previous) move(child, by);
    previous = child;
  }
}
