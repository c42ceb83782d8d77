/**
 * SWC behind a guard: a text that might end the process is refused, or goes through SWC in a process of its own, whose
 * death refuses the module.
 *
 * The child runs a few lines of plain JavaScript given on its command line, so that it starts the same way from sources
 * and from a build; it gets neither this process's flags nor its `NODE_OPTIONS`.
 */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Options, Output } from '@swc/core';

export type GuardedOutput = Pick<Output, 'code' | 'map'>;

/** The text ended the native compiler, or kept it busy beyond all measure. */
export class CompilerDied extends Error {
  override readonly name = 'CompilerDied';
  readonly reason: 'crash' | 'time';

  constructor(reason: CompilerDied['reason'], how: string) {
    super(how);
    this.reason = reason;
  }
}

const TIME_LIMIT = 10_000;
const OUTPUT_LIMIT = 256 * 2 ** 20;

const CHILD = `
const { transformSync } = require(process.argv[1]);
const { source, options } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
let answer;
try {
  const { code, map } = transformSync(source, options);
  answer = { code, map };
} catch (error) {
  answer = { error: String(error && error.message) };
}
process.stdout.write(JSON.stringify(answer));
`;

/** `transformSync` in a child process; throws what it throws, and `CompilerDied` where the process did not survive. */
export function transformInChild(source: string, options: Options): GuardedOutput {
  const swc = createRequire(import.meta.url).resolve('@swc/core');
  const { status, signal, stdout, error } = spawnSync(process.execPath, ['-e', CHILD, swc], {
    input: JSON.stringify({ source, options }),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: OUTPUT_LIMIT,
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && code !== 'ETIMEDOUT' && code !== 'ENOBUFS' && code !== 'EPIPE') throw error;
  if (code === 'ETIMEDOUT') throw new CompilerDied('time', `still busy after ${TIME_LIMIT} ms`);
  if (status !== 0 || signal !== null || error !== undefined) {
    throw new CompilerDied('crash', signal ?? `exit ${status}`);
  }
  const answer = JSON.parse(stdout) as GuardedOutput & { error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}
