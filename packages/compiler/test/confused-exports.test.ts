import { describe, expect, it } from 'vitest';
import { artifactOf, faultOf } from './run.ts';

describe('exports that SWC would confuse', () => {
  it.each([
    ['{ function a() {} }\nexport const { a, b } = q;', 16],
    ['{ function a() {} }\nexport const { a } = q;', 16],
    ['{ function a() {} }\nexport const [a, b] = q;', 15],
    ['{ function a() {} }\nexport const { x: a, b = a } = q;', 19],
    ['{ function a() {} }\nexport let a = 1, b = 2;', 12],
    ['switch (q) { case 1: let a = 1; }\nexport let b = 1, a = 2;', 19],
  ])('are refused where SWC has to print them: %j', (text, column) => {
    for (const id of ['a.ts', 'a.js']) {
      const { locals } = artifactOf(text, { id }); // where nothing has to be lowered, SWC prints nothing
      expect(locals.map(({ name }) => name)).toContain('a');
      const source = `${text}\n@sealed class Long {}`;
      expect(faultOf(source, { id })).toMatchObject({ code: 'UNSUPPORTED_SYNTAX', line: 2, column, module: id });
      expect(faultOf(source, { id }).message).toMatch(/^'a' is exported here/);
    }
  });

  it.each([
    '{ function a() {} }\nexport const a = 1;',
    '{ function a() {} }\nexport function a() {}',
    '{ function a() {} }\nexport class a {}',
    '{ function a() {} }\nconst { a, b } = q; export { a, b };',
    '{ function a() {} }\nexport const { x: a } = q;',
    'let a1 = 1, b = 2; export { a1 as a, b };',
    '{ let a = 1; }\nexport const { a, b } = q;',
  ])('and no others: %j', (source) => {
    expect(artifactOf(source).locals.map(({ name }) => name)).toContain('a');
  });
});
