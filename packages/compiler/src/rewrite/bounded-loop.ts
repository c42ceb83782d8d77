/**
 * Loops whose turns need not be counted: they count to a number that stands in their head, and call nobody.
 *
 * Such a loop ends by itself and soon, also where it stands in a recursion, because what would go on in it, another
 * loop or a call, makes it one that is counted. Everything else is counted, however harmless it looks.
 */

import type { AnyNode, ForStatement } from 'acorn';

/** More turns than this are counted. */
const MOST_TURNS = 1_000;
/** Beyond it, adding the step could leave the number as it is. */
const LARGEST = 2 ** 31;

/** `for (let i = 0; i < 3; i++) { … }`. */
export function isBounded({ init, test, update, body }: ForStatement): boolean {
  if (init?.type !== 'VariableDeclaration' || init.kind !== 'let' || init.declarations.length !== 1) return false;
  const [{ id, init: first }] = init.declarations as [(typeof init.declarations)[0]];
  if (id.type !== 'Identifier' || test?.type !== 'BinaryExpression' || !isName(test.left, id.name)) return false;
  const from = wholeNumber(first);
  const to = wholeNumber(test.right);
  const step = stepOf(update, id.name);
  if (from === undefined || to === undefined || step === undefined) return false;
  const upwards = test.operator === '<' || test.operator === '<=';
  const downwards = test.operator === '>' || test.operator === '>=';
  if (!(upwards && step > 0) && !(downwards && step < 0)) return false;
  return (to - from) / step <= MOST_TURNS && isPlain(body, id.name);
}

function isName(node: AnyNode, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function wholeNumber(node: AnyNode | null | undefined): number | undefined {
  if (node?.type === 'UnaryExpression' && node.operator === '-') {
    const positive = wholeNumber(node.argument);
    return positive === undefined ? undefined : -positive;
  }
  if (node?.type !== 'Literal' || !Number.isInteger(node.value)) return undefined;
  const value = Number(node.value);
  return Math.abs(value) <= LARGEST ? value : undefined;
}

/** What a turn adds to the variable. */
function stepOf(node: AnyNode | null | undefined, name: string): number | undefined {
  if (node?.type === 'UpdateExpression' && isName(node.argument, name)) return node.operator === '++' ? 1 : -1;
  if (node?.type !== 'AssignmentExpression' || !isName(node.left, name)) return undefined;
  const by = wholeNumber(node.right);
  if (by === undefined) return undefined;
  if (node.operator === '+=') return by;
  return node.operator === '-=' ? -by : undefined;
}

/** Nothing that loops, calls, waits, or writes the variable of the loop. */
function isPlain(node: AnyNode | null | undefined, variable: string): boolean {
  if (node == null) return true;
  const plain = (...nodes: readonly (AnyNode | null | undefined)[]) => nodes.every((part) => isPlain(part, variable));
  switch (node.type) {
    case 'Literal':
    case 'Identifier':
    case 'ThisExpression':
    case 'EmptyStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return true;
    case 'BlockStatement':
      return plain(...node.body);
    case 'ExpressionStatement':
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      return plain(node.expression);
    case 'VariableDeclaration':
      return (
        (node.kind === 'const' || node.kind === 'let') &&
        node.declarations.every(({ id, init }) => id.type === 'Identifier' && plain(init))
      );
    case 'IfStatement':
    case 'ConditionalExpression':
      return plain(node.test, node.consequent, node.alternate);
    case 'ReturnStatement':
    case 'UnaryExpression':
      return plain(node.argument);
    case 'UpdateExpression':
      return !isName(node.argument, variable) && plain(node.argument);
    case 'AssignmentExpression': {
      const { left, right } = node;
      return (left.type === 'Identifier' ? left.name !== variable : isMember(left) && plain(left)) && plain(right);
    }
    case 'BinaryExpression':
      return plain(node.left, node.right);
    case 'LogicalExpression':
      return plain(node.left, node.right);
    case 'MemberExpression':
      return plain(node.object, node.property);
    case 'SequenceExpression':
    case 'TemplateLiteral':
      return plain(...node.expressions);
    case 'ArrayExpression':
      return plain(...node.elements);
    case 'CallExpression': {
      const { callee } = node;
      return isMember(callee) && !callee.computed && isName(callee.object, 'Math') && plain(...node.arguments);
    }
    default:
      return false;
  }
}

function isMember(node: AnyNode): node is Extract<AnyNode, { type: 'MemberExpression' }> {
  return node.type === 'MemberExpression';
}
