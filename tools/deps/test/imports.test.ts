import { describe, expect, it } from 'vitest';
import { importsOf } from '../imports.ts';

const only = (text: string) => {
  const [first, ...rest] = importsOf(text, 'a.ts');
  expect(rest).toEqual([]);
  return first;
};

describe('what a source imports', () => {
  it.each([
    ["import { a, b as c } from 'x';", ['a', 'b']],
    ["import { type A, b } from 'x';", ['b']],
    ["import a, * as b from 'x';", ['default', '*']],
    ["import 'x';", []],
    ["import { type A } from 'x';", []],
    ["export { a as b, type C } from 'x';", ['a']],
    ["export * from 'x';", ['*']],
    ["export * as x from 'x';", ['*']],
    ["const x = await import('x');", ['*']],
  ])('%s leaves the module at run time', (text, values) => {
    expect(only(text)).toEqual({ specifier: 'x', line: 1, typesOnly: false, values });
  });

  it.each([
    "import type { A } from 'x';",
    "import type A from 'x';",
    "export type { A } from 'x';",
    "let a: import('x').A;",
  ])('%s leaves nothing', (text) => {
    expect(only(text)?.typesOnly).toBe(true);
  });

  it('says the line, and takes no text for an import', () => {
    expect(importsOf("// import 'a';\nconst b = `import 'b'`;\n\nimport 'c';\n", 'a.ts')).toEqual([
      { specifier: 'c', line: 4, typesOnly: false, values: [] },
    ]);
  });
});
