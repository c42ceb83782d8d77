/**
 * The participant `cells`: makes the staged versions the current ones, in time that grows with what changed.
 *
 * A module's values move into its stable cells; its new code is pointed at them by one closure, and its old code at
 * detached cells that keep the old values, so that whatever still runs there goes on in its own world. Undo is the same
 * move backwards, from a log. Nothing of the author's runs here.
 */

import { type AnyCell, Cell, isInitialised, ThrowingCell, throwingNamespace } from './cell.ts';
import { LoaderError } from './errors.ts';
import { exportReaders } from './graph.ts';
import { type Linked, viewsOf } from './link.ts';
import type { ModuleInstance, ResolvedBinding, SourceTextInstance, Unit } from './module-instance.ts';
import type { ModuleRecord } from './module-record.ts';
import type { Stage } from './stage.ts';

/** Units whose code runs on under the text of a later one. */
const editions = new WeakMap<Unit, Unit>();

/** The unit with the text that the author reads for code of this one: comments, types or layout were edited since. */
export function newestEdition(unit: Unit): Unit {
  return editions.get(unit) ?? unit;
}

interface Replacement {
  readonly record: ModuleRecord;
  readonly next: SourceTextInstance;
  readonly old: SourceTextInstance | undefined;
  /** The stable cells that the old version wrote to until now. */
  readonly oldCells: readonly Cell[];
}

export class CellSwap {
  readonly name = 'cells';
  readonly stage = 'swap';
  readonly #stage: Stage;
  readonly #linked: Pick<Linked, 'rebinds' | 'surfaces'>;
  readonly #order: () => readonly ModuleRecord[] | undefined;
  readonly #log: (() => void)[] = [];
  /** Collections whose order an undo restores. */
  readonly #ordered = new Set<unknown>();
  /** Versions that leave. */
  readonly #left: SourceTextInstance[] = [];

  /** @param order the new evaluation order, where import edges or roots changed; asked for when it applies */
  constructor(
    stage: Stage,
    linked: Pick<Linked, 'rebinds' | 'surfaces'>,
    order: () => readonly ModuleRecord[] | undefined = () => undefined,
  ) {
    this.#stage = stage;
    this.#linked = linked;
    this.#order = order;
  }

