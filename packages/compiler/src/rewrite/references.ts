/**
 * What becomes of every reference, once all declarations are known: imports are read through their views, free names
 * through the facade, timers through the module's version; and each is a mention.
 */

import type { AnyNode, CallExpression, MemberExpression } from 'acorn';
import type { ImportEntry } from '../artifact.ts';
import { ALWAYS_PRESENT, COMMONJS_NAMES, HOST_GLOBALS, INTRINSICS, TIMERS } from './global-names.ts';
import { publishingTarget } from './publication.ts';
import type { Reference, Walk } from './walk.ts';

/** What of the linker's context the emitted text uses, so that the head names no more than that. */
export interface Needs {
  facade: boolean;
  timers: boolean;
  constant: boolean;
  loops: boolean;
}

export function resolveReferences(walk: Walk): Needs {
  const needs: Needs = { facade: false, timers: false, constant: false, loops: walk.loops };
  for (const reference of walk.references) {
    const scope = reference.scope.lookUp(reference.name);
    if (scope === null) resolveGlobal(walk, reference, needs);
    else if (scope !== walk.moduleScope) {
      if (scope.self !== null) walk.graph.mention(scope.self, reference);
    } else {
      const index = walk.entries.importOf.get(reference.name);
      if (index === undefined) mentionBinding(walk, reference);
      else resolveImport(walk, reference, index, needs);
    }
  }
  return needs;
}

function mentionBinding(walk: Walk, reference: Reference): void {
  if (reference.declaration) return;
  walk.graph.mention(reference.name, reference);
  if (reference.write) walk.graph.written(reference.name, reference);
  if (reference.write && reference.inFunction) walk.graph.assigned(reference.name);
  if (reference.inPattern && walk.entries.cellsOf.has(reference.name)) publishTarget(walk, reference);
}

function publishTarget(walk: Walk, { name, node, shorthand, namedDefault }: Reference): void {
  walk.edits.replace(node.start, node.end, (shorthand ? `${name}:` : '') + publishingTarget(walk, name));
  if (namedDefault === null) return;
  walk.edits.open(namedDefault.start, `{${name}:`);
  walk.edits.close(namedDefault.end, `}.${name}`, 1);
}

// ---- imports

function resolveImport(walk: Walk, reference: Reference, index: number, needs: Needs): void {
  const entry = walk.entries.imports[index] as ImportEntry;
  if (reference.member !== null) {
    resolveMember(walk, reference, reference.member);
    return;
  }
  walk.graph.mention(index, reference);
  const { node } = reference;
  const view = walk.names.view(entry.local);
  const value = entry.name === null ? view : `${view}.v`;
  const key = reference.shorthand ? `${reference.name}:` : '';
  if (reference.write) {
    needs.constant = true;
    walk.warnings.push({ code: 'ASSIGNMENT_TO_IMPORT', name: reference.name, at: node.start });
    walk.edits.replace(node.start, node.end, key + unwritable(walk, reference.name, value));
  } else if (entry.name !== null && isCalled(node, reference.parent)) {
    walk.edits.replace(node.start, node.end, `(0,${value})`);
  } else walk.edits.replace(node.start, node.end, key + value);
}

/**
 * A target that reads as the import and throws the TypeError of a `const` when it is written. An instance, since a
 * statement that begins with the brace of an object literal would be a block.
 */
function unwritable(walk: Walk, name: string, value: string): string {
  const constant = walk.names.helper('c');
  const given = walk.names.helper('v');
  return `new class{get ${name}(){return ${value}}set ${name}(${given}){${constant}=${given}}}().${name}`;
}

function resolveMember(walk: Walk, reference: Reference, member: MemberExpression): void {
  const { entries, edits } = walk;
  if (member.property.type !== 'Identifier') return;
  const namespace = reference.name;
  const index = entries.memberOf(namespace, member.property.name, member.start);
  walk.graph.mention(index, reference);
  const view = walk.memberView(index, namespace, member.property.name);
  const { parent } = reference;
  if (!isCalled(member, parent)) {
    edits.replace(member.start, member.end, `${view}.v`);
    return;
  }
  // `this` of `ns.f()` is the namespace object
  const object = walk.names.view(namespace);
  if (parent?.type !== 'CallExpression') {
    edits.replace(member.object.start, member.object.end, object);
    return;
  }
  const call = parent as CallExpression;
  const parenthesis = walk.source.indexOf('(', member.end);
  edits.replace(member.start, member.end, `${view}.v${call.optional ? '' : '.call'}`);
  if (call.optional) edits.close(parenthesis, 'call');
  edits.close(parenthesis + 1, call.arguments.length === 0 ? object : `${object},`);
}

