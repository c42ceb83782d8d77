import { fork, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceFlags } from '../flags.ts';

/** A file whose error stands on line 6, after types that the translation takes away. */
const program = `
interface Box { readonly value: number }

const box: Box = { value: 1 };

export function fail(): never { throw new Error('value ' + box.value satisfies string); }
`;

const main = `
import { fork } from 'node:child_process';
import { isMainThread, Worker } from 'node:worker_threads';
import { fail } from './program.ts';

const frame = () => { try { fail(); } catch (error) { return (error as Error).stack?.split('\\n')[1]?.trim(); } };
const ended = (child: { once(event: 'exit', fn: () => void): void }) => new Promise<void>((done) => child.once('exit', done));

const where = !isMainThread ? 'worker' : process.argv[2] ?? 'main';
console.log(where + ' ' + frame());
if (where === 'main') {
  await ended(new Worker(new URL(import.meta.url)));
  await ended(fork(new URL(import.meta.url), ['fork']));
}
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-run-'));
  await writeFile(join(folder, 'program.ts'), program);
  await writeFile(join(folder, 'main.ts'), main);
});

afterAll(() => rm(folder, { recursive: true }));

describe('node with the source flags', () => {
  it('runs TypeScript, also in workers and forks, with the lines of the source in stack traces', async () => {
    const child = spawn(process.execPath, [...sourceFlags, join(folder, 'main.ts')]);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);

    const frame = `at fail (${join(folder, 'program.ts')}:6:39)`;
    expect(err).toBe('');
    expect(out.trim().split('\n')).toEqual([`main ${frame}`, `worker ${frame}`, `fork ${frame}`]);
  });

  it('finds the sources of a workspace package by its name', async () => {
    const child = spawn(process.execPath, [
      ...sourceFlags,
      '--input-type=module',
      '--eval',
      'console.log(import.meta.resolve("@rekindle/store"))',
    ]);
    expect(await text(child.stdout)).toMatch(/\/packages\/store\/src\/index\.ts\n$/);
  });
});

describe('a test', () => {
  it('can fork a TypeScript file without naming a flag', async () => {
    const child = fork(join(folder, 'main.ts'), ['fork'], { stdio: 'pipe' });
    expect(child.stdout && (await text(child.stdout))).toMatch(/^fork at fail .*program\.ts:6:39/);
  });
});
