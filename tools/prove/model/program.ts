// The programs of the model: modules as lists of items, and their texts.
//
// Every module shows itself through a callback of the hook `onShow`: what it imports, exports and keeps, as its own code
// sees it; a way to import more; functions that wait. Specifiers have no extension, so that a module may move between
// `m3.ts` and `m3/index.ts`. The same texts, with other specifiers, run as plain modules of Node. Beside the modules there
// are helpers that import for others, and never change.

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
  | { readonly kind: 'bare' | 'star' | 'accept'; readonly target: number }
  | { readonly kind: 'star as'; readonly name: string; readonly target: number }
  | { readonly kind: 'indirect'; readonly name: string; readonly from: string; readonly target: number }
  | { readonly kind: 'timer' | 'once'; readonly delay: number }
  | { readonly kind: 'effect' | 'hook' | 'listener' | 'own'; readonly refs: readonly Reference[] }
  | { readonly kind: 'entry'; readonly key: number; readonly refs: readonly Reference[] }
  | { readonly kind: 'task'; readonly task: number; readonly delay: number }
  /** An object of the last class before it, which lives on in a slot. */
  | { readonly kind: 'living' }
  | { readonly kind: 'await' }
  /** `import()` at top level, awaited: by the module itself, or by a helper that it calls. */
  | { readonly kind: 'await import'; readonly local: string; readonly target: number; readonly by?: Helper | undefined }
  | { readonly kind: 'fails'; readonly how: 'throws' | 'syntax' | 'unresolved' | 'effect' };

/** One that imports, and ones that keep what they have imported: its promise, or the module. */
export type Helper = 'load' | 'keep' | 'hold';

export const HELPERS: readonly Helper[] = ['load', 'keep', 'hold'];

export interface Module {
  readonly number: number;
  /** Tells the values of one version from those of another. */
  readonly version: number;
  /** A comment that is in the text and in nothing else. */
  readonly comment: number;
  readonly folder: boolean;
  readonly items: readonly Item[];
}

/** Numbers from here on are those of texts that the game evaluates. */
export const FIRST_TEXT = 100;

/** Modules by number. */
export type Program = ReadonlyMap<number, Module>;

export function idOf({ number, folder }: Pick<Module, 'number' | 'folder'>): string {
  return folder ? `m${number}/index.ts` : `m${number}.ts`;
}

/** What differs between texts for a host and texts for Node alone. */
export interface Dialect {
  readonly api: string;
  readonly world: string;
  readonly script: string;
  /** Before and after the number of a module, in what imports it. */
  readonly module: readonly [string, string];
  /** Before and after the name of a helper. */
  readonly helper: readonly [string, string];
}

/** The text of a helper. */
export function helperText(name: Helper, { module: [before, after] }: Pick<Dialect, 'module'> = SCRIPTS): string {
  const load = `import('${before}' + n + '${after}')`;
  const bodies: Record<Helper, string> = {
    load: `(n) => ${load}`,
    keep: `(n) => (kept[n] ??= ${load})`,
    hold: `async (n) => (kept[n] ??= await ${load})`,
  };
  return `// a helper\nconst kept = {};\nexport const ${name} = ${bodies[name]};\n`;
}

const SCRIPTS: Dialect = {
  api: '@model/api',
  world: '@model/world',
  script: 'rekindle/script',
  module: ['/m', ''],
  helper: ['/', ''],
};

/** A program does not change: what was made of it once is kept. */
const knownTexts = new WeakMap<Program, Map<Dialect, ReadonlyMap<string, string>>>();

export function textsOf(program: Program, dialect = SCRIPTS): ReadonlyMap<string, string> {
  let dialects = knownTexts.get(program);
  if (dialects === undefined) {
    dialects = new Map();
    knownTexts.set(program, dialects);
  }
  let texts = dialects.get(dialect);
  if (texts === undefined) {
    const tangled = tangledOf(program);
    const textIn = (module: Module) => textOf(module, !tangled.has(module.number), dialect);
    const modules = [...program.values()].map((module) => [idOf(module), textIn(module)] as const);
    texts = new Map([...modules, ...HELPERS.map((name) => [`${name}.ts`, helperText(name, dialect)] as const)]);
    dialects.set(dialect, texts);
  }
  return texts;
}

/** Texts of modules for an equal place in a program: an edit makes few new ones. */
const known = new WeakMap<Module, Map<string, string>>();

/** The text of one module. @param awaits whether those of its items that await are in it */
export function textOf(module: Module, awaits: boolean, dialect = SCRIPTS): string {
  let texts = known.get(module);
  if (texts === undefined) {
    texts = new Map();
    known.set(module, texts);
  }
  const key = `${dialect.api} ${awaits}`;
  let text = texts.get(key);
  if (text === undefined) {
    text = new Text(module, awaits, dialect).toString();
    texts.set(key, text);
  }
  return text;
}

/** Whether bodies of the program await: then several may be under way at the same time. */
export function doesAwait(program: Program): boolean {
  const tangled = tangledOf(program);
  const awaits = ({ kind }: Item) => kind === 'await' || kind === 'await import';
  return [...program.values()].some((module) => mayAwait(module, tangled) && module.items.some(awaits));
}

