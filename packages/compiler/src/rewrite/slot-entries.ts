/**
 * The slots that a module asks for at its top level, as far as its text tells: name, place, version, and the shape that
 * `init` writes down.
 *
 * Only `state(…)` of `rekindle/script`, called directly, with a name in quotes, is known; what `init` calls or computes
 * is unknown, and nothing is concluded from it.
 */

import type { AnyNode, CallExpression, Expression, ObjectExpression, Program, SpreadElement } from 'acorn';
import type { Shape, SlotEntry } from '../artifact.ts';
import { TIMERS } from './global-names.ts';
import { isTopLevelImport, unwrapped } from './top-level.ts';
import type { Walk } from './walk.ts';

/** A slot, its call, and the constant that keeps it. */
export interface FoundSlot {
  readonly entry: SlotEntry;
  readonly local: string | undefined;
  /** Functions and timers that `init` puts into the value. */
  readonly kept: readonly KeptThing[];
}

interface KeptThing {
  readonly what: 'code' | 'timer';
  /** `timer`, `a.b`; empty for the value itself. */
  readonly path: string;
  readonly at: number;
}

/** How deep a literal is read. */
const DEPTH = 4;

/** Every slot of the top level, in the order of the text. */
export function findSlots(walk: Walk, program: Program): FoundSlot[] {
  if (!walk.entries.requests.some(({ specifier }) => specifier === 'rekindle/script')) return [];
  const found: FoundSlot[] = [];
  const look = (node: AnyNode | null | undefined, local?: string) => {
    const call = node == null ? undefined : unwrapped(node);
    if (call?.type !== 'CallExpression' || !isTopLevelImport(walk, call.callee, 'rekindle/script', 'state')) return;
    const slot = slotOf(walk, call, functions, local);
    if (slot !== undefined) found.push(slot);
  };
  const functions = functionsOf(program);
  for (const item of program.body) {
    const statement = item.type === 'ExportNamedDeclaration' ? item.declaration : item;
    if (statement?.type === 'ExpressionStatement') look(statement.expression);
    if (statement?.type === 'ExportDefaultDeclaration') look(statement.declaration);
    if (statement?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations) look(init, id.type === 'Identifier' ? id.name : undefined);
  }
  return found;
}

type Functions = ReadonlyMap<string, AnyNode>;

/** Functions of the top level that have a name. */
function functionsOf(program: Program): Functions {
  const found = new Map<string, AnyNode>();
  for (const item of program.body) {
    const statement = item.type === 'ExportNamedDeclaration' ? item.declaration : item;
    if (statement?.type === 'FunctionDeclaration') found.set(statement.id.name, statement);
    if (statement?.type !== 'VariableDeclaration' || statement.kind !== 'const') continue;
    for (const { id, init } of statement.declarations) {
      if (id.type === 'Identifier' && init != null) found.set(id.name, unwrapped(init));
    }
  }
  return found;
}

function slotOf(
  walk: Walk,
  { arguments: given, start }: CallExpression,
  functions: Functions,
  local?: string,
): FoundSlot | undefined {
  const [name, init, options] = given;
  if (name?.type !== 'Literal' || typeof name.value !== 'string') return undefined;
  const value = init === undefined ? undefined : resultOf(init, functions);
  const kept: KeptThing[] = [];
  const shape = value === undefined ? null : shapeOf(value, [], kept);
  const at = walk.entries.at(start);
  const from = fromOf(options);
  const entry = { name: name.value, at, version: versionOf(options), shape, ...(from === undefined ? {} : { from }) };
  return { entry, local, kept };
}

function fromOf(options: Expression | SpreadElement | undefined): string | undefined {
  if (options?.type !== 'ObjectExpression') return undefined;
  for (const property of options.properties) {
    if (property.type !== 'Property' || property.computed || keyOf(property.key) !== 'from') continue;
    const { value } = property;
    if (value.type === 'Literal' && typeof value.value === 'string') return value.value;
  }
  return undefined;
}

