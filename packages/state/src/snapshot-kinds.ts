/**
 * What an object is for a snapshot: of which kind and class, with which properties, or why it cannot be written.
 *
 * It looks and runs no code of a script: no getter, no trap of a proxy. What would come back as less than it was (an
 * accessor, a symbol as a key, a class that nobody can name again) is refused here rather than lost.
 */
import { types } from 'node:util';
import { type ClassName, savedClassOf } from './class-registry.ts';

/** How an object is made again. `Leaf` is what V8 writes by itself: binary data, regular expressions, boxed values. */
export type ObjectKind = 'Object' | 'Array' | 'Map' | 'Set' | 'Date' | 'Error' | 'Leaf';

/** What all objects with one prototype have in common. */
export interface Family {
  readonly kind: ObjectKind;
  /** Of a script's top-level class. */
  readonly class: ClassName | undefined;
  /** The name of the intrinsic that an error is made with; `null` for an object without a prototype. */
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

const TypedArray = Object.getPrototypeOf(Uint8Array) as { readonly prototype: object };

const INTRINSIC: ReadonlyMap<object | null, Family> = new Map<object | null, Family>([
  [Object.prototype, plain('Object')],
  [null, plain('Object', null)],
  [Array.prototype, plain('Array')],
  [Map.prototype, plain('Map')],
  [Set.prototype, plain('Set')],
  [Date.prototype, plain('Date')],
  ...ERRORS.map(({ name, prototype }) => [prototype, plain('Error', name)] as const),
  ...[RegExp, ArrayBuffer, DataView, Number, String, Boolean, BigInt, Buffer].map(
    ({ prototype }) => [prototype, plain('Leaf')] as const,
  ),
]);

const FITS: Readonly<Record<ObjectKind, (object: object) => boolean>> = {
  // what else has this prototype was given it by hand
  Object: (object) => !types.isArgumentsObject(object) && !types.isModuleNamespaceObject(object),
  Array: Array.isArray,
  Map: types.isMap,
  Set: types.isSet,
  Date: types.isDate,
  Error: types.isNativeError,
  Leaf: (object) =>
    types.isRegExp(object) ||
    ArrayBuffer.isView(object) ||
    types.isArrayBuffer(object) ||
    types.isBoxedPrimitive(object),
};

const KINDS = ['Array', 'Map', 'Set', 'Date'] as const;

/** Looks at objects; one for each snapshot. */
export class Kinds {
  readonly #families = new Map<object | null, Family | string>();

  /** The family of an object, or in words what it is that cannot be written. */
  of(object: object): Family | string {
    if (types.isProxy(object)) return 'a Proxy';
    if (ArrayBuffer.isView(object) && types.isSharedArrayBuffer(object.buffer)) return 'memory that threads share';
    const prototype = Reflect.getPrototypeOf(object);
    let family = this.#families.get(prototype);
    if (family === undefined) {
      family = familyOf(object, prototype);
      this.#families.set(prototype, family);
    }
    if (typeof family === 'string' || FITS[family.kind](object)) return family;
    return `an object that only looks like ${article(wordOf(family))}`;
  }
}

const NONE: readonly string[] = [];

/** Leaves no garbage, where a descriptor would: there are millions of properties. */
const getterOf: (this: object, key: string) => unknown = Reflect.get(Object.prototype, '__lookupGetter__');

/** The own properties of an object that are data; or in words what is in the way, and at which of them. */
export function propertiesOf(object: object, kind: ObjectKind): readonly string[] | { why: string; key: PropertyKey } {
  const [symbol] = Object.getOwnPropertySymbols(object);
  if (symbol !== undefined) return { why: 'a property whose key is a symbol', key: symbol };
  const names = Object.getOwnPropertyNames(object);
  if (kind === 'Array') names.splice(names.indexOf('length'), 1);
  if (names.length === 0) return NONE;
  const isHidden = (key: string) => !Object.prototype.propertyIsEnumerable.call(object, key);
  if (Object.keys(object).length !== names.length) {
    const hidden = names.find((key) => isHidden(key) && !(kind === 'Error' && ERROR_KEYS.has(key)));
    if (hidden !== undefined) return { why: 'a property that is not enumerable', key: hidden };
  }
  for (let index = 0; index < names.length; index++) {
    const key = names[index] as string;
    if (kind === 'Error' && key === 'stack') continue; // an accessor on some versions of Node
    if (getterOf.call(object, key) !== undefined) return { why: 'an accessor property', key };
  }
  return names;
}

/** What V8 would not write of a leaf, in words, and which property that is. */
export function leafLoss(leaf: object): { why: string; key: PropertyKey } | undefined {
  if (ArrayBuffer.isView(leaf)) return undefined; // its elements are properties, too: there may be millions
  const isPattern = types.isRegExp(leaf);
  if (isPattern && !(Number.isInteger(leaf.lastIndex) && leaf.lastIndex >>> 0 === leaf.lastIndex)) {
    return { why: 'a position that is no whole number', key: 'lastIndex' };
  }
  const expected = isPattern ? 1 : types.isStringObject(leaf) ? String.prototype.valueOf.call(leaf).length + 1 : 0;
  const keys = Reflect.ownKeys(leaf);
  if (keys.length === expected) return undefined;
  return { why: 'a property of an object that has none by itself', key: keys.at(-1) as PropertyKey };
}

/** What a value is that no snapshot can hold; undefined for all others. Objects are looked at by `Kinds`. */
export function unwritable(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function';
  return typeof value === 'symbol' ? 'a symbol' : undefined;
}

function familyOf(object: object, prototype: object | null): Family | string {
  const intrinsic = INTRINSIC.get(prototype);
  if (intrinsic !== undefined) return intrinsic;
  if (ArrayBuffer.isView(object) && prototype !== null && Reflect.getPrototypeOf(prototype) === TypedArray.prototype) {
    return plain('Leaf');
  }
  const known = savedClassOf(prototype as object);
  if (known === undefined) return `${article(nameOf(prototype))}, which is of no class at the top level of a script`;
  if (typeof known === 'string') return known;
  const kind = KINDS.find((each) => FITS[each](object)) ?? 'Object';
  return { kind, base: undefined, ...known };
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
