// One process, one realm, one test: a test changes globals, and some end the process. Started beforehand, so that it
// waits for its test and not the test for it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutHost, runTest } from './checkout-host.ts';
import { type Frontmatter, frontmatterOf } from './frontmatter.ts';
import { defineHostObject, runHarness } from './host-object.ts';
import { type Ran, type Verdict, verdict } from './verdict.ts';

export interface Assignment {
  readonly checkout: string;
  /** Path of the test in the checkout. */
  readonly test: string;
}

process.on('unhandledRejection', () => {}); // tests reject promises that nobody waits for
process.on('disconnect', () => process.exit(0));
process.once('message', async (assignment: Assignment) => {
  const result = await judge(assignment).catch((error): Verdict => ({ passed: false, reason: `harness: ${error}` }));
  process.send?.(result, () => process.exit(0)); // what a test has left running is no longer of interest
});
process.send?.('ready');

async function judge({ checkout, test }: Assignment): Promise<Verdict> {
  const meta = frontmatterOf(await readFile(join(checkout, test), 'utf8'));
  return verdict(meta, await ran(meta, checkout, test));
}

async function ran({ flags, includes }: Frontmatter, checkout: string, test: string): Promise<Ran> {
  const printed = defineHostObject();
  const isAsync = flags.includes('async');
  runHarness(checkout, ['assert.js', 'sta.js', ...(isAsync ? ['doneprintHandle.js'] : []), ...includes]);
  const end = await runTest(checkoutHost(checkout), test);
  return end.ended === 'evaluated' && isAsync ? { ...end, printed: await printed } : end;
}
