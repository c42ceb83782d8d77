/**
 * The graph of objects behind all slots of a snapshot, laid flat: objects of one family and the same keys are the rows of
 * a table, and a reference is a number.
 *
 * Flat, because V8's own serializer follows references one inside the other: a list of some thousand links, or as many
 * goblins that know their neighbours, would end its stack. One graph for all slots, so that what two of them share is one
 * object again afterwards. V8 writes the tables, whose depth does not grow.
 */
import { types } from 'node:util';
import type { ClassName } from './class-registry.ts';
import {
  type Family,
  integrityOf,
  Kinds,
  leafLoss,
  type ObjectKind,
  propertiesOf,
  unwritable,
} from './snapshot-kinds.ts';
import { Memories } from './snapshot-memory.ts';

/** Values in a row: `refs` has the number of the object plus one, and 0 where the value is none. */
export interface Column {
  readonly values?: readonly unknown[] | Float64Array;
  readonly refs?: Uint32Array;
}

/** Objects of one family with the same keys. */
export interface Table {
  readonly kind: ObjectKind;
  /** Index into `classes`; -1 for none. */
  readonly class: number;
  readonly base: string | null | undefined;
  /** 0 as it is, 1 not extensible, 2 sealed, 3 frozen. */
  readonly integrity: number;
  /** Null where each object has keys of its own: they stand in `names`. */
  readonly keys: readonly string[] | null;
  /** The numbers of the objects. */
  readonly ids: Uint32Array;
  /** One for each key; where there are none of the table, one for all. */
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  /** How many of `names` each has. */
  readonly named: Uint32Array;
  /**
   * How many elements each array, map or set has; for leaves, where a regular expression goes on; for a view, where it
   * begins in its memory and how long it is.
   */
  readonly sizes: readonly number[];
  /** Elements, the keys of maps, or the memory of views. */
  readonly elements: Column;
  /** The values of maps. */
  readonly targets: Column;
  /** What V8 writes by itself, memory, and the times of dates. */
  readonly leaves: readonly unknown[];
}

/** A class whose instances were written. */
export interface SavedClass extends ClassName {
  readonly kind: ObjectKind;
  /** Names of the fields that every one of them had. */
  readonly fields: readonly string[];
}

export interface FlatGraph {
  /** The numbers of the objects that were asked for. */
  readonly roots: readonly number[];
  readonly count: number;
  readonly classes: readonly SavedClass[];
  readonly tables: readonly Table[];
}

/** Thrown where something cannot be written; who catches it looks where. */
export class Unwritable extends Error {}

/** More keys than this are a dictionary; a table would be wider than long. */
const WIDE = 32;
/** Tables of one family, from which on its objects keep their keys themselves. */
const MANY = 256;

/** @throws Unwritable */
export function flatten(roots: readonly object[]): FlatGraph {
  return new Flattening().graph(roots);
}

class Flattening {
  readonly #kinds = new Kinds();
  readonly #ids = new Map<object, number>();
  readonly #order: object[] = [];
  readonly #tables: TableBuilder[] = [];
  readonly #families = new Map<Family, TableBuilder[]>();
  readonly #classes: { readonly saved: ClassName; readonly kind: ObjectKind; readonly fields: Set<string> }[] = [];
  readonly #classIndex = new Map<string, number>();
  readonly #memories = new Memories();
  /** Of the object that is being written. */
  readonly #values: unknown[] = [];

  graph(roots: readonly object[]): FlatGraph {
    const numbers = roots.map((root) => this.#id(root));
    // the list grows while it is walked
    let id = 0;
    for (; id < this.#order.length; id++) this.#write(this.#order[id] as object, id);
    // what views look into is known when all of them are
    this.#memories.place(
      (memory) => this.#ids.has(memory),
      (memory) => this.#id(memory),
    );
    for (; id < this.#order.length; id++) this.#write(this.#order[id] as object, id);
    return {
      roots: numbers,
      count: this.#order.length,
      classes: this.#classes.map(({ saved, kind, fields }) => ({ ...saved, kind, fields: [...fields] })),
      tables: this.#tables.map((table) => table.finish()),
    };
  }

  #id(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#order.length;
      this.#ids.set(object, id);
      this.#order.push(object);
    }
    return id;
  }

  #put(column: ColumnBuilder, value: unknown): void {
    if (typeof value === 'object' && value !== null) column.refer(this.#id(value));
    else if (unwritable(value) === undefined) column.put(value);
    else throw new Unwritable();
  }

