import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directions, table } from '../directions.ts';
import { violations } from '../violations.ts';
import { type Package, readPackages, root } from '../workspace.ts';

describe('this repository', () => {
  it('imports in the allowed directions alone', async () => {
    expect(violations(await readPackages())).toEqual([]);
  });

  it('prints the table in ARCHITECTURE.md as it is enforced', async () => {
    const text = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8');
    const start = text.split('\n').indexOf(table()[0] ?? '');
    expect(text.split('\n').slice(start, start + table().length)).toEqual(table());
  });

  it('has no two packages that may import each other, however far round', () => {
    const reach = (from: string, path: readonly string[] = []): void => {
      expect(path).not.toContain(from);
      for (const next of Object.keys(directions[from] ?? {})) reach(next, [...path, from]);
    };
    for (const name of Object.keys(directions)) reach(name);
  });
});

describe('what goes against the table is found', () => {
  /** The repository's packages without sources; `changes` puts one of them wrong. */
  async function broken(name: string, changes: Partial<Package>): Promise<string[]> {
    const packages = (await readPackages()).map((one) => ({ ...one, sources: {} }));
    return violations(packages.map((one) => (one.name === name ? { ...one, ...changes } : one)));
  }
  const source = (folder: string, text: string) => ({ sources: { [`packages/${folder}/src/a.ts`]: text } });

  it.each([
    ['store', "import type { Loader } from '@rekindle/loader';", 'the table does not allow it.'],
    ['loader', "import { compile } from '@rekindle/compiler';", 'the table allows types, not compile.'],
    [
      'loader',
      "import { type A } from '@rekindle/compiler';",
      'say `import type`, or the module is loaded for nothing.',
    ],
    ['loader', "await import('@rekindle/compiler');", 'the table allows types, not *.'],
    ['loader', "import { Subject } from 'rxjs';", 'it is kept for @rekindle/reload, rekindle.'],
    ['store', "export * from '../../loader/src/index.ts';", "this is outside of the package's src."],
    ['store', "import x from '../test/x.ts';", "this is outside of the package's src."],
  ])('%s: %s', async (folder, text, complaint) => {
    const specifier = /'(.*)'/.exec(text)?.[1];
    expect(await broken(`@rekindle/${folder}`, source(folder, text))).toEqual([
      `packages/${folder}/src/a.ts:1 imports '${specifier}': ${complaint}`,
    ]);
  });

  it('in a dependency', async () => {
    const wrong = { dependencies: ['@rekindle/loader', 'rxjs'], references: ['loader'] };
    expect(await broken('@rekindle/store', wrong)).toEqual([
      "packages/store/package.json depends on '@rekindle/loader', which the table does not allow.",
      "packages/store/package.json depends on 'rxjs', which is kept for @rekindle/reload, rekindle.",
    ]);
  });

  it('in a reference', async () => {
    expect(await broken('@rekindle/store-fs', { references: ['compiler'] })).toEqual([
      'packages/store-fs/tsconfig.json references compiler, its package.json asks for store.',
    ]);
  });

  it('in an import that nothing installs', async () => {
    const wrong = { dependencies: [], references: [], ...source('store-fs', "import '@rekindle/store';") };
    expect(await broken('@rekindle/store-fs', wrong)).toEqual([
      "packages/store-fs/src/a.ts:1 imports '@rekindle/store': it is not among the dependencies in package.json.",
    ]);
  });

  it('in a package without a line, and in a line without a package', async () => {
    expect(await broken('rekindle', { name: '@rekindle/new' })).toEqual([
      "The table names 'rekindle', which is no package.",
      "packages/rekindle: '@rekindle/new' has no line in the table.",
    ]);
  });
});
