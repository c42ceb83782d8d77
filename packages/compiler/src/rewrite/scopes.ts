/**
 * Which declaration a name refers to, as far as the rewrite must know it: declared names for each scope.
 *
 * A reference keeps the scope it stands in and is resolved when the whole module has been seen, because `var` and
 * functions are visible before their declaration. Values and types of bindings are nobody's business here.
 */

import type { BindingKind } from '../artifact.ts';

export type DeclaredKind = BindingKind | 'import' | 'parameter' | 'arguments';

export class Scope {
  readonly parent: Scope | null;
  /** True where `var` stops: the module, a function's parameters and its body. */
  readonly isFunction: boolean;
  names: Map<string, DeclaredKind> | null = null;
  /** For the inner scope of a top-level class: the top-level binding that its own name stands for. */
  self: string | null = null;

  constructor(parent: Scope | null, isFunction: boolean) {
    this.parent = parent;
    this.isFunction = isFunction;
  }

  declare(name: string, kind: DeclaredKind): void {
    let scope: Scope = this;
    if (kind === 'var') while (!scope.isFunction && scope.parent !== null) scope = scope.parent;
    scope.names ??= new Map();
    if (!scope.names.has(name)) scope.names.set(name, kind);
  }

  /** The innermost scope that declares the name; null for a global. */
  lookUp(name: string): Scope | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      if (scope.names?.has(name)) return scope;
    }
    return null;
  }
}
