/**
 * The walk over the items of the module itself: imports disappear, exports lose their keyword, every other item is one
 * statement of the mention graph.
 *
 * A class or an expression that is exported as default becomes `const $0d=…`, in a form in which the language itself
 * gives an anonymous function or class the name `default`.
 */

import type { ExportDefaultDeclaration, Expression, Program, VariableDeclaration, VariableDeclarator } from 'acorn';
import { expectDecorated } from './classes.ts';
import { isFunction, visit } from './expressions.ts';
import { visitClass, visitFunction } from './functions.ts';
import { noteHotConstant } from './hot-members.ts';
import { isPrimitive } from './inert.ts';
import { boundNames, isAnonymousFunctionDefinition, visitBindingPattern } from './patterns.ts';
import { guardAgainstContinuation, initialisation } from './statements.ts';
import { DEFAULT_BINDING, type Reference, type Walk } from './walk.ts';

type Item = Program['body'][number];

/** Declares what the module's items declare, before any code is looked at. */
export function declareItems(walk: Walk, program: Program): void {
  for (const local of walk.entries.importOf.keys()) walk.declare(local, 'import');
  for (const item of program.body) {
    const declaration =
      (item.type === 'ExportNamedDeclaration' || item.type === 'ExportDefaultDeclaration') && item.declaration != null
        ? item.declaration
        : item;
    switch (declaration.type) {
      case 'VariableDeclaration':
        for (const { id } of declaration.declarations) {
          boundNames(id, ({ name }) => walk.declare(name, declaration.kind));
        }
        break;
      case 'FunctionDeclaration':
        walk.declare(declaration.id?.name ?? DEFAULT_BINDING, 'function');
        break;
      case 'ClassDeclaration':
        if (declaration.id !== null) walk.declare(declaration.id.name, 'class');
        else walk.declare(DEFAULT_BINDING, 'default');
        break;
      default:
        if (item.type === 'ExportDefaultDeclaration') walk.declare(DEFAULT_BINDING, 'default');
    }
  }
}

/** Returns what has to stand before the first `yield` besides the publication of functions. */
export function visitItems(walk: Walk, program: Program): string {
  let hoisted = '';
  let previous: Item | null = null;
  for (const item of program.body) {
    guardAgainstContinuation(walk, item, previous);
    expectDecorated(walk, item);
    hoisted += visitItem(walk, item);
    walk.topClasses.decorated(walk, item);
    previous = item;
  }
  return hoisted;
}

function visitItem(walk: Walk, item: Item): string {
  const { source, edits, graph } = walk;
  switch (item.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      edits.blank(source, item.start, item.end, ';');
      return '';
    case 'ExportNamedDeclaration': {
      const { declaration } = item;
      if (declaration == null) edits.blank(source, item.start, item.end, ';');
      else {
        edits.blank(source, item.start, declaration.start);
        if (declaration.type === 'VariableDeclaration') {
          for (const { id } of declaration.declarations) {
            boundNames(id, ({ name, start }) => walk.entries.exportLocal(name, name, start));
          }
        } else walk.entries.exportLocal(declaration.id.name, declaration.id.name, declaration.id.start);
        visitItem(walk, declaration);
      }
      return '';
    }
    case 'ExportDefaultDeclaration':
      return visitDefault(walk, item);
    case 'VariableDeclaration':
      if (item.kind === 'await using') walk.hasTLA = true;
      for (const declarator of item.declarations) visitDeclarator(walk, item.kind, declarator);
      return '';
    case 'FunctionDeclaration':
      graph.begin(item.id.name);
      walk.functions.set(item.id.name, item.body.start);
      visitFunction(walk, item);
      return '';
    case 'ClassDeclaration':
      graph.begin(item.id.name);
      walk.topClasses.name(item, item.id.name);
      visitClass(walk, item, item.id.name);
      return '';
    default:
      graph.begin(null);
      visit(walk, item, null);
      return '';
  }
}

/** Each declarator is a statement of its own, whose value is its binding. */
function visitDeclarator(walk: Walk, kind: VariableDeclaration['kind'], node: VariableDeclarator): void {
  const { id, init } = node;
  walk.graph.begin(id.type === 'Identifier' ? id.name : null);
  if (kind === 'using' || kind === 'await using') walk.graph.mayRun();
  const references: Reference[] = [];
  boundNames(id, (name) => {
    if (id.type !== 'Identifier') walk.graph.statement?.also.push(name.name);
    if (kind === 'var' && init != null) references.push(initialisation(walk, name));
  });
  visitBindingPattern(walk, id);
  if (id.type === 'Identifier' && init?.type === 'ClassExpression') walk.topClasses.name(init, id.name);
  visit(walk, init, node);
  if (references.length > 0) walk.writes.push({ form: 'declarator', node, references });
  if (kind === 'const') noteHotConstant(walk, node);
  if (kind === 'const' && id.type === 'Identifier' && init != null && isFunction(init)) {
    walk.functions.set(id.name, init.body.start);
  }
  if (kind === 'const' && id.type === 'Identifier' && init != null && isPrimitive(walk, init)) {
    walk.primitives.add(id.name);
  }
}

function visitDefault(walk: Walk, item: ExportDefaultDeclaration): string {
  const { edits, graph, names, source } = walk;
  const { declaration } = item;
  const named = 'id' in declaration && declaration.id != null && declaration.type.endsWith('Declaration');
  const local = named ? (declaration.id?.name as string) : DEFAULT_BINDING;
  walk.entries.exportLocal('default', local, declaration.start);
  graph.begin(local);

  if (declaration.type === 'FunctionDeclaration') {
    edits.blank(source, item.start, declaration.start);
    visitFunction(walk, declaration);
    if (named) return '';
    edits.close(source.indexOf('(', declaration.start), ` ${names.helper('d')}`);
    return `${names.helper('m')}.name(${names.helper('d')});`;
  }
  if (declaration.type === 'ClassDeclaration') {
    if (named) edits.blank(source, item.start, declaration.start);
    else {
      edits.blank(source, item.start, declaration.start, `const ${names.helper('d')}={default:`);
      edits.close(declaration.end, '}.default', 1);
    }
    walk.topClasses.name(declaration, named ? local : 'default');
    visitClass(walk, declaration, local);
    return '';
  }
  visitDefaultExpression(walk, item, declaration);
  return '';
}

function visitDefaultExpression(walk: Walk, item: ExportDefaultDeclaration, expression: Expression): void {
  const { edits, names, source } = walk;
  const anonymous = isAnonymousFunctionDefinition(expression);
  // what stands between `default` and the expression, parentheses above all, stays
  const keywords = /^export(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*default/.exec(
    source.slice(item.start, expression.start),
  );
  const from = item.start + (keywords?.[0].length ?? 0);
  if (expression.type === 'ClassExpression') walk.topClasses.name(expression, 'default');
  edits.blank(source, item.start, from, `const ${names.helper('d')}=${anonymous ? '{default:(' : '('}`);
  visit(walk, expression, null);
  const end = source[item.end - 1] === ';' ? item.end - 1 : item.end;
  edits.close(end, anonymous ? ')}.default' : ')', 1);
}