/** A text that the game evaluates awaits in any case, see `textOf`. */
function mayAwait({ number }: Module, tangled: ReadonlySet<number>): boolean {
  return number >= FIRST_TEXT || !tangled.has(number);
}

/** Numbers of modules that the top level of one imports with `import()`. */
export function awaitedOf(program: Program, module: Module): number[] {
  if (!mayAwait(module, tangledOf(program))) return [];
  return module.items.flatMap((item) => (item.kind === 'await import' ? [item.target] : []));
}

/** The texts without their comments: who has the same ones has the same code. */
export function codesOf(program: Program): Map<string, string> {
  // the first line is the comment
  return new Map([...textsOf(program)].map(([id, text]) => [id, text.slice(text.indexOf('\n'))]));
}

/**
 * Numbers of modules in cycles, and of what these import. What a module in a cycle sees of one that awaits depends on how
 * many ticks promises take: such modules do not await.
 */
function tangledOf(program: Program): ReadonlySet<number> {
  const left = new Map([...program.values()].map(({ number, items }) => [number, targetsOf(items, program)]));
  for (;;) {
    const imported = new Set([...left.values()].flat());
    const free = [...left.keys()].filter((number) => !imported.has(number));
    if (free.length === 0) return new Set(left.keys());
    for (const number of free) left.delete(number);
  }
}

