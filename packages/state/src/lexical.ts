/**
 * How a function of the game learns in whose text it is called, and that it only stores what it is given.
 *
 * The marks are registered symbols: the functions may come from another copy of this package.
 */
import type { Scope } from './scope.ts';

/** `fn[LEXICAL](scope)` is the function as a module's version imports it: that version owns when nobody is running. */
export const LEXICAL: unique symbol = Symbol.for('rekindle.lexical') as never;

/** `fn[LATER]` is true for a function that stores its callback and never calls it before it returns. */
export const LATER: unique symbol = Symbol.for('rekindle.later') as never;

export interface Lexical<Fn> {
  readonly [LEXICAL]: (scope: Scope) => Fn;
}

export interface Later {
  readonly [LATER]: true;
}

/** Marks a function that only stores its callback. */
export function later<Fn extends (...args: never[]) => unknown>(fn: Fn): Fn & Later {
  return Object.defineProperty(fn, LATER, { value: true }) as Fn & Later;
}

/** Marks `fn`; `bind` makes the function that one importing version gets. */
export function lexical<Fn extends (...args: never[]) => unknown>(
  fn: Fn,
  bind: (scope: Scope) => Fn,
): Fn & Lexical<Fn> & Later {
  const bound = (scope: Scope): Fn => later(bind(scope));
  return Object.defineProperty(later(fn), LEXICAL, { value: bound }) as Fn & Lexical<Fn> & Later;
}
