// Where it is noted that something which a test needs could not be had. A file, because tests run in many processes:
// the runner names it in the environment, each process appends lines, the runner prints them as one block at the end.
// It comes into being with the first line: a run that is broken off leaves nothing behind, as a rule.
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const variable = 'REKINDLE_MISSING_REQUIREMENTS';

export interface Missing {
  readonly name: string;
  /** What was tried and how it failed. */
  readonly reason: string;
  /** What a person can do. */
  readonly remedy: string;
}

/** Whether a runner further out has opened a ledger already; it then prints the block. */
export function isOpen(): boolean {
  return process.env[variable] !== undefined;
}

/** Opens a ledger for this process and all that it starts; the returned function closes it and gives what is noted. */
export function open(): () => Missing[] {
  const file = join(tmpdir(), `rekindle-missing-${randomUUID()}.jsonl`);
  process.env[variable] = file;
  return () => {
    delete process.env[variable];
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    rmSync(file);
    return [...new Map(lines.map((line) => JSON.parse(line) as Missing).map((one) => [one.name, one])).values()];
  };
}

/** Without a ledger (a file run by hand) it goes to stderr, so that it is never silent. */
export function note(missing: Missing): void {
  const file = process.env[variable];
  if (file === undefined) console.error(block([missing]).join('\n'));
  else appendFileSync(file, `${JSON.stringify(missing)}\n`);
}

/** The block at the end of a run; nothing when nothing is missing. */
export function block(missing: readonly Missing[]): string[] {
  if (missing.length === 0) return [];
  return [
    'Not tested, because it could not be had here:',
    ...missing.flatMap(({ name, reason, remedy }) => [
      `  ${name}`,
      ...reason.split('\n').map((line) => `    ${line}`),
      ...remedy.split('\n').map((line) => `    ${line}`),
    ]),
  ];
}
