/**
 * Binding patterns and assignment patterns: the names in them, and the expressions in them.
 *
 * A binding pattern declares its names, an assignment pattern writes to references; both may hold default values and
 * computed keys, which are ordinary code.
 */

import type { AnyNode, Identifier, Pattern } from 'acorn';
import { visit, visitOperand } from './expressions.ts';
import type { Reference, Walk } from './walk.ts';

/** ECMA-262 BoundNames. */
export function boundNames(pattern: Pattern | null, each: (name: Identifier) => void): void {
  if (pattern === null) return;
  switch (pattern.type) {
    case 'Identifier':
      each(pattern);
      return;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        boundNames(property.type === 'RestElement' ? property.argument : property.value, each);
      }
      return;
    case 'ArrayPattern':
      for (const element of pattern.elements) boundNames(element, each);
      return;
    case 'RestElement':
      boundNames(pattern.argument, each);
      return;
    case 'AssignmentPattern':
      boundNames(pattern.left, each);
      return;
    default:
      return;
  }
}

/** The code in a binding pattern: default values and computed keys. */
export function visitBindingPattern(walk: Walk, pattern: Pattern | null): void {
  if (pattern === null || pattern.type === 'Identifier') return;
  walk.graph.mayRun();
  switch (pattern.type) {
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') visitBindingPattern(walk, property.argument);
        else {
          if (property.computed) visitOperand(walk, property.key, property);
          visitBindingPattern(walk, property.value);
        }
      }
      return;
    case 'ArrayPattern':
      for (const element of pattern.elements) visitBindingPattern(walk, element);
      return;
    case 'RestElement':
      visitBindingPattern(walk, pattern.argument);
      return;
    case 'AssignmentPattern':
      visitBindingPattern(walk, pattern.left);
      visitOperand(walk, pattern.right, pattern);
      return;
    default:
      return;
  }
}

/** What `=`, `++` or the head of a loop writes: a reference, which is added to `written`, or a pattern. */
export function visitTarget(walk: Walk, target: AnyNode, written: Reference[]): void {
  switch (target.type) {
    case 'Identifier': {
      const reference = walk.refer(target, null);
      reference.write = true;
      written.push(reference);
      return;
    }
    case 'ParenthesizedExpression':
      visitTarget(walk, target.expression, written);
      return;
    default:
      visitAssignmentPattern(walk, target);
  }
}

/** ECMA-262 AssignmentPattern, and everything that may stand in one. */
function visitAssignmentPattern(walk: Walk, target: AnyNode | null, shorthand = false): void {
  if (target === null) return;
  switch (target.type) {
    case 'Identifier':
      targetInPattern(walk, target, shorthand);
      return;
    case 'ObjectPattern':
      walk.graph.mayRun();
      for (const property of target.properties) {
        if (property.type === 'RestElement') visitAssignmentPattern(walk, property.argument);
        else {
          if (property.computed) visitOperand(walk, property.key, property);
          visitAssignmentPattern(walk, property.value, property.shorthand);
        }
      }
      return;
    case 'ArrayPattern':
      walk.graph.mayRun();
      for (const element of target.elements) visitAssignmentPattern(walk, element);
      return;
    case 'RestElement':
      visitAssignmentPattern(walk, target.argument);
      return;
    case 'AssignmentPattern': {
      const { left, right } = target;
      if (left.type === 'Identifier') {
        const reference = targetInPattern(walk, left, shorthand);
        if (isAnonymousFunctionDefinition(right)) reference.namedDefault = right;
      } else visitAssignmentPattern(walk, left);
      visitOperand(walk, right, target);
      return;
    }
    case 'ParenthesizedExpression':
      visitAssignmentPattern(walk, target.expression);
      return;
    case 'MemberExpression':
      walk.graph.mayRun();
      visitOperand(walk, target.object, target);
      if (target.computed) visitOperand(walk, target.property, target);
      return;
    default:
      visit(walk, target, null);
  }
}

function targetInPattern(walk: Walk, target: Identifier, shorthand: boolean): Reference {
  const reference = walk.refer(target, null);
  reference.write = true;
  reference.inPattern = true;
  reference.shorthand = shorthand;
  return reference;
}

/** ECMA-262 IsAnonymousFunctionDefinition: what takes the name of its binding. */
export function isAnonymousFunctionDefinition(node: AnyNode): boolean {
  switch (node.type) {
    case 'ArrowFunctionExpression':
      return true;
    case 'FunctionExpression':
    case 'ClassExpression':
      return node.id == null;
    case 'ParenthesizedExpression':
      return isAnonymousFunctionDefinition(node.expression);
    default:
      return false;
  }
}