  apply(): void {
    const { graph, instances, removed } = this.#stage;
    const replacements = this.#replacements();
    for (const replacement of replacements) this.#detachOld(replacement);
    for (const [record, next] of instances) this.#place(record, next);
    for (const record of removed) {
      if (record.current?.kind === 'source') this.#left.push(record.current);
      this.#remove(record);
    }
    this.#adoptNamespaces();
    const detached = detachedCells(replacements);
    for (const { old } of replacements) this.#pointOld(old, detached);
    for (const instance of this.#stage.sources()) {
      this.#point(instance, viewsOf(graph, instance, instance.bindings), instance.bindings);
    }
    for (const [instance, bindings] of this.#linked.rebinds) {
      this.#point(instance, viewsOf(graph, instance, bindings), bindings);
    }
    for (const [instance, unit] of this.#stage.retexted) {
      const { unit: before, running } = instance;
      this.#do(
        () => {
          instance.unit = unit;
          editions.set(running, unit);
        },
        () => {
          instance.unit = before;
          editions.set(running, before);
        },
      );
    }
    for (const { record, next, old } of replacements) this.#forgetImports(record, old, next);
    for (const { from, to, body } of this.#stage.imports) {
      if (from !== null) this.#import(from, to, body);
      else if (!graph.roots.has(to)) {
        this.#do(
          () => graph.roots.add(to),
          () => graph.roots.delete(to),
        );
      }
    }
    const order = this.#order();
    if (order !== undefined) this.#number(order);
    this.#showLiveViews();
  }

  undo(): void {
    this.#left.length = 0;
    for (let step = this.#log.pop(); step !== undefined; step = this.#log.pop()) step();
  }

  finish(): void {
    this.#log.length = 0;
  }

  /**
   * The last act: imports of versions that have left throw from now on. Not when the cells are swapped, because their
   * clean-ups, and what hears of their end, still run then.
   *
   * @param time milliseconds since the epoch
   * @param rest what they still have to put away; their imports are there until then
   */
  sever(time: number, rest?: Promise<void>): void {
    const left = this.#left.splice(0);
    for (const instance of left) instance.left = time;
    if (rest === undefined) cut(left);
    else if (left.length > 0) void rest.then(() => cut(left));
  }

  #do(act: () => void, undo: () => void): void {
    this.#log.push(undo);
    act();
  }

  /** What is taken out of a map or set and put back stands at its end: the undo of this puts it in its place. */
  #keepOrder<Key>(collection: Set<Key> | Map<Key, unknown>): void {
    if (this.#ordered.has(collection)) return;
    this.#ordered.add(collection);
    const before = [...collection.keys()];
    this.#log.push(() => {
      const known = new Set(before);
      const meanwhile = [...collection.keys()].filter((key) => !known.has(key));
      for (const key of [...before, ...meanwhile]) {
        if (!collection.has(key)) continue;
        if (collection instanceof Map) {
          const value = collection.get(key);
          collection.delete(key);
          collection.set(key, value);
        } else {
          collection.delete(key);
          collection.add(key);
        }
      }
    });
  }

  #replacements(): Replacement[] {
    const replacements: Replacement[] = [];
    for (const next of this.#stage.sources()) {
      const old = next.record.current;
      const source = old?.kind === 'source' ? old : undefined;
      replacements.push({ record: next.record, next, old: source, oldCells: source?.cells ?? [] });
    }
    return replacements;
  }

  /** Gives the old version cells of its own, with the values of this moment. */
  #detachOld({ old, oldCells }: Replacement): void {
    if (old === undefined) return;
    this.#do(
      () => {
        old.cells = oldCells.map(copyOf);
      },
      () => {
        // what old code wrote while it was detached is kept: it ran on the whole time
        old.cells.forEach((cell, index) => {
          const stable = oldCells[index] as Cell;
          if (isInitialised(cell)) stable.v = cell.v;
          else Reflect.deleteProperty(stable, 'v');
        });
        old.cells = oldCells;
      },
    );
  }

  /** Makes `next` the record's current version and its staged cells' values those of the stable cells. */
  #place(record: ModuleRecord, next: ModuleInstance): void {
    const { graph } = this.#stage;
    const old = record.current;
    this.#do(
      () => graph.records.set(record.key, record),
      () => {
        if (old === undefined) graph.records.delete(record.key);
      },
    );
    if (next.kind === 'source') this.#moveValues(record, next);
    this.#do(
      () => {
        record.current = next;
      },
      () => {
        record.current = old;
      },
    );
    this.#moveEdges(record, old?.requested ?? [], next.requested);
    if (next.kind === 'source') for (const target of next.reexported()) target.reexporters.add(record);
  }

  #moveValues(record: ModuleRecord, next: SourceTextInstance): void {
    const staged = next.cells;
    const stable = staged.map((cell, index) => {
      const name = (next.artifact.locals[index] as { name: string }).name;
      const existing = record.cells.get(name);
      if (existing === undefined) {
        this.#do(
          () => record.cells.set(name, cell),
          () => record.cells.delete(name),
        );
        return cell;
      }
      if (isInitialised(cell))
        existing.v = cell.v; // undone with the old version's cells
      else Reflect.deleteProperty(existing, 'v');
      return existing;
    });
    for (const [name, cell] of record.cells) {
      if (next.locals.has(name)) continue;
      this.#keepOrder(record.cells);
      this.#do(
        () => record.cells.delete(name),
        () => record.cells.set(name, cell),
      );
    }
    this.#do(
      () => {
        next.cells = stable;
      },
      () => {
        next.cells = staged;
      },
    );
  }

  #moveEdges(record: ModuleRecord, from: readonly ModuleRecord[], to: readonly ModuleRecord[]): void {
    for (const target of from) {
      if (to.includes(target) || !target.importers.has(record)) continue;
      this.#keepOrder(target.importers);
      this.#do(
        () => target.importers.delete(record),
        () => target.importers.add(record),
      );
    }
    for (const target of to) {
      if (target.importers.has(record)) continue;
      this.#do(
        () => target.importers.add(record),
        () => target.importers.delete(record),
      );
    }
  }

  #remove(record: ModuleRecord): void {
    const { graph } = this.#stage;
    const { current } = record;
    this.#keepOrder(graph.records);
    this.#do(
      () => graph.records.delete(record.key),
      () => graph.records.set(record.key, record),
    );
    if (graph.roots.has(record)) {
      this.#keepOrder(graph.roots);
      this.#do(
        () => graph.roots.delete(record),
        () => graph.roots.add(record),
      );
    }
    for (const { dynamicImports } of graph.records.values()) this.#forgetImport(dynamicImports, record);
    if (current?.kind === 'source') this.#forgetImports(record, current);
    // else who imported it with `import()` would lead to it, and to what it imports, for ever
    this.#do(
      () => {
        record.current = undefined;
      },
      () => {
        record.current = current;
      },
    );
    if (current?.kind !== 'source') return;
    this.#moveEdges(record, current.requested, []);
  }

  #import(from: ModuleRecord, to: ModuleRecord, body: ModuleRecord | undefined): void {
    const { graph } = this.#stage;
    const made = from.dynamicImports.get(to);
    if (body === undefined ? made?.running === true : made?.bodies.has(body) === true) return;
    this.#do(
      () => graph.imported(from, to, body),
      () => {
        if (made === undefined) from.dynamicImports.delete(to);
        else if (body === undefined) made.running = false;
        else made.bodies.delete(body);
      },
    );
  }

  /** What was imported for the top level of a version that goes, and not for the next one, was nobody else's import. */
  #forgetImports(body: ModuleRecord, old: SourceTextInstance | undefined, next?: SourceTextInstance): void {
    for (const to of old?.awaited.keys() ?? []) {
      if (next?.awaited.has(to) === true) continue;
      for (const { dynamicImports } of this.#stage.graph.records.values()) {
        const made = dynamicImports.get(to);
        if (made?.bodies.has(body) !== true) continue;
        this.#keepOrder(made.bodies);
        this.#do(
          () => made.bodies.delete(body),
          () => made.bodies.add(body),
        );
        if (!made.running && made.bodies.size === 0) this.#forgetImport(dynamicImports, to);
      }
    }
  }

  #forgetImport(dynamicImports: ModuleRecord['dynamicImports'], to: ModuleRecord): void {
    const made = dynamicImports.get(to);
    if (made === undefined) return;
    this.#keepOrder(dynamicImports);
    this.#do(
      () => dynamicImports.delete(to),
      () => dynamicImports.set(to, made),
    );
  }

  /** Namespace objects keep their identity while their names stay; what staged code took besides becomes an alias. */
  #adoptNamespaces(): void {
    const { graph } = this.#stage;
    const staged = this.#stage.stagedNamespaces();
    for (const record of new Set([...this.#linked.surfaces, ...staged.keys()])) {
      const before = record.namespace;
      const next = staged.get(record);
      if (record.current === undefined && this.#stage.at(record) === undefined) continue; // it has not come
      if (before === undefined && next === undefined) continue; // nobody has one: its readers would cost a whole chain
      const readers = exportReaders(graph, undefined, record);
      if (next !== undefined) this.#log.push(next.repoint(readers));
      if (before?.hasNames([...readers.keys()]) === true) this.#log.push(before.repoint(readers));
      else {
        this.#do(
          () => {
            record.namespace = next;
          },
          () => {
            record.namespace = before;
          },
        );
      }
    }
  }

  /** Versions of one release that are still in flight keep seeing each other. */
  #pointOld(old: SourceTextInstance | undefined, detached: ReadonlyMap<AnyCell, AnyCell>): void {
    if (old === undefined) return;
    const views = old.views.map((view) => detached.get(view as AnyCell) ?? view);
    this.#point(old, views, old.bindings);
  }

  #point(instance: SourceTextInstance, views: readonly unknown[], bindings: readonly ResolvedBinding[]): void {
    const before = { views: instance.views, bindings: instance.bindings };
    this.#do(
      () => {
        instance.views = views;
        instance.bindings = bindings;
        instance.wire();
      },
      () => {
        instance.views = before.views;
        instance.bindings = before.bindings;
        // the cells that go with these views are put back later in the log: wire when it is done
        this.#log.unshift(() => instance.wire());
      },
    );
  }

  #number(order: readonly ModuleRecord[]): void {
    const before = order.map((record) => record.order);
    this.#do(
      () => {
        order.forEach((record, index) => {
          record.order = index;
        });
      },
      () => {
        order.forEach((record, index) => {
          record.order = before[index] as number;
        });
      },
    );
  }

  #showLiveViews(): void {
    const { graph } = this.#stage;
    const shown = new Set([...this.#stage.instances.keys(), ...this.#linked.surfaces]);
    for (const record of shown) {
      if (record.live === undefined) continue;
      if (this.#stage.removed.has(record)) continue;
      if (!this.#linked.surfaces.has(record)) continue; // same names, same cells
      this.#log.push(record.live.show(exportReaders(graph, undefined, record)));
    }
  }
}

/** From the stable cells that old versions wrote to, to their own from now on. */
function detachedCells(replacements: readonly Replacement[]): Map<AnyCell, AnyCell> {
  const detached = new Map<AnyCell, AnyCell>();
  for (const { old, oldCells } of replacements) {
    for (const [index, cell] of oldCells.entries()) detached.set(cell, old?.cells[index] as Cell);
  }
  return detached;
}

function copyOf(cell: Cell): Cell {
  const copy = new Cell('detached');
  if (isInitialised(cell)) copy.v = cell.v;
  return copy;
}

function cut(left: readonly SourceTextInstance[]): void {
  for (const instance of left) {
    const fail = () => unloaded(instance);
    const gone = new ThrowingCell(fail);
    const { imports } = instance.artifact;
    instance.views = instance.views.map((_, index) => (imports[index]?.name === null ? throwingNamespace(fail) : gone));
    instance.wire();
  }
}

/** What an import of a module that was taken out throws. */
export function unloaded({ record, unit, left }: SourceTextInstance): LoaderError {
  const when = left === undefined ? '' : ` at ${new Date(left).toISOString()}`;
  return new LoaderError(
    'MODULE_UNLOADED',
    `'${record.key}' (revision ${unit.revision.slice(0, 8)}) was unloaded${when}: what it imports is no longer there ` +
      'for it. Drop the reference to its function, or import the module again.',
  );
}
