/** Who takes a change: random graphs of bare imports against Vite's way up, written down once more. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { committed, hostOf } from './stories.ts';

interface Node {
  /** Numbers of the modules that it imports: smaller ones, and at times a greater one, which makes a cycle. */
  readonly imports: readonly number[];
  readonly acceptsItself: boolean;
  /** Those of its imports that it accepts. */
  readonly accepts: readonly number[];
}

const SIZE = 8;

const graph: fc.Arbitrary<readonly Node[]> = fc
  .tuple(
    ...Array.from({ length: SIZE }, (_, number) =>
      fc.record({
        imports: fc.uniqueArray(fc.nat(number < 2 ? SIZE - 1 : number - 1), { maxLength: 3 }),
        acceptsItself: fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
        accepting: fc.integer({ min: 0, max: 7 }),
      }),
    ),
  )
  .map((nodes) =>
    nodes.map(({ imports, acceptsItself, accepting }, number) => {
      const others = imports.filter((other) => other !== number);
      return { imports: others, acceptsItself, accepts: others.filter((_, place) => (accepting >> place) & 1) };
    }),
  );

const idOf = (number: number) => `m${number}.ts`;

const textOf = (number: number, { imports, acceptsItself, accepts }: Node, value: number) =>
  [
    "import { log } from '@game/api';",
    ...imports.map((other) => `import './${idOf(other)}';`),
    `export const value = ${value};`,
    ...(acceptsItself ? ['import.meta.hot.accept();'] : []),
    ...accepts.map(
      (other) => `import.meta.hot.accept('./${idOf(other)}', ({ value }) => log('${number} is told of ${other}'));`,
    ),
  ].join('\n');

/** Vite's `propagateUpdate`, of which only the boundaries matter here: nothing is a full reload. */
function boundaries(nodes: readonly Node[], changed: number): { selves: Set<number>; told: string[] } {
  const selves = new Set<number>();
  const told: string[] = [];
  const traversed = new Set<number>();
  const propagate = (number: number): void => {
    if (traversed.has(number)) return;
    traversed.add(number);
    if (nodes[number]?.acceptsItself === true) {
      selves.add(number);
      return;
    }
    for (const [importer, { imports, accepts }] of nodes.entries()) {
      if (!imports.includes(number)) continue;
      if (accepts.includes(number)) told.push(`${importer} is told of ${number}`);
      else propagate(importer);
    }
  };
  propagate(changed);
  return { selves, told };
}

it('runs what changed and what accepts itself above it, and tells who accepts an import, as Vite does', async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.array(fc.nat(SIZE - 1), { minLength: 1, maxLength: 3 }), async (nodes, edits) => {
      const log: string[] = [];
      const main = nodes.map((_, number) => `import './${idOf(number)}';`).join('\n');
      const t = await hostOf(
        {
          ...Object.fromEntries(nodes.map((node, number) => [idOf(number), textOf(number, node, 0)])),
          'main.ts': main,
        },
        { modules: { '@game/api': { log: (text: string) => void log.push(text) } }, entries: ['main.ts'] },
      );
      for (const [place, number] of edits.entries()) {
        const next = textOf(number, nodes[number] as Node, place + 1);
        const { evaluated } = committed(await t.change({ [idOf(number)]: next }));
        const { selves, told } = boundaries(nodes, number);
        expect([...evaluated].sort()).toEqual([...new Set([number, ...selves])].map(idOf).sort());
        expect(log.splice(0).sort()).toEqual(told.sort());
      }
      await t.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);
