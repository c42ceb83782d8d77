/**
 * Edits inside one number or one string, which is how a game is tuned: where that is all, the tree stays as it is but for
 * the literal, and nothing is stripped or parsed.
 *
 * Only forms of which no other spelling makes another token are taken: decimals and strings without an escape. Whether a
 * value means something to its place is for the rewrite; where the place is one that it never looks into, and nothing
 * moves, what it has made stays, too.
 */

import type { AnyNode, Literal } from 'acorn';
import { childrenOf, forEachChild } from './rewrite/top-level.ts';
import type { Difference } from './text.ts';

/** A literal that has another spelling in an edited text. */
export interface LiteralEdit {
  readonly literal: Literal;
  readonly raw: string;
  readonly value: number | string;
  /** True where nothing but the value at run time depends on it: not a loop's bound, a key, or a slot's version. */
  readonly isValue: boolean;
}

/**
 * The literal that an edit lies in; undefined where there is more to it.
 *
 * @param path the nodes of `old` around the edit, the outermost first
 */
export function literalEdit(
  path: readonly AnyNode[],
  old: string,
  text: string,
  { from, behind }: Difference,
): LiteralEdit | undefined {
  const until = old.length - behind;
  const literal = path.at(-1);
  if (literal?.type !== 'Literal') return undefined;
  const { start, end } = literal;
  const raw = text.slice(start, end + text.length - old.length);
  const isValue = isValueAlone(path);
  if (isDecimal(old, start, end) && isDecimal(text, start, start + raw.length)) {
    return { literal, raw, value: Number(raw), isValue };
  }
  if (from === start || until === end || !isPlain(old.slice(start, end)) || !isPlain(raw)) return undefined;
  return { literal, raw, value: raw.slice(1, -1), isValue };
}

/** Gives the literal its new value, and all that stands behind it in the statement its new place. */
export function applyLiteralEdit(statement: AnyNode, { literal, raw, value }: LiteralEdit): void {
  const { end } = literal;
  const by = raw.length - (end - literal.start);
  literal.value = value;
  literal.raw = raw;
  if (by !== 0) moveBehind(statement, end, by);
}

/** The nodes around a stretch of the text, the outermost first; empty where it is not in the tree. */
export function pathTo(node: AnyNode, from: number, until: number): AnyNode[] {
  const path: AnyNode[] = [];
  let next: AnyNode | undefined = node;
  while (next !== undefined && next.start <= from && until <= next.end) {
    path.push(next);
    if (next.type === 'ExpressionStatement' && next.directive !== undefined) break;
    next = childAround(next, from, until);
  }
  return path;
}

function childAround(node: AnyNode, from: number, until: number): AnyNode | undefined {
  for (const child of childrenOf(node)) if (child.start <= from && until <= child.end) return child;
  return undefined;
}

/** Every node on the way is one whose form alone counts for the rewrite. */
function isValueAlone(path: readonly AnyNode[]): boolean {
  let inFunction = false;
  for (const [index, node] of path.entries()) {
    const inner = path[index + 1];
    if (inner === undefined) return true;
    if (!passes(node, inner, inFunction)) return false;
    inFunction ||= node.type.endsWith('FunctionExpression') || node.type === 'FunctionDeclaration';
  }
  return false;
}

function passes(node: AnyNode, inner: AnyNode, inFunction: boolean): boolean {
  switch (node.type) {
    case 'ArrayExpression':
    case 'ArrowFunctionExpression':
    case 'AwaitExpression':
    case 'BinaryExpression':
    case 'BlockStatement':
    case 'ClassBody':
    case 'ClassDeclaration':
    case 'ConditionalExpression':
    case 'ExportDefaultDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExpressionStatement':
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'IfStatement':
    case 'LogicalExpression':
    case 'ObjectExpression':
    case 'ReturnStatement':
    case 'SwitchCase':
    case 'SwitchStatement':
    case 'TemplateLiteral':
    case 'ThrowStatement':
    case 'UnaryExpression':
    case 'VariableDeclaration':
      return true;
    case 'VariableDeclarator':
      return node.init === inner;
    case 'AssignmentExpression':
      return node.right === inner;
    case 'Property':
      return node.value === inner;
    case 'MethodDefinition':
      return node.value === inner && node.kind !== 'constructor'; // it gives the objects their fields
    case 'CallExpression':
    case 'NewExpression':
      return inFunction && node.callee !== inner; // at top level it may be a slot's
    case 'ForStatement':
    case 'ForOfStatement':
    case 'ForInStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return node.body === inner;
    default:
      return false;
  }
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
  forEachChild(node, (child) => {
    // one node stands in two places of `export { a }` and of `import { a }`
    if (child !== previous) move(child, by);
    previous = child;
  });
}
