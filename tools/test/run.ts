// `npm test`: every unit test, then the proofs that belong to it, each runner in a process of its own. The last line is
// the sum; exit 1 on any failure. Builds nothing. With arguments (`npm test -- packages/store`) they go to vitest, and
// no proof runs.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Proof } from '../door/proof.ts';
import { load, names } from '../door/registry.ts';
import { closingLine, judge, sum, type Tally } from '../door/tally.ts';
import { block, open } from '../requirements/ledger.ts';
import { sourceFlags } from '../run/flags.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const proofs = fileURLToPath(new URL('../prove', import.meta.url));
const filters = process.argv.slice(2);

/** Runs node with its output passed on as it comes, and judges it by its closing line. */
async function run(args: readonly string[]): Promise<Tally> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
    // A pipe is not a terminal: say so only where ours is not one either.
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return judge(output, code);
}

const closeLedger = open();
const tallies = [await run(['node_modules/vitest/vitest.mjs', 'run', ...filters])];
for (const name of filters.length > 0 ? [] : await names(proofs)) {
  const { summary, partOfTest } = await load<Proof>(proofs, name);
  if (partOfTest !== true) continue;
  console.log(`\n${name}: ${summary}`);
  tallies.push(await run([...sourceFlags, 'tools/prove/run.ts', name]));
}

const total = sum(tallies);
console.log(['', ...block(closeLedger()), closingLine(total)].join('\n'));
process.exitCode = total.failed === 0 ? 0 : 1;
