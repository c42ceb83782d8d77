/**
 * A cell holds the value of one exported name: ECMA-262's binding, as emitted code reads it (`$name.v`).
 *
 * `v` becomes an own data property once there is a value, so that a read costs one inline-cached load; before that the
 * accessors of the prototype stand for the temporal dead zone. Cells know nothing of modules.
 */

/** Its constructor hands out the object that it is given: what a subclass declares becomes a property of that. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return object;
  }
}

/** Defines `v` on a cell, several times as fast as `Object.defineProperty`. */
class Value extends Given {
  v: unknown;

  constructor(cell: Cell, value: unknown) {
    super(cell);
    this.v = value;
  }
}

export class Cell {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** The value; a ReferenceError before initialisation. */
  get v(): unknown {
    throw new ReferenceError(`Cannot access '${this.#name}' before initialization`);
  }

  set v(value: unknown) {
    new Value(this, value);
  }

  /** What emitted code assigns to when the text writes to an import: reading works, writing never does. */
  get c(): unknown {
    return this.v;
  }

  set c(_value: unknown) {
    throw new TypeError('Assignment to constant variable.');
  }
}

/** A cell over a property that somebody else keeps: a host module's, or a native module's live binding. */
export class ForeignCell {
  readonly #object: Record<string, unknown>;
  readonly #name: string;

  constructor(object: Record<string, unknown>, name: string) {
    this.#object = object;
    this.#name = name;
  }

  get v(): unknown {
    return this.#object[this.#name];
  }

  get c(): unknown {
    return this.v;
  }

  set c(_value: unknown) {
    throw new TypeError('Assignment to constant variable.');
  }
}

/** A cell whose every read throws what `fail` makes: an import of a module that was taken out. */
export class ThrowingCell {
  readonly #fail: () => Error;

  constructor(fail: () => Error) {
    this.#fail = fail;
  }

  get v(): unknown {
    throw this.#fail();
  }

  get c(): unknown {
    throw this.#fail();
  }

  set c(_value: unknown) {
    throw this.#fail();
  }
}

/** What stands for a namespace object whose importer was taken out: whatever is done with it throws. */
export function throwingNamespace(fail: () => Error): object {
  const refuse = () => {
    throw fail();
  };
  const traps: (keyof ProxyHandler<object>)[] = [
    'get',
    'set',
    'has',
    'ownKeys',
    'getOwnPropertyDescriptor',
    'defineProperty',
    'deleteProperty',
    'getPrototypeOf',
    'setPrototypeOf',
    'isExtensible',
    'preventExtensions',
  ];
  return new Proxy(Object.create(null), Object.fromEntries(traps.map((trap) => [trap, refuse])));
}

export type AnyCell = Cell | ForeignCell | ThrowingCell;

export function isInitialised(cell: AnyCell): boolean {
  return !(cell instanceof Cell) || Object.hasOwn(cell, 'v');
}

export function cellOf(name: string, value: unknown): Cell {
  const cell = new Cell(name);
  cell.v = value;
  return cell;
}

/** Reads of `ns.name` where the module has no such export: `undefined`, as in the language. */
export const ABSENT: Cell = cellOf('absent', undefined);

/** Target of a write to a namespace import. */
export const FIXED: Cell = cellOf('namespace', undefined);
