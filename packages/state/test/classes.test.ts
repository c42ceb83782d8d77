import type { ClassEntry } from '@rekindle/compiler';
import type { ClassUpgrade } from '@rekindle/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Body, type Module, Namespace } from './namespace.ts';

type Living = Record<string, unknown>;
type Made = new () => Living;

/** What emitted code says of a class: here the test says it. */
function define({ scope }: Module, made: Made, fields: readonly string[] = [], more: Partial<ClassEntry> = {}): void {
  const at = { line: 1, column: 1 };
  const entry: ClassEntry = { name: made.name, at, fields, private: null, marks: [], ...more };
  const initialisers = () => Object.fromEntries(fields.map((name) => [name, () => new made()[name]]));
  scope.realm.classes.define(scope, entry, made, initialisers);
}

/** What can be seen of objects and all that they inherit, by identity, in order. */
function pictureOf(objects: readonly object[], classes: readonly Made[]): unknown[] {
  const seen = new Map<object, unknown>();
  const look = (object: object | null) => {
    if (object === null || object === Object.prototype || object === Function.prototype || seen.has(object)) return;
    const properties = Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]);
    const prototype = Object.getPrototypeOf(object) as object | null;
    seen.set(object, [properties, prototype, Object.isExtensible(object)]);
    look(prototype);
  };
  for (const object of [...objects, ...classes, ...classes.map(({ prototype }) => prototype as object)]) look(object);
  return [...seen];
}

/** Compares by identity: what an object holds stands in the picture itself. */
function expectSame(after: readonly unknown[], before: readonly unknown[]): void {
  expect(differences(before, after)).toEqual([]);
}

function differences(before: unknown, after: unknown, path = ''): string[] {
  if (Object.is(before, after)) return [];
  const nested = (value: unknown): value is Record<string, unknown> =>
    Array.isArray(value) || (typeof value === 'object' && value !== null && isDescriptor(value));
  if (!nested(before) || !nested(after)) return [`${path} is another one`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], `${path}/${key}`));
}

function isDescriptor(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype && 'configurable' in value;
}

/** A class whose members are told by their names; `version` is in all that they give. */
interface Shape {
  readonly fields: readonly string[];
  readonly methods: readonly string[];
  readonly accessors: readonly string[];
}

function classOf(version: number, { fields, methods, accessors }: Shape, base?: Made): Made {
  const Base = base ?? (Object as unknown as Made);
  const Beast = class Beast extends Base {
    constructor() {
      super();
      for (const name of fields) (this as Living)[name] = `${name} ${version}`;
    }
  };
  for (const name of methods) {
    Object.defineProperty(Beast.prototype, name, {
      value: () => `${name} ${version}`,
      configurable: true,
      writable: true,
    });
  }
  for (const name of accessors) {
    Object.defineProperty(Beast.prototype, name, { get: () => `${name} ${version}`, configurable: true });
  }
  return Beast;
}

const names = (prefix: string) => fc.subarray(['a', 'b', 'c', 'd'].map((name) => prefix + name));
const shape = fc.record({ fields: names('field-'), methods: names('method-'), accessors: names('accessor-') });
const release = fc.record({
  shape,
  /** Another module's class, which extends it. */
  sub: shape,
  extended: fc.boolean(),
  refused: fc.boolean(),
  /** Which living objects the bodies of the release touch, and what of them. */
  touches: fc.array(fc.tuple(fc.nat(20), fc.constantFrom('field-a', 'field-b', 'field-c'), fc.boolean())),
});

