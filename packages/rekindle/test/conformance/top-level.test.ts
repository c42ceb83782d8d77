/**
 * What surrounds the code of a module: `this`, strict mode, names, `eval`, comments (ECMA-262 16.2.1, 12, 19.2.1).
 */
import { describe, expect, it } from 'vitest';
import { rulesOfValues, world } from './cases.ts';

const attempt = 'const attempt = (f) => { try { return f(); } catch (error) { return error.name; } };';

describe('the top level', () => {
  rulesOfValues([
    { rule: 'has no this', of: 'export const result = [this, (() => this)()];', gives: [undefined, undefined] },
    { rule: 'has no this where it awaits', of: 'await null; export const result = [this];', gives: [undefined] },
    {
      rule: 'is strict: a function has no this',
      of: 'export const result = [(function () { return this; })()];',
      gives: [undefined],
    },
    {
      rule: 'is strict: a name must be declared to be written',
      of: `${attempt} export const result = attempt(() => { undeclared = 1; });`,
      gives: 'ReferenceError',
    },
    {
      rule: 'is strict: a name must be declared to be read',
      of: `${attempt} export const result = [attempt(() => undeclared), typeof undeclared];`,
      gives: ['ReferenceError', 'undefined'],
    },
    {
      rule: 'is strict: a constant property is no target',
      of: `${attempt} export const result = attempt(() => { Object.freeze({ a: 1 }).a = 2; });`,
      gives: 'TypeError',
    },
    {
      rule: 'is strict: a property of a primitive is no target',
      of: `${attempt} export const result = attempt(() => { ''.a = 1; });`,
      gives: 'TypeError',
    },
    {
      rule: 'is strict: arguments are no names of parameters',
      of: 'export const result = (function (a) { arguments[0] = 2; return a; })(1);',
      gives: 1,
    },
    {
      rule: 'has no arguments',
      of: `${attempt} export const result = [typeof arguments, attempt(() => arguments)];`,
      gives: ['undefined', 'ReferenceError'],
    },
    {
      rule: 'has no names of CommonJS',
      of: 'export const result = [typeof require, typeof module, typeof exports, typeof __filename, typeof __dirname];',
      gives: Array(5).fill('undefined'),
    },
    {
      rule: 'has no names of ours',
      of: 'export const result = [typeof $0m, typeof $0g, typeof $0z];',
      gives: Array(3).fill('undefined'),
    },
    {
      rule: 'may use every name that looks like ours',
      of: {
        'main.js':
          "import { $0m, $a } from './a.js'; const $0g = 3, $$0m = 4; export const result = [$0m, $a, $0g, $$0m, typeof setTimeout];",
        'a.js': 'export const $0m = 1, $a = 2;',
      },
      gives: [1, 2, 3, 4, 'function'],
    },
    {
      rule: 'throws on a write to a constant',
      of: `${attempt} const a = 1; export const result = attempt(() => { a = 2; });`,
      gives: 'TypeError',
    },
    {
      rule: 'has dead zones',
      of: `${attempt} const r = [attempt(() => a), attempt(() => B), attempt(() => typeof a)]; let a = 1; class B {} export const result = r;`,
      gives: ['ReferenceError', 'ReferenceError', 'ReferenceError'],
    },
    { rule: 'may begin with a hashbang', of: '#!/usr/bin/env node\nexport const result = 1;', gives: 1 },
    {
      rule: 'may be empty',
      of: {
        'main.js': "import './empty.js'; import './comment.js'; export const result = 1;",
        'empty.js': '',
        'comment.js': '// nothing',
      },
      gives: 1,
    },
    {
      rule: 'knows statements with labels',
      of: 'let n = 0; outer: for (const a of [1, 2]) { for (const b of [1, 2]) { if (b === 2) continue outer; n += a * b; } } export const result = n;',
      gives: 3,
    },
    {
      rule: 'puts a semicolon where one is missing',
      of: 'const a = 1\nconst b = [a]\n;[a].map((x) => x)\nlet c = a\n++c\nexport { c as result }',
      gives: 2,
    },
    {
      rule: 'keeps __proto__ of a literal',
      of: 'const __proto__ = { a: 1 }; export const result = [Object.hasOwn({ __proto__ }, "__proto__"), { __proto__: __proto__ }.a];',
      gives: [true, 1],
    },
    {
      rule: 'takes classes as they are',
      of: 'class A { #p = 1; static #count = 0; static { A.#count = 5; } get p() { return this.#p; } static count() { return A.#count; } static is(o) { return #p in o; } } export const result = [new A().p, A.count(), A.is(new A()), A.is({})];',
      gives: [1, 5, true, false],
    },
  ]);
});

