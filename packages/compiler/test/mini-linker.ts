/**
 * The least linker that the module ABI needs: it loads a graph of sources, links cells, and evaluates.
 *
 * It knows nothing of versions, reloads or resolution: a specifier is a module id. It stands here so that the compiler's
 * tests run what they compile without the real loader.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Artifact,
  type CompileOptions,
  type CompilerOptionsSubset,
  compile,
  type ImportEntry,
  instantiate,
  type LoopCounter,
  type ModuleFunction,
} from '../src/index.ts';

interface Cell {
  v: unknown;
}

/** A cell throws until it has a value. */
function createCell(name: string): Cell {
  return Object.defineProperty({} as Cell, 'v', {
    configurable: true,
    get: () => {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    },
    set(value: unknown) {
      Object.defineProperty(this, 'v', { value, writable: true, configurable: true, enumerable: true });
    },
  });
}

export interface LinkerOptions {
  /** Own properties of the namespace's facade. */
  readonly globals?: Record<string, unknown>;
  readonly timers?: Record<string, unknown>;
  readonly meta?: object;
  readonly loops?: LoopCounter;
  readonly tsconfig?: CompilerOptionsSubset;
  readonly debug?: CompileOptions['debug'];
}

type Namespace = Record<string, unknown>;
type Body = ReturnType<ModuleFunction>;

class Module {
  readonly artifact: Artifact;
  readonly cells: Cell[];
  rebind: (views: readonly unknown[]) => void = () => {};
  body: Body | null = null;
  started: Promise<void> | 'done' | null = null;
  namespace: Namespace | null = null;

  constructor(artifact: Artifact) {
    this.artifact = artifact;
    this.cells = artifact.locals.map(({ name }) => createCell(name));
  }
}

export class MiniLinker {
  readonly facade: Record<string, unknown>;
  readonly modules = new Map<string, Module>();
  readonly #options: LinkerOptions;

  constructor(sources: Record<string, string>, options: LinkerOptions = {}) {
    this.#options = options;
    // not by assignment: it would call the setters that globalThis has for names like `process`
    this.facade = Object.create(globalThis, Object.getOwnPropertyDescriptors(options.globals ?? {}));
    for (const [id, source] of Object.entries(sources)) this.#load(id, source);
    for (const module of this.modules.values()) this.#begin(module);
  }

  /** Evaluates a module and all that it imports; synchronous modules are done when this returns. */
  async evaluate(id: string): Promise<Namespace> {
    const evaluated = this.#evaluate(this.#module(id));
    if (evaluated !== 'done') await evaluated;
    return this.namespace(id);
  }

  namespace(id: string): Namespace {
    const module = this.#module(id);
    if (module.namespace !== null) return module.namespace;
    const namespace: Namespace = Object.create(null);
    module.namespace = namespace;
    for (const name of this.#names(module, new Set()).sort()) {
      const get = () => (this.#resolve(module, name, new Set()) as Cell).v;
      Object.defineProperty(namespace, name, { enumerable: true, get });
    }
    return Object.preventExtensions(namespace);
  }

  /** Points a module at other cells, as a commit does. */
  replaceCells(id: string, cells: readonly Cell[]): void {
    const module = this.#module(id);
    module.rebind([...this.#views(module), ...cells]);
  }

  #load(id: string, source: string, fileName = id): void {
    const { tsconfig, debug } = this.#options;
    const result = compile(source, { id: fileName, ...(tsconfig && { tsconfig }), ...(debug && { debug }) });
    if (!result.ok) throw new SyntaxError(result.diagnostics.map(({ message }) => message).join('\n'));
    this.modules.set(id, new Module({ ...result.artifact, id }));
    for (const { specifier } of result.artifact.requests) {
      if (specifier.startsWith('@swc/helpers/') && !this.modules.has(specifier)) this.#loadHelper(specifier);
    }
  }

  /** What SWC imports; its helpers import each other by relative paths. */
  #loadHelper(specifier: string): void {
    const file = fileURLToPath(import.meta.resolve(specifier));
    const source = readFileSync(file, 'utf8').replace(/from "\.\/(\w+)\.js"/g, 'from "@swc/helpers/_/$1"');
    this.#load(specifier, source, `${specifier}.js`);
  }

  #begin(module: Module): void {
    const instantiated = instantiate(module.artifact);
    if (!instantiated.ok) throw new SyntaxError(instantiated.diagnostic.message);
    const { body } = instantiated; // not called as a method: a module's body has no `this`
    module.body = body({
      token: {},
      bind: (rebind) => {
        module.rebind = rebind;
        rebind([...this.#views(module), ...module.cells]);
      },
      keep: (value) => value,
      fixed: {},
      name: (anonymous) => Object.defineProperty(anonymous, 'name', { value: 'default', configurable: true }),
      import: async (specifier) => this.evaluate(String(specifier)),
      meta: this.#options.meta ?? {},
      global: this.facade,
      timers: (this.#options.timers ?? globalThis) as never,
      loops: this.#options.loops ?? { left: 0, check() {} },
      define() {},
    });
    const first = module.body.next();
    if (first instanceof Promise) first.catch(() => {});
  }

  #evaluate(module: Module): Promise<void> | 'done' {
    if (module.started !== null) return module.started;
    module.started = 'done';
    const waiting: Promise<void>[] = [];
    for (const { specifier } of module.artifact.requests) {
      const evaluated = this.#evaluate(this.#module(specifier));
      if (evaluated !== 'done') waiting.push(evaluated);
    }
    const run = () => module.body?.next() as Promise<unknown> | undefined;
    if (waiting.length === 0 && !module.artifact.async) run();
    else module.started = Promise.all(waiting).then(async () => void (await run()));
    return module.started;
  }

  #views(module: Module): unknown[] {
    return module.artifact.imports.map((entry: ImportEntry) => {
      const target = this.#module(module.artifact.requests[entry.request]?.specifier ?? '');
      if (entry.name === null) return this.namespace(target.artifact.id);
      const cell = this.#resolve(target, entry.name, new Set());
      if (cell !== undefined) return cell;
      if (entry.optional === true) return { v: undefined };
      throw new SyntaxError(`'${entry.name}' is not exported by '${target.artifact.id}'`);
    });
  }

  #resolve(module: Module, name: string, seen: Set<string>): Cell | undefined {
    const key = `${module.artifact.id}\0${name}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const { locals, indirect, stars, requests } = module.artifact;
    const index = locals.findIndex((local) => local.name === name);
    if (index >= 0) return module.cells[index];
    const target = (request: number) => this.#module(requests[request]?.specifier ?? '');
    const entry = indirect.find((candidate) => candidate.name === name);
    if (entry !== undefined) {
      if (entry.from !== null) return this.#resolve(target(entry.request), entry.from, seen);
      return { v: this.namespace(target(entry.request).artifact.id) };
    }
    if (name === 'default') return undefined;
    for (const star of stars) {
      const cell = this.#resolve(target(star), name, seen);
      if (cell !== undefined) return cell;
    }
    return undefined;
  }

  #names(module: Module, seen: Set<Module>): string[] {
    if (seen.has(module)) return [];
    seen.add(module);
    const { locals, indirect, stars, requests } = module.artifact;
    const names = new Set([...locals, ...indirect].map(({ name }) => name));
    for (const star of stars) {
      const target = this.#module(requests[star]?.specifier ?? '');
      for (const name of this.#names(target, seen)) if (name !== 'default') names.add(name);
    }
    return [...names];
  }

  #module(id: string): Module {
    const module = this.modules.get(id);
    if (module === undefined) throw new Error(`There is no module '${id}'`);
    return module;
  }
}
