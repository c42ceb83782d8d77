/**
 * Whether an object of a class that is no script's, a class of the game say, is nothing but its properties.
 *
 * There is no way to ask an object for its `#private` members, or whether a map somewhere knows it, so the text of its
 * class is looked at, and in doubt the answer is no. Functions that make objects without being classes, and classes of
 * Node and V8, are taken for more than they show.
 */
import { types } from 'node:util';
import { heritageOf, isClass } from './class-comparison.ts';

/** What a class may extend whose objects can be made anew: the kinds whose content is copied. */
const KINDS: ReadonlySet<unknown> = new Set([Object, Array, Map, Set, Date]);

/**
 * What stands in the text of a class whose objects are more than their properties: a `#private` member, what compilers make
 * of one, and an object that puts itself somewhere.
 */
const MORE = /(?<![\w$#])#[\p{ID_Start}$_]|WeakMap|WeakSet|WeakRef|__classPrivate|\b(?:set|add|push|register)\(this\b/u;

/** True where an object with the same properties and the same prototype is as good as the object. */
export function isOfPlainClass(object: object): boolean {
  const prototype = Reflect.getPrototypeOf(object);
  if (prototype === null || types.isProxy(prototype)) return false;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (!isClass(made) || made.prototype !== prototype) return false;
  return heritageOf(made).every((each) => KINDS.has(each) || isPlain(Function.prototype.toString.call(each)));
}

function isPlain(text: string): boolean {
  return text.startsWith('class') && !MORE.test(text);
}
