// Random programs and random edits against the real host: after each commit everything looks as a fresh start would,
// after each refusal nothing has changed.
import fc from 'fast-check';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { scenarios } from './model/operations.ts';
import { play } from './model/player.ts';

export const summary = 'random programs and edits: commits equal fresh starts, refusals change nothing';

export const options = {
  ops: { type: 'string', about: 'how many operations, about', default: '2000' },
  seed: { type: 'string', about: 'where the random numbers begin (a whole number; a random one by default)' },
  path: { type: 'string', about: 'the one sequence to play again, as a failure prints it' },
} satisfies Options;

/** Operations of one sequence at most. */
const LENGTH = 16;

export async function run({ ops, seed, path }: Values<typeof options>): Promise<Tally> {
  const wanted = numberOf('ops', ops);
  const start = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
  if (!Number.isInteger(start)) throw new UsageError(`--seed takes a whole number, not '${seed}'.`);
  return prove({ ops: wanted, seed: start, ...(path === undefined ? {} : { path }) });
}

/** Plays sequences until so many operations have passed, or one has failed: that one is shrunk and printed. */
export async function prove({ ops, seed, path }: { ops: number; seed: number; path?: string }): Promise<Tally> {
  let passed = 0;
  const property = fc.asyncProperty(scenarios(LENGTH), async (scenario) => {
    passed += await play(scenario);
  });
  for (let round = 0; passed < ops || round === 0; round++) {
    const from = seed + round;
    const settings = path === undefined ? { numRuns: 50, interruptAfterTimeLimit: 60_000 } : { path };
    const details = await fc.check(property, { seed: from, ...settings });
    if (details.failed) {
      const [scenario] = details.counterexample ?? [];
      if (scenario !== undefined) await play(scenario, (line) => console.log(line)).catch(() => {});
      console.log(`  ${String(details.errorInstance)}`);
      console.log(`  again: npm run prove -- model --seed ${from} --path ${details.counterexamplePath}`);
      return { passed, failed: 1 };
    }
    if (path !== undefined) break;
  }
  return { passed, failed: 0 };
}
