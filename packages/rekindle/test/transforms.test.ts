import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderStore } from '@rekindle/store-fs';
import { createHost, type Transform } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Calls, codes, committed, deferred, hostOf, refused, rejection } from './stories.ts';

/** Each row an object, by the names of the first row. */
const csv: Transform = (source) => {
  const [names = [], ...rows] = source
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  if (rows.some((row) => row.length !== names.length)) throw new Error('a row has too few columns');
  const objects = rows.map((row) => Object.fromEntries(row.map((value, column) => [names[column], value])));
  return `type Row = Record<string, string>;\nexport const rows: Row[] = ${JSON.stringify(objects)};`;
};

const main = "import { rows } from './items.csv'; export const names = () => rows.map(({ name }) => name);";

describe('a transform', () => {
  it('makes a module of another kind of file, which reloads like any', async () => {
    const t = await hostOf({ 'items.csv': 'name,gold\nsword,5', 'main.ts': main }, { transforms: { '.csv': csv } });
    const { names } = await t.import<Calls<'names'>>('main.ts');
    expect(names()).toEqual(['sword']);
    const outcome = committed(await t.change({ 'items.csv': 'name,gold\nsword,5\nshield,7' }));
    expect(outcome.evaluated).toEqual(['items.csv']);
    expect(names()).toEqual(['sword', 'shield']);
    expect(t.host.modules().map(({ id }) => id)).toEqual(['items.csv', 'main.ts']);
  });

  it('may be asynchronous, and see the id', async () => {
    const t = await hostOf(
      { 'ui/window.tsx': '<window />', 'main.ts': "export { id } from './ui/window.tsx';" },
      { transforms: { '.tsx': async (source, id) => `export const id = ${JSON.stringify(`${id}: ${source}`)};` } },
    );
    expect(await t.import('main.ts')).toMatchObject({ id: 'ui/window.tsx: <window />' });
  });

  it('takes part in the look for an extension, after scripts, also when a script comes later', async () => {
    const t = await hostOf(
      {
        'items.csv': 'name\nsword',
        'main.ts': "import { rows } from './items'; export const read = () => rows.length;",
      },
      { transforms: { '.csv': csv } },
    );
    const main = await t.import<Calls<'read'>>('main.ts');
    expect(main.read()).toBe(1);
    committed(await t.change({ 'items.ts': 'export const rows = [1, 2, 3];' }));
    expect(main.read()).toBe(3);
    committed(await t.change({ 'items.ts': null }));
    expect(main.read()).toBe(1);
  });

  it('does not touch what is imported as text', async () => {
    const t = await hostOf(
      { 'items.csv': 'name\nsword', 'main.ts': "export { default as text } from './items.csv' with { type: 'text' };" },
      { transforms: { '.csv': csv } },
    );
    expect(await t.import('main.ts')).toMatchObject({ text: 'name\nsword' });
  });

  it('serves evaluate as well', async () => {
    const t = await hostOf({}, { transforms: { '.csv': csv } });
    expect(await t.host.evaluate('name\nsword', { id: 'items.csv' })).toMatchObject({ rows: [{ name: 'sword' }] });
    const again = await t.host.evaluate('name\nshield', { id: 'items.csv' });
    expect(again).toMatchObject({ rows: [{ name: 'shield' }] });
  });

  it.each<[string, Transform, string]>([
    ['throws', csv, 'threw: a row has too few columns'],
    ['rejects', async () => Promise.reject(new Error('no network')), 'threw: no network'],
    [
      'throws what cannot be told',
      () => {
        throw Object.create(null);
      },
      'threw: something that cannot be told',
    ],
    ['gives no text', (() => undefined) as unknown as Transform, 'gave a value of type undefined instead'],
  ])('that %s refuses the release, with the module and what to do', async (_, transform, message) => {
    let broken = false;
    const t = await hostOf(
      { 'items.csv': 'name,gold\nsword,5', 'main.ts': main },
      { transforms: { '.csv': (source, id) => (broken ? transform : csv)(source, id) } },
    );
    const { names } = await t.import<Calls<'names'>>('main.ts');
    broken = true;
    const [diagnostic, ...rest] = refused(await t.change({ 'items.csv': 'name,gold\nsword' }));
    expect(rest).toEqual([]);
    expect(diagnostic).toMatchObject({ code: 'TRANSFORM_FAILED', module: 'items.csv' });
    expect(diagnostic?.message).toContain(`The transform for '.csv' ${message}`);
    expect(diagnostic?.hint).toContain("`transforms['.csv']`");
    expect(names()).toEqual(['sword']);
    broken = false;
    committed(await t.change({ 'items.csv': 'name,gold\nshield,5' }));
    expect(names()).toEqual(['shield']);
  });

  it('that never answers is given up after `limits.prepare`', async () => {
    const asked = deferred();
    const t = await hostOf(
      { 'items.csv': '' },
      {
        limits: { prepare: 300 },
        transforms: {
          '.csv': () => {
            asked.resolve();
            return new Promise(() => {});
          },
        },
      },
    );
    const loading = rejection(t.import('items.csv'));
    await asked.promise;
    await t.clock.advance(300);
    expect(await loading).toMatchObject({ code: 'TRANSFORM_FAILED', message: expect.stringContaining('300 ms') });
  });

  it('whose text is wrong is told with the lines of that text, and says so', async () => {
    const t = await hostOf(
      {
        'a.csv': 'const = 1;',
        'b.csv': "\n\nthrow new Error('in the text');",
        'c.csv': "import { no } from './d.ts'; no;",
        'd.ts': '',
      },
      { transforms: { '.csv': (source) => `// made\n${source}` } },
    );
    const note = "The lines are those of the text that the transform for '.csv' made.";
    for (const [id, code, line] of [
      ['a.csv', 'SYNTAX_ERROR', 2],
      ['b.csv', 'BODY_THREW', 4],
      ['c.csv', 'MISSING_EXPORT', 2],
    ] as const) {
      const error = (await rejection(t.import(id))) as unknown as { diagnostics: object[] };
      expect(error.diagnostics).toMatchObject([{ code, line, module: id, hint: expect.stringContaining(note) }]);
    }
  });

  it('is not named in what is said of other modules', async () => {
    const t = await hostOf({ 'main.ts': 'const = 1;' }, { transforms: { '.csv': csv } });
    const error = (await rejection(t.import('main.ts'))) as unknown as { diagnostics: { hint?: string }[] };
    expect(error.diagnostics[0]?.hint ?? '').not.toContain('transform');
  });

  it('that is missing is named where it is needed', async () => {
    const t = await hostOf({ 'items.csv': 'name', 'main.ts': "import './items.csv';" });
    const error = (await rejection(t.import('main.ts'))) as unknown as { diagnostics: { hint?: string }[] };
    expect(error).toMatchObject({ code: 'UNKNOWN_LANGUAGE' });
    expect(error.diagnostics[0]?.hint).toContain("'transforms'");
  });
});

