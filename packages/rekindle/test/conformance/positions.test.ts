/**
 * Where `import`, `export`, `import()`, `import.meta` and `await` may stand: every statement and every function that can
 * hold one (ECMA-262 13.3, 14 to 16).
 */
import { describe } from 'vitest';
import { type Refused, rulesOfSyntax, rulesOfValues } from './cases.ts';

/** A statement in every other one; `$` stands for it. */
const statements: Readonly<Record<string, string>> = {
  'a block': '{ $ }',
  'a block with a label': 'label: { $ }',
  'an if': 'if (true) { $ }',
  'an else': 'if (false); else { $ }',
  'a while': 'let n = 1; while (n--) { $ }',
  'a do': 'do { $ } while (false);',
  'a for': 'for (let i = 0; i < 1; i++) { $ }',
  'a for with a const': 'for (const i = 0; ; ) { $ break; }',
  'a for with a var': 'for (var i = 0; i < 1; i++) { $ }',
  'a for-in': 'for (const k in { k: 1 }) { $ }',
  'a for-of': 'for (const v of [1]) { $ }',
  'a for-await': 'for await (const v of [1]) { $ }',
  'a case': 'switch (1) { case 1: $ }',
  'a default case': 'switch (1) { default: $ }',
  'a try': 'try { $ } catch (error) { throw error; }',
  'a catch': 'try { throw 0; } catch { $ }',
  'a finally': 'try {} finally { $ }',
};

/** A function of every kind, called; `$` stands for a statement in it, and `result` is set by it. */
const functions: Readonly<Record<string, string>> = {
  'a function': '(function () { $ })();',
  'a declared function': 'function f() { $ } f();',
  'an arrow function': '(() => { $ })();',
  'a generator': '[...(function* () { $ })()];',
  'a method': '({ m() { $ } }).m();',
  'a generator method': '[...({ *m() { $ } }).m()];',
  'a getter': '({ get g() { $ return 1; } }).g;',
  'a setter': '({ set s(v) { $ } }).s = 1;',
  'a constructor': 'new (class { constructor() { $ } })();',
  'a method of a class': 'new (class { m() { $ } })().m();',
  'a static method of a class': '(class { static m() { $ } }).m();',
  'a private method of a class': 'new (class { #m() { $ } m() { this.#m(); } })().m();',
  'a static block': '(class { static { $ } });',
};

const asyncFunctions: Readonly<Record<string, string>> = {
  'an async function': 'await (async function () { $ })();',
  'an async arrow function': 'await (async () => { $ })();',
  'an async method': 'await ({ async m() { $ } }).m();',
  'an async generator': 'for await (const v of (async function* () { $ })());',
  'an async generator method': 'for await (const v of ({ async *m() { $ } }).m());',
};

const into = (places: Readonly<Record<string, string>>, statement: string) =>
  Object.entries(places).map(([rule, text]) => ({ rule, text: text.replace('$', () => statement) }));

const a = { 'a.js': 'export const x = 1;' };
const bad = { 'throws.js': "throw 'thrown';", 'broken.js': 'const = 1;' };

