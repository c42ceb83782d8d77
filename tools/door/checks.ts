// What a proof claims, one printed line for each claim. It collects and goes on: a proof shows everything that is
// wrong at once. What later steps need is awaited by the proof itself, which may throw; the door counts a throw.
import type { Tally } from './tally.ts';

export class Checks implements Tally {
  passed = 0;
  failed = 0;

  /** Counts one claim. `detail` is printed behind it, in particular what was found instead. */
  that(claim: string, holds: boolean, detail = ''): boolean {
    if (holds) this.passed += 1;
    else this.failed += 1;
    console.log(`  ${holds ? 'ok    ' : 'FAILED'} ${claim}${detail === '' ? '' : `   ${detail}`}`);
    return holds;
  }
}
