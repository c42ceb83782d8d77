// The programs of the model: modules as lists of items, and their texts.
//
// Every module shows itself through a callback of the hook `onShow`: what it imports, exports and keeps, as its own code
// sees it. Specifiers have no extension, so that a module may move between `m3.ts` and `m3/index.ts`.

/** What an expression mentions: a reference by number, resolved among what the module has. */
export type Reference = number;

export type Item =
  | {
      readonly kind: 'const' | 'let' | 'function' | 'class';
      readonly name: string;
      readonly refs: readonly Reference[];
    }
  | { readonly kind: 'default'; readonly refs: readonly Reference[] }
  | { readonly kind: 'slot'; readonly name: string; readonly refs: readonly Reference[] }
  | { readonly kind: 'import'; readonly local: string; readonly name: string; readonly target: number }
  | { readonly kind: 'namespace'; readonly local: string; readonly target: number }
  | { readonly kind: 'bare' | 'star'; readonly target: number }
  | { readonly kind: 'star as'; readonly name: string; readonly target: number }
  | { readonly kind: 'indirect'; readonly name: string; readonly from: string; readonly target: number }
  | { readonly kind: 'timer'; readonly delay: number }
  | { readonly kind: 'await' }
  | { readonly kind: 'fails'; readonly how: 'throws' | 'syntax' | 'unresolved' | 'effect' };

export interface Module {
  readonly number: number;
  /** Tells the values of one version from those of another. */
  readonly version: number;
  /** A comment that is in the text and in nothing else. */
  readonly comment: number;
  readonly folder: boolean;
  readonly items: readonly Item[];
}

/** Modules by number. */
export type Program = ReadonlyMap<number, Module>;

export function idOf({ number, folder }: Pick<Module, 'number' | 'folder'>): string {
  return folder ? `m${number}/index.ts` : `m${number}.ts`;
}

export function textsOf(program: Program): Map<string, string> {
  // What a module in a cycle sees of one that awaits depends on how many ticks promises take: no cycle, or no await.
  const awaits = !hasCycle(program);
  return new Map([...program.values()].map((module) => [idOf(module), new Text(module, awaits).toString()]));
}

/** The texts without their comments: who has the same ones has the same code. */
export function codesOf(program: Program): Map<string, string> {
  return textsOf(new Map([...program].map(([number, module]) => [number, { ...module, comment: 0 }])));
}

function hasCycle(program: Program): boolean {
  const left = new Map([...program.values()].map(({ number, items }) => [number, targetsOf(items, program)]));
  for (;;) {
    const leaf = [...left].find(([, targets]) => targets.every((target) => !left.has(target)));
    if (leaf === undefined) return left.size > 0;
    left.delete(leaf[0]);
  }
}

function targetsOf(items: readonly Item[], program: Program): number[] {
  return items.flatMap((item) => ('target' in item && program.has(item.target) ? [item.target] : []));
}

/** Names that a module exports, as far as its own text and those behind `export *` tell. */
export function exportsOf(program: Program, number: number, seen = new Set<number>()): string[] {
  const module = program.get(number);
  if (module === undefined || seen.has(number)) return [];
  seen.add(number);
  const names = new Set<string>();
  for (const item of module.items) {
    if (item.kind === 'default') names.add('default');
    else if (item.kind === 'star') {
      for (const name of exportsOf(program, item.target, seen)) if (name !== 'default') names.add(name);
    } else if ('name' in item && item.kind !== 'import') names.add(item.name);
  }
  return [...names].sort();
}

class Text {
  readonly #module: Module;
  readonly #awaits: boolean;
  readonly #imports: string[] = [];
  readonly #body: string[] = [];
  /** Names that stand at this place of the text. */
  readonly #locals: string[] = [];
  readonly #slots: string[] = [];
  readonly #taken = new Set<string>();

  constructor(module: Module, awaits: boolean) {
    this.#module = module;
    this.#awaits = awaits;
    for (const item of module.items) this.#import(item);
    for (const item of module.items) this.#define(item);
  }

