/**
 * Whether a slot's value lacks what the text of its module has come to write into it.
 *
 * Compared are the literals of `init` in the old and the new text, not fresh values: to make one would run code of the
 * author's. And the value that is there decides: a key that the code has given it already is no mistake, nor is one that
 * only went, which nobody reads.
 */

import { types } from 'node:util';
import type { Shape } from '@rekindle/compiler';

/** What a value does not have, or has in another kind. */
export interface ShapeDifference {
  readonly path: readonly string[];
  /** What `init` makes now. */
  readonly kind: string;
  /** What the value has there; undefined where it has nothing. */
  readonly has: string | undefined;
}

export function differenceOf(
  old: Shape,
  next: Shape,
  value: unknown,
  path: readonly string[] = [],
): ShapeDifference | undefined {
  if (old.kind === 'unknown' || next.kind === 'unknown') return undefined;
  if (old.kind !== next.kind) {
    const has = kindOf(value);
    return has === old.kind ? { path, kind: next.kind, has } : undefined;
  }
  if (next.keys === undefined || typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  for (const [key, shape] of Object.entries(next.keys)) {
    const inside = [...path, key];
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (old.keys === undefined || !Object.hasOwn(old.keys, key)) {
      if (descriptor === undefined && !(key in value)) return { path: inside, kind: shape.kind, has: undefined };
      continue;
    }
    if (descriptor === undefined || !('value' in descriptor)) continue;
    const difference = differenceOf(old.keys[key] as Shape, shape, descriptor.value, inside);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** In the words of `Shape`. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'unknown';
  if (Array.isArray(value)) return 'Array';
  for (const [kind, is] of KINDS) if (is(value)) return kind;
  return isPlainObject(value) ? 'Object' : 'unknown';
}

const KINDS = [
  ['Map', types.isMap],
  ['Set', types.isSet],
  ['WeakMap', types.isWeakMap],
  ['WeakSet', types.isWeakSet],
  ['Date', types.isDate],
] as const;

export function isPlainObject(value: object): boolean {
  if (types.isProxy(value)) return false;
  const prototype = Reflect.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
