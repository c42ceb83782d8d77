/**
 * Binding patterns and assignment patterns: the names in them, and the expressions in them.
 *
 * A binding pattern declares its names, an assignment pattern writes to references; both may hold default values and
 * computed keys, which are ordinary code.
 */

import type { AnyNode, AssignmentPattern, Identifier, Pattern } from 'acorn';
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

/** An assignment target: the references that it writes are added to `written`. */
export function visitTarget(walk: Walk, target: AnyNode | null, written: Reference[], shorthand = false): void {
  if (target === null) return;
  switch (target.type) {
    case 'Identifier': {
      const reference = walk.refer(target, null);
      reference.write = true;
      reference.shorthand = shorthand;
      written.push(reference);
      return;
    }
    case 'ObjectPattern':
      walk.graph.mayRun();
      for (const property of target.properties) {
        if (property.type === 'RestElement') visitTarget(walk, property.argument, written);
        else {
          if (property.computed) visitOperand(walk, property.key, property);
          visitTarget(walk, property.value, written, property.shorthand);
        }
      }
      return;
    case 'ArrayPattern':
      walk.graph.mayRun();
      for (const element of target.elements) visitTarget(walk, element, written);
      return;
    case 'RestElement':
      visitTarget(walk, target.argument, written);
      return;
    case 'AssignmentPattern':
      visitDefault(walk, target, written, shorthand);
      return;
    case 'ParenthesizedExpression':
      visitTarget(walk, target.expression, written);
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

function visitDefault(walk: Walk, target: AssignmentPattern, written: Reference[], shorthand: boolean): void {
  visitTarget(walk, target.left, written, shorthand);
  visitOperand(walk, target.right, target);
}
