/**
 * `import.meta.hot.data`: one object for all versions of a module, and the way back to what its keys were.
 *
 * A body of the synchronous step is alone with it, so a copy of the keys is enough. While a body awaits, the version
 * that runs may write too: such a body gets a view that notes what it writes, and only that is taken back.
 */

type Keys = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/** What a hand-over has done to the keys; undefined for one that it deleted. */
export type HandedKeys = ReadonlyMap<PropertyKey, PropertyDescriptor | undefined>;

interface Written {
  readonly before: PropertyDescriptor | undefined;
  after: PropertyDescriptor | undefined;
}

export class HotData {
  readonly object: Record<string, unknown> = {};
  /** The keys as they were before the version that is to come had its first look. */
  #before: Keys | undefined;
  /** What was written since, where that version awaits. */
  #written: Map<PropertyKey, Written> | undefined;
  #view: Record<string, unknown> | undefined;

  /** Begins the hand-over; false where it has begun already. */
  take(awaits: boolean): boolean {
    if (this.#before !== undefined) return false;
    this.#before = keysOf(this.object);
    if (awaits) {
      this.#written = new Map();
      this.#view = new Proxy(this.object, {
        defineProperty: (object, key, descriptor) =>
          this.#note(key, () => Reflect.defineProperty(object, key, descriptor)),
        deleteProperty: (object, key) => this.#note(key, () => Reflect.deleteProperty(object, key)),
      });
    }
    return true;
  }

  /** The object, as the version that is to come has it. */
  get taken(): Record<string, unknown> {
    return this.#view ?? this.object;
  }

  /** Runs what belongs to the hand-over and may write to the object itself; returns what it wrote. */
  writing(act: () => void): HandedKeys {
    const before = keysOf(this.object);
    act();
    const now = keysOf(this.object);
    const handed = new Map<PropertyKey, PropertyDescriptor | undefined>();
    for (const key of new Set([...before.keys(), ...now.keys()])) {
      const after = now.get(key);
      if (same(before.get(key), after)) continue;
      handed.set(key, after);
      this.#written?.set(key, { before: before.get(key), after });
    }
    return handed;
  }

  /** Writes once more what a hand-over wrote before it was taken back. */
  put(handed: HandedKeys): void {
    for (const [key, descriptor] of handed) restore(this.object, key, descriptor);
  }

  /** The version has come. */
  keep(): void {
    this.#forget();
  }

  /** It has not: the keys are as they were. */
  takeBack(): void {
    if (this.#before === undefined) return;
    if (this.#written === undefined) restoreAll(this.object, this.#before);
    else {
      for (const [key, { before, after }] of this.#written) {
        // somebody else may have written since
        if (same(Reflect.getOwnPropertyDescriptor(this.object, key), after)) restore(this.object, key, before);
      }
    }
    this.#forget();
  }

  #note(key: PropertyKey, write: () => boolean): boolean {
    const before = Reflect.getOwnPropertyDescriptor(this.object, key);
    const done = write();
    const written = this.#written; // a version that came, or was refused, notes nothing any more
    if (written === undefined) return done;
    const known = written.get(key);
    const after = Reflect.getOwnPropertyDescriptor(this.object, key);
    if (known !== undefined && same(known.after, before)) known.after = after;
    else written.set(key, { before, after });
    return done;
  }

  #forget(): void {
    this.#before = undefined;
    this.#written = undefined;
    this.#view = undefined;
  }
}

function keysOf(object: object): Keys {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Reflect.getOwnPropertyDescriptor(object, key) as PropertyDescriptor]),
  );
}

/** Deletes what is there and begins anew where the keys, or their order, are others. */
function restoreAll(object: object, before: Keys): void {
  const keys = Reflect.ownKeys(object);
  const wanted = [...before.keys()];
  const moved = keys.length !== wanted.length || keys.some((key, index) => key !== wanted[index]);
  if (moved) for (const key of keys) Reflect.deleteProperty(object, key);
  for (const [key, descriptor] of before) Reflect.defineProperty(object, key, descriptor);
}

function restore(object: object, key: PropertyKey, before: PropertyDescriptor | undefined): void {
  if (before === undefined) Reflect.deleteProperty(object, key);
  else Reflect.defineProperty(object, key, before);
}

function same(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (['value', 'get', 'set', 'writable', 'enumerable', 'configurable'] as const).every((part) =>
    Object.is(one[part], other[part]),
  );
}
