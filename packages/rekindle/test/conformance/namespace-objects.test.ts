/**
 * Module namespace exotic objects (ECMA-262 10.4.6 and 28.3), as `import * as ns` gives them.
 */
import { describe } from 'vitest';
import { rulesOfValues } from './cases.ts';

const attempt = 'const attempt = (f) => { try { return f(); } catch (error) { return error.name; } };';

const modules = (result: string) => ({
  'main.js': `import * as ns from './a.js'; ${attempt} export const result = ${result};`,
  'a.js':
    'export const b = 1; export let a = 2; export default 3; export { b as "b c", a as Z }; const hidden = 4; hidden;',
});

describe('a namespace object', () => {
  rulesOfValues(
    (
      [
        ['has no prototype', 'Object.getPrototypeOf(ns)', null],
        ['cannot be extended', '[Object.isExtensible(ns), Reflect.preventExtensions(ns)]', [false, true]],
        [
          'takes null as its prototype',
          '[Reflect.setPrototypeOf(ns, null), Object.setPrototypeOf(ns, null) === ns]',
          [true, true],
        ],
        [
          'takes no other prototype',
          '[Reflect.setPrototypeOf(ns, {}), attempt(() => Object.setPrototypeOf(ns, {}))]',
          [false, 'TypeError'],
        ],
        [
          'has its names in code unit order, then the tag',
          'Reflect.ownKeys(ns)',
          ['Z', 'a', 'b', 'b c', 'default', Symbol.toStringTag],
        ],
        [
          'enumerates them in that order',
          '[Object.keys(ns), (() => { const keys = []; for (const key in ns) keys.push(key); return keys; })()]',
          [
            ['Z', 'a', 'b', 'b c', 'default'],
            ['Z', 'a', 'b', 'b c', 'default'],
          ],
        ],
        ['is spread like any object', '({ ...ns })', { Z: 2, a: 2, b: 1, 'b c': 1, default: 3 }],
        ['gives the value of a name', '[ns.a, ns["b c"], ns.default, Reflect.get(ns, "b", {})]', [2, 1, 3, 1]],
        [
          'gives undefined for another name',
          '[ns.hidden, ns["x"], ns[Symbol.iterator], ns.toString]',
          [undefined, undefined, undefined, undefined],
        ],
        [
          'is tagged Module',
          '[ns[Symbol.toStringTag], Object.prototype.toString.call(ns)]',
          ['Module', '[object Module]'],
        ],
        [
          'has the tag as a constant',
          'Object.getOwnPropertyDescriptor(ns, Symbol.toStringTag)',
          {
            value: 'Module',
            writable: false,
            enumerable: false,
            configurable: false,
          },
        ],
        [
          'has its names as writable properties, which they never are',
          'Object.getOwnPropertyDescriptor(ns, "a")',
          {
            value: 2,
            writable: true,
            enumerable: true,
            configurable: false,
          },
        ],
        [
          'has no descriptor for another name',
          '[Object.getOwnPropertyDescriptor(ns, "x"), Object.getOwnPropertyDescriptor(ns, Symbol.iterator)]',
          [undefined, undefined],
        ],
        [
          'knows which names it has',
          '["a" in ns, "x" in ns, Symbol.toStringTag in ns, Reflect.has(ns, Symbol.iterator), Object.hasOwn(ns, "b c")]',
          [true, false, true, false, true],
        ],
        [
          'refuses every write',
          '[Reflect.set(ns, "a", 2), Reflect.set(ns, "x", 1), Reflect.set(ns, Symbol("s"), 1), Reflect.set({}, "a", 1, ns)]',
          [false, false, false, false],
        ],
        [
          'throws on every write, as code is strict',
          '[attempt(() => { ns.a = 2; }), attempt(() => { ns.x = 1; }), attempt(() => { ns[Symbol.toStringTag] = 1; })]',
          ['TypeError', 'TypeError', 'TypeError'],
        ],
        ['deletes what it has not', '[delete ns.x, Reflect.deleteProperty(ns, Symbol("s"))]', [true, true]],
        [
          'deletes nothing that it has',
          '[Reflect.deleteProperty(ns, "a"), Reflect.deleteProperty(ns, Symbol.toStringTag), attempt(() => delete ns.a)]',
          [false, false, 'TypeError'],
        ],
        [
          'accepts a definition that changes nothing',
          '[Reflect.defineProperty(ns, "a", { value: 2 }), Reflect.defineProperty(ns, "a", { value: 2, writable: true, enumerable: true, configurable: false }), Reflect.defineProperty(ns, "a", {})]',
          [true, true, true],
        ],
        [
          'refuses every other definition',
          '[{ value: 1 }, { writable: false }, { enumerable: false }, { configurable: true }, { get() {} }].map((d) => Reflect.defineProperty(ns, "a", d))',
          [false, false, false, false, false],
        ],
        [
          'refuses a definition of another name',
          '[Reflect.defineProperty(ns, "x", { value: 1 }), attempt(() => Object.defineProperty(ns, Symbol("s"), { value: 1 }))]',
          [false, 'TypeError'],
        ],
        [
          'cannot be frozen, as its names are writable',
          '[attempt(() => Object.freeze(ns)), Object.isFrozen(ns), Object.isSealed(ns)]',
          ['TypeError', false, true],
        ],
        ['can be sealed, which it is', 'Object.seal(ns) === ns', true],
        ['is no prototype through which names are written', 'attempt(() => { Object.create(ns).a = 1; })', 'TypeError'],
        [
          'is a prototype through which names are read',
          '(() => { const o = Object.create(ns); return [o.a, "b" in o]; })()',
          [2, true],
        ],
        [
          'is one object for all who import it',
          'Promise.all([import("./a.js"), import("./a.js")]).then((all) => all.every((one) => one === ns))',
          true,
        ],
      ] as const
    ).map(([rule, result, gives]) => ({
      rule,
      of: modules(`() => ${result.startsWith('{') ? `(${result})` : result}`),
      gives,
    })),
  );

  rulesOfValues([
    {
      rule: 'of a module without exports is empty',
      of: { 'main.js': "import * as ns from './a.js'; export const result = Reflect.ownKeys(ns);", 'a.js': '' },
      gives: [Symbol.toStringTag],
    },
    {
      rule: 'has the names of export * without default',
      of: {
        'main.js': "import * as ns from './mid.js'; export const result = Object.keys(ns);",
        'mid.js': "export * from './a.js'; export const own = 1;",
        'a.js': 'export const a = 1; export default 2;',
      },
      gives: ['a', 'own'],
    },
    {
      rule: 'has a name that export * also provides as the own one',
      of: {
        'main.js': "import * as ns from './mid.js'; export const result = ns.a;",
        'mid.js': "export * from './a.js'; export const a = 2;",
        'a.js': 'export const a = 1;',
      },
      gives: 2,
    },
    {
      rule: 'may have an export that is called then',
      of: {
        'main.js': "import * as ns from './a.js'; export const result = ns.then();",
        'a.js': 'export const then = () => 1;',
      },
      gives: 1,
    },
    {
      rule: 'shows what is written later',
      of: {
        'main.js':
          "import * as ns from './a.js'; const read = (o) => o.a; const before = read(ns); ns.write(); export const result = [before, read(ns), Object.values(ns)[0]];",
        'a.js': 'export let a = 1; export const write = () => { a = 2; };',
      },
      gives: [1, 2, 2],
    },
    {
      rule: 'has all kinds of bindings',
      of: {
        'main.js': "import * as ns from './a.js'; export const result = Object.keys(ns);",
        'a.js':
          "export var v; export let l; export const c = 1; export function f() {} export function* g() {} export async function af() {} export async function* ag() {} export class C {} export default 1; export { v as 'a string', l as other }; export * as n from './b.js'; export { x } from './b.js'; export * from './b.js';",
        'b.js': 'export const x = 1, y = 2; export default 3;',
      },
      gives: ['C', 'a string', 'af', 'ag', 'c', 'default', 'f', 'g', 'l', 'n', 'other', 'v', 'x', 'y'],
    },
    {
      rule: 'may have names that are numbers, which are strings as all names',
      of: {
        'main.js':
          "import * as ns from './a.js'; import { '0' as zero } from './a.js'; export const result = () => [ns[0], ns['1'], zero, 2 in ns, Reflect.has(ns, 1), Reflect.ownKeys(ns).length, Object.keys(ns), Reflect.set(ns, 0, 1), Reflect.deleteProperty(ns, 0), Reflect.deleteProperty(ns, 2), Object.getOwnPropertyDescriptor(ns, 1).value];",
        'a.js': "const a = 'a', b = 'b'; export { a as '0', b as '1', b as '10', a as '-1' };",
      },
      gives: ['a', 'b', 'a', false, true, 5, ['-1', '0', '1', '10'], false, false, true, 'b'],
    },
    {
      rule: 'becomes a string or a number by what it exports',
      of: {
        'main.js':
          "import * as text from './text.js'; import * as number from './number.js'; import * as none from './none.js'; export const result = () => { try { return [String(text), +text, +number, String(number), String(none)]; } catch (error) { return [String(text), +text, +number, String(number), error.name]; } };",
        'text.js': "export const toString = () => '5';",
        'number.js': 'export const valueOf = () => 7;',
        'none.js': '',
      },
      gives: ['5', 5, 7, '7', 'TypeError'],
    },
    {
      rule: 'is nested in another one, each with its own names',
      of: {
        'main.js':
          "import * as outer from './mid.js'; export const result = [Object.keys(outer), Object.keys(outer.inner), outer.inner.default, outer.inner.inner === outer.inner];",
        'mid.js': "export * as inner from './a.js'; export * from './a.js';",
        'a.js': "export default 1; export const a = 2; export * as inner from './a.js';",
      },
      gives: [['a', 'inner'], ['a', 'default', 'inner'], 1, true],
    },
    {
      rule: 'of import() is the one of import *, also where nothing is exported',
      of: {
        'main.js':
          "import * as ns from './a.js'; export const result = async () => [await import('./a.js') === ns, Reflect.ownKeys(ns).length];",
        'a.js': '',
      },
      gives: [true, 1],
    },
    {
      rule: 'of the module itself',
      of: "import * as self from './main.js'; export const a = 1; export const result = () => [self.a, Object.keys(self)];",
      gives: [1, ['a', 'result']],
    },
  ]);
});

