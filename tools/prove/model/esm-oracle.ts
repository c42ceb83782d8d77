// Plain modules of Node as an oracle: the same program, run by Node's own loader in a worker thread. Workers are recycled:
// Node never lets go of a module.
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sourceFlags } from '../../run/flags.ts';
import { Difference } from './difference.ts';
import { diff, type Picture } from './picture.ts';
import type { Opened, Root } from './player.ts';
import { type Dialect, doesAwait, type Program, textOf, textsOf } from './program.ts';

const NODE: Dialect = { api: './api.mjs', world: './world.mjs', script: './script.mjs', module: ['./m', '.mjs'] };

/** Programs that one worker runs. */
const PROGRAMS = 40;

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
  readonly #every: number;
  #operations: number;
  #worker: Worker | undefined;
  #programs = 0;
  /** How many programs were held against it. */
  checked = 0;

  /** @param offset where in each hundred operations the one stands */
  constructor(offset: number, every = 100) {
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
    for (const module of texts) files[ids.get(module.number) as string] = textOf(module, true, NODE);
    const numberOf = (id: string) => Number(/^m(\d+)/.exec(id)?.[1]);
    const answer = await this.#ask({
      files,
      // a module that has moved is not where the game asks for it
      roots: roots.map(({ id }) =>
        id === `m${numberOf(id)}.ts` && program.get(numberOf(id))?.folder === true ? id : `m${numberOf(id)}.mjs`,
      ),
      opened: opened.map(({ from, to }) => [from, to]),
    });
    if ('error' in answer) {
      if (!(fresh instanceof Error)) throw new Difference(`Node does not start it: ${answer.error}`);
      return;
    }
    if (fresh instanceof Error) throw new Difference(`Node starts it, a fresh start fails: ${fresh.message}`);
    const isOrdered = !doesAwait(program);
    const [theirs, ours] = [answer.picture, fresh].map((picture) => comparable(picture, isOrdered));
    if (!isDeepStrictEqual(theirs, ours)) throw new Difference(`not as in Node: ${diff(theirs, ours)}`);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #ask(program: EsmProgram): Promise<EsmAnswer> {
    if (this.#programs === PROGRAMS) await this.close();
    if (this.#worker === undefined) {
      this.#programs = 0;
      this.#worker = new Worker(new URL('esm-worker.ts', import.meta.url), { execArgv: [...sourceFlags] });
    }
    this.#programs += 1;
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const done = () => {
        worker.off('message', onMessage);
        worker.off('error', onError);
      };
      const onMessage = (answer: EsmAnswer) => {
        done();
        resolve(answer);
      };
      const onError = (error: unknown) => {
        done();
        reject(error);
      };
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.postMessage(program);
    });
  }
}

/** What Node and a host have in common: where bodies await, Node runs others meanwhile. */
function comparable({ modules, shown, rolls, ...rest }: Picture, isOrdered: boolean): object {
  if (isOrdered) return { count: modules.length, shown, rolls, ...rest };
  return {
    count: modules.length,
    shown: shown.toSorted((a, b) => a.number - b.number),
    rolls: rolls.toSorted(),
    ...rest,
  };
}
