/**
 * Writing exported bindings to their cells: wherever a local that is exported gets a value, its cells get it too.
 *
 * The cell is always written after the expression that gives the value, never as the target of the same assignment:
 * `cell.v = x = await f()` would take the cell before the await, and a version that waits would write into the cell of
 * its successor. In an assignment pattern the target itself becomes one that also writes the cells, so that what was
 * assigned before a pattern throws is published.
 */

import type { Identifier, Program, VariableDeclaration } from 'acorn';
import { boundNames } from './patterns.ts';
import { DEFAULT_BINDING, type Reference, type Walk, type Write } from './walk.ts';

/** A target in an assignment pattern that writes a binding and its cells. */
export function publishingTarget(walk: Walk, local: string): string {
  const given = walk.names.helper('v');
  return `{set v(${given}){${local}=${given};${publish(walk, local)}}}.v`;
}

/** `$0e0.v=$0e1.v=value`: all cells of one local. */
function publish(walk: Walk, local: string, value = variableOf(walk, local)): string {
  let text = '';
  for (const cell of walk.entries.cellsOf.get(local) ?? []) text += `${walk.names.helper(`e${cell}`)}.v=`;
  return text + value;
}

function publishAll(walk: Walk, locals: readonly string[], separator: string): string {
  return locals.map((local) => publish(walk, local)).join(separator);
}

/** The variable that holds a binding. */
function variableOf(walk: Walk, local: string): string {
  return local === DEFAULT_BINDING ? walk.names.helper('d') : local;
}

/** What stands before the first `yield`: functions are there before any code runs, `var` is undefined. */
export function hoistedPublications(walk: Walk): string {
  let text = '';
  for (const local of walk.entries.cellsOf.keys()) {
    const kind = walk.moduleScope.names?.get(local);
    if (kind === 'function') text += `${publish(walk, local)};`;
    else if (kind === 'var') text += `${publish(walk, local, 'void 0')};`;
  }
  return text;
}

/** Behind a declaration as a statement of its own; most end in a semicolon already. */
function publishBehind(walk: Walk, end: number, locals: readonly string[]): void {
  const separator = walk.source[end - 1] === ';' ? '' : ';';
  walk.edits.close(end, `${separator}${publishAll(walk, locals, ';')};`, 3);
}

/** Cell writes behind every declaration that initialises an exported binding. */
export function publishDeclarations(walk: Walk, program: Program): void {
  for (const item of program.body) {
    if (item.type === 'ExportDefaultDeclaration') {
      const { declaration } = item;
      const local =
        (declaration.type === 'ClassDeclaration' || declaration.type === 'FunctionDeclaration') &&
        declaration.id !== null
          ? declaration.id.name
          : DEFAULT_BINDING;
      if (declaration.type !== 'FunctionDeclaration') publishBehind(walk, item.end, [local]);
      continue;
    }
    const declaration = item.type === 'ExportNamedDeclaration' && item.declaration != null ? item.declaration : item;
    if (declaration.type === 'ClassDeclaration') {
      const local = declaration.id?.name;
      if (local !== undefined && walk.entries.cellsOf.has(local)) {
        publishBehind(walk, declaration.end, [local]);
      }
    } else if (declaration.type === 'VariableDeclaration' && declaration.kind !== 'var') {
      publishVariables(walk, declaration);
    }
  }
}

function publishVariables(walk: Walk, declaration: VariableDeclaration): void {
  const { declarations } = declaration;
  for (const [index, declarator] of declarations.entries()) {
    const locals: string[] = [];
    boundNames(declarator.id, ({ name }: Identifier) => {
      if (walk.entries.cellsOf.has(name)) locals.push(name);
    });
    if (locals.length === 0) continue;
    // the initialiser of the next declarator may already call what reads the cell
    if (index === declarations.length - 1) publishBehind(walk, declaration.end, locals);
    else walk.edits.close(declarator.end, asDeclarator(walk, locals), 2);
  }
}

function asDeclarator(walk: Walk, locals: readonly string[]): string {
  return `,${walk.names.fresh('k')}=(${publishAll(walk, locals, ',')})`;
}

/** Cell writes at every other place that may assign an exported binding. */
export function publishWrites(walk: Walk): void {
  for (const write of walk.writes) {
    const locals = exportedOf(walk, write.references);
    if (locals.length > 0) publishWrite(walk, write, locals);
  }
}

function publishWrite(walk: Walk, write: Write, locals: readonly string[]): void {
  const { edits } = walk;
  if (write.form === 'declarator') {
    edits.close(write.node.end, asDeclarator(walk, locals), 1);
    return;
  }
  if (write.form === 'head') {
    edits.open(write.body.start, `{${publishAll(walk, locals, ';')};`);
    edits.close(write.body.end, '}');
    return;
  }
  const { node, unused } = write;
  const cells = publishAll(walk, locals, ',');
  if (unused) edits.close(node.end, `,${cells}`);
  else if (write.form === 'assignment' || write.form === 'prefix') {
    edits.open(node.start, '(');
    edits.close(node.end, `,${cells})`);
  } else {
    // the value is the one before the update: `keep` gives back its first argument
    edits.open(node.start, `${walk.names.helper('m')}.keep(`);
    edits.close(node.end, `,${cells})`);
  }
}

function exportedOf(walk: Walk, references: readonly Reference[]): string[] {
  const locals: string[] = [];
  for (const { name, scope } of references) {
    if (!walk.entries.cellsOf.has(name) || locals.includes(name)) continue;
    if (scope.lookUp(name) === walk.moduleScope) locals.push(name);
  }
  return locals;
}
