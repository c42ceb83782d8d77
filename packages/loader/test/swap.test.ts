import type { ModuleRecord, SourceTextInstance } from '@rekindle/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyCell, isInitialised } from '../src/cell.ts';
import { type Staged, Workbench } from './workbench.ts';

/** What a swap must give back to the letter: identities, orders and values. */
function picture(bench: Workbench): unknown[] {
  const { graph } = bench;
  const seen: unknown[] = [[...graph.records.keys()], [...graph.records.values()], [...graph.roots]];
  for (const record of graph.records.values()) seen.push(ofRecord(record));
  return seen;
}

function ofRecord(record: ModuleRecord): unknown[] {
  const { key, current, cells, importers, dynamicImports, namespace, live, order } = record;
  return [
    key,
    current,
    order,
    [...importers],
    [...dynamicImports].map(([to, { time, running, bodies }]) => [to, time, running, [...bodies]]),
    [...cells].map(([name, cell]) => [name, cell, contentOf(cell)]),
    namespace,
    namespace?.object,
    namespace?.names.map((name) => [name, read(namespace.object, name)]),
    live?.object,
    live && Object.keys(live.object).map((name) => [name, read(live.object, name)]),
    current?.kind === 'source' ? ofInstance(current) : undefined,
  ];
}

function ofInstance({ unit, views, bindings, cells, requested, status }: SourceTextInstance): unknown[] {
  return [unit, views, [...views], bindings, cells, cells.map(contentOf), requested, [...requested], status];
}

function contentOf(cell: AnyCell): unknown {
  return isInitialised(cell) ? [cell.v] : 'dead';
}

function read(object: object, name: string): unknown {
  try {
    return [Reflect.get(object, name)];
  } catch (error) {
    return (error as Error).message;
  }
}

/** Two pictures are the same where every part is the same thing, not only equal to it. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (Object.is(a, b)) return [];
  if (!Array.isArray(a) || !Array.isArray(b)) return [`${path}: ${String(a)} is not ${String(b)}`];
  if (a.length !== b.length) return [`${path}: ${a.length} entries are not ${b.length}`];
  return a.flatMap((part, index) => differences(part, b[index], `${path}/${index}`));
}

/** Everything that the code of the graph shows from outside: what its functions give. */
function calls(bench: Workbench): unknown[] {
  return [...bench.graph.records.keys()].flatMap((id) => {
    const namespace = bench.namespace(id);
    return Object.keys(namespace).map((name) => {
      const value = namespace[name];
      return [
        id,
        name,
        typeof value === 'function' ? (value as () => unknown)() : typeof value === 'number' ? value : typeof value,
      ];
    });
  });
}

const NAMES = ['x', 'y', 'z'];
const SIZE = 6;

/** A line of a module's text; `n` tells its versions apart. */
interface Line {
  readonly kind: 'const' | 'let' | 'function' | 'star' | 'star as' | 'indirect' | 'import' | 'namespace' | 'bare';
  readonly name: number;
  readonly other: number;
  readonly target: number;
}

const lines: fc.Arbitrary<Line[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Line['kind']>(
      'const',
      'let',
      'function',
      'const',
      'star',
      'star as',
      'indirect',
      'import',
      'namespace',
      'bare',
    ),
    name: fc.nat(NAMES.length - 1),
    other: fc.nat(NAMES.length - 1),
    target: fc.nat(SIZE - 1),
  }),
  { maxLength: 6 },
);

function textOf(module: readonly Line[], version: number): string {
  const exported = new Set<string>();
  const text: string[] = [];
  const once = (name: string, line: string): void => {
    if (exported.has(name)) return;
    exported.add(name);
    text.push(line);
  };
  for (const [index, { kind, name, other, target }] of module.entries()) {
    const own = NAMES[name] as string;
    const from = `'./m${target}'`;
    if (kind === 'const') once(own, `export const ${own} = ${version};`);
    if (kind === 'let') once(own, `export let ${own} = ${version}; ${own} += 1;`);
    if (kind === 'function') once(own, `export function ${own}() { return ${version}; }`);
    if (kind === 'star') text.push(`export * from ${from};`);
    if (kind === 'star as') once(own, `export * as ${own} from ${from};`);
    if (kind === 'indirect') once(own, `export { ${NAMES[other]} as ${own} } from ${from};`);
    if (kind === 'bare') text.push(`import ${from};`);
    if (kind === 'import')
      text.push(`import { ${own} as i${index} } from ${from}; export const r${index} = () => typeof i${index};`);
    if (kind === 'namespace') {
      text.push(
        `import * as n${index} from ${from};
         export const k${index} = () => Object.keys(n${index}).join() + typeof n${index}.${own};`,
      );
    }
  }
  return text.join('\n');
}

interface Change {
  readonly base: readonly Line[][];
  readonly edits: readonly { readonly module: number; readonly lines: Line[] }[];
  readonly roots: readonly number[];
}

const change: fc.Arbitrary<Change> = fc.record({
  base: fc.array(lines, { minLength: SIZE, maxLength: SIZE }),
  edits: fc.array(fc.record({ module: fc.nat(SIZE - 1), lines }), { minLength: 1, maxLength: 3 }),
  roots: fc.uniqueArray(fc.nat(SIZE - 1), { minLength: 1, maxLength: 3 }),
});

const idOf = (module: number) => `m${module}.js`;

