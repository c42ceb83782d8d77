/**
 * Early errors (ECMA-262 16.2.1.1 and those of every construct that a module holds): refused before anything runs.
 */
import { describe } from 'vitest';
import { type Refused, rulesOfSyntax } from './cases.ts';

/** The text logs, so that a row also shows that nothing has run. */
function errors(rows: Readonly<Record<string, string>>): void {
  rulesOfSyntax(
    Object.entries(rows).map(
      ([rule, text]): Refused => ({
        rule,
        of: `import { log } from 'log'; log('ran');\n${text}`,
        code: 'SYNTAX_ERROR',
      }),
    ),
  );
}

describe('exports', () => {
  errors({
    'a name is exported once: declarations': 'export const a = 1; export { a };',
    'a name is exported once: lists': 'const a = 1, b = 2; export { a, b as a };',
    'a name is exported once: a string is the same name': 'const a = 1; export { a, a as "a" };',
    'a name is exported once: from another module': "export const a = 1; export { a } from './other.js';",
    'a name is exported once: export * as': "export const a = 1; export * as a from './other.js';",
    'there is one default export': 'export default 1; export default 2;',
    'there is one default export: by a list': 'const a = 1; export default 1; export { a as default };',
    'what is exported is declared': 'export { nowhere };',
    'a global is not a binding that can be exported': 'export { Array };',
    'a string is no local binding': 'export { "a" as b };',
    'a reserved word is no local binding': 'export { if };',
    'a string name is well-formed Unicode': 'const a = 1; export { a as "\\uD83D" };',
    'an imported string name is well-formed Unicode': 'import { "\\uD83D" as a } from "./other.js";',
    'export default takes no declaration of variables': 'export default const a = 1;',
    'export default takes one expression': 'export default 1, 2;',
    'export needs a semicolon or a line end': 'export {} null;',
    'export needs a semicolon or a line end: a default value': 'export default 1 null;',
    'export needs a semicolon or a line end: a list of another module': "export {} from './other.js' null;",
    'export needs a semicolon or a line end: everything': "export * from './other.js' null;",
    'export needs a semicolon or a line end: a namespace': "export * as a from './other.js' null;",
    'export default takes no declaration of variables: let': 'export default let a;',
    'export default takes no declaration of variables: var': 'export default var a;',
    'a name of export * as is well-formed Unicode': 'export * as "\\uD83D" from "./other.js";',
    'a name of a re-export is well-formed Unicode': 'export { "\\uD83D" as a } from "./other.js";',
    'a new name of a re-export is well-formed Unicode': 'export { a as "\\uD83D" } from "./other.js";',
    'export stands at the top level alone: block': '{ export const a = 1; }',
    'export stands at the top level alone: function': 'function f() { export const a = 1; }',
    'export stands at the top level alone: if': 'if (true) export const a = 1;',
    'export stands at the top level alone: label': 'label: export const a = 1;',
    'export is no word with escapes': 'const a = 1; \\u0065xport { a };',
    'as is no word with escapes': 'const a = 1; export { a \\u0061s b };',
    'from is no word with escapes': "export * \\u0066rom './other.js';",
    'default is no word with escapes': 'export \\u0064efault 1;',
  });
});

describe('imports', () => {
  errors({
    'an imported name is declared once': "import { a } from './other.js'; import { a } from './third.js';",
    'an imported name is declared once: in one list': "import { a, b as a } from './other.js';",
    'an imported name is declared once: default and namespace': "import a, * as a from './other.js';",
    'an imported name is no other declaration: let': "import { a } from './other.js'; let a;",
    'an imported name is no other declaration: var': "import { a } from './other.js'; var a;",
    'an imported name is no other declaration: function': "import { a } from './other.js'; function a() {}",
    'eval is no name for an import': "import { eval } from './other.js';",
    'arguments is no name for an import': "import { a as arguments } from './other.js';",
    'a string needs a name here': 'import { "a" } from "./other.js";',
    'import stands at the top level alone: block': "{ import './other.js'; }",
    'import stands at the top level alone: function': "function f() { import './other.js'; }",
    'import stands at the top level alone: while': "while (false) import './other.js';",
    'a specifier is a string': 'import a from `./other.js`;',
    'attribute keys are given once': "import a from './other.json' with { type: 'json', type: 'json' };",
    'attribute keys are given once: re-export': "export * from './other.json' with { type: 'json', 'type': 'json' };",
    'an attribute is a string': "import a from './other.json' with { type: 1 };",
  });
});

