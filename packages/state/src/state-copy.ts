/**
 * Copies of state, for a rehearsal: what a release would do to it is done to the copies.
 *
 * Copied are plain objects, arrays, maps, sets, dates, regular expressions, binary data, objects of the scripts' classes,
 * and those of other classes that are nothing but their properties. All else cannot be told from what it stands for (a
 * socket, a function, an object with `#private` members): it is handed on as it is, and named. Getters are copied, not
 * called. Nothing here changes an original.
 */
import { types } from 'node:util';
import { isCopyable } from './class-registry.ts';
import { isOfPlainClass } from './plain-class.ts';
import { isDetached, leafLoss, viewOf } from './snapshot-kinds.ts';

/** Differences that are told. */
const TOLD = 16;

export class StateCopy {
  readonly #copies = new Map<object, object>();
  readonly #open: { readonly original: object; readonly copy: object }[] = [];
  readonly #shared = new Set<string>();
  /** By prototype. */
  readonly #copyable = new Map<object, boolean>();

  /** What was handed on as it is: names of classes. */
  get shared(): readonly string[] {
    return [...this.#shared];
  }

  /** The copy of a value: the same for the same object, whenever it is met. */
  of<Value>(value: Value): Value {
    const copy = this.#copyOf(value);
    // a list of what is still to be filled, because state can be a long chain
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) this.#fill(next.original, next.copy);
    return copy as Value;
  }

  #copyOf(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'function') this.#shared.add('Function');
      return value;
    }
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = this.#shellOf(value);
    if (copy === undefined) {
      this.#shared.add(types.isProxy(value) ? 'Proxy' : (nameOf(value) ?? 'Object'));
      return value;
    }
    this.#copies.set(value, copy);
    this.#open.push({ original: value, copy });
    return copy;
  }

  #fill(original: object, copy: object): void {
    if (types.isMap(original)) {
      const map = copy as Map<unknown, unknown>;
      Map.prototype.forEach.call(original, (value, key) => {
        Map.prototype.set.call(map, this.#copyOf(key), this.#copyOf(value));
      });
    } else if (types.isSet(original)) {
      Set.prototype.forEach.call(original, (value) => {
        Set.prototype.add.call(copy, this.#copyOf(value));
      });
    }
    if (!ArrayBuffer.isView(original)) this.#fillProperties(original, copy as Record<PropertyKey, unknown>);
    if (Object.isExtensible(original)) return;
    if (Object.isFrozen(original)) Object.freeze(copy);
    else if (Object.isSealed(original)) Object.seal(copy);
    else Object.preventExtensions(copy);
  }

  #fillProperties(original: object, copy: Record<PropertyKey, unknown>): void {
    for (const key of Reflect.ownKeys(original)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(original, key) as PropertyDescriptor;
      if ('value' in descriptor) {
        const value = this.#copyOf(descriptor.value);
        // several times as fast as a definition, and the same where nothing of that name is inherited
        if (descriptor.writable && descriptor.enumerable && descriptor.configurable && !(key in copy)) {
          copy[key] = value;
          continue;
        }
        descriptor.value = value;
      }
      Reflect.defineProperty(copy, key, descriptor);
    }
  }

  /** An empty object of the same kind; undefined for what cannot be copied. */
  #shellOf(original: object): object | undefined {
    if (types.isProxy(original)) return undefined;
    const prototype = Reflect.getPrototypeOf(original);
    if (prototype === Object.prototype) return hasSlots(original) ? undefined : {};
    const kind = KINDS.find(({ is }) => is(original));
    if (kind?.prototype === prototype) return kind.make(original as never);
    if (types.isArrayBuffer(original)) {
      return isDetached(original) ? undefined : withPrototype(structuredClone(original), prototype);
    }
    if (ArrayBuffer.isView(original)) {
      // by its memory, which other views may look into, too
      if (leafLoss(original) !== undefined) return undefined;
      return withPrototype(viewOf(this.#copyOf(original.buffer) as ArrayBuffer, original), prototype);
    }
    if (prototype !== null && !this.#isCopyable(original, prototype)) return undefined;
    if (kind !== undefined) return withPrototype(kind.make(original as never), prototype);
    return hasSlots(original) ? undefined : (Object.create(prototype) as object);
  }

  #isCopyable(original: object, prototype: object): boolean {
    let known = this.#copyable.get(prototype);
    if (known === undefined) {
      known = isCopyable(original) || isOfPlainClass(original);
      this.#copyable.set(prototype, known);
    }
    return known;
  }
}