  #write(object: object, id: number): void {
    const family = this.#kinds.of(object);
    if (typeof family === 'string') throw new Unwritable();
    const { kind } = family;
    const values = this.#values;
    const integrity = integrityOf(object);
    const names = hasNone(kind) ? NONE : propertiesOf(object, kind, integrity, values);
    if ('why' in names) throw new Unwritable();
    const isList = kind === 'Array' && isDense(object as unknown[], names);
    const keys = isList ? NONE : names;
    const loose = keys.length > WIDE || (kind === 'Array' && !isList);
    const table = this.#table(family, loose ? null : keys, integrity);
    table.ids.push(id);
    if (family.added.length > 0) this.#lacks(table.class, object, family.added);
    if (table.keys === null) {
      table.named.push(keys.length);
      for (let index = 0; index < keys.length; index++) {
        table.names.push(keys[index] as string);
        this.#put(table.columns[0] as ColumnBuilder, values[index]);
      }
    } else if (isList) {
      for (let index = 0; index < names.length; index++) this.#put(table.elements, values[index]);
    } else {
      for (let index = 0; index < keys.length; index++) {
        this.#put(table.columns[index] as ColumnBuilder, values[index]);
      }
    }
    this.#writeRest(object, kind, table);
  }

  #writeRest(object: object, kind: ObjectKind, table: TableBuilder): void {
    switch (kind) {
      case 'Array':
        table.sizes.push((object as unknown[]).length);
        return;
      case 'Map': {
        const map = object as Map<unknown, unknown>;
        let size = 0;
        Map.prototype.forEach.call(map, (value, key) => {
          this.#put(table.elements, key);
          this.#put(table.targets, value);
          size += 1;
        });
        table.sizes.push(size);
        return;
      }
      case 'Set': {
        let size = 0;
        Set.prototype.forEach.call(object, (value) => {
          this.#put(table.elements, value);
          size += 1;
        });
        table.sizes.push(size);
        return;
      }
      case 'Date':
        table.leaves.push(Date.prototype.getTime.call(object));
        return;
      case 'Leaf':
        if (leafLoss(object) !== undefined) throw new Unwritable();
        table.leaves.push(object);
        table.sizes.push(types.isRegExp(object) ? object.lastIndex : 0);
        return;
      case 'Memory':
        if (leafLoss(object) !== undefined) throw new Unwritable();
        table.leaves.push(object);
        return;
      case 'View': {
        if (leafLoss(object) !== undefined) throw new Unwritable();
        const { elements, sizes } = table;
        this.#memories.add(object as ArrayBufferView, (id, offset, length) => {
          elements.refer(id);
          sizes.push(offset, length);
        });
        return;
      }
      default:
    }
  }

  /** Fields that come with the first touch, and that this object has not been given yet, are none that all have. */
  #lacks(index: number, object: object, added: readonly string[]): void {
    const fields = this.#classes[index]?.fields;
    for (const name of added) if (!Object.hasOwn(object, name)) fields?.delete(name);
  }

  #table(family: Family, keys: readonly string[] | null, integrity: number): TableBuilder {
    let tables = this.#families.get(family);
    if (tables === undefined) {
      tables = [];
      this.#families.set(family, tables);
    }
    for (let index = 0; index < tables.length; index++) {
      const table = tables[index] as TableBuilder;
      if (!table.fits(keys, integrity)) continue;
      // the next one is likely to be of the same table
      if (index > 0) [tables[0], tables[index]] = [table, tables[0] as TableBuilder];
      return table;
    }
    if (keys !== null && tables.length >= MANY) return this.#table(family, null, integrity);
    const table = new TableBuilder(family, this.#classOf(family), keys, integrity);
    this.#tables.push(table);
    tables.push(table);
    return table;
  }

  #classOf({ class: saved, kind, fields }: Family): number {
    if (saved === undefined) return -1;
    const key = JSON.stringify([saved.namespace, saved.module, saved.name, kind]);
    let index = this.#classIndex.get(key);
    if (index === undefined) {
      index = this.#classes.length;
      this.#classIndex.set(key, index);
      const { namespace, module, name } = saved;
      this.#classes.push({ saved: { namespace, module, name }, kind, fields: new Set(fields) });
    }
    return index;
  }
}

class TableBuilder {
  readonly keys: readonly string[] | null;
  readonly class: number;
  readonly ids: number[] = [];
  readonly columns: readonly ColumnBuilder[];
  readonly names: string[] = [];
  readonly named: number[] = [];
  readonly sizes: number[] = [];
  readonly elements = new ColumnBuilder();
  readonly targets = new ColumnBuilder();
  readonly leaves: unknown[] = [];
  readonly #family: Family;
  readonly #integrity: number;

  constructor(family: Family, index: number, keys: readonly string[] | null, integrity: number) {
    this.#family = family;
    this.class = index;
    this.keys = keys;
    this.#integrity = integrity;
    this.columns = (keys ?? ['all']).map(() => new ColumnBuilder());
  }

  fits(keys: readonly string[] | null, integrity: number): boolean {
    if (integrity !== this.#integrity) return false;
    const mine = this.keys;
    if (keys === null || mine === null) return keys === mine;
    if (keys.length !== mine.length) return false;
    for (let index = 0; index < keys.length; index++) if (keys[index] !== mine[index]) return false;
    return true;
  }

  finish(): Table {
    const { kind, base } = this.#family;
    return {
      kind,
      class: this.class,
      base,
      integrity: this.#integrity,
      keys: this.keys,
      ids: new Uint32Array(this.ids),
      columns: this.columns.map((column) => column.finish()),
      names: this.names,
      named: new Uint32Array(this.named),
      sizes: this.sizes,
      elements: this.elements.finish(),
      targets: this.targets.finish(),
      leaves: this.leaves,
    };
  }
}

class ColumnBuilder {
  readonly #values: unknown[] = [];
  #refs: number[] | undefined;
  #referred = 0;
  #numeric = true;

  put(value: unknown): void {
    if (typeof value !== 'number') this.#numeric = false;
    this.#values.push(value);
    this.#refs?.push(0);
  }

  refer(id: number): void {
    this.#refs ??= new Array<number>(this.#values.length).fill(0);
    this.#values.push(0);
    this.#refs.push(id + 1);
    this.#referred += 1;
  }

  finish(): Column {
    const values = this.#numeric ? new Float64Array(this.#values as number[]) : this.#values;
    if (this.#refs === undefined) return { values };
    const refs = new Uint32Array(this.#refs);
    return this.#referred === this.#values.length ? { refs } : { values, refs };
  }
}

const NONE: readonly string[] = [];

/** Kinds whose properties, if any, are their content. */
function hasNone(kind: ObjectKind): boolean {
  return kind === 'Leaf' || kind === 'Memory' || kind === 'View';
}

/** True for an array that has all of its elements and nothing else; indices come first among the names. */
function isDense({ length }: readonly unknown[], names: readonly string[]): boolean {
  return names.length === length && (length === 0 || names[length - 1] === String(length - 1));
}
