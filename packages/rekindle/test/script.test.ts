import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as script from 'rekindle/script';
import { describe, expect, it } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';

describe('rekindle/script without a host', () => {
  it('just runs things once', () => {
    const seen: string[] = [];

    const slot = script.state('slot', () => ({ gold: 3 }));
    script.effect(() => {
      seen.push('effect');
    });

    expect(slot).toEqual({ gold: 3 });
    expect(seen).toEqual(['effect']);
    expect(script.signal.aborted).toBe(false);
  });

  it('has what scripts in a host have', async () => {
    const { createTestHost } = await import('rekindle/testing');
    await using t = await createTestHost(
      { 'main.ts': "import * as script from 'rekindle/script'; export const names = Object.keys(script).sort();" },
      { entries: ['main.ts'] },
    );
    const { names } = await t.import<{ names: string[] }>('main.ts');

    expect(names).toEqual(Object.keys(script).sort());
  });

  it('works in node:test as in Vitest, and so does a test host', { timeout: 60_000 }, async () => {
    const file = fileURLToPath(new URL('node-test-of-a-script.ts', import.meta.url));
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, [...sourceFlags, file], { env });
    expect(stdout).toMatch(/pass 2\b/);
    expect(stdout).toMatch(/fail 0\b/);
  });
});
