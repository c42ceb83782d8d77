/**
 * What an object is for a snapshot: of which kind and class, with which properties, or why it cannot be written.
 *
 * It looks and runs no code of a script: no getter, no trap of a proxy. What would come back as less than it was (an
 * accessor, a symbol as a key, a class that nobody can name again) is refused here rather than lost.
 */
import { inspect, types } from 'node:util';
import { type ClassName, savedClassOf } from './class-registry.ts';

/**
 * How an object is made again. `Leaf` is what V8 writes by itself: regular expressions, boxed values. `Memory` is an
 * ArrayBuffer, `View` what looks into one.
 */
export type ObjectKind = 'Object' | 'Array' | 'Map' | 'Set' | 'Date' | 'Error' | 'Leaf' | 'Memory' | 'View';

/** What all objects with one prototype have in common. */
export interface Family {
  readonly kind: ObjectKind;
  /** Of a script's top-level class. */
  readonly class: ClassName | undefined;
  /** The name of the intrinsic that an error or a view is made with; `null` for an object without a prototype. */
  readonly base: string | null | undefined;
  /** Fields that the class declares or inherits. */
  readonly fields: readonly string[];
  /** Fields that objects of this prototype get on first touch, and may lack. */
  readonly added: readonly string[];
}

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];

/** By name, for whoever makes them again. */
export const ERROR_CLASSES: ReadonlyMap<string, new (errors: readonly unknown[]) => Error> = new Map(
  ERRORS.map((made) => [made.name, made as unknown as new (errors: readonly unknown[]) => Error]),
);

/** Properties of errors that are not enumerable. */
export const ERROR_KEYS: ReadonlySet<string> = new Set(['stack', 'message', 'cause', 'errors']);

const plain = (kind: ObjectKind, base?: string | null): Family => ({
  kind,
  class: undefined,
  base,
  fields: [],
  added: [],
});

/** What looks into memory, by name, for whoever makes it again. `Float16Array` is not on every Node. */
export const VIEW_CLASSES: ReadonlyMap<string, ViewClass> = new Map(
  [
    ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
    ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView'],
  ].flatMap((name) => {
    const made = Reflect.get(globalThis, name) as ViewClass | undefined;
    return made === undefined ? [] : [[name, made] as const];
  }),
);

