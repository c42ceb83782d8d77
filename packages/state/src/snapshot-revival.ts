/**
 * From the tables of a snapshot to objects again.
 *
 * Instances of scripts' classes are made before any script has run: each has a prototype that stands for its class, and
 * whoever knows the class leads that to it once the class is defined.
 */
import type { Column, FlatGraph, SavedClass, Table } from './snapshot-graph.ts';
import { ERROR_CLASSES, ERROR_KEYS, VIEW_CLASSES } from './snapshot-kinds.ts';

const INTEGRITY: readonly (((object: object) => object) | undefined)[] = [
  undefined,
  Object.preventExtensions,
  Object.seal,
  Object.freeze,
];

/**
 * All objects of a graph, by number.
 * @param prototypeOf what an instance of a class begins with
 */
export function revive(graph: FlatGraph, prototypeOf: (saved: SavedClass) => object): object[] {
  const objects = new Array<object>(graph.count);
  const prototypes = graph.classes.map(prototypeOf);
  for (const table of graph.tables) {
    const { ids, leaves, sizes } = table;
    if (table.kind === 'View') continue; // its memory is to be there
    const prototype = prototypes[table.class];
    for (let row = 0; row < ids.length; row++) {
      objects[ids[row] as number] = shellOf(table, prototype, leaves[row], sizes[row]);
    }
  }
  for (const table of graph.tables) if (table.kind === 'View') look(table, objects);
  for (const table of graph.tables) if (table.kind !== 'View') fill(table, objects);
  for (const table of graph.tables) close(table, objects);
  return objects;
}

function shellOf({ kind, base }: Table, prototype: object | undefined, leaf: unknown, at = 0): object {
  switch (kind) {
    case 'Object':
      if (prototype !== undefined) return Object.create(prototype) as object;
      return base === null ? (Object.create(null) as object) : {};
    case 'Error': {
      const made = ERROR_CLASSES.get(base ?? '');
      const error = made === undefined ? new Error() : new made([]);
      for (const key of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, key);
      return error;
    }
    case 'Leaf':
      if (leaf instanceof RegExp) leaf.lastIndex = at;
      return leaf as object;
    case 'Memory':
      return leaf as object;
    default: {
      const made =
        kind === 'Array' ? [] : kind === 'Map' ? new Map() : kind === 'Set' ? new Set() : new Date(leaf as number);
      return prototype === undefined ? made : (Object.setPrototypeOf(made, prototype) as object);
    }
  }
}

/** Views into memory. */
function look({ base, ids, elements, sizes }: Table, objects: object[]): void {
  const made = VIEW_CLASSES.get(base === 'Buffer' ? 'Uint8Array' : (base ?? ''));
  if (made === undefined) throw new TypeError(`This Node has no ${base}.`);
  const memory = reader(elements, objects);
  for (let row = 0; row < ids.length; row++) {
    const [offset, length] = [sizes[2 * row] as number, sizes[2 * row + 1] as number];
    const buffer = memory() as ArrayBuffer;
    objects[ids[row] as number] =
      base === 'Buffer' ? Buffer.from(buffer, offset, length) : new made(buffer, offset, length);
  }
}

/** Only now: what is closed to new properties can be filled no more. */
function close({ ids, integrity }: Table, objects: readonly object[]): void {
  const closed = INTEGRITY[integrity];
  if (closed !== undefined) for (const id of ids) closed(objects[id] as object);
}

function fill(table: Table, objects: readonly object[]): void {
  const { ids, keys, columns, names, named, kind } = table;
  const elements = reader(table.elements, objects);
  const targets = reader(table.targets, objects);
  const read = columns.map((column) => reader(column, objects));
  const rest = read[0] as () => unknown;
  let name = 0;
  for (let row = 0; row < ids.length; row++) {
    const object = objects[ids[row] as number] as Record<string, unknown>;
    if (keys === null) {
      for (const end = name + (named[row] as number); name < end; name++)
        put(object, names[name] as string, rest(), kind);
    } else
      for (let key = 0; key < keys.length; key++)
        put(object, keys[key] as string, (read[key] as () => unknown)(), kind);
    const size = table.sizes[row] as number;
    if (kind === 'Array') {
      if (keys === null) (object as unknown as unknown[]).length = size;
      else for (let index = 0; index < size; index++) (object as unknown as unknown[])[index] = elements();
    } else if (kind === 'Map') {
      for (let index = 0; index < size; index++) Map.prototype.set.call(object, elements(), targets());
    } else if (kind === 'Set') {
      for (let index = 0; index < size; index++) Set.prototype.add.call(object, elements());
    }
  }
}

function put(object: Record<string, unknown>, key: string, value: unknown, kind: Table['kind']): void {
  if (kind === 'Object' && !(key in object)) {
    object[key] = value; // several times as fast as a definition
    return;
  }
  const enumerable = !(kind === 'Error' && ERROR_KEYS.has(key));
  Object.defineProperty(object, key, { value, writable: true, enumerable, configurable: true });
}

/** Gives the values of a column, one after the other. */
function reader({ values, refs }: Column, objects: readonly object[]): () => unknown {
  let index = 0;
  if (refs === undefined) return () => values?.[index++];
  return () => {
    const ref = refs[index] as number;
    const value = ref === 0 ? values?.[index] : objects[ref - 1];
    index += 1;
    return value;
  };
}
