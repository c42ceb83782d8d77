/**
 * Import attributes (ECMA-262 16.2.1.7), JSON modules (16.2.1.8) and text modules.
 */
import { describe, expect, it } from 'vitest';
import { type Calls, committed, evaluated, refused } from '../stories.ts';
import { rulesOfSyntax, rulesOfValues, world } from './cases.ts';

const json = (text: string, expression = 'value') => ({
  'main.js': `import value from './a.json' with { type: 'json' }; export const result = ${expression};`,
  'a.json': text,
});

describe('a JSON module', () => {
  rulesOfValues([
    {
      rule: 'is an object',
      of: json('{ "a": [1, { "b": null }], "__proto__": 2 }', 'JSON.stringify(value)'),
      gives: '{"a":[1,{"b":null}],"__proto__":2}',
    },
    { rule: 'is an array', of: json('[1, "two", true, null]'), gives: [1, 'two', true, null] },
    { rule: 'is a string', of: json('"a \\u2028 \\" b"'), gives: 'a \u2028 " b' },
    { rule: 'is a number', of: json('-1.5e3'), gives: -1500 },
    { rule: 'is a boolean', of: json('false'), gives: false },
    { rule: 'is null', of: json('null'), gives: null },
    {
      rule: 'can be changed, as any object',
      of: json('{}', '(value.a = 1, Object.isExtensible(value) && value.a)'),
      gives: 1,
    },
    {
      rule: 'has prototypes of this realm',
      of: json('{ "a": [] }', '[Object.getPrototypeOf(value) === Object.prototype, value.a instanceof Array]'),
      gives: [true, true],
    },
    {
      rule: 'is one value for all who import it',
      of: {
        'main.js':
          "import a from './a.json' with { type: 'json' }; import { default as b } from './a.json' with { 'type': 'json' }; import * as ns from './a.json' with { type: 'json' }; import { c } from './c.js'; export const result = async () => [a === b, ns.default === a, c === a, (await import('./a.json', { with: { type: 'json' } })).default === a, Object.keys(ns)];",
        'c.js': "export { default as c } from './a.json' with { type: 'json' };",
        'a.json': '{}',
      },
      gives: [true, true, true, true, ['default']],
    },
    {
      rule: 'needs no attribute here',
      of: { 'main.js': "import value from './a.json'; export const result = value;", 'a.json': '1' },
      gives: 1,
    },
  ]);
  rulesOfSyntax([
    {
      rule: 'has no named exports',
      of: { 'main.js': "import { a } from './a.json' with { type: 'json' };", 'a.json': '{ "a": 1 }' },
      code: 'MISSING_EXPORT',
    },
    { rule: 'is JSON and no more: comments', of: json('{} // comment'), code: 'JSON_SYNTAX', in: 'a.json' },
    { rule: 'is JSON and no more: empty', of: json(''), code: 'JSON_SYNTAX', in: 'a.json' },
    { rule: 'is JSON and no more: a comma at the end', of: json('[1,]'), code: 'JSON_SYNTAX', in: 'a.json' },
    {
      rule: 'is JSON: a script is none',
      of: { 'main.js': "import a from './a.js' with { type: 'json' };", 'a.js': 'export default 1;' },
      code: 'IMPORT_ATTRIBUTES',
    },
  ]);
});

describe('a text module', () => {
  rulesOfValues([
    {
      rule: 'is the text of any file',
      of: {
        'main.js': "import text from './names.txt' with { type: 'text' }; export const result = text;",
        'names.txt': 'Ada\nBob `$x` \\ \u2028',
      },
      gives: 'Ada\nBob `$x` \\ \u2028',
    },
    {
      rule: 'may be empty',
      of: {
        'main.js': "import text from './empty.txt' with { type: 'text' }; export const result = [text];",
        'empty.txt': '',
      },
      gives: [''],
    },
    {
      rule: 'is another module than the script of the same file',
      of: {
        'main.js':
          "import text from './a.js' with { type: 'text' }; import { a } from './a.js'; import * as ns from './a.js' with { type: 'text' }; export const result = [text, a, Object.keys(ns)];",
        'a.js': 'export const a = 1;',
      },
      gives: ['export const a = 1;', 1, ['default']],
    },
    {
      rule: 'need not be a script that could run',
      of: {
        'main.js': "import text from './a.js' with { type: 'text' }; export const result = text;",
        'a.js': 'const = ;',
      },
      gives: 'const = ;',
    },
    {
      rule: 'is the text of JSON as it stands',
      of: {
        'main.js': "import text from './a.json' with { type: 'text' }; export const result = text;",
        'a.json': '{ nope',
      },
      gives: '{ nope',
    },
    {
      rule: 'is the text of the importer itself',
      of: "import text from './main.js' with { type: 'text' }; export const result = text.slice(0, 11);",
      gives: 'import text',
    },
    {
      rule: 'is imported by import(), too',
      of: {
        'main.js': "export const result = async () => (await import('./a.txt', { with: { type: 'text' } })).default;",
        'a.txt': 'text',
      },
      gives: 'text',
    },
  ]);
});