describe('a folder', () => {
  it('lists and follows the files that a transform takes, and compiled code is kept by what was made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-transforms-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const scripts = join(folder, 'scripts');
    await mkdir(scripts);
    await writeFile(join(scripts, 'items.csv'), 'name\nsword');
    await writeFile(join(scripts, 'main.ts'), main);
    const hostWith = (transform: Transform) => {
      const host = createHost({
        stores: [folderStore(scripts)],
        cache: join(folder, 'cache'),
        transforms: { '.csv': transform },
      });
      onTestFinished(() => host.close());
      return host;
    };
    const host = hostWith(csv);
    const { names } = (await host.import('main.ts')) as Calls<'names'>;
    await host.start({ entries: ['main.ts'] });
    expect(names()).toEqual(['sword']);
    const reloaded = new Promise((resolve) => host.on('reload:committed', resolve));
    await writeFile(join(scripts, 'items.csv'), 'name\nshield');
    await reloaded;
    expect(names()).toEqual(['shield']);
    await host.close();
    // the same file through another transform, on the same cache
    const other = hostWith((source) => `${csv(source, '')} rows.push({ name: 'one more' });`);
    const { names: more } = (await other.import('main.ts')) as Calls<'names'>;
    expect(more()).toEqual(['shield', 'one more']);
  });
});

describe('options of the loader that cannot be', () => {
  const stores = [folderStore('scripts')];
  it.each([
    [{ transforms: { csv: csv } }, "'csv' is not an extension"],
    [{ transforms: { '.ts': csv } }, "'.ts' is an extension of scripts"],
    [{ transforms: { '.csv': 'csv' } }, "`transforms['.csv']` must be a function"],
    [{ transforms: csv }, '`transforms` must be an object'],
    [{ transforms: null }, '`transforms` must be an object'],
    [{ limits: { nesting: 0 } }, '`limits.nesting` must be a number of at least 1'],
    [{ limits: { source: Number.NaN } }, '`limits.source` must be a number of at least 1'],
    [{ limits: { sourcee: 5 } }, '`limits.sourcee` is not a limit; there are: '],
  ])('%j', (options, message) => {
    expect(() => createHost({ stores, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });
});

describe('limits of a source', () => {
  it('are the game’s', async () => {
    const deep = `export const a = ${'('.repeat(20)}1${')'.repeat(20)};`;
    const long = `export const a = '${'x'.repeat(300)}';`;
    const modules = { 'deep.ts': deep, 'long.ts': long };
    const narrow = await hostOf(modules, { limits: { nesting: 10, source: 200 } });
    expect(await rejection(narrow.import('deep.ts'))).toMatchObject({ code: 'SOURCE_TOO_DEEP' });
    expect(await rejection(narrow.import('long.ts'))).toMatchObject({ code: 'SOURCE_TOO_LARGE' });
    const wide = await hostOf(modules);
    expect(await wide.import('deep.ts')).toMatchObject({ a: 1 });
    expect(codes(refused(await wide.change({ 'deep.ts': `'${'x'.repeat(2 ** 20)}'` })))).toEqual(['SOURCE_TOO_LARGE']);
    const wider = await hostOf(
      { 'big.ts': `export const a = '${'x'.repeat(2 ** 20)}'.length;` },
      { limits: { source: 2 ** 22 } },
    );
    expect(await wider.import('big.ts')).toMatchObject({ a: 2 ** 20 });
  });
});
