/**
 * The walk over expressions.
 *
 * Only what concerns names, imports, writes and facts has a case; every other node is walked child by child.
 */

import type {
  AnyNode,
  ArrowFunctionExpression,
  AssignmentExpression,
  AssignmentProperty,
  CallExpression,
  FunctionExpression,
  ImportExpression,
  Literal,
  MemberExpression,
  Property,
  UnaryExpression,
  UpdateExpression,
} from 'acorn';
import { visitClass, visitFunction } from './functions.ts';
import { DEFERRING } from './global-names.ts';
import { isHotCall, isHotMember } from './hot-members.ts';
import { isInertCall, isInertConstruction, isInertMember, isPrimitive, isTransparentCall } from './inert.ts';
import { visitTarget } from './patterns.ts';
import { visitStatement } from './statements.ts';
import type { Reference, Walk } from './walk.ts';

type Visited = AnyNode | null | undefined;

/** An expression whose value is used, not stored as it is. */
export function visitOperand(walk: Walk, node: Visited, parent: AnyNode | null): void {
  if (node == null) return;
  const { graph } = walk;
  const { stored } = graph;
  graph.stored = false;
  visit(walk, node, parent);
  graph.stored = stored;
}

export function visit(walk: Walk, node: Visited, parent: AnyNode | null): void {
  if (node == null) return;
  const { graph } = walk;
  switch (node.type) {
    case 'Identifier':
      walk.refer(node, parent);
      return;
    case 'Literal':
      if (node.regex !== undefined && node.value === null) refuseRegularExpression(walk, node);
      return;
    case 'TemplateElement':
    case 'Super':
    case 'PrivateIdentifier':
      return;
    case 'ThisExpression':
      if (!graph.deferred && graph.statement !== null) graph.statement.mentionsOwn = true;
      return;
    case 'MetaProperty':
      if (node.meta.name === 'import') walk.edits.replace(node.start, node.end, `${walk.names.helper('m')}.meta`);
      return;
    case 'ImportExpression':
      visitImportCall(walk, node);
      return;
    case 'MemberExpression':
      visitMember(walk, node, parent);
      return;
    case 'Property':
      visitProperty(walk, node);
      return;
    case 'ObjectExpression':
      for (const property of node.properties) visit(walk, property, node);
      return;
    case 'ArrayExpression':
      for (const element of node.elements) visit(walk, element, node);
      return;
    case 'SequenceExpression':
      for (const expression of node.expressions) visit(walk, expression, node);
      return;
    case 'ConditionalExpression':
      visitOperand(walk, node.test, node);
      visit(walk, node.consequent, node);
      visit(walk, node.alternate, node);
      return;
    case 'LogicalExpression':
      visit(walk, node.left, node);
      visit(walk, node.right, node);
      return;
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      visit(walk, node.expression, node);
      return;
    case 'BinaryExpression':
      if (node.operator !== '===' && node.operator !== '!==') {
        const inert = node.operator !== 'in' && node.operator !== 'instanceof';
        if (!inert || !isPrimitive(walk, node.left) || !isPrimitive(walk, node.right)) graph.mayRun();
      }
      visitOperand(walk, node.left, node);
      visitOperand(walk, node.right, node);
      return;
    case 'TemplateLiteral':
      for (const expression of node.expressions) {
        if (!isPrimitive(walk, expression)) graph.mayRun();
        visitOperand(walk, expression, node);
      }
      return;
    case 'SpreadElement':
      graph.mayRun();
      visitOperand(walk, node.argument, node);
      return;
    case 'CallExpression':
      visitCall(walk, node);
      return;
    case 'NewExpression':
      if (!isInertConstruction(walk, node)) graph.mayRun();
      visitOperand(walk, node.callee, node);
      for (const argument of node.arguments) visitOperand(walk, argument, node);
      return;
    case 'TaggedTemplateExpression':
      graph.mayRun();
      visitOperand(walk, node.tag, node);
      for (const expression of node.quasi.expressions) visitOperand(walk, expression, node);
      return;
    case 'AssignmentExpression':
      visitAssignment(walk, node, parent);
      return;
    case 'UpdateExpression':
      visitUpdate(walk, node, parent);
      return;
    case 'FunctionExpression':
      if (node.id == null) visitFunction(walk, node);
      else {
        const { name } = node.id;
        walk.inScope(() => {
          walk.declare(name, 'function');
          walk.selfNamed += 1;
          visitFunction(walk, node);
          walk.selfNamed -= 1;
        });
      }
      return;
    case 'ArrowFunctionExpression':
      visitFunction(walk, node);
      return;
    case 'ClassExpression':
      visitClass(walk, node, null);
      return;
    case 'UnaryExpression':
      visitUnary(walk, node);
      return;
    case 'AwaitExpression':
      graph.mayRun();
      if (walk.functionDepth === 0) walk.hasTLA = true;
      visitOperand(walk, node.argument, node);
      return;
    case 'YieldExpression':
      visitOperand(walk, node.argument, node);
      return;
    default:
      visitStatement(walk, node);
  }
}

