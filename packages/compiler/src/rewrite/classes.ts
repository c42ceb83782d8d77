/**
 * The classes that stand at the module's top level: each tells the linker when it has been defined, and how living
 * objects of an earlier version get the fields that it has and they lack.
 *
 * A class itself stays as it is but for a static block at its end. The initialisers of its fields are copied behind the
 * module's text, where they lengthen no line and move none: in the class they cannot be reached without making an object.
 */

import type {
  AnonymousClassDeclaration,
  AnyNode,
  AssignmentExpression,
  ClassDeclaration,
  ClassExpression,
  Expression,
  MemberExpression,
  MethodDefinition,
  Program,
  PropertyDefinition,
} from 'acorn';
import type { ClassEntry, ClassMark, EmittedPosition } from '../artifact.ts';
import type { Stretch } from './edits.ts';
import { INERT_CONSTRUCTORS } from './global-names.ts';
import { isAnonymousFunctionDefinition } from './patterns.ts';
import type { Walk } from './walk.ts';

export type ClassNode = ClassDeclaration | AnonymousClassDeclaration | ClassExpression;
type Item = Program['body'][number];

interface Field {
  readonly name: string;
  readonly value: Expression | null;
  /** It holds a function of its version. */
  readonly code: boolean;
  /** An object can be given it after it was made. */
  readonly copied: boolean;
  readonly at: EmittedPosition;
}

/** Behind everything else that is put where a class or a statement ends. */
const LAST = 8;

export class TopClasses {
  readonly entries: ClassEntry[] = [];
  /** Class expressions that are the value of a top-level binding. */
  readonly #named = new Map<AnyNode, string>();
  readonly #initialisers: { readonly index: number; readonly node: ClassNode; readonly fields: readonly Field[] }[] =
    [];
  readonly #indexOf = new Map<string, number>();

  /** Says that this class is that of a top-level binding. */
  name(node: AnyNode, name: string): void {
    this.#named.set(node, name);
  }

