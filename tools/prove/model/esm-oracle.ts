// Plain modules of Node as an oracle: the same program, run by Node's own loader.
import { isDeepStrictEqual } from 'node:util';
import type { Opened, Root } from './course.ts';
import { Difference } from './difference.ts';
import type { EsmWorkers } from './esm-workers.ts';
import { diff, type Picture } from './picture.ts';
import {
  type Dialect,
  doesAwait,
  HELPERS,
  helperText,
  idOf,
  type Program,
  reachOf,
  textOf,
  textsOf,
} from './program.ts';

const NODE: Dialect = {
  api: './api.mjs',
  world: './world.mjs',
  script: './script.mjs',
  module: ['./m', '.mjs'],
  helper: ['./', '.mjs'],
};

/** A program as a worker gets it. */
export interface EsmProgram {
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** File names of the roots, in order. */
  readonly roots: readonly string[];
  readonly opened: readonly (readonly [number, number])[];
}

/** What the worker answers: how the program looks, or why it does not start. */
export type EsmAnswer = { readonly picture: Picture } | { readonly error: string };

export class EsmOracle {
  readonly #workers: EsmWorkers;
  readonly #every: number;
  #operations: number;
  /** How many programs were held against it. */
  checked = 0;

  /** @param offset where in each hundred operations the one stands */
  constructor(workers: EsmWorkers, offset: number, every = 100) {
    this.#workers = workers;
    this.#operations = offset % every;
    this.#every = every;
  }

  /** Counts an operation; true where it is one that is held against Node. */
  isDue(): boolean {
    this.#operations += 1;
    return this.#operations % this.#every === 0;
  }

  /** Throws a Difference where Node sees something else. */
  async check(
    { program, roots, opened }: { program: Program; roots: readonly Root[]; opened: readonly Opened[] },
    fresh: Picture | Error,
  ): Promise<void> {
    this.checked += 1;
    const ids = new Map([...program.values()].map((module) => [module.number, `m${module.number}.mjs`]));
    const files: Record<string, string> = {};
    const texts = roots.flatMap(({ module }) => (module === undefined ? [] : [module]));
    const stored = new Map([...program].filter(([number]) => !texts.some((module) => module.number === number)));
    const inStore = [...textsOf(stored, NODE).values()];
    for (const [index, number] of [...stored.keys()].entries())
      files[ids.get(number) as string] = inStore[index] as string;
    for (const name of HELPERS) files[`${name}.mjs`] = helperText(name, NODE);
    for (const module of texts) files[ids.get(module.number) as string] = textOf(module, true, NODE);
    const numberOf = (id: string) => Number(/^m(\d+)/.exec(id)?.[1]);
    const answer = await this.#workers.ask({
      files,
      roots: roots.map(({ id }) => {
        const number = numberOf(id);
        // a module that has moved, into a folder or out of it, is not where the game asks for it
        return id === idOf(program.get(number) ?? { number, folder: false }) ? `m${number}.mjs` : id;
      }),
      opened: opened.map(({ from, to }) => [from, to]),
    });
    if ('error' in answer) {
      if (!(fresh instanceof Error)) throw new Difference(`Node does not start it: ${answer.error}`);
      return;
    }
    if (fresh instanceof Error) throw new Difference(`Node starts it, a fresh start fails: ${fresh.message}`);
    const inOrder = doesAwait(program)
      ? new Set<number>()
      : reachOf(
          program,
          roots.map(({ id }) => numberOf(id)),
        );
    const isWhole = inOrder.size > 0 && opened.length === 0;
    const [theirs, ours] = [answer.picture, fresh].map((picture) => comparable(picture, inOrder, isWhole));
    if (!isDeepStrictEqual(theirs, ours)) throw new Difference(`not as in Node: ${diff(theirs, ours)}`);
  }
}

/**
 * What Node and a host have in common. Where bodies await, Node runs others meanwhile; what only `import()` has loaded
 * comes as it was asked for in Node, and in the order of its importers in a host.
 *
 * @param inOrder modules whose order is the same
 * @param isWhole whether that is all of them
 */
function comparable(
  { modules, shown, rolls, ...rest }: Picture,
  inOrder: ReadonlySet<number>,
  isWhole: boolean,
): object {
  const count = modules.filter((id) => !HELPERS.some((name) => id === `${name}.ts`)).length;
  if (isWhole) return { count, shown, rolls, ...rest };
  return {
    count,
    shown: [
      ...shown.filter(({ number }) => inOrder.has(number)),
      ...shown.filter(({ number }) => !inOrder.has(number)).sort((a, b) => a.number - b.number),
    ],
    rolls: rolls.toSorted(),
    ...rest,
  };
}
