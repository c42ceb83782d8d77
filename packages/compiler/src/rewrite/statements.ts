/**
 * The walk over statements and declarations inside them; the items of the module itself are in `module-items.ts`.
 */

import type {
  AnyNode,
  BlockStatement,
  DoWhileStatement,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  LabeledStatement,
  Statement,
  StaticBlock,
  VariableDeclaration,
  WhileStatement,
} from 'acorn';
import { isBounded } from './bounded-loop.ts';
import { disposeOfBlock, disposeOfLoop, disposeOfTurn } from './disposal.ts';
import { visit, visitOperand } from './expressions.ts';
import { visitClass, visitFunction } from './functions.ts';
import { boundNames, visitBindingPattern, visitTarget } from './patterns.ts';
import type { Reference, Walk } from './walk.ts';

type Loop = DoWhileStatement | ForInStatement | ForOfStatement | ForStatement | WhileStatement;

/** The statements between two braces, which begin a scope. */
export function visitBlock(walk: Walk, { body, start, end }: BlockStatement | StaticBlock): void {
  disposeOfBlock(walk, body, walk.source.indexOf('{', start) + 1, end - 1);
  visitStatements(walk, body);
}

function visitStatements(walk: Walk, list: readonly Statement[]): void {
  let previous: Statement | null = null;
  for (const statement of list) {
    guardAgainstContinuation(walk, statement, previous);
    visit(walk, statement, null);
    previous = statement;
  }
}

/** Notes an expression statement that, once it began with `(`, would continue the statement before it. */
export function guardAgainstContinuation(walk: Walk, statement: AnyNode, previous: AnyNode | null): void {
  if (statement.type !== 'ExpressionStatement' || previous === null) return;
  if (walk.source[previous.end - 1] !== ';') walk.guardable.add(statement.start);
}

export function visitStatement(walk: Walk, node: AnyNode): void {
  const { graph } = walk;
  switch (node.type) {
    case 'EmptyStatement':
    case 'DebuggerStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return;
    case 'ExpressionStatement':
      visit(walk, node.expression, node);
      return;
    case 'LabeledStatement':
      walk.labelled = isLabelledLoop(node) ? (walk.labelled ?? node) : null;
      visit(walk, node.body, node);
      walk.labelled = null;
      return;
    case 'ReturnStatement':
    case 'ThrowStatement':
      visitOperand(walk, node.argument, node);
      return;
    case 'IfStatement':
      visitOperand(walk, node.test, node);
      visit(walk, node.consequent, node);
      visit(walk, node.alternate, node);
      return;
    case 'FunctionDeclaration':
      if (node.id !== null) walk.declare(node.id.name, 'function');
      visitFunction(walk, node);
      return;
    case 'ClassDeclaration':
      if (node.id !== null) walk.declare(node.id.name, 'class');
      visitClass(walk, node, null);
      return;
    case 'VariableDeclaration':
      visitVariables(walk, node);
      return;
    case 'BlockStatement':
      walk.inScope(() => visitBlock(walk, node));
      return;
    case 'SwitchStatement':
      visitOperand(walk, node.discriminant, node);
      walk.inScope(() => {
        for (const clause of node.cases) {
          visitOperand(walk, clause.test, clause);
          visitStatements(walk, clause.consequent);
        }
      });
      return;
    case 'TryStatement':
      visit(walk, node.block, node);
      visit(walk, node.handler, node);
      visit(walk, node.finalizer, node);
      return;
    case 'CatchClause':
      walk.inScope(() => {
        const { param, body } = node;
        if (param != null) {
          boundNames(param, ({ name }) => walk.declare(name, 'let'));
          visitBindingPattern(walk, param);
        }
        walk.inScope(() => visitBlock(walk, body));
      });
      return;
    case 'WhileStatement':
    case 'DoWhileStatement':
      graph.mayLoop();
      visitOperand(walk, node.test, node);
      visitLoopBody(walk, node);
      return;
    case 'ForStatement': {
      const bounded = isBounded(node);
      if (!bounded) graph.mayLoop();
      disposeOfLoop(walk, node, walk.labelled ?? node);
      walk.labelled = null;
      walk.inScope(() => {
        visit(walk, node.init, node);
        visitOperand(walk, node.test, node);
        visitOperand(walk, node.update, node);
        if (bounded) visit(walk, node.body, node);
        else visitLoopBody(walk, node);
      });
      return;
    }
    case 'ForInStatement':
      visitForHead(walk, node);
      return;
    case 'ForOfStatement':
      if (node.await && walk.functionDepth === 0) walk.hasTLA = true;
      visitForHead(walk, node);
      return;
    default:
      // every node that a parsed module can hold has its case; what a later acorn adds must not pass unseen
      throw new TypeError(`The rewrite does not know the node '${node.type}'`);
  }
}

/** Labels and nothing else before a `for`. */
function isLabelledLoop({ body }: LabeledStatement): boolean {
  return body.type === 'ForStatement' || (body.type === 'LabeledStatement' && isLabelledLoop(body));
}

/** A declaration that is not an item of the module: only its `var` names can be bindings of the module. */
function visitVariables(walk: Walk, node: VariableDeclaration): void {
  if (node.kind === 'await using' && walk.functionDepth === 0) walk.hasTLA = true;
  for (const declarator of node.declarations) {
    const references: Reference[] = [];
    boundNames(declarator.id, (name) => {
      walk.declare(name.name, node.kind);
      if (node.kind === 'var' && declarator.init != null) references.push(initialisation(walk, name));
    });
    visitBindingPattern(walk, declarator.id);
    visit(walk, declarator.init, declarator);
    if (references.length > 0) walk.writes.push({ form: 'declarator', node: declarator, references });
  }
}

export function initialisation(walk: Walk, name: Parameters<Walk['refer']>[0]): Reference {
  const reference = walk.refer(name, null);
  reference.declaration = true;
  reference.write = true;
  return reference;
}

function visitForHead(walk: Walk, node: ForInStatement | ForOfStatement): void {
  walk.graph.mayRun();
  walk.graph.mayLoop();
  walk.inScope(() => {
    const { left } = node;
    const references: Reference[] = [];
    if (left.type === 'VariableDeclaration') {
      if (left.kind === 'await using' && walk.functionDepth === 0) walk.hasTLA = true;
      for (const declarator of left.declarations) {
        boundNames(declarator.id, (name) => {
          walk.declare(name.name, left.kind);
          if (left.kind === 'var') references.push(initialisation(walk, name));
        });
        visitBindingPattern(walk, declarator.id);
        visit(walk, declarator.init, declarator);
      }
      disposeOfTurn(walk, left, node.body);
    } else visitTarget(walk, left, references);
    visitOperand(walk, node.right, node);
    if (references.length > 0) walk.writes.push({ form: 'head', body: node.body, references });
    visitLoopBody(walk, node);
  });
}

/** Each turn is counted where the body begins, outside of every `try` in it. */
function visitLoopBody(walk: Walk, loop: Loop): void {
  const { body } = loop;
  const counter = walk.names.helper('l');
  const count = `if(--${counter}.left<0)${counter}.check();`;
  walk.loops = true;
  if (body.type === 'BlockStatement') walk.edits.close(body.start + 1, count);
  else {
    walk.edits.open(body.start, `{${count}`);
    walk.edits.close(body.end, '}');
  }
  visit(walk, body, loop);
}
