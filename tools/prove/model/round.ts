// One round of the model: sequences that follow from a seed, until all are played or one has failed and is shrunk.
import fc from 'fast-check';
import { EsmOracle } from './esm-oracle.ts';
import type { EsmWorkers } from './esm-workers.ts';
import { scenarios } from './operations.ts';
import { play } from './player.ts';

/** Operations of one sequence at most. */
const LENGTH = 32;

/** Sequences of a round. */
const SEQUENCES = 50;

/** Milliseconds in which a smaller sequence that fails is looked for. */
const SHRINKING = 60_000;

export interface RoundReport {
  /** Operations that were held against a fresh start. */
  readonly passed: number;
  /** Of them, those that were held against Node as well. */
  readonly esm: number;
  /** What is wrong, step by step, and the path by which it is played again. */
  readonly failure?: { readonly lines: readonly string[]; readonly path: string };
}

/** @param path the one sequence to play again, as a failure gave it */
export async function playRound(workers: EsmWorkers, seed: number, path?: string): Promise<RoundReport> {
  const esm = new EsmOracle(workers, seed);
  let passed = 0;
  let giveUp = Number.POSITIVE_INFINITY;
  let isOver = false;
  const property = fc.asyncProperty(scenarios(LENGTH), async (scenario) => {
    // the smallest that was found in this time is shown
    if (isOver || Date.now() > giveUp) return;
    // what is played again is not made smaller, and where it passes nothing else is tried
    isOver = path !== undefined;
    const count = await play(scenario, { esm }).catch((error: unknown) => {
      if (path === undefined) giveUp = Math.min(giveUp, Date.now() + SHRINKING);
      throw error;
    });
    if (giveUp === Number.POSITIVE_INFINITY) passed += count; // smaller sequences count for nothing
  });
  const which = path === undefined ? { numRuns: SEQUENCES } : { path, endOnFailure: true };
  const details = await fc.check(property, { seed, ...which });
  const { checked } = esm;
  if (!details.failed) return { passed, esm: checked };
  const lines: string[] = [];
  const [scenario] = details.counterexample ?? [];
  if (scenario !== undefined) await play(scenario, { tell: (line) => void lines.push(line) }).catch(() => {});
  lines.push(`  ${String(details.errorInstance)}`);
  return { passed, esm: checked, failure: { lines, path: details.counterexamplePath ?? '' } };
}