/** What a function without parameters gives back, where one expression says it. */
function resultOf(given: Expression | SpreadElement, functions: Functions): Expression | undefined {
  const init = given.type === 'Identifier' ? functions.get(given.name) : given;
  if (
    init?.type !== 'ArrowFunctionExpression' &&
    init?.type !== 'FunctionExpression' &&
    init?.type !== 'FunctionDeclaration'
  ) {
    return undefined;
  }
  if (init.async || init.generator) return undefined;
  const { body } = init;
  if (body.type !== 'BlockStatement') return body;
  const last = body.body.at(-1);
  const isOnly = body.body.every((statement) => statement === last || statement.type === 'VariableDeclaration');
  const result = isOnly && last?.type === 'ReturnStatement' ? (last.argument ?? undefined) : undefined;
  return result?.type === 'Identifier' ? constantIn(body.body, result.name) : result;
}

/** What a constant of a function is made as. */
function constantIn(statements: readonly AnyNode[], name: string): Expression | undefined {
  for (const statement of statements) {
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') continue;
    for (const { id, init } of statement.declarations)
      if (id.type === 'Identifier' && id.name === name) return init ?? undefined;
  }
  return undefined;
}

/** Null where the text does not say. */
function versionOf(options: Expression | SpreadElement | undefined): number | null {
  if (options === undefined) return 1;
  if (options.type !== 'ObjectExpression') return null;
  let version: number | null = 1;
  for (const property of options.properties) {
    if (property.type !== 'Property' || property.computed) return null;
    if (keyOf(property.key) !== 'version') continue;
    const { value } = property;
    version = value.type === 'Literal' && typeof value.value === 'number' ? value.value : null;
  }
  return version;
}

const CONTAINERS: ReadonlySet<string> = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Date', 'Array', 'Object']);

function shapeOf(expression: Expression, path: readonly string[], kept: KeptThing[]): Shape {
  const node = unwrapped(expression);
  const keep = (what: KeptThing['what']) => kept.push({ what, path: path.join('.'), at: node.start });
  switch (node.type) {
    case 'Literal':
      return { kind: node.value === null || node.regex !== undefined ? 'unknown' : typeof node.value };
    case 'TemplateLiteral':
      return { kind: 'string' };
    case 'UnaryExpression':
      return shapeOfUnary(node.operator, node.argument);
    case 'ArrayExpression':
      return { kind: 'Array' };
    case 'ObjectExpression':
      return { kind: 'Object', keys: path.length < DEPTH ? keysOf(node, path, kept) : {} };
    case 'NewExpression': {
      const name = node.callee.type === 'Identifier' ? node.callee.name : '';
      return { kind: CONTAINERS.has(name) ? name : 'unknown' };
    }
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      keep('code');
      return { kind: 'function' };
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && TIMERS.has(node.callee.name) && node.callee.name.startsWith('set')) {
        keep('timer');
      }
      return { kind: 'unknown' };
    default:
      return { kind: 'unknown' };
  }
}

function shapeOfUnary(operator: string, argument: Expression): Shape {
  if (operator === '!') return { kind: 'boolean' };
  const isNumber = argument.type === 'Literal' && typeof argument.value === 'number';
  return { kind: isNumber && (operator === '-' || operator === '+') ? 'number' : 'unknown' };
}

function keysOf({ properties }: ObjectExpression, path: readonly string[], kept: KeptThing[]): Record<string, Shape> {
  const keys: [string, Shape][] = [];
  for (const property of properties) {
    if (property.type !== 'Property' || property.computed) continue;
    const key = keyOf(property.key);
    if (key === undefined) continue;
    const inside = [...path, key];
    if (property.kind === 'init' && !property.method) keys.push([key, shapeOf(property.value, inside, kept)]);
    else {
      kept.push({ what: 'code', path: inside.join('.'), at: property.start });
      keys.push([key, { kind: 'unknown' }]);
    }
  }
  return Object.fromEntries(keys);
}

function keyOf(key: AnyNode): string | undefined {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'Literal' ? String(key.value) : undefined;
}
