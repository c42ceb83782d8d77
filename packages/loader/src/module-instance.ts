/**
 * One evaluation of one revision of a module, or the values of a module that is not a script.
 *
 * Source text instances follow ECMA-262 Source Text Module Records (16.2.1.6), synthetic ones Synthetic Module
 * Records (16.2.1.8). Linking and evaluation stand in files of their own; an instance holds the data.
 */

import type { Artifact, CompileOptions, ModuleContext } from '@rekindle/compiler';
import { type AnyCell, Cell, FIXED, ForeignCell } from './cell.ts';
import { exportTables } from './export-tables.ts';
import type { ModuleRecord } from './module-record.ts';

/** What `vm.Script` made of an artifact: shared by all namespaces. */
export type ModuleFactory = (
  context: ModuleContext,
) => Generator<undefined, void, undefined> | AsyncGenerator<undefined, void, undefined>;

/** A compiled revision. */
export interface Unit {
  readonly id: string;
  readonly revision: string;
  /** The author's text. */
  readonly source: string;
  /** How it was compiled: the source map is made again from both when an error is read. */
  readonly options: CompileOptions;
  readonly artifact: Artifact;
  readonly factory: ModuleFactory;
}

/** Where an import or export name leads: ECMA-262 ResolvedBinding Record. */
export type ResolvedBinding =
  | {
      readonly kind: 'binding';
      readonly record: ModuleRecord;
      readonly name: string;
      readonly local: string;
      /** The version whose values are meant, where the record is a scoped host module. */
      readonly scope?: SourceTextInstance;
    }
  | { readonly kind: 'namespace'; readonly record: ModuleRecord }
  | { readonly kind: 'absent'; readonly record: ModuleRecord; readonly name: string };

/** What a version that awaits nothing has imported while it was awaited. */
const NONE: ReadonlyMap<ModuleRecord, ModuleRecord> = new Map();

const NO_KEYS: ReadonlySet<string> = new Set();

/** ECMA-262 [[Status]], without the states that a stage does not show. */
export type Status = 'new' | 'linked' | 'evaluating' | 'evaluating-async' | 'evaluated';

/** What surrounds the code of one version; `moduleContext` of the powers makes it. */
export interface InstanceContext {
  readonly token: { readonly unit: Unit };
  readonly global: object;
  readonly timers: ModuleContext['timers'];
  readonly loops: ModuleContext['loops'];
  readonly define: ModuleContext['define'];
  readonly meta: () => object;
  readonly import: (specifier: unknown, options: unknown) => Promise<unknown>;
  /** Runs a synchronous body, or the first part of one that awaits, as the version's owner. */
  run<Result>(body: () => Result): Result;
  /** Runs a body that awaits: the owner stays with it over its awaits. */
  runAsync<Result>(body: () => Promise<Result>): Promise<Result>;
}

export class SourceTextInstance {
  readonly kind = 'source';
  readonly record: ModuleRecord;
  /** Replaced by a unit that does the same when only comments, types or layout were edited. */
  unit: Unit;
  /** The unit whose code runs; `unit` may be a later edition of its text. */
  readonly running: Unit;
  status: Status = 'new';
  /** ECMA-262 [[LoadedModules]], by index of the request. */
  requested: readonly ModuleRecord[] = [];
  /**
   * Scripts that its top level was given by `import()` while it was awaited, in the order of the calls, and whose code
   * called; and those that such code may have given it from a cache. Until it has run, those of the version before it.
   */
  awaited: ReadonlyMap<ModuleRecord, ModuleRecord> = NONE;
  #imported: Set<string> | undefined;
  /** By index of the import entry. */
  bindings: readonly ResolvedBinding[] = [];
  /** What the emitted code reads its imports from, by index of the import entry. */
  views: readonly unknown[] = [];
  /** The cells that the emitted code writes to, by index of the local export entry. */
  cells: readonly Cell[];
  readonly locals: ReadonlyMap<string, number>;
  readonly indirect: ReadonlyMap<string, Artifact['indirect'][number]>;
  #rebind: ((views: readonly unknown[]) => void) | undefined;
  #body: Generator<undefined, void, undefined> | AsyncGenerator<undefined, void, undefined> | undefined;
  /** When it was taken out of the graph, in milliseconds since the epoch. */
  left: number | undefined;
  #read: (() => readonly unknown[]) | undefined;
  /** What the variables that its functions assign held when its release was committed. */
  #before: readonly unknown[] | undefined;
  /** Resolves when an async body has reached its first yield, where the author's text begins. */
  ready: Promise<unknown> | undefined;
  context: InstanceContext | undefined;
  /** What belongs to this version, for whoever keeps it: nothing here looks at it. */
  scope: object | undefined;

