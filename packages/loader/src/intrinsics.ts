/**
 * Whether somebody changed the language: members of intrinsics that were added, removed or replaced.
 *
 * All namespaces share one realm, so a script that patches `Array.prototype` patches it for the game. This detects it
 * and prevents nothing. A look at all of them takes some tenths of a millisecond: after a commit, not within it.
 */

const NAMES = [
  'Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Proxy Reflect JSON Math Intl Atomics',
  'Map Set WeakMap WeakSet WeakRef FinalizationRegistry',
  'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError',
  'ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array',
  'Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Iterator',
].flatMap((line) => line.split(' '));

interface Watched {
  readonly path: string;
  readonly object: object;
  /** Values by key; an accessor stands for itself by its getter. */
  members: Map<PropertyKey, unknown>;
}

export class IntrinsicsWatch {
  readonly #watched: readonly Watched[];

  constructor() {
    const watched: Watched[] = [];
    const seen = new Set<object>();
    const add = (path: string, value: unknown): void => {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
      seen.add(value);
      watched.push({ path, object: value, members: membersOf(value) });
    };
    for (const name of NAMES) {
      const value: unknown = Reflect.get(globalThis, name);
      add(name, value);
      add(`${name}.prototype`, (value as { prototype?: unknown } | undefined)?.prototype);
    }
    add('TypedArray.prototype', Object.getPrototypeOf(Uint8Array.prototype));
    add('Generator.prototype', Object.getPrototypeOf(function* () {}).prototype);
    add('AsyncGenerator.prototype', Object.getPrototypeOf(async function* () {}).prototype);
    this.#watched = watched;
  }

  /** What differs since the last call, in words such as `Array.prototype.last was added`; then forgets it. */
  changes(): string[] {
    const changes: string[] = [];
    for (const entry of this.#watched) {
      const { path, object, members } = entry;
      const keys = Reflect.ownKeys(object);
      let differs = keys.length !== members.size;
      for (const key of keys) {
        if (members.has(key) && Object.is(members.get(key), memberOf(object, key))) continue;
        differs = true;
        changes.push(`${path}.${String(key)} was ${members.has(key) ? 'replaced' : 'added'}`);
      }
      if (!differs) continue;
      for (const key of members.keys()) {
        if (!Object.hasOwn(object, key)) changes.push(`${path}.${String(key)} was removed`);
      }
      entry.members = membersOf(object);
    }
    return changes;
  }
}

function membersOf(object: object): Map<PropertyKey, unknown> {
  return new Map(Reflect.ownKeys(object).map((key) => [key, memberOf(object, key)]));
}

function memberOf(object: object, key: PropertyKey): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  return descriptor === undefined || 'value' in descriptor ? descriptor?.value : descriptor.get;
}