describe('the classes of a namespace', () => {
  it('upgrade living objects in every release, and leave them exactly as they were where it is refused', () => {
    fc.assert(
      fc.property(fc.array(release, { minLength: 2, maxLength: 8 }), (releases) => {
        const game = new Namespace();
        const living: Living[] = [];
        const classes: Made[] = [];
        for (const [version, { shape: base, sub, extended, refused, touches }] of releases.entries()) {
          const Base = classOf(version, base);
          const Sub = classOf(version, sub, extended ? Base : undefined);
          const before = pictureOf(living, classes);
          const touch = () => {
            for (const [index, name, write] of touches) {
              const one = living[index];
              if (one === undefined) continue;
              if (write && name in one) one[name] = 'written';
              else void one[name];
            }
          };
          const bodies: Record<string, Body> = {
            'base.ts': (module) => define(module, Base, base.fields),
            'sub.ts': (module) => {
              if (refused && version % 2 === 0) touchAdded(living, base.fields);
              define(module, Sub, sub.fields);
              if (refused) touchAdded(living, [...base.fields, ...sub.fields]);
              else touch();
              if (refused) throw new Error('no');
            },
          };
          if (refused) {
            expect(() => game.change(bodies)).toThrow('no');
            expectSame(pictureOf(living, classes), before);
            continue;
          }
          game.change(bodies);
          for (const one of living) {
            const isBase = !(one instanceof Sub);
            const [now, shapes] = isBase ? [Base, [base]] : [Sub, extended ? [base, sub] : [sub]];
            expect(one).toBeInstanceOf(now);
            expect(one.constructor).toBe(now);
            for (const { methods, accessors, fields } of shapes) {
              for (const name of methods) expect((one[name] as () => string)()).toBe(`${name} ${version}`);
              for (const name of accessors) expect(one[name]).toBe(`${name} ${version}`);
              for (const name of fields) expect(one[name]).toEqual(expect.any(String));
            }
          }
          classes.push(Base, Sub);
          living.push(new Base(), new Sub());
          for (const [index, each] of classes.entries()) {
            const made = living.at(index % 2 === 0 ? -2 : -1);
            expect(made).toBeInstanceOf(each);
            if (index % 2 === 1) expect(living.at(-2)).not.toBeInstanceOf(each);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are told of with the reason where objects are kept', () => {
    const game = new Namespace();
    const told: [string, readonly ClassUpgrade[]][] = [];
    const one = class Beast {
      #secret = 1;
      read = () => this.#secret;
    } as unknown as Made;
    const two = class Beast {} as unknown as Made;
    game.told = (module, classes) => told.push([module, classes]);
    game.change({ 'a.ts': (module) => define(module, one, ['read'], { private: { line: 2, column: 7 } }) });
    game.change({ 'a.ts': (module) => define(module, two) });
    expect(told).toEqual([['a.ts', [{ class: 'Beast', kept: 'private', remains: [] }]]]);
  });

  it('find private members in classes that no module has at its top level', () => {
    const game = new Namespace();
    const mixin = (): Made =>
      class {
        #secret = 1;
        read = () => this.#secret;
      } as unknown as Made;
    const told: ClassUpgrade[] = [];
    game.told = (_module, classes) => told.push(...classes);
    for (let turn = 0; turn < 2; turn++) {
      game.change({
        'a.ts': (module) => define(module, class Beast extends mixin() {}),
      });
    }
    expect(told).toEqual([{ class: 'Beast', kept: 'private', remains: [] }]);
  });

  it('are as they were where an upgrade stops half-way', () => {
    const game = new Namespace();
    const Old = class Beast {
      step(): string {
        return 'walks';
      }
    } as unknown as Made;
    game.change({ 'a.ts': (module) => define(module, Old) });
    const one = new Old();
    const before = pictureOf([one], [Old]);
    const Next = class Beast {} as unknown as Made;
    const trap = () => {
      throw new Error('half-way');
    };
    Object.setPrototypeOf(Next.prototype as object, new Proxy({}, { get: trap }));
    expect(() => game.change({ 'a.ts': (module) => define(module, Next, ['mood']) })).toThrow('half-way');
    expectSame(pictureOf([one], [Old]), before);
  });

  it('that a version defines too late are nobody’s', () => {
    const game = new Namespace();
    let late: Module | undefined;
    game.change({
      'a.ts': (module) => {
        late = module;
      },
    });
    const Beast = class Beast {} as unknown as Made;
    define(late as Module, Beast);
    game.change({ 'a.ts': (module) => define(module, class Beast {} as unknown as Made) });
    expect(Object.hasOwn(Beast, Symbol.hasInstance)).toBe(false);
  });
});

describe('the sweep', () => {
  const Beast = (fields: readonly string[]): Made => classOf(1, { fields, methods: [], accessors: [] });

  /** Runs the sweep to its end; how many of these had the field after each turn. */
  async function swept(game: Namespace, objects: readonly Living[]): Promise<number[]> {
    const counts: number[] = [];
    while (game.clock.due.length > 0) {
      await game.clock.advance(0);
      counts.push(objects.filter((one) => Object.hasOwn(one, 'mood')).length);
    }
    return counts;
  }

  it('reaches what slots hold through data, and calls no getter, no proxy and no iterator of the game', async () => {
    const game = new Namespace();
    const Old = Beast([]);
    const make = () => new Old();
    const [inMap, asKey, inSet, inArray, asField, bySymbol, behindGetter, behindProxy, inClosure] = Array.from(
      { length: 9 },
      make,
    ) as Living[];
    let calls = 0;
    const watched = new Proxy(
      { behindProxy },
      {
        ownKeys: () => {
          calls += 1;
          return [];
        },
      },
    );
    class Odd extends Map<string, unknown> {
      override [Symbol.iterator](): never {
        throw new Error('not of the game');
      }
    }
    const value = {
      map: new Odd([['one', inMap]]),
      keys: new Map([[asKey, 1]]),
      set: new Set([inSet]),
      array: [1, [inArray]],
      asField,
      [Symbol('one')]: bySymbol,
      get getter() {
        calls += 1;
        return behindGetter;
      },
      watched,
      closure: () => inClosure,
      bytes: new Uint8Array(10),
    };
    Object.assign(value, { cycle: value });
    game.change({
      'a.ts': (module) => {
        module.state('slot', () => value);
        define(module, Old);
      },
    });
    game.change({
      'a.ts': (module) => {
        module.state('slot', () => value);
        define(module, Beast(['mood']), ['mood']);
      },
    });
    await swept(game, []);
    const reached = [inMap, asKey, inSet, inArray, asField, bySymbol];
    expect(reached.map((one) => Object.hasOwn(one as Living, 'mood'))).toEqual(Array(6).fill(true));
    const left = [behindGetter, behindProxy, inClosure];
    expect(left.map((one) => Object.hasOwn(one as Living, 'mood'))).toEqual(Array(3).fill(false));
    expect(calls).toBe(0);
  });

  it('is not begun where no field has come, and ends with the namespace', () => {
    const game = new Namespace();
    const text =
      (fields: readonly string[]): Body =>
      (module) => {
        module.state('slot', () => ({}));
        define(module, Beast(fields), fields);
      };
    game.change({ 'a.ts': text(['mood']) });
    game.change({ 'a.ts': text(['mood']) });
    expect(game.clock.due).toEqual([]);
    game.change({ 'a.ts': text(['mood', 'hp']) });
    expect(game.clock.due).toHaveLength(1);
    game.realm.classes.clear();
    expect(game.clock.due).toEqual([]);
  });
});

/** Reads and writes fields that the new version adds, as bodies may that are refused. */
function touchAdded(living: readonly Living[], fields: readonly string[]): void {
  for (const [index, one] of living.entries()) {
    for (const name of fields) {
      if (Object.hasOwn(one, name)) continue; // a write to what an object has itself is the author's, and stays
      if (index % 2 === 0 || !(name in one)) void one[name];
      else one[name] = 'written';
    }
  }
}
