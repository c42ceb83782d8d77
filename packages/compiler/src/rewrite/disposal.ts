/**
 * `using` and `await using`: no V8 of Node 20 or 22 knows them, and SWC's own lowering shares one variable between the
 * turns of a loop and runs the exports of a module after its disposal.
 *
 * SWC is given `const` in their place (`using.ts`); here each scope that holds one becomes
 *
 *     { const $0u1={stack:[],error:void 0,hasError:false};try{ const x = $0ua.v($0u1,f(),false); …
 *     }catch($0v){$0u1.error=$0v;$0u1.hasError=true}finally{$0ud.v($0u1)} }
 *
 * with the two helpers that TypeScript and SWC use too. For a module the `try` stands around everything that runs, the
 * publication of functions included.
 */

import type { AnyNode, ForStatement, VariableDeclaration } from 'acorn';
import type { Walk } from './walk.ts';

export type Disposal = 'sync' | 'async';

const HELPERS = '@swc/helpers/_/';
/** Behind every edit of what ends at the same place. */
const LAST = 9;

/** Finds out which declarations are disposed of, and numbers the scopes. */
export class Disposals {
  readonly #kindAt: ((offset: number) => Disposal | undefined) | undefined;
  #scopes = 0;
  /** How many declarations were found. */
  found = 0;
  /** The variables of the two helpers, once they are needed. */
  helpers: { readonly add: string; readonly dispose: string } | undefined;

  /** @param kindAt what stands in the author's text for the `const` at an offset of SWC's; undefined if there is none */
  constructor(kindAt: ((offset: number) => Disposal | undefined) | undefined) {
    this.#kindAt = kindAt;
  }

  kindOf(node: AnyNode): Disposal | undefined {
    if (this.#kindAt === undefined || node.type !== 'VariableDeclaration' || node.kind !== 'const') return undefined;
    return this.#kindAt(node.start);
  }

  nextScope(): number {
    this.#scopes += 1;
    return this.#scopes;
  }
}

/** The text around a scope: what stands at its beginning and at its end. */
interface Frame {
  readonly head: string;
  readonly tail: string;
}

/** A list of statements, between two offsets; undefined where nothing in it is disposed of. */
export function disposeOfList(walk: Walk, list: readonly AnyNode[]): Frame | undefined {
  const declarations = list.filter((node) => walk.disposals.kindOf(node) !== undefined) as VariableDeclaration[];
  return declarations.length === 0 ? undefined : disposingFrame(walk, declarations);
}

/** A block, between its braces. */
export function disposeOfBlock(walk: Walk, list: readonly AnyNode[], from: number, to: number): void {
  const frame = disposeOfList(walk, list);
  if (frame === undefined) return;
  walk.edits.close(from, frame.head);
  walk.edits.close(to, frame.tail, LAST);
}

/** `for (using x = …; …; …)`: disposed of when the loop ends, whatever labels stand before it. */
export function disposeOfLoop(walk: Walk, node: ForStatement, labelled: AnyNode): void {
  const { init } = node;
  if (init?.type !== 'VariableDeclaration' || walk.disposals.kindOf(init) === undefined) return;
  const frame = disposingFrame(walk, [init]);
  walk.edits.open(labelled.start, `{${frame.head}`);
  walk.edits.close(labelled.end, `${frame.tail}}`, LAST);
}

/** `for (using x of …)`: disposed of in each turn. */
export function disposeOfTurn(walk: Walk, head: VariableDeclaration, body: AnyNode): void {
  const kind = walk.disposals.kindOf(head);
  const name = head.declarations[0]?.id;
  if (kind === undefined || name?.type !== 'Identifier') return;
  walk.disposals.found += 1;
  if (kind === 'async' && walk.functionDepth === 0) walk.hasTLA = true;
  const { scope, frame } = openFrame(walk, kind === 'async');
  const add = `${helpersOf(walk).add}.v(${scope},${name.name},${kind === 'async'});`;
  walk.edits.open(body.start, `{${frame.head}${add}`);
  walk.edits.close(body.end, `${frame.tail}}`, LAST);
}

function disposingFrame(walk: Walk, declarations: readonly VariableDeclaration[]): Frame {
  const isAsync = declarations.some((node) => walk.disposals.kindOf(node) === 'async');
  if (isAsync && walk.functionDepth === 0) walk.hasTLA = true;
  const { scope, frame } = openFrame(walk, isAsync);
  for (const node of declarations) {
    walk.disposals.found += 1;
    walk.graph.mayRun();
    for (const { init } of node.declarations) {
      if (init == null) continue;
      walk.edits.open(init.start, `${helpersOf(walk).add}.v(${scope},`);
      // behind what the initialiser itself writes, before the cells of the declarator
      walk.edits.close(init.end, `,${walk.disposals.kindOf(node) === 'async'})`, 0.5);
    }
  }
  return frame;
}

function openFrame(walk: Walk, isAsync: boolean): { readonly scope: string; readonly frame: Frame } {
  const scope = walk.names.helper(`u${walk.disposals.nextScope()}`);
  const error = walk.names.helper('v');
  const dispose = `${helpersOf(walk).dispose}.v(${scope})`;
  const finish = isAsync ? `const ${error}=${dispose};if(${error})await ${error};` : dispose;
  return {
    scope,
    frame: {
      head: `const ${scope}={stack:[],error:void 0,hasError:false};try{`,
      tail: `}catch(${error}){${scope}.error=${error};${scope}.hasError=true}finally{${finish}}`,
    },
  };
}

function helpersOf(walk: Walk): { readonly add: string; readonly dispose: string } {
  const helper = (file: string, variable: string): string => {
    const view = walk.names.helper(variable);
    walk.entries.importHelper(`${HELPERS}${file}`, '_', `*${file}*`, view);
    return view;
  };
  walk.disposals.helpers ??= {
    add: helper('_ts_add_disposable_resource', 'ua'),
    dispose: helper('_ts_dispose_resources', 'ud'),
  };
  return walk.disposals.helpers;
}
