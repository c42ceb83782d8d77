import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { root } from '../../deps/workspace.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

/** Runs vitest on a fixture, as on a machine of somebody, or as in CI. */
async function run(fixture: string, CI = ''): Promise<{ lines: string[]; code: number | null }> {
  const { REKINDLE_MISSING_REQUIREMENTS: _, ...env } = process.env;
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', fixtures, fixture];
  const child = spawn(process.execPath, args, { env: { ...env, CI }, stdio: ['ignore', 'pipe', 'ignore'] });
  const [output, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { lines: output.trim().split('\n'), code };
}

describe('the last line of a test run', () => {
  it('counts what passed and what failed', async () => {
    expect(await run('tests.fixture.ts')).toEqual({ lines: ['2 passed, 1 failed'], code: 1 });
  });

  it('counts a file that could not be imported as one failure', async () => {
    expect(await run('import.fixture.ts')).toEqual({ lines: ['0 passed, 1 failed'], code: 1 });
  });

  it('counts a hook that threw as one failure', async () => {
    expect(await run('hook.fixture.ts')).toEqual({ lines: ['1 passed, 1 failed'], code: 1 });
  });

  it('follows the names of what could not be tested', async () => {
    const { lines } = await run('requirement.fixture.ts');
    expect(lines).toEqual([
      'Not tested, because it could not be had here:',
      '  a database',
      '    nothing on the PATH',
      '    Install one.',
      '0 passed, 0 failed',
    ]);
  });

  it('counts what could not be tested as a failure in CI', async () => {
    const { lines, code } = await run('requirement.fixture.ts', 'true');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });
});