describe('import() may stand in', () => {
  const places = { ...statements, ...functions, ...asyncFunctions };
  rulesOfValues(
    into(places, "loading = import('./a.js');").map(({ rule, text }) => ({
      rule,
      of: { 'main.js': `let loading; ${text} export const result = (await loading).x;`, ...a },
      gives: 1,
    })),
  );
  rulesOfValues(
    into({ ...statements, ...asyncFunctions }, "found = (await import('./a.js')).x;").map(({ rule, text }) => ({
      rule: `${rule}, awaited`,
      of: { 'main.js': `let found; ${text} export const result = found;`, ...a },
      gives: 1,
    })),
  );
  rulesOfValues(
    into({ ...statements, ...asyncFunctions }, 'try { await import(id); } catch (error) { errors.push(error); }').map(
      ({ rule, text }) => ({
        rule: `${rule}, and is caught there`,
        of: {
          'main.js': `const errors = []; for (const id of ['./throws.js', './broken.js', './gone.js']) { ${text} } export const result = [errors[0], errors[1].name, errors[2] instanceof Error];`,
          ...bad,
        },
        gives: ['thrown', 'SyntaxError', true],
      }),
    ),
  );
  const expressions: Readonly<Record<string, string>> = {
    'an operand': "true && import('./a.js')",
    'a conditional': "true ? import('./a.js') : 0",
    'a comma': "(0, import('./a.js'))",
    'an argument': "((p) => p)(import('./a.js'))",
    'a spread': "[...[import('./a.js')]][0]",
    'a template': `Promise.resolve(\`\${typeof import('./a.js')}\`).then(() => import('./a.js'))`,
    'a parameter': "((p = import('./a.js')) => p)()",
    'a field of a class': "new (class { f = import('./a.js'); })().f",
    'a computed name':
      "((o) => Object.keys(o)[0] === '[object Promise]' && import('./a.js'))({ [import('./a.js')]: 1 })",
    'an arrow without a body': "(() => import('./a.js'))()",
    'import() itself, whose promise is no specifier': "import(import('./a.js')).catch(() => import('./a.js'))",
    'a covered new': "new Promise((resolve) => resolve(import('./a.js')))",
  };
  rulesOfValues(
    Object.entries(expressions).map(([rule, text]) => ({
      rule,
      of: { 'main.js': `export const result = (await (${text})).x;`, ...a },
      gives: 1,
    })),
  );
  const specifiers: Readonly<Record<string, string>> = {
    'an assignment': "(id = './a.js')",
    'a compound assignment': "(id += '/a.js')",
    'a logical assignment': "(id &&= './a.js')",
    'a yield': "(g.next(), g.next('./a.js').value)",
    'a member': "({ id: './a.js' }).id",
    'a call of a tag': `String.raw\`./a.js\``,
    'a sum': "id + '/a.js'",
    'an array, which becomes a string': "['./a.js']",
    'an object, which becomes a string': "{ toString: () => './a.js' }",
    'an object whose primitive is the specifier': "{ [Symbol.toPrimitive]: () => './a.js' }",
    'this of a function': "(function () { return this; }).call('./a.js')",
    'new.target of a function': "new (function () { this.id = new.target && './a.js'; })().id",
  };
  rulesOfValues(
    Object.entries(specifiers).map(([rule, text]) => ({
      rule: `the specifier: ${rule}`,
      of: {
        'main.js': `let id = '.'; const g = (function* () { yield yield; })(); export const result = (await import(${text})).x;`,
        ...a,
      },
      gives: 1,
    })),
  );
});

describe('import.meta may stand in', () => {
  rulesOfValues(
    into({ ...statements, ...functions, ...asyncFunctions }, 'found = import.meta;').map(({ rule, text }) => ({
      rule,
      of: `let found; ${text} export const result = found === import.meta;`,
      gives: true,
    })),
  );
});

const refused = (rows: readonly { rule: string; text: string }[]): Refused[] =>
  rows.map(({ rule, text }) => ({ rule, of: `import { log } from 'log'; log('ran');\n${text}`, code: 'SYNTAX_ERROR' }));

const everywhere = { ...statements, ...functions, ...asyncFunctions };

describe('import may not stand in', () => {
  rulesOfSyntax(refused(into(everywhere, "import './a.js';")));
});

describe('export may not stand in', () => {
  rulesOfSyntax(refused(into(everywhere, 'export const a = 1;')));
  rulesOfSyntax(refused(into({ 'a block, though it is empty': '{ $ }' }, 'export {};')));
});

describe('await is no operator in', () => {
  rulesOfSyntax(refused(into(functions, 'await null;')));
});

describe('a form that import() has not is refused in', () => {
  for (const form of ["new import('./a.js');", 'import();', "import('./a.js', {}, 1);", 'import(...[]);']) {
    rulesOfSyntax(refused(into(everywhere, form)).map((row) => ({ ...row, rule: `${row.rule}: ${form}` })));
  }
});