describe('the name of', () => {
  const named = (declaration: string) => ({
    'main.js': "import f from './a.js'; export const result = f.name;",
    'a.js': declaration,
  });
  rulesOfValues(
    (
      [
        ['a default function', 'export default function () {}', 'default'],
        ['a default async function', 'export default async function () {}', 'default'],
        ['a default generator', 'export default function* () {}', 'default'],
        ['a default async generator', 'export default async function* () {}', 'default'],
        ['a default class', 'export default class {}', 'default'],
        ['a default function in parentheses', 'export default (function () {})', 'default'],
        ['a default class in parentheses', 'export default (class {})', 'default'],
        ['a default arrow function', 'export default () => {}', 'default'],
        ['a default function with a name', 'export default function f() {}', 'f'],
        ['a default function expression with a name', 'export default (function f() {})', 'f'],
        ['a default class with a name', 'export default class C {}', 'C'],
        [
          'a default class with a static method name',
          "export default class { static name() { return 'own'; } }",
          'own',
        ],
        ['a default class with a static field name', "export default class { static name = 'own'; }", 'own'],
        [
          'a default class with a static getter name',
          "export default class { static get name() { return 'own'; } }",
          'own',
        ],
        ['a default value that is not anonymous by itself', 'export default (0, function () {})', ''],
        ['an exported function', 'export const f = function () {}; export default f', 'f'],
        ['an exported arrow function', 'export const f = () => {}; export default f', 'f'],
        ['an exported class', 'export let C = class {}; export default C', 'C'],
        ['an exported function by another name', 'function f() {} export { f as g, f as default }', 'f'],
        ['a function in a pattern', 'export const { f = () => {} } = {}; export default f', 'f'],
        ['a function that is assigned to an export', 'export let f; f = () => {}; export default f', 'f'],
        ['a function that is assigned where it is missing', 'export let f; f ??= () => {}; export default f', 'f'],
      ] as const
    ).map(([rule, declaration, gives]) => ({ rule, of: named(declaration), gives })),
  );
});

describe('eval', () => {
  rulesOfValues([
    {
      rule: 'sees the names around it',
      of: 'const a = 1; function f(b) { return eval("a + b"); } export const result = f(2);',
      gives: 3,
    },
    { rule: 'writes the names around it', of: 'let a = 1; eval("a = 2"); export const result = a;', gives: 2 },
    {
      rule: 'has the this around it',
      of: 'export const result = [eval("this"), (function () { return eval("this"); }).call(5)];',
      gives: [undefined, 5],
    },
    {
      rule: 'is strict: its var is its own',
      of: 'eval("var inner = 1"); export const result = typeof inner;',
      gives: 'undefined',
    },
    {
      rule: 'is strict: no with',
      of: `${attempt} export const result = attempt(() => eval("with ({}) ;"));`,
      gives: 'SyntaxError',
    },
    {
      rule: 'holds a script: no import, no export',
      of: `${attempt} export const result = [attempt(() => eval("import './a.js'")), attempt(() => eval("export {}"))];`,
      gives: ['SyntaxError', 'SyntaxError'],
    },
    {
      rule: 'holds no import.meta',
      of: `${attempt} export const result = attempt(() => eval("import.meta"));`,
      gives: 'SyntaxError',
    },
    {
      rule: 'holds no await',
      of: `${attempt} export const result = attempt(() => eval("await null"));`,
      gives: 'SyntaxError',
    },
    {
      rule: 'by another name is global and sloppy',
      of: 'const local = 1; const indirect = eval; export const result = [indirect("typeof local"), (0, eval)("(function () { return typeof this; })()")];',
      gives: ['undefined', 'object'],
    },
    {
      rule: 'and Function see globals alone',
      of: 'const local = 1; export const result = [new Function("return typeof local")(), typeof new Function("return this")()];',
      gives: ['undefined', 'object'],
    },
  ]);
});