  constructor(record: ModuleRecord, unit: Unit) {
    this.record = record;
    this.unit = unit;
    this.running = unit;
    const { locals } = unit.artifact;
    this.cells = locals.map((entry) => new Cell(entry.name));
    const { locals: byName, indirect } = exportTables(unit.artifact);
    this.locals = byName;
    this.indirect = indirect;
  }

  get artifact(): Artifact {
    return this.unit.artifact;
  }

  /** The records of which this version re-exports something. */
  *reexported(): Iterable<ModuleRecord> {
    for (const request of this.artifact.stars) yield this.requested[request] as ModuleRecord;
    for (const { request } of this.indirect.values()) yield this.requested[request] as ModuleRecord;
  }

  /** Instantiates the code up to the author's first statement: functions are hoisted and published. */
  begin(context: InstanceContext): void {
    this.context = context;
    const { factory } = this.unit; // not called as a method: `this` at a module's top level is undefined
    const emitted = new EmittedContext(context, (rebind, read) => {
      this.#rebind = rebind;
      this.#read = read;
      this.wire();
    });
    this.#body = factory(emitted);
    const first = this.#body.next();
    if (this.artifact.async) this.ready = Promise.resolve(first);
  }

  /** True once `begin` has been called. */
  get begun(): boolean {
    return this.#body !== undefined;
  }

  /** Keys of what code of it has imported with `import()`, and may have kept. */
  get imported(): ReadonlySet<string> {
    return this.#imported ?? NO_KEYS;
  }

  /** Code of it has been given a module by `import()`, be it for a release that does not come. */
  noteImported(key: string): void {
    this.#imported ??= new Set();
    this.#imported.add(key);
  }

  /** Hands the code its present views and cells. */
  wire(): void {
    this.#rebind?.([...this.views, ...this.cells]);
  }

  /** Notes what the variables hold that functions of the module assign: what comes after its release is the game's. */
  remember(): void {
    this.#before = this.#read?.().map((value) => (isObject(value) ? new WeakRef(value) : value));
  }

  /** The variables that code has assigned since: what is lost when another version takes its place. */
  *assigned(): Iterable<{ readonly name: string; readonly value: unknown }> {
    const before = this.#before;
    if (before === undefined) return;
    for (const [index, value] of (this.#read?.() ?? []).entries()) {
      const was = before[index];
      if (Object.is(value, was instanceof WeakRef ? was.deref() : was)) continue;
      yield { name: this.artifact.facts.assigned[index] as string, value };
    }
  }

  /** Runs the body of a module that does not await at top level. */
  execute(): void {
    const body = this.#body as Generator<undefined, void, undefined>;
    this.context?.run(() => body.next());
    this.#body = undefined;
  }

  /** Runs the body of a module that awaits at top level. */
  async executeAsync(): Promise<void> {
    const body = this.#body as AsyncGenerator<undefined, void, undefined>;
    await this.context?.runAsync(() => body.next());
    this.#body = undefined;
  }
}

/** What the emitted function of a version is given. */
class EmittedContext implements ModuleContext {
  readonly token: { readonly unit: Unit };
  readonly bind: ModuleContext['bind'];
  readonly import: ModuleContext['import'];
  readonly global: object;
  readonly timers: ModuleContext['timers'];
  readonly loops: ModuleContext['loops'];
  readonly define: ModuleContext['define'];
  readonly #meta: () => object;

