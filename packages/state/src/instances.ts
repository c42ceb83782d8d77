/**
 * How living objects come to a newer version of their class, in a time that does not grow with their number.
 *
 *     instance ─▶ old prototype, emptied ─▶ hub, one for each lineage ─▶ newest prototype
 *
 * Each version's prototype is emptied once, when that version is replaced, and leads to the hub from then on; a reload
 * re-points the hub. No object is visited. Nothing here decides which classes belong together, or whether they may.
 */

/** A class, or what a decorator made of one. */
export type Class = (abstract new (...args: never[]) => object) & { readonly prototype: object };

/** Gives a field's first value; called with the object as `this`. */
export type Initialiser = (this: object) => unknown;

/** All versions of one class. Every old class refers to it and never to its successor, or one would keep all later ones. */
export interface Lineage {
  readonly hub: object;
  current: Class;
  /** Fields that the objects of every replaced version have. */
  common: ReadonlySet<string>;
  /** Names of the fields that objects of some replaced version lack. */
  added: readonly string[];
}

/** Told of each field that an object was given, so that it can be taken away again. */
export type Given = (object: object, name: string) => void;

export interface Upgrade {
  readonly old: Class;
  readonly next: Class;
  /** The lineage of `old`, where it has replaced another version itself. */
  readonly lineage: Lineage | undefined;
  /** Fields of `old`, inherited ones included. */
  readonly before: Iterable<string>;
  /** Fields of `next`, inherited ones included, in their order, but for those that all its objects have already. */
  readonly fieldsBut: (had: ReadonlySet<string>) => ReadonlyMap<string, Initialiser>;
  readonly given: Given;
}

/** Emptied prototype → the lineage to which it leads. */
const lineages = new WeakMap<object, Lineage>();

/** The lineage through which objects with this prototype reach their class; undefined for a prototype of the newest. */
export function lineageOf(prototype: object): Lineage | undefined {
  return lineages.get(prototype);
}

/**
 * Leads the objects of `old` to `next`. `begins` gets the exact way back before anything has happened, because a time
 * limit ends whatever runs at any point, and no `catch` hears of it.
 */
export function upgrade(
  { old, next, lineage: known, before, fieldsBut, given }: Upgrade,
  begins: (undo: () => void) => void,
): Lineage {
  const { prototype } = old;
  const lineage: Lineage = known ?? { hub: Object.create(next.prototype), current: old, common: new Set(), added: [] };
  const { hub, current, common, added } = lineage;
  const had = new Set(before);
  const all = known === undefined ? had : new Set([...common].filter((name) => had.has(name)));
  const fields = fieldsBut(all);
  const takeHubBack = remember(hub);
  const takePrototypeBack = remember(prototype);
  // a class that has one by its author keeps it
  const isMarked = !Object.hasOwn(old, Symbol.hasInstance) && Object.isExtensible(old);
  begins(() => {
    if (isMarked) Reflect.deleteProperty(old, Symbol.hasInstance);
    lineages.delete(prototype);
    takePrototypeBack();
    takeHubBack();
    Object.assign(lineage, { current, common, added });
    try {
      makeFast(prototype);
    } catch {
      // a proxy in the heritage is the author's, and what it throws must not stop the way back
    }
  });
  lineage.common = all;
  lineage.added = [...fields.keys()];
  lineage.current = next;
  empty(hub);
  Object.setPrototypeOf(hub, next.prototype);
  for (const [name, initialise] of fields) Object.defineProperty(hub, name, fieldOnTouch(hub, name, initialise, given));
  empty(prototype);
  Object.setPrototypeOf(prototype, hub);
  lineages.set(prototype, lineage);
  if (isMarked) recogniseSuccessors(old, lineage);
  for (const each of [next.prototype, hub, prototype]) makeFast(each);
  return lineage;
}

/** Whether a prototype can be emptied and led elsewhere, and put back. */
export function isMovable(prototype: object): boolean {
  if (!Object.isExtensible(prototype)) return false;
  return Reflect.ownKeys(prototype).every((key) => Object.getOwnPropertyDescriptor(prototype, key)?.configurable);
}

function empty(object: object): void {
  for (const key of Reflect.ownKeys(object)) Reflect.deleteProperty(object, key);
}

/** Notes members and prototype of an object; returns what puts both back, in the order in which they stood. */
function remember(object: object): () => void {
  const members = Object.getOwnPropertyDescriptors(object);
  const prototype: unknown = Object.getPrototypeOf(object);
  return () => {
    empty(object);
    Object.setPrototypeOf(object, prototype as object | null);
    Object.defineProperties(object, members);
  };
}

/**
 * Objects of the newest version are instances of the old class too. A class may inherit this from an old one that it
 * extends: for that it says what would be said without it.
 */
function recogniseSuccessors(old: Class, lineage: Lineage): void {
  Object.defineProperty(old, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      const inherited = (Object.getPrototypeOf(old) as Class)[Symbol.hasInstance] as (value: unknown) => boolean;
      if (inherited.call(this, value)) return true;
      return this === old && lineage.current !== old && value instanceof lineage.current;
    },
  });
}

/** Stands on the hub until an object has the field itself: the first touch gives it its value. */
function fieldOnTouch(hub: object, name: string, initialise: Initialiser, given: Given): PropertyDescriptor {
  /** Values of objects that take no properties any more. */
  const kept = new WeakMap<object, { value: unknown }>();
  /** Objects whose initialiser runs: one that reads its own field finds nothing, as in a constructor. */
  const running = new Set<object>();
  const isPrototype = (object: object) => object === hub || lineages.has(object);
  const give = (object: object, value: unknown) => {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    given(object, name);
  };
  return {
    configurable: true,
    get(this: object) {
      const known = kept.get(this);
      if (known !== undefined) return known.value;
      if (isPrototype(this) || running.has(this)) return undefined;
      running.add(this);
      try {
        const value = initialise.call(this);
        if (Object.hasOwn(this, name)) return Reflect.get(this, name);
        if (Object.isExtensible(this)) give(this, value);
        else kept.set(this, { value });
        return value;
      } finally {
        running.delete(this);
      }
    },
    set(this: object, value: unknown) {
      if (Object.isExtensible(this) || Object.isFrozen(this))
        give(this, value); // a TypeError for a frozen one
      else kept.set(this, { value });
    },
  };
}

/** The one place from which prototypes are read to make them fast. */
const read = (object: { readonly rekindle?: unknown }) => object.rekindle;
let warm = false;

/**
 * V8 leaves a prototype that it has only met behind another one in its slow form, and calls through it then cost several
 * times as much. A load through an object that has it as its own prototype mends that; the load has to come from code
 * that has run often and met many shapes, or V8 answers it without looking.
 */
function makeFast(prototype: object): void {
  if (!warm) {
    warm = true;
    const shapes = Array.from({ length: 16 }, (_, shape) => ({ [`shape${shape}`]: shape }));
    for (let turn = 0; turn < 3_000; turn++) read(shapes[turn % shapes.length] as object);
  }
  read(Object.create(prototype));
}