describe('an attribute that is not supported is refused', () => {
  rulesOfSyntax([
    {
      rule: 'key',
      of: { 'main.js': "import './a.js' with { flavour: 'sweet' };", 'a.js': '' },
      code: 'IMPORT_ATTRIBUTES',
    },
    {
      rule: 'key of a re-export',
      of: { 'main.js': "export * from './a.js' with { flavour: 'sweet' };", 'a.js': '' },
      code: 'IMPORT_ATTRIBUTES',
    },
    {
      rule: 'type',
      of: { 'main.js': "import './a.css' with { type: 'css' };", 'a.css': '' },
      code: 'IMPORT_ATTRIBUTES',
    },
  ]);
  rulesOfValues([
    {
      rule: 'though there are none',
      of: { 'main.js': "import { a } from './a.js' with {}; export const result = a;", 'a.js': 'export const a = 1;' },
      gives: 1,
    },
  ]);
});

describe('a text that changes', () => {
  const modules = {
    'main.js': "import text from './a.js' with { type: 'text' }; export const read = () => text;",
    'user.js': "import text from './a.js' with { type: 'text' }; export const length = text.length;",
    'a.js': 'export const a = 1;',
  };

  it('is reloaded like any module: who only reads it later does not run again', async () => {
    const { t } = await world(modules, { entries: ['main.js', 'user.js'] });
    const { read } = await t.import<Calls<'read'>>('main.js');
    const outcome = committed(await t.change({ 'a.js': 'export const b = 22;' }));
    expect(outcome.modules).toEqual(['a.js']);
    expect(evaluated(outcome)).toEqual(['a.js//text', 'user.js']);
    expect(read()).toBe('export const b = 22;');
    expect(await t.import('user.js')).toMatchObject({ length: 20 });
  });

  it('is loaded beside its script, each with its own importers', async () => {
    const { t } = await world(modules, { entries: ['main.js', 'a.js'] });
    expect(t.host.modules().map(({ id, importers }) => [id, importers])).toEqual([
      ['a.js//text', ['main.js']],
      ['main.js', []],
      ['a.js', []],
    ]);
    const { read } = await t.import<Calls<'read'>>('main.js');
    expect(evaluated(await t.change({ 'a.js': 'export const a = 2; // more' }))).toEqual(['a.js//text', 'a.js']);
    expect(read()).toBe('export const a = 2; // more');
    expect(await t.import('a.js')).toMatchObject({ a: 2 });
  });

  it('is known by the id of its file to explain, reload and unload', async () => {
    const { t } = await world(modules, { entries: ['main.js', 'user.js'] });
    const { loaded, importers, onChange } = await t.host.explain('a.js');
    expect([loaded, importers]).toEqual([true, ['main.js', 'user.js']]);
    expect(onChange.map(({ module }) => module)).toEqual(evaluated(await t.change({ 'a.js': '1;' })));
    expect(evaluated(await t.host.reload('a.js'))).toEqual(['a.js//text', 'user.js']);
    expect(refused(await t.host.unload('a.js'))).toMatchObject([{ code: 'STILL_IMPORTED' }]);
    expect(refused(await t.host.reload('b.js'))).toMatchObject([
      { message: "'b.js' is not loaded. Did you mean 'a.js'?" },
    ]);
  });

  it('is meant beside the script of the file where both are loaded', async () => {
    const { t } = await world(modules, { entries: ['main.js', 'a.js'] });
    const { importers, onChange } = await t.host.explain('a.js');
    expect([importers, onChange.map(({ module }) => module)]).toEqual([['main.js'], ['a.js//text', 'a.js']]);
    expect(evaluated(await t.host.reload('a.js'))).toEqual(['a.js//text', 'a.js']);
  });

  it('cannot be deleted while it is imported', async () => {
    const { t } = await world(modules, { entries: ['main.js'] });
    expect(refused(await t.change({ 'a.js': null }))).toMatchObject([
      { code: 'DELETED_IMPORT', module: 'main.js', message: "'a.js' was deleted, but 'main.js' imports it." },
    ]);
  });
});
