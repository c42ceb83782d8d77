/** Any graph of data comes back as the same graph: values, order, circles, and what is one object stays one. */
import { readSlots, writeSlots } from '@rekindle/state';
import fc from 'fast-check';
import { expect, it } from 'vitest';

type Kind = 'object' | 'bare' | 'array' | 'map' | 'set';

interface Plan {
  readonly kind: Kind;
  readonly frozen: boolean;
  /** Keys, and the number of a node, or a value of its own. */
  readonly parts: readonly (readonly [string, number | { readonly leaf: unknown }])[];
}

const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, -0),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 4 }),
);

const plans = fc.array(
  fc.record<Plan>({
    kind: fc.constantFrom<Kind>('object', 'bare', 'array', 'map', 'set'),
    frozen: fc.boolean(),
    parts: fc.array(
      fc.tuple(
        fc.oneof(
          fc.string({ maxLength: 3 }),
          fc.constantFrom('a', 'b', '__proto__', 'constructor', '0', 'length', 'size'),
        ),
        fc.oneof(fc.nat(30), fc.record({ leaf })),
      ),
      { maxLength: 6 },
    ),
  }),
  { minLength: 1, maxLength: 24 },
);

/** The objects of a plan; each refers to others by their numbers. */
function build(all: readonly Plan[]): object[] {
  const made = all.map(({ kind }): object => {
    if (kind === 'map') return new Map();
    if (kind === 'set') return new Set();
    if (kind === 'array') return [];
    return kind === 'bare' ? Object.create(null) : {};
  });
  for (const [index, { kind, frozen, parts }] of all.entries()) {
    const object = made[index] as never;
    for (const [key, to] of parts) {
      const value = typeof to === 'number' ? made[to % made.length] : to.leaf;
      if (kind === 'map') (object as Map<unknown, unknown>).set(typeof to === 'number' ? value : key, value);
      else if (kind === 'set') (object as Set<unknown>).add(value);
      else if (kind === 'array' && key !== 'length') (object as unknown[]).push(value);
      else if (kind !== 'array')
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    }
    if (frozen) Object.freeze(object);
  }
  return made;
}

/** Walks both at once; each object of one has one of the other. */
function sameGraph(
  one: unknown,
  other: unknown,
  pairs = new Map<object, object>(),
  back = new Map<object, object>(),
): void {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    expect(Object.is(one, other)).toBe(true);
    return;
  }
  if (pairs.has(one) || back.has(other)) {
    expect(pairs.get(one) === other && back.get(other) === one).toBe(true);
    return;
  }
  pairs.set(one, other);
  back.set(other, one);
  expect(Object.getPrototypeOf(other)).toBe(Object.getPrototypeOf(one));
  expect([Object.isFrozen(other), Object.isExtensible(other)]).toEqual([
    Object.isFrozen(one),
    Object.isExtensible(one),
  ]);
  if (one instanceof Date || one instanceof Uint8Array) {
    expect(other).toEqual(one);
    return;
  }
  expect(Reflect.ownKeys(other)).toEqual(Reflect.ownKeys(one));
  const partsOf = (object: object): unknown[] => [
    ...(object instanceof Map ? [...object].flat() : object instanceof Set ? [...object] : []),
    ...Reflect.ownKeys(object).map((key) => Object.getOwnPropertyDescriptor(object, key)?.value),
  ];
  const [mine, theirs] = [partsOf(one), partsOf(other)];
  expect(theirs.length).toBe(mine.length);
  for (const [index, part] of mine.entries()) sameGraph(part, theirs[index], pairs, back);
}

it('any graph of data, in any number of slots', () => {
  fc.assert(
    fc.property(plans, fc.array(fc.nat(23), { minLength: 1, maxLength: 4 }), (all, roots) => {
      const made = build(all);
      const slots = roots.map((root, index) => ({
        namespace: 'main',
        module: 'a.ts',
        name: `slot${index}`,
        version: index + 1,
        value: made[root % made.length] as object,
      }));
      const { bytes, count, unwritten } = writeSlots(slots);
      expect([count, unwritten]).toEqual([slots.length, []]);
      const { slots: read } = readSlots(bytes);
      expect(read.map(({ name, version }) => [name, version])).toEqual(
        slots.map(({ name, version }) => [name, version]),
      );
      sameGraph(
        slots.map(({ value }) => value),
        read.map(({ value }) => value),
      );
    }),
    { numRuns: 300 },
  );
});
