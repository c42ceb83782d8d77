// How runners tell each other how it went: `N passed, N failed` alone on a line, perhaps with one word and a colon
// before it. Read from their output, so that a runner in any language can take part.

/** The closing figures of one run. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const line = /^(?:[\w-]+: )?(\d+) passed, (\d+) failed$/;

/** The last closing line in `output`, or undefined where there is none. */
export function readTally(output: string): Tally | undefined {
  for (const text of output.split(/\r?\n/).reverse()) {
    const match = line.exec(text.trim());
    if (match) return { passed: Number(match[1]), failed: Number(match[2]) };
  }
  return undefined;
}

/**
 * What a finished process counts for. One that ended badly without a counted failure, or well without a closing line,
 * is one failure: silence is never a success.
 */
export function judge(output: string, exitCode: number | null): Tally {
  const tally = readTally(output);
  if (tally === undefined) return { passed: 0, failed: 1 };
  return exitCode === 0 || tally.failed > 0 ? tally : { passed: tally.passed, failed: 1 };
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
}

/** @example closingLine({ passed: 3, failed: 0 }, 'e2e') // 'e2e: 3 passed, 0 failed' */
export function closingLine(tally: Tally, name?: string): string {
  return `${name === undefined ? '' : `${name}: `}${tally.passed} passed, ${tally.failed} failed`;
}
