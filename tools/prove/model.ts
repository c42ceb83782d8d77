// Random programs and random edits against the real host: after each commit everything looks as a fresh start would,
// after each refusal nothing has changed. One operation in a hundred is held against Node's own modules, too.
import { availableParallelism } from 'node:os';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { EsmWorkers } from './model/esm-workers.ts';
import { playRound } from './model/round.ts';
import { rounds } from './model/rounds.ts';

export const summary = 'random programs and edits: commits equal fresh starts, refusals change nothing';

export const options = {
  ops: { type: 'string', about: 'how many operations, at least', default: '2000' },
  seed: { type: 'string', about: 'where the random numbers begin (a whole number; a random one by default)' },
  path: { type: 'string', about: 'the one sequence to play again, as a failure prints it' },
  within: { type: 'string', about: 'minutes after which it has failed (no limit by default)' },
  workers: { type: 'string', about: 'how many processes play', default: String(availableParallelism()) },
} satisfies Options;

export async function run({ ops, seed, path, within, workers }: Values<typeof options>): Promise<Tally> {
  const wanted = numberOf('ops', ops);
  const start = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
  if (!Number.isInteger(start)) throw new UsageError(`--seed takes a whole number, not '${seed}'.`);
  const processes = Math.ceil(numberOf('workers', workers));
  return prove({
    ops: wanted,
    seed: start,
    workers: processes,
    ...(within === undefined ? {} : { within: numberOf('within', within) }),
    ...(path === undefined ? {} : { path }),
  });
}

interface Extent {
  readonly ops: number;
  readonly seed: number;
  readonly path?: string;
  /** Minutes. */
  readonly within?: number;
  /** Processes beside this one; 0 plays here. */
  readonly workers?: number;
}

/**
 * Plays rounds until so many operations have passed, or one has failed: that one is shrunk and printed. What is played,
 * and what is counted, follows from the seed alone; only the limit depends on the machine.
 */
export async function prove({ ops, seed, path, within, workers = 0 }: Extent): Promise<Tally> {
  const end = within === undefined ? undefined : AbortSignal.timeout(within * 60_000);
  let passed = 0;
  let esm = 0;
  let told = 0;
  const reports = path === undefined && workers > 0 ? rounds(seed, workers, end) : inProcess(seed, path);
  try {
    for await (const { seed: from, report } of reports) {
      passed += report.passed;
      esm += report.esm;
      if (report.failure !== undefined) {
        for (const line of report.failure.lines) console.log(line);
        console.log(`  again: npm run prove -- model --seed ${from} --path ${report.failure.path}`);
        return { passed, failed: 1 };
      }
      if (Math.floor(passed / 5_000) > told) {
        told = Math.floor(passed / 5_000);
        process.stderr.write(`model: ${passed} of ${ops}\n`);
      }
      if (passed >= ops || path !== undefined) break;
    }
  } catch (error) {
    if (end?.aborted !== true) throw error;
    console.log(`  only ${passed} of ${ops} operations within ${within} minutes`);
    return { passed, failed: 1 };
  }
  if (path === undefined)
    console.log(`  seed ${seed}: ${passed} operations, ${esm} of them against Node's own modules`);
  return { passed, failed: 0 };
}

async function* inProcess(seed: number, path?: string) {
  const esm = new EsmWorkers();
  try {
    for (let from = seed; ; from += 1) yield { seed: from, report: await playRound(esm, from, path) };
  } finally {
    await esm.close();
  }
}
