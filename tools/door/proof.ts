// What `tools/prove/<name>.ts` exports.
import type { Entry } from './registry.ts';
import type { Tally } from './tally.ts';

export interface Proof extends Entry {
  /** Whether `npm test` runs it, too, with its default options. */
  readonly partOfTest?: boolean;
  /** Proves it and counts; a throw is one failure. The values are those of its own options. */
  run(values: Readonly<Record<string, unknown>>): Promise<Tally>;
}
