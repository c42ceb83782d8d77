/**
 * A fault of SWC 1.16 that would change what a module exports: it takes a function in a block, or a `let` in a `switch`,
 * for a declaration of the scope around it, and renames an exported binding of the same name. Where several names are
 * exported by one declaration, the others are exported no more, and a pattern loses its keys. Such a module is refused.
 *
 * Seen in SWC's output alone: an export `{ name1 as name }` where the author's text has no word `name1`.
 */

import type { Identifier, Pattern, Program, VariableDeclaration } from 'acorn';
import { boundNames } from './rewrite/patterns.ts';

export interface ConfusedExport {
  readonly name: string;
  /** Where the name stands in SWC's output. */
  readonly offset: number;
}

const EXPORTED_VARIABLES = /\bexport\s+(?:const|let|var)\b/;

export function confusedExports(program: Program, source: string): ConfusedExport[] {
  const exported = new Set<string>();
  const renamed = new Map<string, string>();
  for (const item of program.body) {
    if (item.type !== 'ExportNamedDeclaration' || item.source != null) continue;
    for (const { local, exported: as } of item.specifiers) {
      if (local.type !== 'Identifier') continue;
      exported.add(local.name);
      if (as.type === 'Identifier' && isGenerated(local.name, as.name, source)) renamed.set(local.name, as.name);
    }
  }
  if (renamed.size === 0 || !EXPORTED_VARIABLES.test(source)) return [];
  const confused: ConfusedExport[] = [];
  for (const item of program.body) {
    if (item.type !== 'VariableDeclaration') continue;
    const names: Identifier[] = [];
    for (const { id } of item.declarations) boundNames(id, (name) => names.push(name));
    const lost = names.some(({ name }) => !exported.has(name));
    for (const { name, start } of names) {
      const original = renamed.get(name);
      if (original !== undefined && (lost || hasLostKey(item, name))) confused.push({ name: original, offset: start });
    }
  }
  return confused;
}

function isGenerated(local: string, exported: string, source: string): boolean {
  return local.startsWith(exported) && /^\d+$/.test(local.slice(exported.length)) && !source.includes(local);
}

/** `{ name1 }` where the author wrote `{ name }`. */
function hasLostKey({ declarations }: VariableDeclaration, name: string): boolean {
  const inPattern = (pattern: Pattern | null): boolean => {
    switch (pattern?.type) {
      case 'ObjectPattern':
        return pattern.properties.some((property) => {
          if (property.type === 'RestElement') return inPattern(property.argument);
          const { shorthand, key, value } = property;
          return shorthand ? key.type === 'Identifier' && key.name === name : inPattern(value);
        });
      case 'ArrayPattern':
        return pattern.elements.some(inPattern);
      case 'AssignmentPattern':
        return inPattern(pattern.left);
      case 'RestElement':
        return inPattern(pattern.argument);
      default:
        return false;
    }
  };
  return declarations.some(({ id }) => inPattern(id));
}