/** The graph before the change, and the change staged; undefined where either has faults. */
async function prepared({ base, edits, roots }: Change): Promise<{ bench: Workbench; staged: Staged } | undefined> {
  const bench = new Workbench();
  const texts = Object.fromEntries(base.map((module, index) => [idOf(index), textOf(module, 1)]));
  const first = await bench.stage(texts, roots.map(idOf));
  if (first.linkFaults.length > 0) return undefined;
  bench.commit(first);
  for (const id of [...bench.graph.records.keys()]) {
    bench.live(id);
    bench.namespace(id);
  }
  const staged = await bench.stage(
    Object.fromEntries(edits.map(({ module, lines: text }) => [idOf(module), textOf(text, 2)])),
  );
  if (staged.linkFaults.length > 0) return undefined;
  return { bench, staged };
}

describe('a swap', () => {
  it('is taken back exactly: bindings, cells, namespaces, live views, edges and orders', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(change, async (one) => {
        const both = await prepared(one);
        fc.pre(both !== undefined);
        const { bench, staged } = both;
        const before = picture(bench);
        const gave = calls(bench);
        bench.evaluate(staged);
        expect(differences(before, picture(bench))).toEqual([]);
        staged.swap.apply();
        staged.swap.undo();
        expect(differences(before, picture(bench))).toEqual([]);
        expect(calls(bench)).toEqual(gave);
        compared += 1;
      }),
      { numRuns: 300, seed: 20_261_125, maxSkipsPerRun: 100 },
    );
    expect(compared).toBe(300);
  });

  it('that is taken back leaves a body in its place among those for which an import was made', async () => {
    const bench = await Workbench.load({
      'main.js': "import './a'; import './b'; import './helper'; import './plugin';",
      'a.js': 'export const a = 1;',
      'b.js': '',
      'helper.js': '',
      'plugin.js': '',
    });
    const helper = bench.record('helper.js');
    const plugin = bench.record('plugin.js');
    for (const body of [bench.record('a.js'), bench.record('b.js')]) {
      (body.current as SourceTextInstance).awaited = new Map([[plugin, helper]]);
      bench.graph.imported(helper, plugin, body);
    }
    const bodies = () => [...(helper.dynamicImports.get(plugin)?.bodies ?? [])].map(({ key }) => key);
    const staged = await bench.stage({ 'a.js': 'export const a = 2;' });
    const before = picture(bench);
    bench.evaluate(staged);
    staged.swap.apply();
    expect(bodies()).toEqual(['b.js']);
    staged.swap.undo();
    expect(bodies()).toEqual(['a.js', 'b.js']);
    expect(differences(before, picture(bench))).toEqual([]);
  });

  it('that is committed looks as if the new texts had been there from the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(change, async (one) => {
        const both = await prepared(one);
        fc.pre(both !== undefined);
        const { bench, staged } = both;
        bench.commit(staged);
        const fresh = new Workbench();
        const texts = Object.fromEntries(one.base.map((module, index) => [idOf(index), textOf(module, 1)]));
        const loaded = new Set(staged.stage.instances.keys());
        for (const { module, lines: text } of one.edits) {
          // an edit of a module that is not loaded is no part of the release
          if ([...loaded].some(({ key }) => key === idOf(module))) texts[idOf(module)] = textOf(text, 2);
        }
        fresh.commit(await fresh.stage(texts, one.roots.map(idOf)));
        expect(shapeOf(bench)).toEqual(shapeOf(fresh));
      }),
      { numRuns: 200, seed: 20_261_125, maxSkipsPerRun: 100 },
    );
  });

  it('keeps what old code wrote while the new version stood', async () => {
    const bench = await Workbench.load({ 'main.js': 'export let n = 1; export const up = () => (n += 1);' });
    const live = bench.live('main.js') as { n: number; up(): number };
    const { up } = live;
    const staged = await bench.stage({ 'main.js': 'export let n = 10; export const up = () => (n += 10);' });
    bench.evaluate(staged);
    staged.swap.apply();
    expect([live.n, live.up(), up()]).toEqual([10, 20, 2]);
    staged.swap.undo();
    expect([live.n, live.up()]).toEqual([2, 3]);
  });

  it('leaves old code its own cells for good', async () => {
    const bench = await Workbench.load({ 'main.js': 'export let n = 1; export const up = () => (n += 1);' });
    const live = bench.live('main.js') as { n: number; up(): number };
    const { up } = live;
    bench.commit(await bench.stage({ 'main.js': 'export let n = 10; export const up = () => (n += 10);' }));
    expect([up(), live.n, live.up(), up()]).toEqual([2, 10, 20, 3]);
  });

  it('costs what changes, not who imports it', async () => {
    const importers = Array.from({ length: 50 }, (_, index) => `u${index}`);
    const bench = await Workbench.load({
      'lib.js': 'export const a = 1;',
      ...Object.fromEntries(
        importers.map((id) => [`${id}.js`, "import { a } from './lib'; export const read = () => a;"]),
      ),
      'main.js': importers.map((id) => `import './${id}';`).join(''),
    });
    const views = importers.map((id) => (bench.record(`${id}.js`).current as SourceTextInstance).views);
    bench.commit(await bench.stage({ 'lib.js': 'export const a = 2;' }));
    expect(importers.map((id) => (bench.record(`${id}.js`).current as SourceTextInstance).views)).toEqual(views);
    for (const [index, id] of importers.entries()) {
      expect((bench.record(`${id}.js`).current as SourceTextInstance).views).toBe(views[index]);
      expect((bench.namespace(`${id}.js`)['read'] as () => number)()).toBe(2);
    }
  });
});

/** Names, orders, edges and what functions give: without identities. */
function shapeOf(bench: Workbench): unknown {
  return {
    order: bench.order(),
    modules: [...bench.graph.records.values()]
      .map(({ key, importers, cells }) => [
        key,
        [...importers].map((importer) => importer.key).sort(),
        [...cells.keys()].sort(),
      ])
      .sort(([a], [b]) => String(a).localeCompare(String(b))),
    calls: calls(bench).sort(),
  };
}
