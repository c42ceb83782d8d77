import { describe, expect, it } from 'vitest';
import { type Calls, committed, evaluated, hostOf, refused } from './stories.ts';

const lineOf = (fail: () => unknown): string | undefined => {
  try {
    fail();
  } catch (error) {
    return /main\.ts:\d+:\d+/.exec((error as Error).stack ?? '')?.[0];
  }
  return undefined;
};

describe('an edit of comments, types or layout alone', () => {
  it('runs nothing, and errors of the code that runs on stand where the author reads it now', async () => {
    const t = await hostOf({ 'main.ts': "export const fail = () => {\n  throw new Error('here');\n};" });
    const { fail } = await t.import<Calls<'fail'>>('main.ts');
    expect(lineOf(fail)).toBe('main.ts:2:9');
    const edits = [
      "// a comment\n\nexport const fail = () => {\n  throw new Error('here');\n};",
      "/* another */ type T = string;\nexport const fail = (): T => {\n\n      throw new Error('here' as T)\n}",
      "export const fail = () => { throw new Error('here',); };",
    ];
    const places: (string | undefined)[] = [];
    for (const text of edits) {
      expect(evaluated(await t.change({ 'main.ts': text }))).toEqual([]);
      places.push(lineOf(fail));
    }
    expect(places).toEqual(['main.ts:4:9', 'main.ts:4:13', 'main.ts:1:35']);
  });

  it('also where it is taken back, and where the code is edited after it', async () => {
    const t = await hostOf({ 'main.ts': "export const fail = () => { throw new Error('here'); };" });
    const { fail } = await t.import<Calls<'fail'>>('main.ts');
    committed(await t.change({ 'main.ts': "\n\nexport const fail = () => { throw new Error('here'); };" }));
    expect(lineOf(fail)).toBe('main.ts:3:35');
    refused(await t.change({ 'main.ts': "\n\n\nexport const fail = () => { throw new Error('here'); }; nothing();" }));
    expect(lineOf(fail)).toBe('main.ts:3:35');
    committed(await t.host.revert());
    expect(lineOf(fail)).toBe('main.ts:1:35');
    expect(
      evaluated(await t.change({ 'main.ts': "\nexport const fail = () => { throw new Error('there'); };" })),
    ).toEqual(['main.ts']);
    expect(lineOf(fail)).toBe('main.ts:1:35'); // a function of the version before, which that text is
  });

  it('a diagnostic of a later release speaks of the newest text', async () => {
    const main = "import { a } from './lib.ts';\nexport const read = () => a;";
    const t = await hostOf({ 'lib.ts': 'export const a = 1;', 'main.ts': main }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': `// one\n// two\n${main}` }));
    expect(refused(await t.change({ 'lib.ts': 'export const b = 1;' }))).toMatchObject([
      { code: 'MISSING_EXPORT', module: 'main.ts', line: 3 },
    ]);
  });
});
