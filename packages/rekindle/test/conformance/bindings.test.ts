/**
 * Module environment records (ECMA-262 9.1.1.5): live bindings, dead zones, hoisting, and what can be written.
 */
import { describe, expect } from 'vitest';
import { rulesOfValues } from './cases.ts';

/** `attempt(f)`: the name of what `f` throws, or its value. */
const attempt = 'const attempt = (f) => { try { return f(); } catch (error) { return error.name; } };';

describe('before a module has run, its importer in a cycle finds', () => {
  const cycle = (declaration: string, read: string) => ({
    'main.js': `import { found } from './b.js'; ${declaration}; export const result = found;`,
    'b.js': `import * as ns from './main.js'; import { a } from './main.js'; ${attempt} export const found = ${read};`,
  });
  rulesOfValues([
    { rule: 'a function', of: cycle('export function a() { return 1; }', 'a()'), gives: 1 },
    { rule: 'a generator', of: cycle('export function* a() { yield 1; }', '[...a()]'), gives: [1] },
    { rule: 'an async function', of: cycle('export async function a() { return 1; }', 'a()'), gives: 1 },
    { rule: 'undefined in a var', of: cycle('export var a = 1', '[a, ns.a]'), gives: [undefined, undefined] },
    { rule: 'the dead zone of a let', of: cycle('export let a = 1', 'attempt(() => a)'), gives: 'ReferenceError' },
    { rule: 'the dead zone of a const', of: cycle('export const a = 1', 'attempt(() => a)'), gives: 'ReferenceError' },
    { rule: 'the dead zone of a class', of: cycle('export class a {}', 'attempt(() => a)'), gives: 'ReferenceError' },
    {
      rule: 'the dead zone with typeof, too',
      of: cycle('export let a = 1', 'attempt(() => typeof a)'),
      gives: 'ReferenceError',
    },
    {
      rule: 'the dead zone through the namespace',
      of: cycle('export let a = 1', 'attempt(() => ns.a)'),
      gives: 'ReferenceError',
    },
    {
      rule: 'the dead zone of a let without a value',
      of: cycle('export let a', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
    {
      rule: 'the dead zone of a name that is destructured',
      of: cycle('export const { a } = { a: 1 }', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
    {
      rule: 'the dead zone of a name that is exported as another',
      of: cycle('let b = 1; export { b as a }', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
  ]);

  const byDefault = (declaration: string, read: string) => ({
    'main.js': `import { found } from './b.js'; export default ${declaration}; export const result = found;`,
    'b.js': `import a from './main.js'; ${attempt} export const found = ${read};`,
  });
  rulesOfValues([
    { rule: 'a default function', of: byDefault('function () { return 1; }', 'a()'), gives: 1 },
    {
      rule: 'a default function with a name',
      of: byDefault('function f() { return 1; }', '[a(), a.name]'),
      gives: [1, 'f'],
    },
    {
      rule: 'the dead zone of a default class',
      of: byDefault('class {}', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
    { rule: 'the dead zone of a default value', of: byDefault('1', 'attempt(() => a)'), gives: 'ReferenceError' },
    {
      rule: 'the dead zone of a default function in parentheses, which is an expression',
      of: byDefault('(function () {})', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
    {
      rule: 'the dead zone of a default arrow function',
      of: byDefault('() => {}', 'attempt(() => a)'),
      gives: 'ReferenceError',
    },
  ]);
});

describe('an imported binding shows every write of its own module', () => {
  const writes = (declaration: string, write: string) => ({
    'main.js': `import { a, write } from './a.js'; export const result = (() => { const seen = [a]; write(); seen.push(a); return seen; })();`,
    'a.js': `${declaration}; export function write() { ${write}; }`,
  });
  rulesOfValues([
    { rule: 'assignment', of: writes('export let a = 1', 'a = 2'), gives: [1, 2] },
    { rule: 'compound assignment', of: writes('export let a = 1', 'a += 2'), gives: [1, 3] },
    { rule: 'logical assignment', of: writes('export let a = null', 'a ??= 2'), gives: [null, 2] },
    { rule: 'update before', of: writes('export let a = 1', '++a'), gives: [1, 2] },
    { rule: 'update after', of: writes('export let a = 1', 'a++'), gives: [1, 2] },
    { rule: 'array pattern', of: writes('export let a = 1', '[, a = 5] = [1]'), gives: [1, 5] },
    { rule: 'object pattern', of: writes('export let a = 1', '({ a } = { a: 2 })'), gives: [1, 2] },
    { rule: 'rest of a pattern', of: writes('export let a = 1', '[...a] = [1, 2]'), gives: [1, [1, 2]] },
    { rule: 'loop over values', of: writes('export let a = 1', 'for (a of [1, 2]) ;'), gives: [1, 2] },
    { rule: 'loop over keys', of: writes('export let a = 1', 'for (a in { k: 1 }) ;'), gives: [1, 'k'] },
    {
      rule: 'a function that is assigned',
      of: writes('export function a() {}', 'a = 2'),
      gives: [expect.any(Function), 2],
    },
    { rule: 'a class that is assigned', of: writes('export class a {}', 'a = 2'), gives: [expect.any(Function), 2] },
    { rule: 'a var', of: writes('export var a = 1', 'a = 2'), gives: [1, 2] },
    { rule: 'by another name', of: writes('let b = 1; export { b as a }', 'b = 2'), gives: [1, 2] },
    {
      rule: 'a named default function',
      of: {
        'main.js': "import f, { write } from './a.js'; export const result = (() => { write(); return f; })();",
        'a.js': 'export default function f() {} export function write() { f = 2; }',
      },
      gives: 2,
    },
    {
      rule: 'through a re-export',
      of: {
        'main.js': "import { a, write } from './mid.js'; export const result = (() => { write(); return a; })();",
        'mid.js': "export * from './a.js';",
        'a.js': 'export let a = 1; export const write = () => { a = 2; };',
      },
      gives: 2,
    },
    {
      rule: 'never of a default expression, which is a value',
      of: {
        'main.js': "import a, { write } from './a.js'; export const result = (() => { write(); return a; })();",
        'a.js': 'let b = 1; export default b; export const write = () => { b = 2; };',
      },
      gives: 1,
    },
  ]);
});

describe('a dead zone ends with the declaration', () => {
  rulesOfValues([
    {
      rule: 'for a let, a const and a class, seen from another module of the cycle',
      of: {
        'main.js': `import { look, seen } from './b.js'; look(); export let a = 1; look(); export const b = 2; look(); export class C {} look(); export const result = seen;`,
        'b.js': `import * as ns from './main.js'; import { a, b, C } from './main.js'; ${attempt} export const seen = []; export const look = () => seen.push([attempt(() => a), attempt(() => ns.b), attempt(() => typeof C)]);`,
      },
      gives: [
        ['ReferenceError', 'ReferenceError', 'ReferenceError'],
        [1, 'ReferenceError', 'ReferenceError'],
        [1, 2, 'ReferenceError'],
        [1, 2, 'function'],
      ],
    },
    {
      rule: 'for a default expression',
      of: {
        'main.js': `import { look, seen } from './b.js'; look(); export default 1; look(); export const result = seen;`,
        'b.js': `import value from './main.js'; ${attempt} export const seen = []; export const look = () => seen.push(attempt(() => value));`,
      },
      gives: ['ReferenceError', 1],
    },
    {
      rule: 'never, where the expression throws',
      of: {
        'main.js': `import './b.js'; export const result = () => import('./a.js').catch((error) => [error, globalThis.look()]);`,
        'b.js': `${attempt} globalThis.looks = []; globalThis.look = () => globalThis.looks.map(attempt);`,
        'a.js': `import './c.js'; export const a = (() => { throw 'no value'; })();`,
        'c.js': `import { a } from './a.js'; globalThis.looks.push(() => a);`,
      },
      gives: ['no value', ['ReferenceError']],
    },
  ]);
});

describe('an importer cannot write', () => {
  const write = (statement: string) => ({
    'main.js': `import { a } from './a.js'; import * as ns from './a.js'; ${attempt} export const result = [attempt(() => { ${statement}; }), a];`,
    'a.js': 'export let a = 1;',
  });
  rulesOfValues(
    [
      'a = 2',
      'a += 1',
      'a++',
      '--a',
      '[a] = [2]',
      '({ a } = { a: 2 })',
      '({ b: a } = { b: 2 })',
      'for (a of [2]) ;',
      'for (a in { b: 1 }) ;',
      'ns = 2',
      'ns.a = 2',
      "ns['a'] = 2",
      'ns.b = 2',
      'delete ns.a',
      'ns++',
    ].map((statement) => ({ rule: statement, of: write(statement), gives: ['TypeError', 1] })),
  );
  rulesOfValues([
    {
      rule: 'what is on the right runs first',
      of: {
        'main.js': `import { a } from './a.js'; ${attempt} let ran = 0; export const result = [attempt(() => { a = ran++; }), ran];`,
        'a.js': 'export let a = 1;',
      },
      gives: ['TypeError', 1],
    },
    {
      rule: 'a logical assignment that does not assign is none',
      of: {
        'main.js': `import { a } from './a.js'; ${attempt} export const result = attempt(() => (a ??= 2));`,
        'a.js': 'export let a = 1;',
      },
      gives: 1,
    },
  ]);
});

describe('an imported function is called', () => {
  const call = (expression: string) => ({
    'main.js': `import { self, tag } from './a.js'; import * as ns from './a.js'; export const result = ${expression};`,
    'a.js':
      'export function self() { return this; } export const tag = function (strings) { return [this, strings[0]]; };',
  });
  rulesOfValues([
    { rule: 'without a this', of: call('self()'), gives: undefined },
    { rule: 'without a this, with ?.', of: call('self?.()'), gives: undefined },
    { rule: 'without a this, as a tag', of: call('tag`a`'), gives: [undefined, 'a'] },
    { rule: 'with the namespace as this', of: call('ns.self() === ns'), gives: true },
    { rule: 'with the namespace as this, with ?.', of: call('ns.self?.() === ns && ns?.self() === ns'), gives: true },
    { rule: 'with the namespace as this, by a computed name', of: call("ns['self']() === ns"), gives: true },
    { rule: 'without a this where a comma takes the value', of: call('(0, ns.self)()'), gives: undefined },
    {
      rule: 'by its constructor',
      of: {
        'main.js':
          "import { A } from './a.js'; import * as ns from './a.js'; export const result = [new A().a, new ns.A().a, new A instanceof ns.A];",
        'a.js': 'export class A { a = 1; }',
      },
      gives: [1, 1, true],
    },
  ]);
});

describe('declarations', () => {
  rulesOfValues([
    {
      rule: 'functions are there from the beginning',
      of: 'export const result = f(); export function f() { return g(); } function g() { return 1; }',
      gives: 1,
    },
    {
      rule: 'a var is undefined before its line',
      of: 'export const result = [a]; export var a = 1;',
      gives: [undefined],
    },
    {
      rule: 'a var of a block is one of the module',
      of: 'if (true) { var a = 1; } export { a }; export const result = a;',
      gives: 1,
    },
    {
      rule: 'a function in a block stays there',
      of: '{ function f() {} } export const result = typeof f;',
      gives: 'undefined',
    },
    {
      rule: 'top-level names are no properties of the global object',
      of: 'var a = 1; function f() {} let b; export const result = [a, f, b].length === 3 && ["a", "f", "b"].some((name) => name in globalThis);',
      gives: false,
    },
    {
      rule: 'a name may be that of a global',
      of: 'const Array = 1, undefined_ = 2; export const result = [Array].length;',
      gives: 1,
    },
    {
      rule: 'a name may be that of a property of every object',
      of: {
        'main.js':
          "import { constructor, toString } from './a.js'; import * as ns from './a.js'; export const result = [constructor(), toString, ns.hasOwnProperty, ns.valueOf];",
        'a.js':
          'export function constructor() { return hasOwnProperty(); } export const toString = 2; function hasOwnProperty() { return 1; }',
      },
      gives: [1, 2, undefined, undefined],
    },
    {
      rule: 'a name may be __proto__',
      of: {
        'main.js':
          "import { __proto__ as p } from './a.js'; import * as ns from './a.js'; export const result = [p, ns.__proto__, Object.keys(ns)];",
        'a.js': 'export const __proto__ = 1;',
      },
      gives: [1, 1, ['__proto__']],
    },
    {
      rule: 'every module has its own, and the names of globals are common to all',
      of: {
        'main.js':
          "import { read, set } from './a.js'; let own = 'main'; var shared = 1; set('shared text'); export const result = [own, read(), globalThis.common, common];",
        'a.js':
          "let own = 'a'; var shared = 2; export const read = () => [own, shared, globalThis.common]; export const set = (text) => { globalThis.common = text; };",
      },
      gives: ['main', ['a', 2, 'shared text'], 'shared text', 'shared text'],
    },
    {
      rule: 'a var that is declared several times, also in the heads of loops, is one',
      of: 'for (var a = 1; false; ); for (var a of [2]); for (var a in { k: 1 }); var a; var a; export { a as result };',
      gives: 'k',
    },
    {
      rule: 'a parameter or a local hides an import',
      of: {
        'main.js':
          "import { a } from './a.js'; const f = (a) => a; const g = () => { let a = 3; { const a = 4; } return a; }; export const result = [f(2), g(), a];",
        'a.js': 'export const a = 1;',
      },
      gives: [2, 3, 1],
    },
    {
      rule: 'an import is read in every position of an expression',
      of: {
        'main.js': `import { a } from './a.js'; const { b = a } = {}; class C { [a] = a; static s = a; } export const result = [{ a }, [...[a]], \`\${a}\`, b, new C()[a], C.s, typeof a, a?.toString(), a in { k: 1 }];`,
        'a.js': "export const a = 'k';",
      },
      gives: [{ a: 'k' }, ['k'], 'k', 'k', 'k', 'k', 'string', 'k', true],
    },
  ]);
});