export type ViewClass = new (memory: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;

const INTRINSIC: ReadonlyMap<object | null, Family> = new Map<object | null, Family>([
  [Object.prototype, plain('Object')],
  [null, plain('Object', null)],
  [Array.prototype, plain('Array')],
  [Map.prototype, plain('Map')],
  [Set.prototype, plain('Set')],
  [Date.prototype, plain('Date')],
  [ArrayBuffer.prototype, plain('Memory')],
  [Buffer.prototype, plain('View', 'Buffer')],
  ...[...VIEW_CLASSES].map(([name, { prototype }]) => [prototype as object, plain('View', name)] as const),
  ...ERRORS.map(({ name, prototype }) => [prototype, plain('Error', name)] as const),
  ...[RegExp, Number, String, Boolean, BigInt].map(({ name, prototype }) => [prototype, plain('Leaf', name)] as const),
]);

const LEAVES: Readonly<Record<string, (object: object) => boolean>> = {
  RegExp: types.isRegExp,
  Number: types.isNumberObject,
  String: types.isStringObject,
  Boolean: types.isBooleanObject,
  BigInt: types.isBigIntObject,
};

const TYPED_ARRAY = Reflect.getPrototypeOf(Uint8Array.prototype) as object;

/** The name of the class that a typed array was made with, whatever prototype it has; undefined for all else. */
const typeOf = intrinsic<string | undefined>(TYPED_ARRAY, Symbol.toStringTag);
const lengthOf = intrinsic<number>(TYPED_ARRAY, 'length');

/** Whether an object is what its prototype says. `arguments` and module namespaces have symbols, and go by these. */
const FITS: Readonly<Record<ObjectKind, (object: object, base?: string | null) => boolean>> = {
  Object: () => true,
  Array: Array.isArray,
  Map: types.isMap,
  Set: types.isSet,
  Date: types.isDate,
  Error: types.isNativeError,
  Leaf: (object, base) => LEAVES[base ?? '']?.(object) === true,
  Memory: types.isArrayBuffer,
  View: (object, base) =>
    base === 'DataView' ? types.isDataView(object) : typeOf.call(object) === (base === 'Buffer' ? 'Uint8Array' : base),
};

/** Looks at objects; one for each snapshot. */
export class Kinds {
  readonly #families = new Map<object | null, Family | string>();

  /** The family of an object, or in words what it is that cannot be written. */
  of(object: object): Family | string {
    if (types.isProxy(object)) return 'a Proxy';
    const prototype = Reflect.getPrototypeOf(object);
    let family = this.#families.get(prototype);
    if (family === undefined) {
      family = familyOf(prototype);
      this.#families.set(prototype, family);
    }
    if (typeof family === 'string' || FITS[family.kind](object, family.base)) return family;
    return `an object that only looks like ${article(wordOf(family))}`;
  }
}

/** What is in the way of an object, in words, and at which of its properties. */
export interface Loss {
  readonly why: string;
  readonly key: PropertyKey;
}

/** 0 as it is, 1 not extensible, 2 sealed, 3 frozen. */
export function integrityOf(object: object): number {
  if (Object.isExtensible(object)) return 0;
  return Object.isFrozen(object) ? 3 : Object.isSealed(object) ? 2 : 1;
}

/** On some versions of Node the stack of an error is an accessor, and the same one for all errors. */
const stackGetter = Object.getOwnPropertyDescriptor(new Error(), 'stack')?.get;

/**
 * The names of the own properties of an object, all of which are plain data, with their values put into `values`, where the
 * values of the last object still stand; or what is in the way. The elements of an array are among them.
 */
export function propertiesOf(
  object: object,
  kind: ObjectKind,
  integrity: number,
  values: unknown[],
): readonly string[] | Loss {
  const [symbol] = Object.getOwnPropertySymbols(object);
  if (symbol !== undefined) return { why: 'a property whose key is a symbol', key: symbol };
  const names = Object.getOwnPropertyNames(object);
  if (kind === 'Array') {
    names.splice(names.indexOf('length'), 1);
    if (integrity < 3 && !isWritable(object, 'length')) return { why: 'a length that is read-only', key: 'length' };
  }
  for (let index = 0; index < names.length; index++) {
    const key = names[index] as string;
    // one descriptor says all that could be lost, and takes no longer than to ask for a getter
    const found = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    const isHidden = kind === 'Error' && ERROR_KEYS.has(key);
    if (found.enumerable === isHidden) return { why: `a property that is ${isHidden ? '' : 'not '}enumerable`, key };
    if (found.writable === undefined) {
      if (!(isHidden && key === 'stack' && found.get !== undefined && found.get === stackGetter)) {
        return { why: 'an accessor property', key };
      }
      values[index] = (object as Error).stack;
      continue;
    }
    if (integrity < 3 && !found.writable) return { why: 'a property that is read-only', key };
    if (integrity < 2 && !found.configurable) return { why: 'a property that cannot be deleted', key };
    values[index] = found.value;
  }
  return names;
}

function isWritable(object: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.writable === true;
}

/** What would be lost of an object that has no properties by itself: a leaf, memory, or what looks into memory. */
export function leafLoss(leaf: object): Loss | undefined {
  if (ArrayBuffer.isView(leaf)) return viewLoss(leaf);
  if (types.isRegExp(leaf)) return patternLoss(leaf);
  const more = moreThan(types.isStringObject(leaf) ? String.prototype.valueOf.call(leaf).length + 1 : 0, leaf);
  if (more !== undefined || !types.isArrayBuffer(leaf) || !isDetached(leaf)) return more;
  return { why: 'memory that was given away', key: 'byteLength' };
}

function patternLoss(pattern: RegExp): Loss | undefined {
  const { lastIndex } = pattern;
  if (!(Number.isInteger(lastIndex) && lastIndex >>> 0 === lastIndex)) {
    return { why: 'a position that is no whole number', key: 'lastIndex' };
  }
  if (isWritable(pattern, 'lastIndex') === Object.isFrozen(pattern)) {
    return { why: 'a property that is read-only', key: 'lastIndex' };
  }
  return moreThan(1, pattern);
}

/** A view of other memory, at the same place and of the same length; of a view that `leafLoss` finds nothing in. */
export function viewOf(memory: ArrayBuffer, view: ArrayBufferView): ArrayBufferView {
  const isBytes = types.isDataView(view);
  const made = VIEW_CLASSES.get(isBytes ? 'DataView' : (typeOf.call(view) as string)) as ViewClass;
  return new made(memory, view.byteOffset, isBytes ? view.byteLength : lengthOf.call(view));
}

/** Own properties first: one that is called `buffer` hides the memory. */
function viewLoss(view: ArrayBufferView): Loss | undefined {
  const length = types.isDataView(view) ? 0 : lengthOf.call(view);
  const more = length > MANY_ELEMENTS && !hasMore(view) ? undefined : moreThan(length, view);
  if (more !== undefined) return more;
  const { buffer } = view;
  if (types.isSharedArrayBuffer(buffer)) return { why: 'memory that threads share', key: 'buffer' };
  if (Reflect.getPrototypeOf(buffer) !== ArrayBuffer.prototype)
    return { why: 'memory of another class', key: 'buffer' };
  const loss = leafLoss(buffer);
  if (loss !== undefined) return { why: loss.why, key: 'buffer' };
  // whether such a view grows with its memory, nothing can tell
  return Reflect.get(buffer, 'resizable') === true ? { why: 'memory that can be resized', key: 'buffer' } : undefined;
}

function moreThan(expected: number, object: object): Loss | undefined {
  const keys = Reflect.ownKeys(object);
  if (keys.length === expected) return undefined;
  return { why: 'a property of an object that has none by itself', key: keys.at(-1) as PropertyKey };
}

/** From here on the names of the elements cost more than a description. */
const MANY_ELEMENTS = 256;

/** What a description reads, besides the properties. */
const READ = ['constructor', 'BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer'];

/** Whether a typed array has properties of its own: its keys are those of all elements, too, and Node's description is not. */
function hasMore(list: ArrayBufferView): boolean {
  if (Object.getOwnPropertySymbols(list).length > 0 || READ.some((key) => Object.hasOwn(list, key))) return true;
  const { buffer, byteOffset } = list;
  const made = VIEW_CLASSES.get(typeOf.call(list) as string) as ViewClass;
  const twin = new made(buffer, byteOffset, lengthOf.call(list));
  Object.setPrototypeOf(twin, Reflect.getPrototypeOf(list));
  const [own, other] = [list, twin].map((each) =>
    inspect(each, { showHidden: true, maxArrayLength: 0, depth: 0, customInspect: false }),
  );
  return own !== other;
}

/** A getter as the language made it, to be called on an object that may hide it. */
function intrinsic<Value>(prototype: object, key: PropertyKey): (this: object) => Value {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get as (this: object) => Value;
}

/** True for memory that another thread has got. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (memory.byteLength > 0) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true;
  }
}

/** What a value is that no snapshot can hold; undefined for all others. Objects are looked at by `Kinds`. */
export function unwritable(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function';
  return typeof value === 'symbol' ? 'a symbol' : undefined;
}

function familyOf(prototype: object | null): Family | string {
  const intrinsic = INTRINSIC.get(prototype);
  if (intrinsic !== undefined) return intrinsic;
  const known = savedClassOf(prototype as object);
  if (known === undefined) return `${article(nameOf(prototype))}, which is of no class at the top level of a script`;
  if (typeof known === 'string') return known;
  return { kind: inheritedKind(prototype), base: undefined, ...known };
}

/** What objects of a script's class are made with: asked of the class, because one object may only look like it. */
function inheritedKind(prototype: object | null): ObjectKind {
  for (let each = prototype; each !== null; each = Reflect.getPrototypeOf(each)) {
    const kind = INTRINSIC.get(each)?.kind;
    if (kind !== undefined) return kind;
  }
  return 'Object';
}

function wordOf({ kind, class: known, base }: Family): string {
  return known?.name ?? base ?? kind;
}

function article(name: string): string {
  return `an instance of '${name}'`;
}

function nameOf(prototype: object | null): string {
  for (let each = prototype, depth = 0; each !== null && depth < 32 && !types.isProxy(each); depth++) {
    const made: unknown = Object.getOwnPropertyDescriptor(each, 'constructor')?.value;
    const name: unknown = typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
    if (typeof name === 'string' && name !== '') return name;
    each = Reflect.getPrototypeOf(each);
  }
  return 'Object';
}