  constructor(context: InstanceContext, bind: ModuleContext['bind']) {
    this.token = context.token;
    this.bind = bind;
    this.import = context.import;
    this.global = context.global;
    this.timers = context.timers;
    this.loops = context.loops;
    this.define = context.define;
    this.#meta = context.meta;
  }

  keep<Value>(value: Value): Value {
    return value;
  }

  get fixed(): object {
    return FIXED;
  }

  name(anonymous: object): void {
    Object.defineProperty(anonymous, 'name', { value: 'default', configurable: true });
  }

  get meta(): object {
    return this.#meta();
  }
}

function isObject(value: unknown): value is WeakKey {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Values that a host module or a native module gives; never evaluated, never replaced. */
export class SyntheticInstance {
  readonly kind = 'synthetic';
  readonly record: ModuleRecord;
  readonly status: Status = 'evaluated';
  readonly requested: readonly ModuleRecord[] = [];
  readonly #module: SyntheticModule;
  readonly #shared: SyntheticValues | undefined;
  readonly #scoped = new WeakMap<SourceTextInstance, SyntheticValues>();

  constructor(record: ModuleRecord, module: SyntheticModule) {
    this.record = record;
    this.#module = module;
    if (module.kind === 'shared') this.#shared = new SyntheticValues(module.values);
  }

  /** True where every importing version gets values of its own. */
  get scoped(): boolean {
    return this.#shared === undefined;
  }

  /** True where the named function only stores the callback it is given. */
  later(name: string): boolean {
    return this.#module.later(name);
  }

  /** True where the named function takes the set-up of an effect: code that runs when the release commits. */
  setsUp(name: string): boolean {
    return this.#module.setsUp?.(name) === true;
  }

  /** The values as one importing version sees them. */
  for(importer: SourceTextInstance): SyntheticValues {
    if (this.#shared !== undefined) return this.#shared;
    let values = this.#scoped.get(importer);
    if (values === undefined) {
      if (this.#module.kind !== 'scoped') throw new TypeError('a shared module has shared values');
      try {
        values = new SyntheticValues(this.#module.create(importer));
      } catch (error) {
        throw new HostModuleError(importer, this.record, error);
      }
      this.#scoped.set(importer, values);
    }
    return values;
  }

  /** The values that no script's version stands behind: for the game's own `import`. */
  get shared(): SyntheticValues | undefined {
    return this.#shared;
  }
}

/** A host module threw while it made its values for a version that is being linked. */
export class HostModuleError extends Error {
  readonly importer: SourceTextInstance;
  readonly module: ModuleRecord;

  constructor(importer: SourceTextInstance, module: ModuleRecord, cause: unknown) {
    super(`'${module.key}' failed for '${importer.record.key}'`, { cause });
    this.name = 'HostModuleError';
    this.importer = importer;
    this.module = module;
  }
}

export class SyntheticValues {
  readonly values: Record<string, unknown>;
  readonly #cells = new Map<string, ForeignCell>();
  /** Namespace object over these values, where they belong to one importer. */
  namespace: object | undefined;

  constructor(values: Record<string, unknown>) {
    this.values = values;
  }

  get names(): string[] {
    return Object.keys(this.values);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name);
  }

  cell(name: string): AnyCell {
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      cell = new ForeignCell(this.values, name);
      this.#cells.set(name, cell);
    }
    return cell;
  }
}

/** A module that the host or Node provides. */
export type SyntheticModule =
  | {
      readonly kind: 'shared';
      readonly values: Record<string, unknown>;
      later(name: string): boolean;
      setsUp?(name: string): boolean;
    }
  | {
      readonly kind: 'scoped';
      create(importer: SourceTextInstance): Record<string, unknown>;
      later(name: string): boolean;
      /** @default false, for every name */
      setsUp?(name: string): boolean;
    };

export type ModuleInstance = SourceTextInstance | SyntheticInstance;
