/**
 * An ES module's text into the emitted form of the module ABI: one parse, one walk, line for line.
 *
 * The input is plain ECMAScript that acorn has accepted: errors were found before. See README.md, "Module form".
 */

import type { Program } from 'acorn';
import type { Artifact, BindingKind, WarningEntry } from '../artifact.ts';
import { type Disposal, disposeOfList } from './disposal.ts';
import type { Edits, Stretch } from './edits.ts';
import { markSetUps } from './expressions.ts';
import { findMistakes } from './mistakes.ts';
import { declareItems, visitItems } from './module-items.ts';
import { hoistedPublications, publishDeclarations, publishWrites } from './publication.ts';
import { type Needs, resolveReferences } from './references.ts';
import { type UnsupportedSyntax, Walk, type WalkWarning } from './walk.ts';

export type Rewritten = Omit<Artifact, 'abi' | 'id'>;

export interface RewriteResult {
  readonly rewritten: Rewritten;
  readonly warnings: readonly WalkWarning[];
  readonly unsupported: readonly UnsupportedSyntax[];
  /** How many `using` declarations were found. */
  readonly disposals: number;
  /** Names of imports that nothing reads, where they were looked for. */
  readonly unused: ReadonlySet<string>;
  /** Length of what stands before the first character of the module's text. */
  readonly headLength: number;
  /** What was done to the text. */
  readonly edits: Edits;
}

export interface RewriteOptions {
  /** Receives which parts of the output were copied from where; without it nothing is recorded. */
  readonly stretches?: Stretch[] | undefined;
  /** Whether to look for imports that nothing reads. @default false */
  readonly findUnused?: boolean;
  /** What the author wrote for the `const` at an offset, where it was a `using`. */
  readonly disposalAt?: ((offset: number) => Disposal | undefined) | undefined;
}

export function rewrite(
  source: string,
  program: Program,
  { stretches, findUnused = false, disposalAt }: RewriteOptions = {},
): RewriteResult {
  const walk = new Walk(source, disposalAt);
  const { entries, graph, edits } = walk;
  entries.collect(program);
  declareItems(walk, program);
  const disposal = disposeOfList(walk, program.body);
  const named = visitItems(walk, program);
  entries.resolveExports((local) => (walk.moduleScope.names?.get(local) ?? 'let') as BindingKind);
  const needs = resolveReferences(walk);
  const slots = findMistakes(walk, program);
  publishDeclarations(walk, program);
  publishWrites(walk);
  markSetUps(walk);
  edits.guard(walk.guardable);
  graph.withdrawAssumptions(walk.shadowed);

  const body = edits.apply(source, stretches);
  const hashbang = body.startsWith('#!') ? '//' : '';
  const facts = graph.facts(walk.functions);
  const head =
    emitHead(walk, needs, facts.assigned, `${disposal?.head ?? ''}${hoistedPublications(walk)}${named}`) + hashbang;
  const initialisers = walk.topClasses.emit(walk, body.length + 1, stretches);
  const tail = `\n${initialisers}${disposal?.tail ?? ''}})`;
  const rewritten: Rewritten = {
    code: `(${walk.hasTLA ? 'async ' : ''}function*(${walk.names.helper('m')}){${head}${body}${tail}`,
    async: walk.hasTLA,
    requests: entries.requests,
    imports: entries.imports,
    locals: entries.locals,
    indirect: entries.indirect,
    stars: entries.stars,
    classes: walk.topClasses.entries,
    ...(walk.warnings.length === 0 ? {} : { warnings: walk.warnings.map((warning) => entryOf(walk, warning)) }),
    ...(slots.length === 0 ? {} : { slots }),
    facts,
  };
  const { warnings, unsupported } = walk;
  const unused = findUnused ? unusedImports(walk) : new Set<string>();
  const headLength = rewritten.code.length - body.length - tail.length;
  return { rewritten, warnings, unsupported, disposals: walk.disposals.found, unused, headLength, edits };
}

function entryOf({ entries }: Walk, warning: WalkWarning): WarningEntry {
  return { ...warning, at: entries.at(warning.at) };
}

/** Imports that no code reads and that are not exported again. */
function unusedImports({ entries, references, moduleScope }: Walk): Set<string> {
  const unused = new Set(entries.importOf.keys());
  if (unused.size === 0) return unused;
  for (const local of entries.exportedNames()) unused.delete(local);
  for (const { name, scope } of references)
    if (unused.has(name) && scope.lookUp(name) === moduleScope) unused.delete(name);
  return unused;
}

function emitHead(walk: Walk, needs: Needs, assigned: readonly string[], hoisted: string): string {
  const { entries, names } = walk;
  const context = names.helper('m');
  const token = names.helper('z');
  const given = names.helper('v');
  const variables = [
    ...entries.imports.map(({ local, optional }, index) => {
      if (optional !== true) return entries.helperVariables.get(index) ?? names.view(local);
      const dot = local.indexOf('.');
      return walk.memberView(index, local.slice(0, dot), local.slice(dot + 1));
    }),
    ...entries.locals.map((_, index) => names.helper(`e${index}`)),
  ];
  let head = '"use strict";';
  if (variables.length > 0) head += `let ${variables.join(',')};`;
  // the closure holds the token, so the token lives exactly as long as any function of this version; V8 compiles a
  // function in parentheses at once, and an arrow function in a second pass when it is first called
  const assignments = variables.map((variable, index) => `${variable}=${given}[${index}];`).join('');
  const read = assigned.length === 0 ? '' : `,()=>[${assigned.join(',')}]`;
  head += `const ${token}=${context}.token;${context}.bind((function(${given}){${assignments}${token}})${read});`;
  if (needs.facade) head += `const ${names.helper('g')}=${context}.global;`;
  if (needs.timers) head += `const ${names.helper('t')}=${context}.timers;`;
  if (needs.loops) head += `const ${names.helper('l')}=${context}.loops;`;
  if (needs.constant) head += `const ${names.helper('c')}=0;`;
  return `${head}${hoisted}yield;`;
}
