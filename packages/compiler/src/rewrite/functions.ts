/**
 * Functions and classes: their scopes, and when their code runs.
 *
 * The body of a function and the initialisers of instance fields run later; heritage, computed keys, static fields and
 * static blocks run where the class stands.
 */

import type {
  AnonymousFunctionDeclaration,
  AnyNode,
  ArrowFunctionExpression,
  FunctionDeclaration,
  FunctionExpression,
  MethodDefinition,
  PropertyDefinition,
  StaticBlock,
} from 'acorn';
import type { ClassNode } from './classes.ts';
import { visit } from './expressions.ts';
import { boundNames, visitBindingPattern } from './patterns.ts';
import { visitBlock } from './statements.ts';
import type { Walk } from './walk.ts';

type FunctionNode = FunctionDeclaration | AnonymousFunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

export function visitFunction(walk: Walk, node: FunctionNode): void {
  walk.graph.functionCode(() => {
    walk.functionDepth += 1;
    walk.laterDepth += 1;
    walk.inScope((parameters) => {
      if (node.type !== 'ArrowFunctionExpression') parameters.declare('arguments', 'arguments');
      for (const pattern of node.params) boundNames(pattern, ({ name }) => walk.declare(name, 'parameter'));
      for (const pattern of node.params) visitBindingPattern(walk, pattern);
      const { body } = node;
      if (body.type === 'BlockStatement') walk.inScope(() => visitBlock(walk, body), true);
      else visit(walk, body, node);
    }, true);
    walk.laterDepth -= 1;
    walk.functionDepth -= 1;
  });
}

/** `self`: the top-level binding that the class's own name stands for, where it is one. */
export function visitClass(walk: Walk, node: ClassNode, self: string | null): void {
  const { graph } = walk;
  walk.inScope((scope) => {
    if (node.id != null) {
      scope.declare(node.id.name, 'class');
      scope.self = self;
    }
    const { stored } = graph;
    graph.stored = false;
    if (node.superClass != null) {
      graph.mayRun();
      visit(walk, node.superClass, node);
    }
    for (const element of node.body.body) {
      if (element.type === 'StaticBlock') visitStaticBlock(walk, element);
      else {
        if (element.computed) {
          graph.mayRun();
          visit(walk, element.key, element);
        }
        graph.stored = stored;
        if (element.type === 'MethodDefinition') visitMethod(walk, element);
        else visitField(walk, element);
        graph.stored = false;
      }
    }
    graph.stored = stored;
  });
  walk.topClasses.add(walk, node);
}

function visitMethod(walk: Walk, element: MethodDefinition): void {
  visit(walk, element.value, element);
}

function visitField(walk: Walk, element: PropertyDefinition): void {
  const { value } = element;
  if (value == null) return;
  walk.functionDepth += 1;
  if (element.static) inInitialiser(walk, value, element);
  else {
    walk.laterDepth += 1;
    walk.graph.functionCode(() => inInitialiser(walk, value, element));
    walk.laterDepth -= 1;
  }
  walk.functionDepth -= 1;
}

function inInitialiser(walk: Walk, value: AnyNode, element: PropertyDefinition): void {
  walk.inScope((scope) => {
    scope.declare('arguments', 'arguments');
    visit(walk, value, element);
  }, true);
}

function visitStaticBlock(walk: Walk, block: StaticBlock): void {
  walk.functionDepth += 1;
  walk.inScope((scope) => {
    scope.declare('arguments', 'arguments');
    visitBlock(walk, block);
  }, true);
  walk.functionDepth -= 1;
}
