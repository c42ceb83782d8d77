/**
 * The code that a module's top level runs by itself: its statements, and the bodies of functions of the module that it
 * calls by name, or where they stand.
 *
 * What is only stored, or given to somebody else, is left out. It is a guess for warnings, not the mention graph: it
 * follows no value.
 */

import type { AnyNode, Identifier, Program } from 'acorn';
import type { Walk } from './walk.ts';

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/** A node without the parentheses and `?.` around it. */
export function unwrapped(node: AnyNode): AnyNode {
  return node.type === 'ParenthesizedExpression' || node.type === 'ChainExpression' ? unwrapped(node.expression) : node;
}

/** Where an identifier that some code mentions leads: the module's own scope, `null` for a global. */
export function scopeOf(walk: Walk, identifier: Identifier) {
  return walk.references.find(({ node }) => node === identifier)?.scope.lookUp(identifier.name);
}

/** Whether a callee is `name` of a module, imported by name or as a member of its namespace. */
export function isTopLevelImport(walk: Walk, callee: AnyNode, specifier: string, name: string): boolean {
  const { imports, requests, importOf } = walk.entries;
  const node = unwrapped(callee);
  const isMember = node.type === 'MemberExpression' && !node.computed;
  const identifier = isMember ? node.object : node;
  if (identifier.type !== 'Identifier') return false;
  const entry = imports[importOf.get(identifier.name) ?? -1];
  if (entry === undefined || requests[entry.request]?.specifier !== specifier) return false;
  if (scopeOf(walk, identifier) !== walk.moduleScope) return false;
  if (!isMember) return entry.name === name;
  return entry.name === null && node.property.type === 'Identifier' && node.property.name === name;
}

/** Calls `look` for every node of code that the top level runs by itself. */
export function visitRun(program: Program, look: (node: AnyNode) => void): void {
  const functions = topLevelFunctions(program);
  const entered = new Set<FunctionNode>();
  const enter = (callee: AnyNode) => {
    const node = unwrapped(callee);
    const called = isFunction(node) ? node : node.type === 'Identifier' ? functions.get(node.name) : undefined;
    if (called === undefined || called.generator || entered.has(called)) return;
    entered.add(called);
    visit(called.body);
  };
  const visit = (node: AnyNode) => {
    if (isFunction(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return;
    look(node);
    if (node.type === 'CallExpression') enter(node.callee);
    for (const child of childrenOf(node)) visit(child);
  };
  for (const item of program.body) visit(item);
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  forEachChild(node, (child) => children.push(child));
  return children;
}

/** In the order of their properties, which is that of the text for most. */
export function forEachChild(node: AnyNode, each: (child: AnyNode) => void): void {
  for (const key in node) {
    const value: unknown = node[key as keyof AnyNode];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const element of value) if (isNode(element)) each(element);
    } else if (isNode(value)) each(value);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function topLevelFunctions(program: Program): Map<string, FunctionNode> {
  const functions = new Map<string, FunctionNode>();
  for (const item of program.body) {
    const isExport = item.type === 'ExportNamedDeclaration' || item.type === 'ExportDefaultDeclaration';
    const declaration = isExport ? item.declaration : item;
    if (declaration?.type === 'FunctionDeclaration' && declaration.id !== null) {
      functions.set(declaration.id.name, declaration);
    }
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === 'Identifier' && init != null && isFunction(init)) functions.set(id.name, init);
    }
  }
  return functions;
}
