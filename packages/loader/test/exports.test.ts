import { AMBIGUOUS, exportedNames, namespaceNames, resolveExport } from '@rekindle/loader';
import { describe, expect, it } from 'vitest';
import { faultsOf, type Texts, Workbench } from './workbench.ts';

/** Where a name of `main.js` leads: `module#local`, `module*` for a namespace, null, or 'ambiguous'. */
async function leads(texts: Texts, name: string): Promise<string | null> {
  const bench = await Workbench.load(texts);
  const resolution = resolveExport(bench.graph, undefined, bench.record('main.js'), name);
  if (resolution === null) return null;
  if (resolution === AMBIGUOUS) return 'ambiguous';
  if (resolution.kind === 'binding') return `${resolution.record.key}#${resolution.local}`;
  return `${resolution.record.key}*`;
}

describe('ResolveExport', () => {
  it('finds a local by the name under which it is exported', async () => {
    const texts = { 'main.js': 'const a = 1; export { a as b, a as c }; export default 2;' };
    expect(await leads(texts, 'b')).toBe('main.js#a');
    expect(await leads(texts, 'c')).toBe('main.js#a');
    expect(await leads(texts, 'a')).toBeNull();
    expect(await leads(texts, 'default')).toBe('main.js#*default*');
  });

  it('follows re-exports, under other names, to the module that has the binding', async () => {
    const texts = {
      'leaf.js': 'export const x = 1;',
      'mid.js': "export { x as y } from './leaf';",
      'main.js': "import { y } from './mid'; export { y as z }; export * as all from './mid';",
    };
    expect(await leads(texts, 'z')).toBe('leaf.js#x');
    expect(await leads(texts, 'all')).toBe('mid.js*');
  });

  it('finds one binding over two ways, and is ambiguous between two', async () => {
    const texts = {
      'leaf.js': 'const x = 1; export { x, x as also };',
      'left.js': "export * from './leaf'; export const own = 1;",
      'right.js': "export { also as x } from './leaf'; export const own = 2;",
      'main.js': "export * from './left'; export * from './right';",
    };
    expect(await leads(texts, 'x')).toBe('leaf.js#x'); // `also` is the same local
    expect(await leads(texts, 'own')).toBe('ambiguous');
  });

  it('prefers a name of its own to those of `export *`, which never give a default', async () => {
    const texts = {
      'leaf.js': 'export const x = 1; export default 2;',
      'other.js': 'export const x = 3;',
      'main.js': "export * from './leaf'; export * from './other'; export const x = 4;",
    };
    expect(await leads(texts, 'x')).toBe('main.js#x');
    expect(await leads(texts, 'default')).toBeNull();
  });

  it('gives up a circle of re-exports, and still finds what stands beside it', async () => {
    const bench = new Workbench();
    const staged = await bench.stage(
      {
        'a.js': "export { x } from './b'; export { y } from './b';",
        'b.js': "export { x } from './a'; export const y = 1;",
        'main.js': "import { x, y } from './a';",
      },
      ['main.js'],
    );
    expect(faultsOf(staged).sort()).toEqual(['a.js: x missing', 'b.js: x missing', 'main.js: x missing']);
    const stars = {
      'a.js': "export * from './b'; export const one = 1;",
      'b.js': "export * from './a'; export const two = 2;",
      'main.js': "export * from './a'; export * from './b';",
    };
    expect(await leads(stars, 'one')).toBe('a.js#one');
    expect(await leads(stars, 'two')).toBe('b.js#two');
    expect(await leads(stars, 'three')).toBeNull();
  });

  it('tells every surface that it looked at', async () => {
    const bench = await Workbench.load({
      'leaf.js': 'export const x = 1;',
      'mid.js': "export * from './leaf';",
      'main.js': "export * from './mid';",
    });
    const visited: string[] = [];
    resolveExport(bench.graph, undefined, bench.record('main.js'), 'x', ({ key }) => visited.push(key));
    expect(visited).toEqual(['main.js', 'mid.js', 'leaf.js']);
  });

  it('reads the names of a module that the game gives', async () => {
    const bench = new Workbench();
    bench.hosts.set('host:api', { kind: 'shared', values: { heal: 1, default: 2 }, later: () => false });
    bench.commit(
      await bench.stage({ 'main.js': "export * from 'host:api'; export { default as api } from 'host:api';" }, [
        'main.js',
      ]),
    );
    expect(bench.namespace('main.js')).toMatchObject({ heal: 1, api: 2 });
    const staged = await bench.stage({ 'main.js': "import { harm } from 'host:api'; harm;" });
    expect(faultsOf(staged)).toEqual(['main.js: harm missing']);
  });
});

describe('GetExportedNames', () => {
  it('has each name once, ambiguous ones too; a namespace object leaves those out and is sorted', async () => {
    const { graph, record } = await (async () => {
      const bench = await Workbench.load({
        'left.js': 'export const b = 1; export const both = 1; export default 1;',
        'right.js': 'export const a = 1; export const both = 2; const n = 1; export { n as "10", n as "9" };',
        'main.js': "export * from './left'; export * from './right'; export const own = 1; export const Z = 1;",
      });
      return { graph: bench.graph, record: bench.record('main.js') };
    })();
    expect(exportedNames(graph, undefined, record).sort()).toEqual(['10', '9', 'Z', 'a', 'b', 'both', 'own']);
    expect(namespaceNames(graph, undefined, record)).toEqual(['10', '9', 'Z', 'a', 'b', 'own']);
  });
});

describe('what a link cannot resolve', () => {
  it('is told for imports, re-exports, and importers that did not change', async () => {
    const bench = await Workbench.load({
      'lib.js': 'export const one = 1; export const two = 2;',
      'user.js': "import { one } from './lib'; export { two } from './lib'; export const u = one;",
      'main.js': "export * from './user';",
    });
    const staged = await bench.stage({ 'lib.js': 'export const three = 3;' });
    expect(faultsOf(staged)).toEqual(['user.js: two missing', 'user.js: one missing']);
    expect(staged.linkFaults.map(({ exports }) => exports)).toEqual([['three'], ['three']]);
  });

  it('is nothing for a member of a namespace: that is `undefined`', async () => {
    const bench = await Workbench.load({
      'lib.js': 'export const one = 1;',
      'main.js': "import * as lib from './lib'; export const read = () => [lib.one, lib.two];",
    });
    expect((bench.namespace('main.js')['read'] as () => unknown)()).toEqual([1, undefined]);
  });
});