describe('import.meta', () => {
  rulesOfValues([
    {
      rule: 'is an object without a prototype',
      of: 'export const result = [typeof import.meta, Object.getPrototypeOf(import.meta), Object.isExtensible(import.meta)];',
      gives: ['object', null, true],
    },
    {
      rule: 'is one object for a module',
      of: 'const a = import.meta; const f = () => import.meta; export const result = [a === import.meta, f() === a, (() => import.meta)() === a];',
      gives: [true, true, true],
    },
    {
      rule: 'is another object for another module',
      of: {
        'main.js': "import { meta } from './a.js'; export const result = meta === import.meta;",
        'a.js': 'export const meta = import.meta;',
      },
      gives: false,
    },
    {
      rule: 'can be written',
      of: 'import.meta.own = 1; delete import.meta.url; export const result = [import.meta.own, "url" in import.meta];',
      gives: [1, false],
    },
    {
      rule: 'names the module',
      of: {
        'main.js':
          "import { url } from './deep/a.js'; export const result = [url, import.meta.url].map((one) => new URL(one).pathname);",
        'deep/a.js': 'export const { url } = import.meta;',
      },
      gives: ['/deep/a.js', '/main.js'],
    },
    {
      rule: 'cannot be made a string',
      of: `${attempt} export const result = attempt(() => \`\${import.meta}\`);`,
      gives: 'TypeError',
    },
  ]);
});

describe('the global object', () => {
  it('has every global of this Node', async () => {
    const names = Object.getOwnPropertyNames(globalThis).filter(
      (name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && !name.endsWith('Storage'), // which wants a file
    );
    const { t } = await world(`
      export const types = { ${names.map((name) => `${name}: typeof ${name}`).join(', ')} };
      export const values = [${names.join(', ')}];
      export const id = crypto.randomUUID();
    `);
    const { types, id } = await t.import<{ types: Record<string, string>; id: string }>('main.js');
    const host = globalThis as unknown as Record<string, unknown>;
    expect(types).toEqual(Object.fromEntries(names.map((name) => [name, typeof host[name]])));
    expect(id).toHaveLength(36);
  });

  it('lets no write of a script reach the game', async () => {
    const { t } = await world(`
      globalThis.Buffer = 1; globalThis.fetch = 2; globalThis.crypto = 3; globalThis.performance = 4;
      export const result = [Buffer, fetch, crypto, performance];
    `);
    const before = [Buffer, fetch, crypto, performance];
    try {
      expect(await t.import('main.js')).toMatchObject({ result: [1, 2, 3, 4] });
      expect([Buffer, fetch, crypto, performance]).toEqual(before);
    } finally {
      Object.assign(globalThis, { Buffer: before[0], fetch: before[1] });
    }
  });

  it('is not written by declarations, and a write stays in the namespace', async () => {
    const { t } = await world(
      'var conformanceVar = 1; globalThis.conformanceGlobal = 2; export const result = [typeof conformanceVar, conformanceGlobal];',
    );
    expect(await t.import('main.js')).toMatchObject({ result: ['number', 2] });
    expect(globalThis).not.toHaveProperty('conformanceVar');
    expect(globalThis).not.toHaveProperty('conformanceGlobal');
  });
});