/** A name that is called must not make its cell the `this` of the call. */
function isCalled(node: AnyNode, parent: AnyNode | null): boolean {
  if (parent?.type === 'CallExpression') return parent.callee === node;
  return parent?.type === 'TaggedTemplateExpression' && parent.tag === node;
}

// ---- globals

function resolveGlobal(walk: Walk, reference: Reference, needs: Needs): void {
  const { name, node, parent } = reference;
  const key = reference.shorthand ? `${name}:` : '';
  if ((name === 'globalThis' || name === 'global') && !reference.write) {
    const member = memberName(node, parent);
    if (member === undefined || !isStandard(member)) mentionGlobal(walk, reference, member ?? '*');
    needs.facade = true;
    walk.edits.replace(node.start, node.end, key + walk.names.helper('g'));
    return;
  }
  if (INTRINSICS.has(name) && !reference.write) return;
  if (TIMERS.has(name) && !reference.write) {
    needs.timers = true;
    walk.edits.replace(node.start, node.end, `${key}${walk.names.helper('t')}.${name}`);
    return;
  }
  if (reference.write || !isStandard(name)) mentionGlobal(walk, reference, name);
  if (COMMONJS_NAMES.has(name) && !isTypeof(parent)) {
    walk.warnings.push({ code: 'COMMONJS_NAME', name, at: node.start });
  }
  needs.facade = true;
  const facade = walk.names.helper('g');
  walk.edits.replace(node.start, node.end, key + throughFacade(walk, reference, facade));
}

function throughFacade(walk: Walk, { name, node, parent, write }: Reference, facade: string): string {
  if (write) {
    if (ALWAYS_PRESENT.has(name)) return `${facade}.${name}`; // a policy that hides it there refuses
    // A name that nobody declared: the setter throws the ReferenceError, at the right moment. It assigns nothing: where
    // a policy hides the name, that would change the process's own.
    const given = walk.names.helper('v');
    const missing = `throw new ReferenceError("${name} is not defined")`;
    const undeclared = `{get ${name}(){return ${name}},set ${name}(${given}){${missing}}}`;
    return `("${name}"in ${facade}?${facade}:${undeclared}).${name}`;
  }
  const value = `${facade}.${name}`;
  // asked first, because a policy that hides a global refuses to read it
  if (isTypeof(parent)) return `("${name}"in ${facade}?${value}:void 0)`;
  if (ALWAYS_PRESENT.has(name)) return isCalled(node, parent) ? `(0,${value})` : value;
  // Where nobody has it, the bare name throws the ReferenceError. Not a conditional: V8 prints that in no error message,
  // and prints this so that `restoreNames` finds the author's name in it. The emitted function has an `arguments` that
  // the author's module has not.
  const missing = name === 'arguments' ? '(()=>{throw new ReferenceError("arguments is not defined")})()' : name;
  const read = `"${name}"in ${facade}||${missing},${value}`;
  return isCalled(node, parent) ? `(0,(${read}))` : `(${read})`;
}

function mentionGlobal(walk: Walk, reference: Reference, name: string): void {
  walk.graph.mention(`g:${name}`, reference);
  walk.graph.global(name);
}

/** The process supplies it, so that no script is the reason for what it is. */
function isStandard(name: string): boolean {
  return INTRINSICS.has(name) || TIMERS.has(name) || HOST_GLOBALS.has(name);
}

/** The name in `globalThis.name`. */
function memberName(node: AnyNode, parent: AnyNode | null): string | undefined {
  if (parent?.type !== 'MemberExpression' || parent.object !== node || parent.computed) return undefined;
  return parent.property.type === 'Identifier' ? parent.property.name : undefined;
}

function isTypeof(parent: AnyNode | null): boolean {
  return parent?.type === 'UnaryExpression' && parent.operator === 'typeof';
}
