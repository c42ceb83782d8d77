// Rounds in processes of their own, as many at a time as there are. Their reports come in the order of the seeds, so that
// what is counted does not depend on who was first.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sourceFlags } from '../../run/flags.ts';
import type { RoundReport } from './round.ts';

export interface PlayedRound {
  readonly seed: number;
  readonly report: RoundReport;
}

/** Endless; whoever leaves the loop, or aborts, ends the processes. */
export async function* rounds(
  seed: number,
  processes: number,
  signal?: AbortSignal,
): AsyncGenerator<PlayedRound, void, undefined> {
  const children = Array.from({ length: processes }, () => start(signal));
  const pending = children.map((child, index) => ask(child, seed + index));
  try {
    for (let from = seed; ; from += 1) {
      const index = (from - seed) % processes;
      const report = await (pending[index] as Promise<RoundReport>);
      pending[index] = ask(children[index] as ChildProcess, from + processes);
      yield { seed: from, report };
    }
  } finally {
    for (const child of children) child.kill();
  }
}

function start(signal: AbortSignal | undefined): ChildProcess {
  const file = fileURLToPath(new URL('round-process.ts', import.meta.url));
  const child = fork(file, { execArgv: [...sourceFlags], ...(signal === undefined ? {} : { signal }) });
  child.on('error', () => {}); // whoever waits for it hears of its end
  return child;
}

function ask(child: ChildProcess, seed: number): Promise<RoundReport> {
  const answer = new Promise<RoundReport>((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the process of seed ${seed} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (report) => {
      child.off('exit', ended);
      resolve(report as RoundReport);
    });
  });
  answer.catch(() => {}); // that nobody waits for it any more is no failure
  child.send(seed);
  return answer;
}