  toString(): string {
    const { number, comment } = this.#module;
    const shown = this.#locals.map((name) => `${name}: () => ${name}`).join(', ');
    return [
      `// comment ${comment}`,
      "import { onShow, show } from '@model/api';",
      "import { effect, state } from 'rekindle/script';",
      ...this.#imports,
      `onShow((out) => out(${number}, { ${shown} }, [${this.#slots.map((name) => `['${name}', ${name}]`).join(', ')}]));`,
      ...this.#body,
      '',
    ].join('\n');
  }

  #import(item: Item): void {
    if (!('target' in item)) return;
    const from = `'/m${item.target}'`;
    if (item.kind === 'bare') this.#imports.push(`import ${from};`);
    else if (item.kind === 'star') this.#imports.push(`export * from ${from};`);
    else if (item.kind === 'import' && this.#take(item.local)) {
      this.#imports.push(`import { ${item.name} as ${item.local} } from ${from};`);
      this.#locals.push(item.local);
    } else if (item.kind === 'namespace' && this.#take(item.local)) {
      this.#imports.push(`import * as ${item.local} from ${from};`);
      this.#locals.push(item.local);
    } else if (item.kind === 'star as' && this.#take(item.name)) {
      this.#imports.push(`export * as ${item.name} from ${from};`);
    } else if (item.kind === 'indirect' && this.#take(item.name)) {
      this.#imports.push(`export { ${item.from} as ${item.name} } from ${from};`);
    }
  }

  #define(item: Item): void {
    const { number, version } = this.#module;
    if (item.kind === 'timer') this.#body.push(`setInterval(() => {}, ${item.delay});`);
    if (item.kind === 'await' && this.#awaits) this.#body.push('await null;');
    if (item.kind === 'fails') this.#fail(item.how);
    if (!('refs' in item)) return;
    const name = item.kind === 'default' ? 'default' : item.name;
    if (!this.#take(name)) return;
    const tag = `'${number}.${name}.${version}'`;
    const value = (depth: string): string => [tag, ...item.refs.flatMap((ref) => this.#read(ref, depth))].join(' + ');
    if (item.kind === 'const') this.#body.push(`export const ${name} = ${value('2')};`);
    if (item.kind === 'let') this.#body.push(`export let ${name} = ${tag}; ${name} = ${value('2')};`);
    if (item.kind === 'default') this.#body.push(`export default ${value('2')};`);
    if (item.kind === 'slot') {
      // what `init` would read is only read by the first version: a slot that is there keeps its value
      this.#body.push(`export const ${name} = state('${name}', () => ({ slot: ${tag} }));`);
      this.#slots.push(name);
    }
    if (item.kind === 'function') {
      this.#body.push(`export function ${name}(depth = 2) { return depth <= 0 ? 'deep' : ${value('depth - 1')}; }`);
    }
    if (item.kind === 'class') {
      this.#body.push(
        `export class ${name} { static fixed = ${value('2')}; at(depth = 2) { return depth <= 0 ? 'deep' : ${value('depth - 1')}; } }`,
      );
    }
    if (item.kind !== 'default') this.#locals.push(name);
  }

  /** An expression for a reference; nothing where there is nothing yet to refer to. */
  #read(ref: Reference, depth: string): string[] {
    const name = this.#locals[ref % Math.max(1, this.#locals.length)];
    if (name === undefined) return [];
    const imported = /^n\d/.test(name);
    return [imported && ref % 3 === 0 ? `show(${name}.x${ref % 5}, ${depth})` : `show(${name}, ${depth})`];
  }

  #fail(how: Extract<Item, { kind: 'fails' }>['how']): void {
    if (how === 'throws') this.#body.push("throw new Error('as it should');");
    if (how === 'syntax') this.#body.push('const = ;');
    if (how === 'unresolved') this.#imports.push("import '/nowhere';");
    if (how === 'effect') this.#body.push("effect(() => { throw new Error('as it should'); });");
  }

  /** False where the name is there already: one export, one local of a name. */
  #take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}