/** Numbers of modules that these import, and what those import. */
export function reachOf(program: Program, roots: Iterable<number>): ReadonlySet<number> {
  const reached = new Set(roots);
  for (const number of reached) {
    for (const target of targetsOf(program.get(number)?.items ?? [], program)) reached.add(target);
  }
  return reached;
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
  readonly #classes: string[] = [];
  /** What is shown beside the locals, by name. */
  readonly #shown = new Map<string, string>();
  /** Variables that functions of the module write to. */
  readonly #variables: string[] = [];
  readonly #taken = new Set<string>();
  readonly #dialect: Dialect;
  readonly #helpers = new Set<Helper>();
  /** What is imported from the game and from Rekindle. */
  readonly #used = { api: new Set(['onShow']), world: new Set<string>(), script: new Set<string>() };

  constructor(module: Module, awaits: boolean, dialect: Dialect) {
    this.#module = module;
    this.#awaits = awaits;
    this.#dialect = dialect;
    for (const item of module.items) this.#import(item);
    for (const item of module.items) this.#define(item);
  }

  toString(): string {
    const { number, comment } = this.#module;
    const [before, after] = this.#dialect.module;
    const reads = [...this.#locals.map((name) => [name, name]), ...this.#shown];
    const names = reads.map(([name, read]) => `${name}: () => ${read}`).join(', ');
    const slots = this.#slots.map((name) => `['${name}', ${name}]`).join(', ');
    const flows = this.#variables.map(flowsOf).join(', ');
    const show = `${number}, { ${names} }, [${slots}], (n) => import('${before}' + n + '${after}'), { ${flows} }`;
    const given = (['api', 'world', 'script'] as const).filter((name) => this.#used[name].size > 0);
    return [
      `// comment ${comment}`,
      ...given.map((name) => `import { ${[...this.#used[name]].sort().join(', ')} } from '${this.#dialect[name]}';`),
      ...[...this.#helpers].map((name) => `import { ${name} } from '${this.#dialect.helper.join(name)}';`),
      ...this.#imports,
      this.#given('onShow', `(out) => out(${show})`),
      ...this.#body,
      '',
    ].join('\n');
  }

  /** A function that is given away: in every other module by its name. */
  #given(callee: string, fn: string): string {
    if (this.#module.number % 2 === 0) return `${callee}(${fn});`;
    const name = `$${callee}${this.#body.length}`;
    return `const ${name} = ${fn}; ${callee}(${name});`;
  }

  #import(item: Item): void {
    if (!('target' in item)) return;
    const from = `'${this.#dialect.module.join(String(item.target))}'`;
    if (item.kind === 'bare' || item.kind === 'accept') this.#imports.push(`import ${from};`);
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
    if (item.kind === 'timer') this.#set(`setInterval(() => {}, ${item.delay});`, 'setInterval');
    if (item.kind === 'once') this.#set(`setTimeout(() => {}, ${item.delay});`, 'setTimeout');
    if (item.kind === 'living') this.#live();
    if (item.kind === 'accept' && item.target !== number && this.#take(`accept ${item.target}`)) {
      const told = `() => accepted(${number}, ${item.target})`;
      const from = this.#dialect.module.join(String(item.target));
      this.#use('accepted', 'world', `import.meta.hot?.accept('${from}', ${told});`);
    }
    if (item.kind === 'await' && this.#awaits) this.#body.push('await null;');
    if (item.kind === 'await import' && this.#awaits && this.#take(item.local)) {
      const { by, local, target } = item;
      if (by !== undefined) this.#helpers.add(by);
      const imported = by === undefined ? `import('${this.#dialect.module.join(String(target))}')` : `${by}(${target})`;
      this.#body.push(`const ${local} = await ${imported};`);
      this.#locals.push(local);
    }
    if (item.kind === 'fails') this.#fail(item.how);
    if (item.kind === 'task' && this.#take(`task ${item.task}`)) {
      this.#used.script.add('task');
      this.#used.world.add('stand');
      // what it reads would be as old as the task
      this.#body.push(
        `task('t${item.task}', async ({ sleep }) => { const fall = stand('${number}.task ${item.task}.${version}'); try { for (;;) await sleep(${item.delay}); } finally { fall(); } });`,
      );
    }
    if (!('refs' in item)) return;
    const name = 'name' in item ? item.name : item.kind;
    const tag = `'${number}.${name}.${version}'`;
    const value = (depth: string): string => [tag, ...item.refs.flatMap((ref) => this.#read(ref, depth))].join(' + ');
    if (item.kind === 'effect')
      this.#use('effect', 'script', this.#given('effect', `() => stand(${value('2')})`), 'stand');
    if (item.kind === 'hook') this.#use('onRoll', 'api', this.#given('onRoll', `(out) => out(() => ${value('2')})`));
    if (item.kind === 'listener') {
      this.#use('listen', 'script', `listen(bus, 'event', (out) => out(() => ${value('2')}));`, 'bus');
    }
    if (item.kind === 'own') this.#use('on', 'world', `on(() => ${value('2')});`);
    if (item.kind === 'entry') {
      // few keys are anybody's: two that set one are refused
      const key = item.key % 8 === 0 ? 'shared' : `${number}.${item.key}`;
      if (this.#take(`key ${key}`)) this.#use('define', 'api', `define('${key}', ${value('2')});`);
    }
    if (item.kind !== 'default' && !('name' in item)) return;
    if (!this.#take(name)) return;
    if (item.kind === 'const') this.#body.push(`export const ${name} = ${value('2')};`);
    if (item.kind === 'let') {
      this.#body.push(`export let ${name} = ${tag}; ${name} = ${value('2')};`);
      this.#variables.push(name);
    }
    if (item.kind === 'default') this.#body.push(`export default ${value('2')};`);
    if (item.kind === 'slot') {
      // what `init` would read is only read by the first version: a slot that is there keeps its value
      this.#used.script.add('state');
      this.#body.push(`export const ${name} = state('${name}', () => ({ slot: ${tag} }));`);
      this.#slots.push(name);
    }
    if (item.kind === 'function') {
      this.#body.push(`export function ${name}(depth = 2) { return depth <= 0 ? 'deep' : ${value('depth - 1')}; }`);
    }
    if (item.kind === 'class') {
      this.#classes.push(name);
      this.#body.push(
        `export class ${name} { static fixed = ${value('2')}; at(depth = 2) { return depth <= 0 ? 'deep' : ${value('depth - 1')}; } }`,
      );
    }
    if (item.kind !== 'default') this.#locals.push(name);
  }

  /** Its methods are the newest ones, whatever version made it. */
  #live(): void {
    const made = this.#classes.at(-1);
    const name = `l${made}`;
    if (made === undefined || !this.#take(name)) return;
    this.#used.script.add('state');
    this.#body.push(`const ${name} = state('${name}', () => ({ slot: [new ${made}()] }));`);
    this.#slots.push(name);
    this.#shown.set(`living_${made}`, `${name}.slot[0].at(2)`);
  }

  /** An expression for a reference; nothing where there is nothing yet to refer to. */
  #read(ref: Reference, depth: string): string[] {
    const name = this.#locals[ref % Math.max(1, this.#locals.length)];
    if (name === undefined) return [];
    this.#used.api.add('show');
    const imported = /^[an]\d/.test(name);
    return [imported && ref % 3 === 0 ? `show(${name}.x${ref % 5}, ${depth})` : `show(${name}, ${depth})`];
  }

  #use(name: string, from: 'api' | 'script' | 'world', statement: string, world?: string): void {
    this.#used[from].add(name);
    if (world !== undefined) this.#used.world.add(world);
    this.#body.push(statement);
  }

  /** A timer; Node's own would have to be found again. */
  #set(statement: string, name: string): void {
    if (this.#dialect !== SCRIPTS) this.#used.script.add(name);
    this.#body.push(statement);
  }

  #fail(how: Extract<Item, { kind: 'fails' }>['how']): void {
    if (how === 'throws') this.#body.push("throw new Error('as it should');");
    if (how === 'syntax') this.#body.push('const = ;');
    if (how === 'unresolved') this.#imports.push("import '/nowhere';");
    if (how === 'effect') this.#use('effect', 'script', "effect(() => { throw new Error('as it should'); });");
  }

  /** False where the name is there already: one export, one local of a name. */
  #take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}

/**
 * Functions that wait before they write to a variable, and put back what was there: nobody but they sees it, unless they
 * write to another version's.
 */
function flowsOf(name: string): string {
  const write = (wait: string) =>
    `const was = ${name}; ${wait}; ${name} = 'written'; const wrote = ${name}; ${name} = was; return [was, wrote, ${name}];`;
  return `${name}: { async run(gate) { ${write('await gate')} }, *walk() { ${write('yield')} } }`;
}