/** acorn knows more regular expressions than this V8, which gave it no value. */
function refuseRegularExpression(walk: Walk, { regex, start }: Literal): void {
  let reason = '';
  try {
    new RegExp(regex?.pattern ?? '', regex?.flags);
  } catch (error) {
    reason = error instanceof Error ? (error.message.split(': ').at(-1) ?? '') : '';
  }
  walk.unsupported.push({
    code: 'UNSUPPORTED_SYNTAX',
    message: `Node ${process.versions.node} does not know this regular expression: ${reason}`,
    hint: 'Write it in another way, or run a newer Node.',
    offset: start,
  });
}

function visitImportCall(walk: Walk, node: ImportExpression): void {
  walk.graph.mayRun();
  walk.graph.imports(walk.selfNamed > 0);
  const afterKeyword = node.start + 'import'.length;
  const parenthesis = walk.source.indexOf('(', afterKeyword);
  const between = walk.source.slice(afterKeyword, parenthesis);
  walk.edits.replace(node.start, parenthesis, `${walk.names.helper('m')}.import${between}`);
  visitOperand(walk, node.source, node);
  visitOperand(walk, node.options, node);
}

function visitMember(walk: Walk, node: MemberExpression, parent: AnyNode | null): void {
  if (!isInertMember(walk, node) && !isHotMember(walk, node)) walk.graph.mayRun();
  if (isNamespaceMember(walk, node) && node.object.type === 'Identifier') {
    walk.refer(node.object, parent).member = node;
    return;
  }
  visitOperand(walk, node.object, node);
  if (node.computed) visitOperand(walk, node.property, node);
}

/** `ns.member`, where `ns` is a namespace import unless a nearer scope declares it. */
function isNamespaceMember(walk: Walk, node: MemberExpression): boolean {
  if (node.computed || node.optional || node.object.type !== 'Identifier') return false;
  const index = walk.entries.importOf.get(node.object.name);
  return index !== undefined && walk.entries.imports[index]?.name === null;
}

function visitProperty(walk: Walk, node: Property | AssignmentProperty): void {
  if (node.computed) {
    if (!isPrimitive(walk, node.key)) walk.graph.mayRun();
    visitOperand(walk, node.key, node);
  }
  if (node.shorthand && node.value.type === 'Identifier') walk.refer(node.value, node).shorthand = true;
  else visit(walk, node.value, node);
}

function visitCall(walk: Walk, node: CallExpression): void {
  const { graph } = walk;
  const { callee } = node;
  if (isTransparentCall(walk, node) && callee.type === 'MemberExpression') {
    visitOperand(walk, callee.object, callee);
    for (const argument of node.arguments) visit(walk, argument, node);
    return;
  }
  if (!isInertCall(walk, node) && !isHotCall(walk, node)) graph.mayRun();
  if (callee.type === 'Identifier' && callee.name === 'eval') {
    walk.warnings.push({ code: 'DIRECT_EVAL', name: 'eval', at: callee.start });
  }
  visitOperand(walk, callee, node);
  const importEntry = graph.deferred ? undefined : callbackTaker(walk, node);
  for (const argument of node.arguments) {
    if (importEntry === undefined) visitOperand(walk, argument, node);
    else if (holdsFunctions(argument)) {
      const body = isFunction(argument) && maySetUp(walk, importEntry) ? argument.body : undefined;
      const put = body === undefined ? undefined : (mark: string) => walk.edits.open(body.start, mark);
      graph.callback(importEntry, () => visit(walk, argument, node), put);
    } else if (argument.type === 'Identifier' && walk.scope.lookUp(argument.name) === walk.moduleScope) {
      const region = graph.passed(importEntry);
      walk.refer(argument, node).passed = region;
      if (maySetUp(walk, importEntry)) walk.setUps.push({ name: argument.name, region });
    } else visitOperand(walk, argument, node);
  }
}

