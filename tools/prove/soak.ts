// What remains of an old version: nothing. Many reloads, and many namespaces that come and go, against the heap that is
// left after collections. In a process of its own, whose V8 keeps no compilation cache: that cache lets go of old code
// after several collections only, and would be measured instead of us.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { sourceFlags } from '../run/flags.ts';

export const summary = 'the heap after thousands of reloads, and of namespaces that come and go';

export const options = {
  reloads: { type: 'string', about: 'how many reloads', default: '20000' },
  // in 2,000 what V8 keeps of itself, a tenth of a megabyte more or less, is as much as the bound
  cycles: { type: 'string', about: 'how many namespaces of 50 modules are loaded and disposed of', default: '6000' },
  'max-kb': { type: 'string', about: 'KB that may remain of each', default: '0.1' },
  drift: { type: 'string', about: 'how much more CPU a reload may take at the end', default: '1.1' },
} satisfies Options;

/** What the measuring process reports: bytes by which the heap grows with each round. */
export interface SoakReport {
  readonly reload: number;
  readonly cycle: number;
  /** Old versions that can still be reached at the end, and those of which an event said that they linger. */
  readonly alive: number;
  readonly lingering: number;
  /** CPU of a reload at the end, in that of one at the beginning. */
  readonly drift: number;
}

/** The newest version, and what V8 has not let go of yet. */
const ALIVE = 5;

export async function run({ reloads, cycles, 'max-kb': most, drift }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  const limit = numberOf('max-kb', most);
  const slower = numberOf('drift', drift);
  return checks.during(async () => {
    const report = await measure(numberOf('reloads', reloads), numberOf('cycles', cycles));
    judge(checks, 'a reload', report.reload, limit);
    judge(checks, 'a namespace of 50 modules', report.cycle, limit);
    checks.that(`at most ${ALIVE} versions are there`, report.alive <= ALIVE, String(report.alive));
    checks.that('no version lingers', report.lingering === 0, `${report.lingering} events`);
    checks.that(
      `a reload at the end takes at most ${slower} times the CPU of one at the beginning`,
      report.drift <= slower,
      `${report.drift.toFixed(3)} times`,
    );
  });
}

function judge(checks: Checks, what: string, bytes: number, limit: number): void {
  const kilobytes = bytes / 1024;
  checks.that(`${what} leaves at most ${limit} KB`, kilobytes <= limit, `${kilobytes.toFixed(3)} KB`);
}

function measure(reloads: number, cycles: number): Promise<SoakReport> {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('soak/measure.ts', import.meta.url));
    const child = fork(file, [String(reloads), String(cycles)], {
      execArgv: [...sourceFlags, '--expose-gc', '--no-compilation-cache'],
    });
    child.once('message', (report) => resolve(report as SoakReport));
    child.once('exit', (code) => reject(new Error(`the measuring process ended with ${code}`)));
  });
}
