import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { artifactOf, faultOf, run, runAll } from './run.ts';

describe('a JSON module', () => {
  it('exports its value as default', async () => {
    const sources = {
      'data.json': '{ "a": [1, { "b": null }] }',
      'main.ts': "import data from 'data.json'; export const r = data;",
    };
    expect((await runAll(sources)).r).toEqual({ a: [1, { b: null }] });
  });

  it('gives each evaluation its own value', async () => {
    const one = await run('{}', {}, 'a.json');
    const two = await run('{}', {}, 'a.json');
    expect(one.default).not.toBe(two.default);
  });

  it('keeps what JSON keeps and object literals do not', async () => {
    const value = (await run('{ "__proto__": 1, "a": "\u2028" }', {}, 'a.json')).default;
    expect(Object.keys(value as object)).toEqual(['__proto__', 'a']);
  });

  it('has the record of a module with one default export', () => {
    const artifact = artifactOf('[]', { id: 'a.json' });
    expect(artifact.locals).toEqual([{ name: 'default', local: '*default*', kind: 'default' }]);
    expect(artifact.facts.unbounded).toBe(false);
  });

  it('may begin with a byte order mark', async () => {
    expect((await run('\ufeff1', {}, 'a.json')).default).toBe(1);
  });

  it('is any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        expect((await run(text, {}, 'a.json')).default).toEqual(JSON.parse(text));
      }),
      { numRuns: 50 },
    );
  });
});

describe('what is wrong with a JSON text', () => {
  it.each([
    ['{\n  "a": 1,\n}', 2, 9, "A comma before '}'", 'JSON has no trailing commas: remove it.'],
    ['[1,]', 1, 3, "A comma before ']'", 'JSON has no trailing commas: remove it.'],
    ["{ 'a': 1 }", 1, 3, 'Expected a name in double quotes', 'JSON has double quotes only.'],
    ['{ a: 1 }', 1, 3, 'Expected a name in double quotes', undefined],
    ['{ "a" 1 }', 1, 7, "Expected ':' after the name", undefined],
    ['{ "a": 1 "b": 2 }', 1, 10, "Expected ',' or '}'", undefined],
    ['[1 2]', 1, 4, "Expected ',' or ']'", undefined],
    ['[1}', 1, 3, "Expected ',' or ']'", undefined],
    ['// hi\n1', 1, 1, 'A comment', 'JSON has no comments: remove it.'],
    ['[1, /* x */ 2]', 1, 5, 'A comment', 'JSON has no comments: remove it.'],
    ['{\n  "a": [1', 2, 10, 'The file ends in the middle of something', "The '[' at 2:8 is not closed."],
    ['', 1, 1, 'The file ends in the middle of something', undefined],
    ['1 2', 1, 3, 'Expected the end of the file after the value', undefined],
    ['[undefined]', 1, 2, 'Expected a value', undefined],
    ['[NaN]', 1, 2, 'Expected a value', undefined],
    ["['a']", 1, 2, 'Expected a value', 'JSON has double quotes only.'],
    ['[01]', 1, 2, 'JSON has no such number', undefined],
    ['[1.]', 1, 2, 'JSON has no such number', undefined],
    ['[0x10]', 1, 2, 'JSON has no such number', undefined],
    ['"a\nb"', 1, 1, 'The string is not closed', undefined],
    ['["\\q"]', 1, 3, 'JSON has no such escape', undefined],
    ['["a\tb"]', 1, 4, 'A control character in a string', "Write it as '\\u00…'."],
    ['[,1]', 1, 2, 'Expected a value', undefined],
  ])('%j', (source, line, column, message, hint) => {
    const fault = faultOf(source, { id: 'a.json' });
    expect({ ...fault, frame: undefined }).toEqual({
      code: 'JSON_SYNTAX',
      module: 'a.json',
      message,
      line,
      column,
      ...(hint === undefined ? {} : { hint }),
    });
  });

  it('is found at any depth', () => {
    expect(faultOf('['.repeat(100_000), { id: 'a.json' })).toMatchObject({ code: 'JSON_SYNTAX', column: 100_001 });
  });

  it('is found whenever JSON.parse finds something', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\1e-. a\n/\''), (text, at, character) => {
        const place = at % (text.length + 1);
        const damaged = text.slice(0, place) + character + text.slice(place + 1);
        let valid = true;
        try {
          JSON.parse(damaged);
        } catch {
          valid = false;
        }
        const result = compile(damaged, { id: 'a.json' });
        expect(result.ok).toBe(valid);
        if (!result.ok) expect(result.diagnostics[0]?.message).not.toBe('This is not JSON');
      }),
      { numRuns: 300 },
    );
  });
});
