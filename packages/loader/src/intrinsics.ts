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
  members: readonly Member[];
}

interface Member {
  readonly key: PropertyKey;
  readonly isAccessor: boolean;
  /** An accessor stands for itself by its getter. */
  readonly value: unknown;
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
      const { path, object } = entry;
      if (isAsBefore(entry)) continue;
      const before = new Map(entry.members.map((member) => [member.key, member]));
      entry.members = membersOf(object);
      for (const { key, value } of entry.members) {
        const old = before.get(key);
        if (old === undefined) changes.push(`${path}.${String(key)} was added`);
        else if (!Object.is(old.value, value)) changes.push(`${path}.${String(key)} was replaced`);
        before.delete(key);
      }
      for (const key of before.keys()) changes.push(`${path}.${String(key)} was removed`);
    }
    return changes;
  }
}

/** Most looks find nothing: a value is read, which costs far less than asking for its descriptor. */
function isAsBefore({ object, members }: Watched): boolean {
  const keys = Reflect.ownKeys(object);
  if (keys.length !== members.length) return false;
  return members.every(({ key, isAccessor, value }, index) => {
    if (keys[index] !== key) return false;
    return isAccessor ? Object.is(memberOf(object, key).value, value) : isSameValue(object, key, value);
  });
}

function isSameValue(object: object, key: PropertyKey, value: unknown): boolean {
  try {
    return Object.is(Reflect.get(object, key), value);
  } catch {
    return false; // it is an accessor now
  }
}

function membersOf(object: object): Member[] {
  return Reflect.ownKeys(object).map((key) => memberOf(object, key));
}

function memberOf(object: object, key: PropertyKey): Member {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  const isAccessor = descriptor?.get !== undefined;
  return { key, isAccessor, value: isAccessor ? descriptor.get : descriptor?.value };
}
