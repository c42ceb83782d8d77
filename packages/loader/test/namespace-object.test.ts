import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NamespaceObject } from '../src/namespace-object.ts';
import { nativeImport } from './native-import.ts';

/**
 * ECMA-262 10.4.6, by comparison: whatever can be done to a namespace object is done to Node's own and to ours, and the
 * answers are held against each other.
 */
const TEXT = `
  export let b = 1; export const a = 'text'; export default class Named {}
  const ten = 10; export { ten as "10", ten as "9", ten as then_, ten as "a b" };
  export const __proto__ = 5, constructor = 6;
`;

const readers: Readonly<Record<string, unknown>> = {
  b: 1,
  a: 'text',
  default: class Named {},
  10: 10,
  9: 10,
  then_: 10,
  'a b': 10,
  ['__proto__']: 5,
  constructor: 6,
};

async function pair(): Promise<{ native: object; ours: object }> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-namespace-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'module.mjs');
  await writeFile(file, TEXT);
  const native = (await nativeImport(pathToFileURL(file).href)) as object;
  const names = Object.keys(native);
  const own = (name: string) => Object.getOwnPropertyDescriptor(readers, name)?.value as unknown;
  return { native, ours: new NamespaceObject(new Map(names.map((name) => [name, () => own(name)]))).object };
}

/** What an operation gives, or the kind of what it throws. */
function answer(operation: () => unknown): unknown {
  try {
    const value = operation();
    return typeof value === 'function' ? `function ${value.name}` : value;
  } catch (error) {
    return `throws ${(error as Error).name}`;
  }
}

const KEYS = [
  'a',
  'b',
  'default',
  '10',
  '9',
  'a b',
  '__proto__',
  'constructor',
  'missing',
  Symbol.toStringTag,
  Symbol.iterator,
];

const DESCRIPTORS: PropertyDescriptor[] = [
  {},
  { value: 1 },
  { value: 'text' },
  { value: 2 },
  { value: 'Module' },
  { writable: true },
  { writable: false },
  { enumerable: true },
  { enumerable: false },
  { configurable: true },
  { configurable: false },
  { value: 1, writable: true, enumerable: true, configurable: false },
  { value: 'Module', writable: false, enumerable: false, configurable: false },
  { get: () => 1 },
  { set: () => {} },
];

const OPERATIONS: Record<string, (namespace: object) => unknown> = {
  getPrototypeOf: (o) => Reflect.getPrototypeOf(o),
  'setPrototypeOf null': (o) => Reflect.setPrototypeOf(o, null),
  'setPrototypeOf {}': (o) => Reflect.setPrototypeOf(o, {}),
  isExtensible: (o) => Reflect.isExtensible(o),
  preventExtensions: (o) => Reflect.preventExtensions(o),
  ownKeys: (o) => Reflect.ownKeys(o).map(String),
  keys: (o) => Object.keys(o),
  names: (o) => Object.getOwnPropertyNames(o),
  'for in': (o) => {
    const found: string[] = [];
    for (const key in o) found.push(key);
    return found;
  },
  spread: (o): unknown => ({ ...o, default: 0 }),
  JSON: (o) => JSON.stringify(o),
  tag: (o) => Object.prototype.toString.call(o),
  'as text': (o) => `${o as unknown as string}`,
  freeze: (o) => Object.freeze(o) === o,
  seal: (o) => Object.seal(o) === o,
  isFrozen: (o) => Object.isFrozen(o),
  isSealed: (o) => Object.isSealed(o),
  'as a prototype': (o) => (Object.create(o) as { b: unknown }).b,
};
for (const key of KEYS) {
  const name = String(key);
  OPERATIONS[`get ${name}`] = (o) => Reflect.get(o, key);
  OPERATIONS[`get ${name} for a receiver`] = (o) => Reflect.get(o, key, {});
  OPERATIONS[`has ${name}`] = (o) => Reflect.has(o, key);
  OPERATIONS[`hasOwn ${name}`] = (o) => Object.hasOwn(o, key);
  OPERATIONS[`set ${name}`] = (o) => Reflect.set(o, key, 1);
  OPERATIONS[`assign ${name}`] = (o) => {
    (o as Record<PropertyKey, unknown>)[key] = 1;
  };
  OPERATIONS[`delete ${name}`] = (o) => Reflect.deleteProperty(o, key);
  OPERATIONS[`describe ${name}`] = (o) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(o, key);
    return typeof descriptor?.value === 'function' ? { ...descriptor, value: 'a function' } : descriptor;
  };
  for (const [index, descriptor] of DESCRIPTORS.entries()) {
    OPERATIONS[`define ${name} as ${index} ${JSON.stringify(descriptor)}`] = (o) =>
      Reflect.defineProperty(o, key, descriptor);
  }
}

describe('a namespace object', () => {
  it('answers every operation as one of Node does', async () => {
    const { native, ours } = await pair();
    const differences = Object.entries(OPERATIONS).flatMap(([name, operation]) => {
      const expected = answer(() => operation(native));
      const found = answer(() => operation(ours));
      return JSON.stringify([expected]) === JSON.stringify([found]) ? [] : [{ name, expected, found }];
    });
    expect(differences).toEqual([]);
    expect(Object.keys(OPERATIONS).length).toBeGreaterThan(200);
  });

  it('refuses a write through an object that inherits from it, which V8 lets pass against the specification', () => {
    const { object } = new NamespaceObject(new Map([['b', () => 1]]));
    expect(Reflect.set(Object.create(object) as object, 'b', 2)).toBe(false);
  });

  it('throws in the dead zone where Node does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-namespace-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const operations: Record<string, (namespace: object) => unknown> = {
      get: (o) => Reflect.get(o, 'x'),
      has: (o) => Reflect.has(o, 'x'),
      in: (o) => 'x' in o,
      set: (o) => Reflect.set(o, 'x', 1),
      delete: (o) => Reflect.deleteProperty(o, 'x'),
      ownKeys: (o) => Reflect.ownKeys(o).map(String),
      keys: (o) => Object.keys(o),
      hasOwn: (o) => Object.hasOwn(o, 'x'),
      describe: (o) => Reflect.getOwnPropertyDescriptor(o, 'x'),
      define: (o) => Reflect.defineProperty(o, 'x', { value: 1 }),
      'for in': (o) => {
        const found: string[] = [];
        for (const key in o) found.push(key);
        return found;
      },
    };
    const probe = (namespace: object) =>
      Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [name, answer(() => operation(namespace))]),
      );
    let native: unknown;
    Object.assign(globalThis, { probeNamespace: (namespace: object) => (native = probe(namespace)) });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'probeNamespace'));
    await writeFile(join(folder, 'late.mjs'), "import './early.mjs'; export const x = 1;");
    await writeFile(join(folder, 'early.mjs'), "import * as late from './late.mjs'; probeNamespace(late);");
    await nativeImport(pathToFileURL(join(folder, 'late.mjs')).href);
    const dead = () => {
      throw new ReferenceError("Cannot access 'x' before initialization");
    };
    expect(probe(new NamespaceObject(new Map([['x', dead]])).object)).toEqual(native);
  });

  it('can be pointed at other cells of the same names, and back', () => {
    const namespace = new NamespaceObject(new Map([['x', () => 1]]));
    const undo = namespace.repoint(new Map([['x', () => 2]]));
    expect(Reflect.get(namespace.object, 'x')).toBe(2);
    undo();
    expect(Reflect.get(namespace.object, 'x')).toBe(1);
    expect([namespace.hasNames(['x']), namespace.hasNames(['y']), namespace.hasNames([])]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
