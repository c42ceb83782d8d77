/**
 * Link (ECMA-262 16.2.1.6.4): every import and every re-export leads to one binding, or nothing runs.
 */
import { describe } from 'vitest';
import { rulesOfSyntax, rulesOfValues } from './cases.ts';

const ran = "import { log } from 'log'; log('ran');";

describe('a name that leads nowhere', () => {
  rulesOfSyntax([
    {
      rule: 'an import',
      of: { 'main.js': `${ran} import { b } from './a.js';`, 'a.js': 'export const a = 1;' },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'a default import',
      of: { 'main.js': `${ran} import a from './a.js';`, 'a.js': 'export const a = 1;' },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'a re-export that nobody imports',
      of: { 'main.js': `${ran} export { b } from './a.js';`, 'a.js': 'export const a = 1;' },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'an import that is exported again',
      of: { 'main.js': `${ran} import { b } from './a.js'; export { b };`, 'a.js': 'export const a = 1;' },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'through a re-export',
      of: {
        'main.js': `${ran} import { b } from './mid.js';`,
        'mid.js': "export { b } from './a.js';",
        'a.js': 'export const a = 1;',
      },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'a default through export *: it never provides one',
      of: {
        'main.js': `${ran} import a from './mid.js';`,
        'mid.js': "export * from './a.js';",
        'a.js': 'export default 1;',
      },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'a circle of re-exports',
      of: {
        'main.js': `${ran} import { a } from './a.js';`,
        'a.js': "export { a } from './b.js';",
        'b.js': "export { a } from './a.js';",
      },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'a circle of export *',
      of: {
        'main.js': `${ran} import { a } from './a.js';`,
        'a.js': "export * from './b.js';",
        'b.js': "export * from './a.js';",
      },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'an import from itself',
      of: { 'main.js': `${ran} import { b } from './main.js'; export const a = 1;` },
      code: 'MISSING_EXPORT',
    },
    {
      rule: 'deep below a module that could run',
      of: {
        'main.js': `${ran} import './good.js'; import './bad.js';`,
        'good.js': ran,
        'bad.js': "import { b } from './a.js';",
        'a.js': `${ran} export const a = 1;`,
      },
      code: 'MISSING_EXPORT',
      in: 'bad.js',
    },
    {
      rule: 'a binding of a module that is not exported',
      of: { 'main.js': `${ran} import { a } from './a.js';`, 'a.js': 'const a = 1; a;' },
      code: 'MISSING_EXPORT',
    },
  ]);
});

describe('a name that leads to several bindings', () => {
  const two = { 'a.js': 'export const x = 1;', 'b.js': 'export const x = 2;' };
  const both = "export * from './a.js'; export * from './b.js';";
  rulesOfSyntax([
    {
      rule: 'cannot be imported',
      of: { 'main.js': `${ran} import { x } from './both.js';`, 'both.js': both, ...two },
      code: 'AMBIGUOUS_EXPORT',
    },
    {
      rule: 'cannot be exported again',
      of: { 'main.js': `${ran} export { x } from './both.js';`, 'both.js': both, ...two },
      code: 'AMBIGUOUS_EXPORT',
    },
    {
      rule: 'cannot be imported through another export *',
      of: {
        'main.js': `${ran} import { x } from './all.js';`,
        'all.js': "export * from './both.js';",
        'both.js': both,
        ...two,
      },
      code: 'AMBIGUOUS_EXPORT',
    },
  ]);
  rulesOfValues([
    {
      rule: 'is absent from the namespace, and no fault while nobody asks for it',
      of: {
        'main.js': "import * as ns from './both.js'; export const result = ['x' in ns, Object.keys(ns)];",
        'both.js': `${both} export const y = 1;`,
        ...two,
      },
      gives: [false, ['y']],
    },
    {
      rule: 'is one where the module names it itself',
      of: {
        'main.js': "import { x } from './both.js'; export const result = x;",
        'both.js': `${both} export { x } from './b.js';`,
        ...two,
      },
      gives: 2,
    },
    {
      rule: 'is one where both ways end at the same binding',
      of: {
        'main.js': "import { x } from './both.js'; export const result = x;",
        'both.js': "export * from './c.js'; export * from './d.js';",
        'c.js': "export { x } from './a.js';",
        'd.js': "export { x } from './a.js';",
        ...two,
      },
      gives: 1,
    },
    {
      rule: 'is one where two names of one local meet',
      of: {
        'main.js': "import { x } from './both.js'; export const result = x;",
        'both.js': "export * from './c.js'; export * from './d.js';",
        'c.js': "export { p as x } from './e.js';",
        'd.js': "export { q as x } from './e.js';",
        'e.js': 'const one = 1; export { one as p, one as q };',
      },
      gives: 1,
    },
    {
      rule: 'is one where both are the same namespace',
      of: {
        'main.js': "import { x } from './both.js'; export const result = x.x;",
        'both.js': "export * from './c.js'; export * from './d.js';",
        'c.js': "export * as x from './a.js';",
        'd.js': "export * as x from './a.js';",
        ...two,
      },
      gives: 1,
    },
  ]);
});