function withPrototype(copy: object, prototype: object | null): object {
  if (Reflect.getPrototypeOf(copy) !== prototype) Reflect.setPrototypeOf(copy, prototype);
  return copy;
}

const KINDS: readonly { is(object: object): boolean; make(original: never): object; readonly prototype: object }[] = [
  { is: Array.isArray, make: () => [], prototype: Array.prototype },
  { is: types.isMap, make: () => new Map(), prototype: Map.prototype },
  { is: types.isSet, make: () => new Set(), prototype: Set.prototype },
  {
    is: types.isRegExp,
    make: (pattern: RegExp) => new RegExp(pattern.source, pattern.flags),
    prototype: RegExp.prototype,
  },
  { is: types.isDate, make: (date: Date) => new Date(Date.prototype.getTime.call(date)), prototype: Date.prototype },
];

/** What is more than its properties, and of no class that would say so. */
function hasSlots(object: object): boolean {
  return types.isArgumentsObject(object) || types.isNativeError(object) || types.isExternal(object);
}

/** The name of the class of an object, without running code of it. */
export function nameOf(object: object): string | undefined {
  if (types.isProxy(object)) return undefined;
  let prototype = Reflect.getPrototypeOf(object);
  for (let depth = 0; prototype !== null && depth < 32 && !types.isProxy(prototype); depth++) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    const name: unknown = typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
    if (typeof name === 'string' && name !== '') return name;
    prototype = Reflect.getPrototypeOf(prototype);
  }
  return undefined;
}

/** Where a value is no longer what its copy is: paths, `herd.3.hp`; those of a few places. */
export function differences(value: unknown, copy: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<object>();
  const open: { readonly a: unknown; readonly b: unknown; readonly path: string }[] = [{ a: value, b: copy, path: '' }];
  for (let next = open.pop(); next !== undefined && found.length < TOLD; next = open.pop()) {
    const { a, b, path } = next;
    if (Object.is(a, b) || (typeof a === 'function' && typeof b === 'function')) continue;
    if (!isObject(a) || !isObject(b) || !isAlike(a, b)) found.push(path);
    else if (!seen.has(a)) {
      seen.add(a);
      const [mine, others] = [partsOf(a), partsOf(b)];
      const step = (key: string) => (path === '' ? key : `${path}.${key}`);
      for (const key of new Set([...mine.keys(), ...others.keys()])) {
        if (mine.has(key) && others.has(key))
          open.push({ a: mine.get(key), b: others.get(key), path: step(String(key)) });
        else found.push(step(String(key)));
      }
    }
  }
  return found.sort();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isAlike(a: object, b: object): boolean {
  if (types.isDate(a) && types.isDate(b)) return Number(a) === Number(b);
  return (
    Array.isArray(a) === Array.isArray(b) && types.isMap(a) === types.isMap(b) && types.isSet(a) === types.isSet(b)
  );
}

/** Own data by key, and what a map or a set holds. Keys that are objects are told apart by their place. */
function partsOf(object: object): Map<PropertyKey, unknown> {
  const parts = new Map<PropertyKey, unknown>();
  if (types.isProxy(object)) return parts;
  let place = 0;
  if (types.isMap(object)) {
    Map.prototype.forEach.call(object, (value, key) => {
      parts.set(isObject(key) ? `#${place++}` : (String(key) as PropertyKey), value);
    });
  } else if (types.isSet(object)) {
    Set.prototype.forEach.call(object, (value) => {
      parts.set(isObject(value) ? `#${place++}` : `#${String(value)}`, value);
    });
  }
  if (ArrayBuffer.isView(object) && !types.isDataView(object)) {
    for (const [index, value] of (object as Uint8Array).entries()) parts.set(String(index), value);
    return parts;
  }
  for (const key of Reflect.ownKeys(object)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
    parts.set(key, descriptor !== undefined && 'value' in descriptor ? descriptor.value : undefined);
  }
  return parts;
}
