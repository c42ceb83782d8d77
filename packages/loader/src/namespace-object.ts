/**
 * Module Namespace Exotic Objects (ECMA-262 10.4.6), as `import * as ns` and `import()` in scripts give them.
 *
 * A Proxy, because no ordinary object has their descriptors: writable, not configurable, and never writable in fact.
 * Emitted code reads `ns.name` from a cell directly, so the Proxy is only met where the object itself is passed about.
 * The set of names of one object never changes: a module that gains or loses an export gets a new object.
 */

/** Reads the present value of an export; throws a ReferenceError in its temporal dead zone. */
export type ReadExport = () => unknown;

export class NamespaceObject {
  readonly object: object;
  /** In code unit order. */
  readonly names: readonly string[];
  #exports: ReadonlyMap<string, ReadExport>;
  #touched: (() => void) | undefined;

  constructor(exports: ReadonlyMap<string, ReadExport>) {
    this.#exports = exports;
    this.names = [...exports.keys()];
    const target = Object.create(null) as Record<PropertyKey, unknown>;
    for (const name of this.names) {
      Object.defineProperty(target, name, { value: undefined, writable: true, enumerable: true, configurable: false });
    }
    Object.defineProperty(target, Symbol.toStringTag, { value: 'Module' });
    Object.preventExtensions(target);
    const has = (key: PropertyKey): key is string => typeof key === 'string' && this.#exports.has(key);
    const read = (key: string): unknown => (this.#exports.get(key) as ReadExport)();
    this.object = new Proxy(target, {
      get: (object, key) => {
        this.#touched?.();
        return has(key) ? read(key) : Reflect.get(object, key);
      },
      // an ordinary object would put names like '10' first, and in numeric order
      ownKeys: () => [...this.names, Symbol.toStringTag],
      set: () => false,
      setPrototypeOf: (_object, prototype) => prototype === null,
      deleteProperty: (object, key) => (typeof key === 'symbol' ? Reflect.deleteProperty(object, key) : !has(key)),
      getOwnPropertyDescriptor: (object, key) =>
        has(key)
          ? { value: read(key), writable: true, enumerable: true, configurable: false }
          : Reflect.getOwnPropertyDescriptor(object, key),
      defineProperty: (object, key, descriptor) => {
        if (!has(key)) return typeof key === 'symbol' && Reflect.defineProperty(object, key, descriptor);
        const value = read(key);
        if (descriptor.configurable === true || descriptor.enumerable === false) return false;
        if ('get' in descriptor || 'set' in descriptor || descriptor.writable === false) return false;
        return !('value' in descriptor) || Object.is(descriptor.value, value);
      },
    });
  }

  hasNames(names: readonly string[]): boolean {
    return names.length === this.names.length && names.every((name, index) => name === this.names[index]);
  }

  /** From now on `touched` hears of each look at a property: a promise that resolves to the object looks for `then`. */
  watch(touched: () => void): void {
    this.#touched = touched;
  }

  /** Points the object at other cells of the same names; returns what undoes it. */
  repoint(exports: ReadonlyMap<string, ReadExport>): () => void {
    const before = this.#exports;
    this.#exports = exports;
    return () => {
      this.#exports = before;
    };
  }
}