describe('a name that leads to one binding', () => {
  rulesOfValues([
    {
      rule: 'default, named, namespace in one declaration',
      of: {
        'main.js':
          "import d, * as ns from './a.js'; import e, { a as b } from './a.js'; export const result = [d, e, b, ns.a];",
        'a.js': 'export default 1; export const a = 2;',
      },
      gives: [1, 1, 2, 2],
    },
    {
      rule: 'string names',
      of: {
        'main.js': 'import { "not a name" as a, "☿" as b } from "./mid.js"; export const result = [a, b];',
        'mid.js': 'export { "not a name", a as "☿" } from "./a.js";',
        'a.js': 'const x = 1; export { x as "not a name", x as a };',
      },
      gives: [1, 1],
    },
    {
      rule: 'reserved words as names',
      of: {
        'main.js': "import { if as a, await as b, default as c } from './a.js'; export const result = [a, b, c];",
        'a.js': 'const x = 1; export { x as if, x as await, x as default };',
      },
      gives: [1, 1, 1],
    },
    {
      rule: 'a default that is exported again as a name, and a name as default',
      of: {
        'main.js': "import b, { a } from './mid.js'; export const result = [a, b];",
        'mid.js': "export { default as a, b as default } from './a.js';",
        'a.js': 'export default 1; export const b = 2;',
      },
      gives: [1, 2],
    },
    {
      rule: 'a namespace that is exported as a name',
      of: {
        'main.js':
          "import { ns } from './mid.js'; import * as same from './a.js'; export const result = [ns.a, ns === same];",
        'mid.js': "export * as ns from './a.js';",
        'a.js': 'export const a = 1;',
      },
      gives: [1, true],
    },
    {
      rule: 'a namespace that is imported, then exported',
      of: {
        'main.js':
          "import { ns } from './mid.js'; import * as same from './a.js'; export const result = [ns.a, ns === same];",
        'mid.js': "import * as ns from './a.js'; export { ns };",
        'a.js': 'export const a = 1;',
      },
      gives: [1, true],
    },
    {
      rule: 'through a circle of export * with an end',
      of: {
        'main.js': "import { a } from './a.js'; export const result = a;",
        'a.js': "export * from './b.js';",
        'b.js': "export * from './a.js'; export * from './c.js';",
        'c.js': 'export const a = 1;',
      },
      gives: 1,
    },
    {
      rule: 'beside circles of re-exports of the same name, which lead nowhere',
      of: {
        'main.js': "import { a } from './all.js'; export const result = a;",
        'all.js': "export * from './x.js'; export * from './y.js'; export * from './end.js';",
        'x.js': "export { a } from './all.js';",
        'y.js': "export { a } from './x.js';",
        'end.js': 'export const a = 1;',
      },
      gives: 1,
    },
    {
      rule: 'with a comma at the end of every list',
      of: {
        'main.js': "import { a, b as c, } from './mid.js'; export { a, c as d, }; export const result = () => [a, c];",
        'mid.js': "export { a, b, } from './a.js';",
        'a.js': 'const a = 1, b = 2; export { a, b, };',
      },
      gives: [1, 2],
    },
    {
      rule: 'with attributes in every way to write them',
      of: {
        'main.js':
          'import a from "./a.json" with { type: "json" };\nimport b from "./a.json"\nwith\n{\n"type"\n:\n\'json\',\n};\nexport { default as c } from "./a.json" with { \'type\': "json", };\nexport * as d from "./a.json" with { type: "json" };\nimport {} from "./b.js" with {};\nimport "./b.js" with {};\nexport const result = () => a === b;',
        'a.json': '{}',
        'b.js': '',
      },
      gives: true,
    },
    {
      rule: 'a local export hides that of export *',
      of: {
        'main.js': "import { a } from './mid.js'; export const result = a;",
        'mid.js': "export * from './a.js'; export const a = 2;",
        'a.js': 'export const a = 1;',
      },
      gives: 2,
    },
    {
      rule: 'of the module itself',
      of: "import { a as b } from './main.js'; import * as self from './main.js'; export const a = 1; export const result = () => [b, self.a];",
      gives: [1, 1],
    },
    {
      rule: 'one module, however it is named',
      of: {
        'main.js':
          "import { f } from './deep/a.js'; import { f as g } from './deep/../deep/./a.js'; export const result = f === g;",
        'deep/a.js': 'export function f() {}',
      },
      gives: true,
    },
    {
      rule: 'empty lists load the module',
      of: {
        'main.js':
          "import {} from './a.js'; export {} from './b.js'; export const result = [globalThis.a, globalThis.b];",
        'a.js': "globalThis.a = 'a';",
        'b.js': "globalThis.b = 'b';",
      },
      gives: ['a', 'b'],
    },
  ]);
});

describe('a dependency that cannot be parsed', () => {
  rulesOfSyntax([
    {
      rule: 'lets nothing run',
      of: { 'main.js': `${ran} import './a.js';`, 'a.js': 'const = 1;' },
      code: 'SYNTAX_ERROR',
      in: 'a.js',
    },
    {
      rule: 'also where JSON is no JSON',
      of: { 'main.js': `${ran} import a from './a.json' with { type: 'json' };`, 'a.json': '{ nope' },
      code: 'JSON_SYNTAX',
      in: 'a.json',
    },
  ]);
});
