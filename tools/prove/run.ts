// `npm run prove -- NAME [options]`: runs one proof and ends in `NAME: N passed, N failed`; exit 1 on any failure.
import { type Door, serve } from '../door/door.ts';
import { UsageError } from '../door/options.ts';
import type { Proof } from '../door/proof.ts';
import { closingLine, type Tally } from '../door/tally.ts';

const door: Door<Proof> = {
  script: 'prove',
  folder: import.meta.dirname,
  common: {},
  async run(name, proof, values) {
    let tally: Tally;
    try {
      tally = await proof.run(values);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      console.error(error);
      tally = { passed: 0, failed: 1 };
    }
    console.log(closingLine(tally, name));
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  },
};

// Not process.exit(): a proof that leaves a handle open is to be seen hanging, not hidden.
process.exitCode = await serve(door, process.argv.slice(2));
