/**
 * What the walk over a module knows at every moment: scopes, the module's entries, references and writes seen so far.
 *
 * The visitors (`expressions.ts`, `statements.ts`, `patterns.ts`, `functions.ts`, `module-items.ts`) change it and
 * record edits that need no resolution; `references.ts` and `publication.ts` make the others when all is seen.
 */

import type { AnyNode, Identifier, MemberExpression } from 'acorn';
import type { Receiver, WarningCode } from '../artifact.ts';
import { TopClasses } from './classes.ts';
import { type Disposal, Disposals } from './disposal.ts';
import { Edits } from './edits.ts';
import { GeneratedNames } from './generated-names.ts';
import { ASSUMED_GLOBALS } from './global-names.ts';
import { MentionGraph, type TopStatement } from './mention-graph.ts';
import { ModuleEntries } from './module-entries.ts';
import { type DeclaredKind, Scope } from './scopes.ts';

/** The name of the binding of an anonymous `export default`, as ECMA-262 has it. */
export const DEFAULT_BINDING = '*default*';

export interface Reference {
  readonly name: string;
  readonly scope: Scope;
  readonly node: Identifier;
  readonly parent: AnyNode | null;
  write: boolean;
  /** `{ name }`: a replacement must spell the key. */
  shorthand: boolean;
  /** The initialisation of a `var`: a write, but no mention. */
  declaration: boolean;
  /** A target inside an assignment pattern. */
  inPattern: boolean;
  /** The anonymous function or class that is the default value of such a target, and takes its name. */
  namedDefault: AnyNode | null;
  /** For `ns.member` where `ns` may be a namespace import: the whole member expression. */
  member: MemberExpression | null;
  readonly region: string | null;
  readonly deferred: boolean;
  readonly statement: TopStatement | null;
  /** The callback as which its value is given away; see `MentionGraph.passed`. */
  passed: string | null;
  /** Inside a function, so that it may run at any later time. */
  readonly inFunction: boolean;
}

/** A place that writes bindings; `references` are those that it may write. */
export type Write =
  | {
      readonly form: 'assignment' | 'prefix' | 'postfix';
      readonly node: AnyNode;
      readonly references: Reference[];
      /** Nobody reads the value of the expression. */
      readonly unused: boolean;
    }
  | { readonly form: 'declarator'; readonly node: AnyNode; readonly references: Reference[] }
  | { readonly form: 'head'; readonly body: AnyNode; readonly references: Reference[] };

export interface WalkWarning {
  readonly code: WarningCode;
  readonly name: string;
  readonly path?: string;
  readonly at: number;
  readonly receiver?: Receiver;
}

/** A part of the text that this V8 would refuse, at its offset. */
export interface UnsupportedSyntax {
  readonly code: 'UNSUPPORTED_SYNTAX';
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
}

export class Walk {
  readonly source: string;
  readonly edits = new Edits();
  readonly names: GeneratedNames;
  readonly graph = new MentionGraph();
  readonly entries: ModuleEntries;
  readonly moduleScope = new Scope(null, true);
  readonly references: Reference[] = [];
  readonly writes: Write[] = [];
  readonly warnings: WalkWarning[] = [];
  readonly unsupported: UnsupportedSyntax[] = [];
  /** Expression statements that follow another statement in a list, unless that one ends in `;`. */
  readonly guardable = new Set<number>();
  /** Top-level `const` bindings with a primitive value. */
  readonly primitives = new Set<string>();
  /** Top-level constants that are `import.meta.hot`. */
  readonly hotConstants = new Set<string>();
  readonly #memberViews = new Map<number, string>();
  /** How many function expressions we are in that have a name of their own: they may keep something as its property. */
  selfNamed = 0;
  /** Top-level bindings that are functions in the text of the module: where their bodies begin. */
  readonly functions = new Map<string, number>();
  /** Those of them that effects are given, by the region of the callback. */
  readonly setUps: { readonly name: string; readonly region: string }[] = [];
  /** Names of globals that the module declares somewhere although facts stand on them. */
  readonly shadowed = new Set<string>();
  scope: Scope = this.moduleScope;
  /** Functions, static blocks and field initialisers around us. */
  functionDepth = 0;
  /** Functions around us that may run later: those of `functionDepth` without static blocks and static fields. */
  laterDepth = 0;
  hasTLA = false;
  /** There is a loop, so that turns are counted. */
  loops = false;
  /** The outermost of the labels that stand directly before where we are. */
  labelled: AnyNode | null = null;
  readonly disposals: Disposals;
  readonly topClasses = new TopClasses();

  constructor(source: string, disposalAt?: (offset: number) => Disposal | undefined) {
    this.source = source;
    this.disposals = new Disposals(disposalAt);
    this.names = new GeneratedNames(source);
    this.entries = new ModuleEntries(source);
  }

  /** Runs `walkInside` in a new scope. */
  inScope(walkInside: (scope: Scope) => void, isFunction = false): void {
    const outer = this.scope;
    this.scope = new Scope(outer, isFunction);
    walkInside(this.scope);
    this.scope = outer;
  }

  /** The variable for the entry of `namespace.member`. */
  memberView(index: number, namespace: string, member: string): string {
    const known = this.#memberViews.get(index);
    if (known !== undefined) return known;
    const name = this.names.memberView(namespace, member);
    this.#memberViews.set(index, name);
    return name;
  }

  /** Declares a name in the current scope. */
  declare(name: string, kind: DeclaredKind): void {
    this.scope.declare(name, kind);
    if (ASSUMED_GLOBALS.has(name)) this.shadowed.add(name);
  }

  refer(node: Identifier, parent: AnyNode | null): Reference {
    const { region, deferred, statement } = this.graph;
    const reference: Reference = {
      name: node.name,
      scope: this.scope,
      node,
      parent,
      write: false,
      shorthand: false,
      declaration: false,
      inPattern: false,
      namedDefault: null,
      member: null,
      region,
      deferred,
      statement,
      passed: null,
      inFunction: this.laterDepth > 0,
    };
    this.references.push(reference);
    return reference;
  }
}
