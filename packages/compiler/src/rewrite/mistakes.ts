/**
 * Mistakes of the first week that a module's text shows: what its top level sets up and no version takes back, and what
 * a slot holds that belongs to one version.
 *
 * A warning that is wrong teaches people to read none, so whatever may be right is passed over: a module that takes
 * anything back, a loop with a way out, a receiver of which nothing is known.
 */

import type { AnyNode, CallExpression, MemberExpression, Program } from 'acorn';
import type { Receiver, SlotEntry } from '../artifact.ts';
import { isHotMember } from './hot-members.ts';
import { type FoundSlot, findSlots } from './slot-entries.ts';
import { childrenOf, isFunction, scopeOf, unwrapped, visitRun } from './top-level.ts';
import type { Walk } from './walk.ts';

const LISTENING: ReadonlySet<string> = new Set(['on', 'addListener', 'addEventListener', 'subscribe']);

// a look at the text first: most modules have none of it
const MAY_LISTEN = /\.\s*(?:on|addListener|addEventListener|subscribe)\s*\(/;
const TAKES_BACK =
  /\b(?:off|removeListener|removeAllListeners|removeEventListener|unsubscribe|dispose)\b\s*(?:\?\.)?\s*\(/;
const MAY_NEVER_END = /\bfor\s*\(\s*;[^;)]*;|\bwhile\s*\(/;

/** Adds the warnings to those of the walk; returns the slots. All references have been resolved. */
export function findMistakes(walk: Walk, program: Program): SlotEntry[] {
  const { source } = walk;
  const slots = findSlots(walk, program);
  for (const { entry, kept } of slots) {
    for (const { what, path, at } of kept) {
      const code = what === 'code' ? 'SLOT_HOLDS_CODE' : 'SLOT_HOLDS_TIMER';
      walk.warnings.push({ code, name: entry.name, ...(path === '' ? {} : { path }), at });
    }
  }
  const listens = MAY_LISTEN.test(source) && !TAKES_BACK.test(source);
  const loops = source.includes('await') && MAY_NEVER_END.test(source);
  if (listens || loops) {
    visitRun(program, (node) => {
      if (listens && node.type === 'CallExpression') lookAtCall(walk, node, slots);
      else if (loops && isEndless(node)) lookAtLoop(walk, node);
    });
  }
  return slots.map(({ entry }) => entry);
}

// ---- listeners

function lookAtCall(walk: Walk, node: CallExpression, slots: readonly FoundSlot[]): void {
  const callee = unwrapped(node.callee);
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return;
  const method = callee.property.name;
  if (!LISTENING.has(method) || isHotMember(walk, callee) || !givesCallback(node, method)) return;
  const root = rootOf(callee, method);
  if (root === undefined) return;
  const { name } = root.identifier;
  const at = callee.property.start;
  const warn = (receiver?: Receiver) =>
    walk.warnings.push({
      code: 'LISTENER_LEFT',
      name: [name, ...(root.path ?? []), method].join('.'),
      at,
      ...(receiver === undefined ? {} : { receiver }),
    });
  const scope = scopeOf(walk, root.identifier);
  if (scope === null) warn();
  else if (scope !== walk.moduleScope) return;
  else if (slots.some(({ local }) => local === name)) warn();
  else {
    const receiver = importedReceiver(walk, root, method);
    if (receiver !== undefined) warn(receiver);
  }
}

/** What listens calls something, or it is another kind of `on`: a condition of a query, say. */
function givesCallback({ arguments: given }: CallExpression, method: string): boolean {
  if (given.some((argument) => argument.type === 'ObjectExpression' && hasKey(argument, 'signal'))) return false;
  if (method === 'subscribe') return true;
  const [, callback] = given;
  return callback !== undefined && callback.type !== 'Literal' && callback.type !== 'TemplateLiteral';
}

function hasKey({ properties }: Extract<AnyNode, { type: 'ObjectExpression' }>, name: string): boolean {
  return properties.some(({ type, ...property }) => {
    const { key } = property as { key?: AnyNode };
    return type === 'Property' && key?.type === 'Identifier' && key.name === name;
  });
}

interface Root {
  readonly identifier: Extract<AnyNode, { type: 'Identifier' }>;
  /** Names of the members between it and the method; undefined where a call stands between. */
  readonly path: readonly string[] | undefined;
}

/** `bus` of `bus.on`, `game` of `game.bus.on`, `interval` of `interval(5).pipe(…).subscribe`. */
function rootOf({ object }: MemberExpression, method: string): Root | undefined {
  let path: string[] | undefined = [];
  for (let node = unwrapped(object); ; ) {
    switch (node.type) {
      case 'Identifier':
        return { identifier: node, path };
      case 'MemberExpression':
        if (node.computed || node.property.type !== 'Identifier') return undefined;
        path?.unshift(node.property.name);
        node = unwrapped(node.object);
        break;
      case 'CallExpression':
        if (method !== 'subscribe') return undefined;
        path = undefined;
        node = unwrapped(node.callee);
        break;
      default:
        return undefined;
    }
  }
}

function importedReceiver({ entries }: Walk, { identifier, path }: Root, method: string): Receiver | undefined {
  const index = entries.importOf.get(identifier.name);
  const entry = index === undefined ? undefined : entries.imports[index];
  if (index === undefined || entry === undefined) return undefined;
  if (entries.requests[entry.request]?.specifier === 'rekindle/script') return undefined;
  const [member, ...rest] = path ?? [];
  if (entry.name !== null || member === undefined) return { import: index, path: path ?? null, method };
  return { import: entries.memberOf(identifier.name, member, identifier.start), path: rest, method };
}

// ---- loops

type Loop = Extract<AnyNode, { type: 'ForStatement' | 'WhileStatement' | 'DoWhileStatement' }>;

function isEndless(node: AnyNode): node is Loop {
  if (node.type !== 'ForStatement' && node.type !== 'WhileStatement' && node.type !== 'DoWhileStatement') return false;
  const { test } = node;
  return test == null || (test.type === 'Literal' && Boolean(test.value));
}

function lookAtLoop(walk: Walk, loop: Loop): void {
  let awaits = false;
  let ends = false;
  const look = (node: AnyNode, isInner: boolean) => {
    if (isFunction(node)) return;
    switch (node.type) {
      case 'AwaitExpression':
        awaits = true;
        break;
      case 'ReturnStatement':
      case 'ThrowStatement':
        ends = true;
        break;
      case 'BreakStatement':
        if (!isInner || node.label != null) ends = true;
        break;
      case 'Identifier':
        if (node.name === 'signal') ends = true; // it is told of the end of the version
        break;
    }
    const breaks = node.type === 'SwitchStatement' || /^(?:For|While|DoWhile)/.test(node.type);
    for (const child of childrenOf(node)) look(child, isInner || breaks);
  };
  for (const child of childrenOf(loop)) look(child, false);
  if (awaits && !ends) walk.warnings.push({ code: 'ENDLESS_LOOP', name: 'loop', at: loop.start });
}
