/**
 * Expressions that run no code of anybody's: known values, and the few calls of intrinsics that scripts have at top level.
 *
 * Only the facts profit; nothing here changes what is emitted. What stands on a global name is noted as an assumption
 * and withdrawn when the module declares that name.
 */

import type { AnyNode, CallExpression, MemberExpression, NewExpression } from 'acorn';
import { INERT_CONSTRUCTORS, INERT_NAMESPACES, TRANSPARENT_CALLS } from './global-names.ts';
import type { Walk } from './walk.ts';

/** Certainly a primitive value, so that an operator on it calls nothing. */
export function isPrimitive(walk: Walk, node: AnyNode): boolean {
  switch (node.type) {
    case 'Literal':
      return node.regex === undefined;
    case 'TemplateLiteral':
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'UpdateExpression':
      return true;
    case 'ConditionalExpression':
      return isPrimitive(walk, node.consequent) && isPrimitive(walk, node.alternate);
    case 'LogicalExpression':
      return isPrimitive(walk, node.left) && isPrimitive(walk, node.right);
    case 'ParenthesizedExpression':
      return isPrimitive(walk, node.expression);
    case 'Identifier':
      if (node.name === 'undefined') return true;
      return walk.primitives.has(node.name) && walk.scope.lookUp(node.name) === walk.moduleScope;
    case 'MemberExpression':
      return isInertMember(walk, node);
    case 'CallExpression':
      return isInertCall(walk, node);
    default:
      return false;
  }
}

/** `Math.PI`. */
export function isInertMember(walk: Walk, node: MemberExpression): boolean {
  const { object } = node;
  if (object.type === 'MetaProperty') return true;
  if (object.type !== 'Identifier' || !INERT_NAMESPACES.has(object.name) || node.computed) return false;
  walk.graph.assumeGlobal(object.name);
  return true;
}

/** `Math.max(1, 2)`, `Symbol('name')`. */
export function isInertCall(walk: Walk, { callee, arguments: values }: CallExpression): boolean {
  const inert =
    callee.type === 'MemberExpression'
      ? callee.object.type !== 'MetaProperty' && isInertMember(walk, callee)
      : callee.type === 'Identifier' && callee.name === 'Symbol';
  if (!inert || !values.every((value) => isPrimitive(walk, value))) return false;
  if (callee.type === 'Identifier') walk.graph.assumeGlobal(callee.name);
  return true;
}

/** `new Map()`. */
export function isInertConstruction(walk: Walk, { callee, arguments: values }: NewExpression): boolean {
  if (callee.type !== 'Identifier' || !INERT_CONSTRUCTORS.has(callee.name)) return false;
  if (!values.every((value) => isPrimitive(walk, value))) return false;
  walk.graph.assumeGlobal(callee.name);
  return true;
}

/** `Object.freeze({…})`: gives back its argument, a literal. */
export function isTransparentCall(walk: Walk, { callee, arguments: values }: CallExpression): boolean {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.optional) return false;
  const { object, property } = callee;
  if (object.type !== 'Identifier' || object.name !== 'Object' || values.length !== 1) return false;
  if (property.type !== 'Identifier' || !TRANSPARENT_CALLS.has(property.name)) return false;
  const kind = values[0]?.type;
  if (kind !== 'ObjectExpression' && kind !== 'ArrayExpression') return false;
  walk.graph.assumeGlobal('Object');
  return true;
}