/**
 * Whether what is called can be `effect` or `own` of `rekindle/script`, also through modules of the author's that export them
 * again, under whatever name; whether it is, the linker knows. A mark in the text of another function does no harm.
 */
function maySetUp({ entries }: Walk, importEntry: number | null): boolean {
  const entry = importEntry === null ? undefined : entries.imports[importEntry];
  if (entry === undefined) return false;
  if (entry.name === 'effect' || entry.name === 'own') return true;
  return entries.requests[entry.request]?.specifier.startsWith('.') === true;
}

/**
 * Marks the functions that effects are given by name. One that is ever written may be another function by then: it goes
 * without, and its module runs.
 */
export function markSetUps({ setUps, functions, writes, references, graph, edits }: Walk): void {
  if (setUps.length === 0) return;
  const written = new Set(writes.flatMap(({ references }) => references.map(({ name }) => name)));
  for (const { name, write } of references) if (write) written.add(name);
  for (const { name, region } of setUps) {
    const start = functions.get(name);
    if (start !== undefined && !written.has(name)) edits.open(start, graph.mark(region));
  }
}

export function isFunction(node: AnyNode): node is ArrowFunctionExpression | FunctionExpression {
  return node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';
}

/** The import entry that is called, null for what never calls at once, undefined for everything else. */
function callbackTaker(walk: Walk, { callee }: CallExpression): number | null | undefined {
  if (callee.type === 'Identifier') {
    const scope = walk.scope.lookUp(callee.name);
    if (scope === null) {
      if (!DEFERRING.has(callee.name)) return undefined;
      walk.graph.assumeGlobal(callee.name);
      return null;
    }
    return scope === walk.moduleScope ? walk.entries.importOf.get(callee.name) : undefined;
  }
  if (callee.type !== 'MemberExpression') return undefined;
  if (isHotMember(walk, callee)) return null;
  if (!isNamespaceMember(walk, callee)) return undefined;
  const { object, property } = callee;
  if (object.type !== 'Identifier' || property.type !== 'Identifier') return undefined;
  if (walk.scope.lookUp(object.name) !== walk.moduleScope) return undefined;
  return walk.entries.memberOf(object.name, property.name, callee.start);
}

function holdsFunctions(argument: AnyNode): boolean {
  switch (argument.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return true;
    case 'ObjectExpression':
      return argument.properties.some((property) => property.type === 'Property' && holdsFunctions(property.value));
    case 'ArrayExpression':
      return argument.elements.some((element) => element !== null && holdsFunctions(element));
    default:
      return false;
  }
}

function visitAssignment(walk: Walk, node: AssignmentExpression, parent: AnyNode | null): void {
  if (node.operator !== '=') walk.graph.mayRun();
  const references: Reference[] = [];
  walk.writes.push({ form: 'assignment', node, references, unused: isUnused(node, parent) });
  visitTarget(walk, node.left, references);
  visitOperand(walk, node.right, node);
}

function visitUpdate(walk: Walk, node: UpdateExpression, parent: AnyNode | null): void {
  walk.graph.mayRun();
  const references: Reference[] = [];
  const form = node.prefix ? 'prefix' : 'postfix';
  walk.writes.push({ form, node, references, unused: isUnused(node, parent) });
  visitTarget(walk, node.argument, references);
}

/** Nobody reads the value: it is a whole statement, or the step of a `for`. */
function isUnused(node: AnyNode, parent: AnyNode | null): boolean {
  return parent?.type === 'ExpressionStatement' || (parent?.type === 'ForStatement' && parent.update === node);
}

function visitUnary(walk: Walk, node: UnaryExpression): void {
  const { argument } = node;
  switch (node.operator) {
    case 'delete':
      walk.graph.mayRun();
      if (argument.type !== 'MemberExpression') break;
      visitOperand(walk, argument.object, node);
      if (argument.computed) visitOperand(walk, argument.property, node);
      return;
    case 'typeof':
    case 'void':
    case '!':
      break;
    default:
      if (!isPrimitive(walk, argument)) walk.graph.mayRun();
  }
  visitOperand(walk, argument, node);
}