  /** Notes a class that `name` was called for, and has it tell the linker. */
  add(walk: Walk, node: ClassNode): void {
    const name = this.#named.get(node);
    if (name === undefined || this.#indexOf.has(name)) return;
    const index = this.entries.length;
    this.#indexOf.set(name, index);
    const fields = fieldsOf(walk, node);
    const hidden = firstPrivate(node);
    this.entries.push({
      name,
      at: walk.entries.at((node.id ?? node).start),
      fields: [...new Set(fields.map((field) => field.name))],
      private: hidden === undefined ? null : walk.entries.at(hidden.key.start),
      marks: fields.flatMap(marksOf),
    });
    const copied = hidden === undefined ? fields.filter(({ copied: can }) => can) : [];
    let given = '';
    if (copied.length > 0) {
      this.#initialisers.push({ index, node, fields: copied });
      given = `,${walk.names.helper(`i${index}`)}`;
    }
    const define = `${walk.names.helper('m')}.define(${index},this${given})`;
    walk.edits.close(node.body.end - 1, `;static{${define}}`, LAST);
  }

  /** What of a statement may be the decorated form of a class that was defined before: tells the linker of it. */
  decorated(walk: Walk, item: Item): void {
    const found = decoratedIn(item);
    const index = found === undefined ? undefined : this.#indexOf.get(found.name);
    if (found === undefined || index === undefined) return;
    walk.edits.close(item.end, `;${walk.names.helper('m')}.define(${index},${found.variable});`, LAST);
  }

  /** Functions that make the initialisers; `output` is the length of the text before them. */
  emit(walk: Walk, output: number, stretches: Stretch[] | undefined): string {
    let text = '';
    const add = (more: string, at: number) => {
      stretches?.push({ output: output + text.length, source: at, length: 0, moved: true });
      text += more;
    };
    for (const { index, node, fields } of this.#initialisers) {
      add(`function ${walk.names.helper(`i${index}`)}(${node.id?.name ?? ''}){return{`, node.start);
      for (const { name, value } of fields) {
        const key = JSON.stringify(name);
        if (value === null) add(`${key}(){},`, node.start);
        else {
          // an anonymous function takes the name of its field
          const anonymous = isAnonymousFunctionDefinition(value);
          add(`${key}(){return(${anonymous ? `{[${key}]:` : ''}`, value.start);
          text += walk.edits.copy(walk.source, value.start, value.end, output + text.length, stretches);
          add(`${anonymous ? `}[${key}]` : ''})},`, value.end);
        }
      }
      add('}}', node.end);
    }
    return text;
  }
}

/** Looks at a statement before it is walked: which class expressions in it are those of top-level bindings. */
export function expectDecorated(walk: Walk, item: Item): void {
  // what SWC makes of a decorated class with static members: `new class extends identity { static [class A {…}]; … }()`
  if (item.type !== 'ExpressionStatement' || item.expression.type !== 'NewExpression') return;
  const inner = wrappedClass(item.expression.callee);
  if (inner?.id != null) walk.topClasses.name(inner, inner.id.name);
}

function wrappedClass(callee: AnyNode): ClassExpression | undefined {
  if (callee.type !== 'ClassExpression') return undefined;
  for (const element of callee.body.body) {
    if (element.type === 'PropertyDefinition' && element.static && element.key.type === 'ClassExpression') {
      return element.key;
    }
  }
  return undefined;
}

/** The name of a class and the variable that holds what its decorators made of it. */
function decoratedIn(item: Item): { readonly name: string; readonly variable: string } | undefined {
  const node = item.type === 'ExportNamedDeclaration' && item.declaration != null ? item.declaration : item;
  if (node.type === 'ExpressionStatement') {
    const { expression } = node;
    if (expression.type === 'AssignmentExpression' && expression.left.type === 'Identifier') {
      return { name: expression.left.name, variable: expression.left.name };
    }
    if (expression.type !== 'NewExpression') return undefined;
    const inner = wrappedClass(expression.callee);
    return inner === undefined ? undefined : decoratedBy(inner);
  }
  return node.type === 'ClassDeclaration' ? decoratedBy(node) : undefined;
}

/** In `static { ({ c: [variable, initialise] } = applyDecorators(…)) }`, the variable. */
function decoratedBy(node: ClassNode): { readonly name: string; readonly variable: string } | undefined {
  const [first] = node.body.body;
  const statement = first?.type === 'StaticBlock' ? first.body[0] : undefined;
  if (node.id == null || statement?.type !== 'ExpressionStatement') return undefined;
  const { expression } = statement;
  const assignment = expression.type === 'ParenthesizedExpression' ? expression.expression : expression;
  if (assignment.type !== 'AssignmentExpression' || assignment.left.type !== 'ObjectPattern') return undefined;
  for (const property of assignment.left.properties) {
    if (property.type !== 'Property' || property.value.type !== 'ArrayPattern') continue;
    const [variable] = property.value.elements;
    const isClass = property.key.type === 'Identifier' && property.key.name === 'c';
    if (isClass && variable?.type === 'Identifier') return { name: node.id.name, variable: variable.name };
  }
  return undefined;
}

/** The first member that is an object's own secret; static ones belong to the class. */
function firstPrivate({ body }: ClassNode): MethodDefinition | PropertyDefinition | undefined {
  for (const element of body.body) {
    if (element.type === 'StaticBlock' || element.static) continue;
    if (element.key.type === 'PrivateIdentifier') return element;
  }
  return undefined;
}

function marksOf({ name, code, copied, at }: Field): ClassMark[] {
  const marks: ClassMark[] = [];
  if (code) marks.push({ name, why: 'code', at });
  if (!copied) marks.push({ name, why: 'fixed', at });
  return marks;
}

/** Declared fields, and properties that the constructor gives every object. */
function fieldsOf(walk: Walk, { body }: ClassNode): Field[] {
  const fields: Field[] = [];
  for (const element of body.body) {
    if (element.type !== 'PropertyDefinition' || element.static) continue;
    const { key, value = null } = element;
    // SWC makes computed keys of strings
    if (key.type === 'PrivateIdentifier' || (element.computed && key.type !== 'Literal')) continue;
    const name = key.type === 'Identifier' ? key.name : String((key as { value?: unknown }).value);
    const copied = value === null || !namesPrivate(walk, value);
    fields.push({ name, value, code: value !== null && isCode(value), copied, at: walk.entries.at(key.start) });
  }
  for (const element of body.body) {
    if (element.type === 'MethodDefinition' && element.kind === 'constructor') fields.push(...assigned(walk, element));
  }
  return fields;
}

/** `this.name = value;` as a statement of the constructor itself. */
function assigned(walk: Walk, { value }: MethodDefinition): Field[] {
  const fields: Field[] = [];
  for (const statement of value.body.body) {
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression') continue;
    const { left, right, operator } = statement.expression as AssignmentExpression;
    if (operator !== '=' || left.type !== 'MemberExpression' || left.computed) continue;
    if (left.object.type !== 'ThisExpression' || left.property.type !== 'Identifier') continue;
    const copied = isPlain(right) || isOwnMethodBound(right);
    const at = walk.entries.at(left.property.start);
    fields.push({ name: left.property.name, value: right, code: isCode(right), copied, at });
  }
  return fields;
}

/** A private name cannot be written outside of its class; one in a string is taken for one. */
function namesPrivate(walk: Walk, { start, end }: Expression): boolean {
  return /#[\p{ID_Start}$_\\]/u.test(walk.source.slice(start, end));
}

/** A function, or what `bind` makes of one. */
function isCode(value: Expression): boolean {
  if (value.type === 'ArrowFunctionExpression' || value.type === 'FunctionExpression') return true;
  return value.type === 'CallExpression' && isMember(value.callee, 'bind');
}

/** `this.step.bind(this)`. */
function isOwnMethodBound(value: Expression): boolean {
  if (value.type !== 'CallExpression' || !isMember(value.callee, 'bind')) return false;
  const { object } = value.callee;
  const [self, ...more] = value.arguments;
  return (
    object.type === 'MemberExpression' &&
    !object.computed &&
    object.object.type === 'ThisExpression' &&
    object.property.type === 'Identifier' &&
    self?.type === 'ThisExpression' &&
    more.length === 0
  );
}

function isMember(node: AnyNode, name: string): node is MemberExpression {
  return (
    node.type === 'MemberExpression' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    node.property.name === name
  );
}

/** Says the same whenever and wherever it is evaluated: it needs nothing of the constructor. */
function isPlain(node: AnyNode): boolean {
  switch (node.type) {
    case 'Literal':
      return true;
    case 'Identifier':
      return node.name === 'undefined';
    case 'TemplateLiteral':
      return node.expressions.every(isPlain);
    case 'UnaryExpression':
      return isPlain(node.argument);
    case 'ArrayExpression':
      return node.elements.every((element) => element !== null && isPlain(element));
    case 'ObjectExpression':
      return node.properties.every((one) => one.type === 'Property' && !one.computed && isPlain(one.value));
    case 'NewExpression':
      return (
        node.callee.type === 'Identifier' && INERT_CONSTRUCTORS.has(node.callee.name) && node.arguments.every(isPlain)
      );
    default:
      return false;
  }
}
