// The worker thread in which the oracle's programs run: one at a time, for all rounds of a process, because a thread that
// runs TypeScript takes a second to start. It is recycled: Node never lets go of a module.
import { Worker } from 'node:worker_threads';
import { sourceFlags } from '../../run/flags.ts';
import type { EsmAnswer, EsmProgram } from './esm-oracle.ts';

/** Programs that one worker runs. */
const PROGRAMS = 100;

export class EsmWorkers {
  #worker: Worker | undefined;
  #programs = 0;

  async ask(program: EsmProgram): Promise<EsmAnswer> {
    if (this.#programs === PROGRAMS) await this.close();
    this.#worker ??= new Worker(new URL('esm-worker.ts', import.meta.url), { execArgv: [...sourceFlags] });
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

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
    this.#programs = 0;
  }
}