describe('import() and import.meta', () => {
  errors({
    'import() takes a specifier': 'import();',
    'import() takes at most two arguments': "import('./a.js', {}, 1);",
    'import() takes no spread': "import(...['./a.js']);",
    'import() is no constructor': "new import('./a.js');",
    'import() is no target of an assignment': "import('./a.js') = 1;",
    'import() is no target of an update': "import('./a.js')++;",
    'import is no word with escapes': "im\\u0070ort('./a.js');",
    'import alone is no expression': 'const a = import;',
    'import alone has no type': 'typeof import;',
    'import is no function with a name': "import.load('./a.js');",
    'import() is no target of a compound assignment': "import('./a.js') += 1;",
    'import() is no target of a pattern': "[import('./a.js')] = [1];",
    'import() is no target of a loop': "for (import('./a.js') of []) ;",
    'import() is no constructor, with a member': "new import('./a.js').then;",
    'import() is no parameter': "function f(import('./a.js')) {}",
    'import() takes no spread as its options': "import('./a.js', ...[]);",
    'import.meta is no target of a rest in an array': '[...import.meta] = [1];',
    'import.meta is no target of an object pattern': '({ a: import.meta } = {});',
    'import.meta is no target of a rest in an object': '({ ...import.meta } = {});',
    'import.meta is no target of a loop over keys': 'for (import.meta in {}) ;',
    'import.meta is no target of an awaiting loop': 'for await (import.meta of []) ;',
    'import.meta is no target of an update behind it': 'import.meta--;',
    'import is no word with escapes before meta': 'im\\u0070ort.meta;',
    'import.meta is no target of an assignment': 'import.meta = 1;',
    'import.meta is no target of an update': '++import.meta;',
    'import.meta is no target of a pattern': '[import.meta] = [1];',
    'import.meta is no target of a loop': 'for (import.meta of []) ;',
    'meta is no word with escapes': 'import.m\\u0065ta;',
    'import has no other members': 'import.other;',
  });
});

describe('declarations', () => {
  errors({
    'a lexical name is declared once': 'let a; const a = 1;',
    'a lexical name is declared once: functions are lexical in a module': 'function f() {} function f() {}',
    'a lexical name is no var': 'let a; var a;',
    'a lexical name is no var of a block': 'let a; { var a; }',
    'a lexical name is declared once: generators': 'function* f() {} function* f() {}',
    'a lexical name is declared once: async functions': 'async function f() {} async function f() {}',
    'a lexical name is declared once: async generators': 'async function* f() {} async function* f() {}',
    'a lexical name is no var: functions are lexical in a module': 'var f; function f() {}',
    'a lexical name is no var: generators are, too': 'var f; function* f() {}',
    'yield is no operator of a module': 'yield 1;',
    'yield is no name': 'const yield = 1;',
    'a default function is a declaration, which is not called': 'export default function () {}();',
    'a default generator is a declaration, which is not called': 'export default function* () {}();',
    'a private name is written without a space': 'class A { # a; }',
    'a private name needs a class': 'this.#a;',
    'a private name of another class is none': 'class A { #a; } class B { m(a) { return a.#a; } }',
    'a private name in a call needs a class': 'f().#a;',
    'let is no name': 'let let;',
    'a const is initialised': 'const a;',
    'a label is used once': 'a: a: ;',
    'break needs its label': 'for (;;) { break a; }',
    'continue needs a loop': 'a: { continue a; }',
    'return stands in functions alone': 'return;',
    'new.target stands in functions alone': 'new.target;',
    'super stands in methods alone': 'super.a;',
    'super() stands in constructors alone': 'super();',
    'a private name is declared': 'class A { m() { return this.#a; } }',
    'a private name is declared once': 'class A { #a; #a; }',
    'a private name is never deleted': 'class A { #a; m() { delete this.#a; } }',
    'a class has one constructor': 'class A { constructor() {} constructor() {} }',
  });
});

describe('await', () => {
  errors({
    'is no name of a variable': 'var await;',
    'is no name of a function': 'function await() {}',
    'is no name of a class': 'class await {}',
    'is no name of a parameter': 'function f(await) {}',
    'is no label': 'await: ;',
    'is no name of an import': "import await from './other.js';",
    'is no name of a function expression': '(function await() {});',
    'is no name with escapes': 'var aw\\u0061it;',
    'needs an operand': 'await;',
    'and new need parentheses between them': 'new await Promise;',
    'is no operator in the parameters of a function': 'function f(a = await 1) {}',
    'is no operator in the body of a function expression': '(function () { await 1; });',
    'is no operator in the parameters of a function expression': '(function (a = await 1) {});',
    'is no operator with escapes': 'aw\\u0061it 1;',
    'is no target of an update': 'await 1++;',
    'is no parameter of a catch': 'try {} catch (await) {}',
    'is no operator in a function that is not async': 'function f() { await 1; }',
    'is no operator in a field of a class': 'class A { a = await 1; }',
    'is no operator in a static block': 'class A { static { await 1; } }',
    'is no operator in the parameters of an async arrow': 'async (a = await 1) => a;',
    'is no target of an assignment': 'await a = 1;',
    'for await needs an async function': 'function f() { for await (const a of []) ; }',
    'for await is no loop over keys': 'for await (const a in []) ;',
  });
});

describe('module code is strict', () => {
  errors({
    'with is refused': 'with ({}) ;',
    'delete of a name is refused': 'const a = 1; delete a;',
    'eval is no target': 'eval = 1;',
    'arguments is no target': 'arguments = 1;',
    'old octal numbers are refused': 'const a = 017;',
    'old octal escapes are refused': "const a = '\\01';",
    'parameters have different names': 'function f(a, a) {}',
    'reserved words of strict code are refused: implements': 'var implements;',
    'reserved words of strict code are refused: static': 'var static;',
    'reserved words of strict code are refused: yield': 'var yield;',
    'reserved words of strict code are refused: interface': 'var interface;',
    'a function is no body of an if': 'if (true) function f() {}',
    'a call is no target of an assignment': 'f() = 1;',
    'HTML-like comments are refused: open': '<!-- a comment',
    'HTML-like comments are refused: close': '\n--> a comment',
    'HTML-like comments are refused: close behind another comment': '/*\n*/--> a comment',
    'a hashbang stands at the beginning alone': '\n#!/usr/bin/env node',
  });
});
