// What a proof claims, one printed line for each claim. It collects and goes on: a proof shows everything that is
// wrong at once, as far as later steps do not need the earlier ones.
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

  /** Does the steps of a proof. A throw ends them and is one failure; what was counted before stays counted. */
  async during(steps: () => Promise<void>): Promise<this> {
    try {
      await steps();
    } catch (error) {
      this.failed += 1;
      console.error(error);
    }
    return this;
  }
}
