/**
 * What can be said about two versions of a class before anything is touched: whether living objects can follow, and what
 * of them stays old all the same.
 *
 * It looks and changes nothing. The words for it are made where an event is.
 */
import type { ClassEntry } from '@rekindle/compiler';
import { type Class, isMovable } from './instances.ts';

/**
 * Why living objects keep their whole old class:
 * - `private`: a class of the old or the new heritage has `#private` members, and objects get those when they are made;
 * - `frozen`: the old prototype cannot be changed;
 * - `heritage`: the two extend different built-in classes, or the new one extends the old.
 */
export type Obstacle = 'private' | 'frozen' | 'heritage';

/** What of a living object stays old although its class is the new one. */
export interface Remainder {
  readonly member: string;
  /**
   * - `hides`: it was a field and is a method or accessor now, which the object's own field hides;
   * - `old code`: the field holds a function of the old version: a bound method, an arrow function;
   * - `not given`: the field is new, and its initialiser cannot run for an object that was made before.
   */
  readonly why: 'hides' | 'old code' | 'not given';
}

/** A class as its module defined it. */
export interface DefinedClass {
  readonly entry: ClassEntry;
  readonly made: Class;
}

export type LookUpClass = (made: Class) => DefinedClass | undefined;

/** Why objects of `old` cannot follow to `next`; undefined where they can. */
export function obstacleBetween(old: Class, next: Class, lookUp: LookUpClass): Obstacle | undefined {
  const [oldHeritage, heritage] = [heritageOf(old), heritageOf(next)];
  const differ = [
    ...oldHeritage.filter((each) => !heritage.includes(each)),
    ...heritage.filter((each) => !oldHeritage.includes(each)),
  ];
  if (differ.some((each) => hasPrivate(each, lookUp))) return 'private';
  if (oldHeritage.find(isNative) !== heritage.find(isNative)) return 'heritage';
  if (old.prototype === next.prototype || Object.prototype.isPrototypeOf.call(old.prototype, next.prototype)) {
    return 'heritage';
  }
  return isMovable(old.prototype) ? undefined : 'frozen';
}

/** What stays old of the objects of `old` that follow to `next`. */
export function remainders(
  old: DefinedClass,
  next: DefinedClass,
  fields: ReadonlyMap<string, unknown>,
  before: ReadonlySet<string>,
): Remainder[] {
  const found: Remainder[] = [];
  for (const member of before) {
    if (!fields.has(member) && member in next.made.prototype) found.push({ member, why: 'hides' });
  }
  for (const { name: member, why } of old.entry.marks) if (why === 'code') found.push({ member, why: 'old code' });
  for (const { name: member, why } of next.entry.marks) {
    if (why === 'fixed' && !before.has(member)) found.push({ member, why: 'not given' });
  }
  return found;
}

/** A class and what it extends. */
export function heritageOf(made: Class): Class[] {
  const heritage: Class[] = [];
  for (let each: unknown = made; isClass(each); each = Object.getPrototypeOf(each)) heritage.push(each);
  return heritage;
}

/** A function that objects are made with. */
export function isClass(value: unknown): value is Class {
  if (typeof value !== 'function') return false;
  const prototype: unknown = (value as { prototype?: unknown }).prototype;
  return typeof prototype === 'object' && prototype !== null;
}

/** Of a class that no module has at its top level the text is all there is: a `#name` in a comment counts. */
function hasPrivate(made: Class, lookUp: LookUpClass): boolean {
  const known = lookUp(made);
  if (known !== undefined) return known.entry.private !== null;
  return /(?<![\w$#])#[\p{ID_Start}$_]/u.test(textOf(made));
}

function isNative(made: Class): boolean {
  return textOf(made).endsWith('{ [native code] }');
}

function textOf(made: Class): string {
  return Function.prototype.toString.call(made);
}
