/**
 * What values lead to: own properties, and what arrays, maps and sets hold.
 *
 * It calls no getter and enters no proxy, no function and no closure.
 */
import { types } from 'node:util';

/** Every object that these lead to, once, and every function; undefined for each other value on the way. */
export function* reachable(roots: readonly object[]): Generator<object | undefined, void> {
  const seen = new Set<object>();
  const stack: Iterator<unknown>[] = [roots.values()];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { value, done } = top.next();
    if (done === true) {
      stack.pop();
      continue;
    }
    if (typeof value !== 'object' || value === null || seen.has(value) || types.isProxy(value)) {
      yield typeof value === 'function' ? value : undefined;
      continue;
    }
    seen.add(value);
    yield value;
    stack.push(partsOf(value));
  }
}

function* partsOf(object: object): Generator<unknown, void> {
  if (ArrayBuffer.isView(object)) return;
  if (types.isMap(object)) {
    // the intrinsic iterators: a class that extends Map may have its own
    for (const [key, value] of Map.prototype.entries.call(object)) {
      yield key;
      yield value;
    }
  } else if (types.isSet(object)) yield* Set.prototype.values.call(object);
  if (Array.isArray(object) && Object.getPrototypeOf(object) === Array.prototype) {
    // not by its keys: a long list of them takes long to make
    for (let index = 0; index < object.length; index++) yield Object.getOwnPropertyDescriptor(object, index)?.value;
    return;
  }
  for (const key of Reflect.ownKeys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property !== undefined && 'value' in property) yield property.value;
  }
}