describe('while a name of it is in its dead zone', () => {
  const inDeadZone = (result: string) => ({
    'main.js': "import { found } from './b.js'; export let a = 1; export const result = found;",
    'b.js': `import * as ns from './main.js'; ${attempt} const show = (o) => o; export const found = ${result};`,
  });
  rulesOfValues(
    (
      [
        ['it is there', '["a" in ns, Reflect.has(ns, "a")]', [true, true]],
        ['it has the name', 'Reflect.ownKeys(ns)', ['a', 'result', Symbol.toStringTag]],
        [
          'its value cannot be read',
          '[attempt(() => ns.a), attempt(() => show(ns).a), attempt(() => Reflect.get(ns, "a"))]',
          ['ReferenceError', 'ReferenceError', 'ReferenceError'],
        ],
        ['its descriptor cannot be read', 'attempt(() => Object.getOwnPropertyDescriptor(ns, "a"))', 'ReferenceError'],
        ['whether it is own cannot be told', 'attempt(() => Object.hasOwn(ns, "a"))', 'ReferenceError'],
        [
          'its names cannot be listed as enumerable',
          '[attempt(() => Object.keys(ns)), attempt(() => { for (const key in ns) return key; })]',
          ['ReferenceError', 'ReferenceError'],
        ],
        [
          'whether it is enumerable cannot be told',
          'attempt(() => Object.prototype.propertyIsEnumerable.call(ns, "a"))',
          'ReferenceError',
        ],
        [
          'a read through super is one of it',
          'attempt(() => new (class extends (function () { return ns; }) { read() {} constructor() { super(); this.a; } })())',
          'ReferenceError',
        ],
        [
          'a write through super defines it, which reads it',
          'attempt(() => new (class extends (function () { return ns; }) { constructor() { super(); super.a = 1; } })())',
          'ReferenceError',
        ],
        [
          'a write through super takes the setter of the parent',
          '(() => { let wrote; class Parent { constructor() { return ns; } set a(value) { wrote = value; } } new (class extends Parent { constructor() { super(); super.a = 5; } })(); return wrote; })()',
          5,
        ],
        ['it cannot be defined', 'attempt(() => Reflect.defineProperty(ns, "a", { value: 1 }))', 'ReferenceError'],
        ['it refuses a write without reading', 'Reflect.set(ns, "a", 1)', false],
        [
          'it refuses a deletion without reading',
          '[Reflect.deleteProperty(ns, "a"), attempt(() => delete ns.a)]',
          [false, 'TypeError'],
        ],
      ] as const
    ).map(([rule, result, gives]) => ({ rule, of: inDeadZone(result), gives })),
  );
});
