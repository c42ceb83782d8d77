/**
 * A membrane around a value that nobody should write to: whoever does is noted with the stack of the write.
 *
 * A write goes through, so that the code goes on as it would; that is why the value has to be a copy which is thrown away.
 * Code that asks for the kind of what it is given (`util.types`, `structuredClone`) sees that it is a Proxy; nothing is
 * concluded from how it ends.
 */
import { types } from 'node:util';

/** A write to a value that was to be left alone. */
export interface NotedWrite {
  /** `herd.3.hp`. */
  readonly path: string;
  /** Made where it was written; its stack says by whom. */
  readonly error: Error;
}

/** Writes that are noted. */
const NOTED = 16;

/** Methods of built-in objects that change them. */
const WRITING: ReadonlySet<PropertyKey> = new Set(
  `set add delete clear fill sort reverse copyWithin push pop shift unshift splice setTime setMilliseconds setSeconds
  setMinutes setHours setDate setMonth setFullYear setYear setUTCMilliseconds setUTCSeconds setUTCMinutes setUTCHours
  setUTCDate setUTCMonth setUTCFullYear`.split(/\s+/),
);

/** The value as code is given it, and the writes so far. */
export function readOnly<Value extends object>(value: Value): { readonly value: Value; readonly writes: NotedWrite[] } {
  const membrane = new Membrane();
  return { value: membrane.wrap(value, '') as Value, writes: membrane.writes };
}

class Membrane {
  readonly writes: NotedWrite[] = [];
  readonly #wrapped = new WeakMap<object, object>();
  readonly #inside = new WeakMap<object, object>();

  wrap(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return value;
    let proxy = this.#wrapped.get(value);
    if (proxy === undefined) {
      proxy = new Proxy(value, this.#handler(path));
      this.#wrapped.set(value, proxy);
      this.#inside.set(proxy, value);
    }
    return proxy;
  }

  #unwrap(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#inside.get(value) ?? value) : value;
  }

  #note(path: string, below: (...args: never[]) => unknown): void {
    if (this.writes.length >= NOTED) return;
    const error = new Error(path);
    Error.captureStackTrace(error, below);
    this.writes.push({ path, error });
  }

  #handler(path: string): ProxyHandler<object> {
    const membrane = this;
    const at = (key: PropertyKey) => (path === '' ? String(key) : `${path}.${String(key)}`);
    return {
      get(target, key, receiver) {
        const isBuiltIn = hasSlots(target);
        const value: unknown = Reflect.get(target, key, isBuiltIn ? target : receiver);
        if (typeof value === 'function' && isBuiltIn) return membrane.#method(target, key, value as AnyMethod, path);
        const own = Reflect.getOwnPropertyDescriptor(target, key);
        // a Proxy has to tell the truth of what cannot change
        if (own !== undefined && own.configurable === false && own.writable === false) return value;
        return membrane.wrap(value, at(key));
      },
      set(target, key, value) {
        membrane.#note(at(key), this.set as AnyMethod);
        return Reflect.set(target, key, membrane.#unwrap(value));
      },
      defineProperty(target, key, descriptor) {
        membrane.#note(at(key), this.defineProperty as AnyMethod);
        return Reflect.defineProperty(target, key, descriptor);
      },
      deleteProperty(target, key) {
        membrane.#note(at(key), this.deleteProperty as AnyMethod);
        return Reflect.deleteProperty(target, key);
      },
      setPrototypeOf(target, prototype) {
        membrane.#note(path, this.setPrototypeOf as AnyMethod);
        return Reflect.setPrototypeOf(target, prototype);
      },
    };
  }

  /** A method of a map, a set, a date or binary data, which only works on the object itself. */
  #method(target: object, key: PropertyKey, method: AnyMethod, path: string): AnyMethod {
    const wrap = (value: unknown, part: unknown = '…') =>
      this.wrap(value, path === '' ? String(part) : `${path}.${String(part)}`);
    const call = (...args: unknown[]): unknown => {
      const given = args.map((argument) => this.#unwrap(argument));
      if (WRITING.has(key)) this.#note(args.length === 0 ? path : wrapPath(path, args[0]), call as AnyMethod);
      if (key === 'forEach' && typeof given[0] === 'function') {
        const callback = given[0] as (...values: unknown[]) => unknown;
        given[0] = (value: unknown, part: unknown) => callback(wrap(value, part), wrap(part), this.wrap(target, path));
      }
      const result: unknown = Reflect.apply(method, target, given);
      if (result === target) return this.wrap(target, path);
      if (typeof result === 'object' && result !== null && Symbol.iterator in result && 'next' in result) {
        if (types.isMap(target) && key === 'values') return wrapValues(target, wrap);
        return wrapAll(result as Iterable<unknown>, wrap);
      }
      return wrap(result, args[0]);
    };
    return call as AnyMethod;
  }
}

type AnyMethod = (...args: never[]) => unknown;

function wrapPath(path: string, part: unknown): string {
  const name = typeof part === 'object' ? '…' : String(part);
  return path === '' ? name : `${path}.${name}`;
}

/** What an iterator of a map or a set gives: values, or pairs of key and value. */
function* wrapAll(values: Iterable<unknown>, wrap: (value: unknown, part?: unknown) => unknown): Iterable<unknown> {
  for (const value of values) {
    yield Array.isArray(value) ? [wrap(value[0]), wrap(value[1], value[0])] : wrap(value);
  }
}

/** The same for values alone, which shall know their keys. */
function* wrapValues(map: Map<unknown, unknown>, wrap: (value: unknown, part?: unknown) => unknown): Iterable<unknown> {
  for (const [key, value] of Map.prototype.entries.call(map)) yield wrap(value, key);
}

function hasSlots(object: object): boolean {
  return (
    types.isMap(object) ||
    types.isSet(object) ||
    types.isDate(object) ||
    ArrayBuffer.isView(object) ||
    types.isAnyArrayBuffer(object)
  );
}
