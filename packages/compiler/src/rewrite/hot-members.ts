/**
 * Members of `import.meta.hot`: what they are given they only store, so that a callback is no code of the top level.
 *
 * Understood are `import.meta.hot.accept(…)`, also with `?.` and below `if (import.meta.hot)`, and a top-level constant
 * for it: `const hot = import.meta.hot`, `const { hot } = import.meta`. On any other way a callback counts as run at
 * once, as with every function that nothing is known of.
 */

import type { AnyNode, CallExpression, MemberExpression, VariableDeclarator } from 'acorn';
import type { Walk } from './walk.ts';

/** Notes a top-level constant that is `import.meta.hot`. */
export function noteHotConstant(walk: Walk, { id, init }: VariableDeclarator): void {
  if (init == null) return;
  const value = unwrapped(init);
  if (id.type === 'Identifier' && isHot(value)) walk.hotConstants.add(id.name);
  if (id.type !== 'ObjectPattern' || !isImportMeta(value)) return;
  for (const property of id.properties) {
    if (property.type !== 'Property' || property.computed || property.value.type !== 'Identifier') continue;
    if (property.key.type === 'Identifier' && property.key.name === 'hot') walk.hotConstants.add(property.value.name);
  }
}

/** `import.meta.hot.accept`, `hot.accept`. */
export function isHotMember(walk: Walk, { object, computed }: MemberExpression): boolean {
  if (computed) return false;
  const value = unwrapped(object);
  if (value.type !== 'Identifier') return isHot(value);
  return walk.hotConstants.has(value.name) && walk.scope.lookUp(value.name) === walk.moduleScope;
}

/** A call of a member: it runs no code of anybody's. */
export function isHotCall(walk: Walk, { callee }: CallExpression): boolean {
  return callee.type === 'MemberExpression' && isHotMember(walk, callee);
}

function isHot(node: AnyNode): boolean {
  return (
    node.type === 'MemberExpression' &&
    !node.computed &&
    isImportMeta(node.object) &&
    node.property.type === 'Identifier' &&
    node.property.name === 'hot'
  );
}

function isImportMeta(node: AnyNode): boolean {
  return node.type === 'MetaProperty' && node.meta.name === 'import';
}

function unwrapped(node: AnyNode): AnyNode {
  return node.type === 'ParenthesizedExpression' || node.type === 'ChainExpression' ? unwrapped(node.expression) : node;
}
