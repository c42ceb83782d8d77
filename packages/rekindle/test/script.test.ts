import * as script from 'rekindle/script';
import { describe, expect, it } from 'vitest';

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
});
