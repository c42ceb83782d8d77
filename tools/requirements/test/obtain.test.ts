import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { block, isOpen, open } from '../ledger.ts';
import { obtain } from '../obtain.ts';

const server = {
  name: 'a database',
  remedy: 'Install one.',
  find: async (): Promise<string> => {
    throw new Error('nothing on the PATH');
  },
};

// The run that this test belongs to has a ledger of its own, which must not hear of this.
const outer = { ...process.env };

beforeEach(() => {
  vi.stubEnv('CI', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  Object.assign(process.env, outer);
});

describe('what a test needs', () => {
  it('is handed over where it can be had', async () => {
    expect(await obtain({ ...server, find: async () => '/usr/bin/db' })).toBe('/usr/bin/db');
  });

  it('is noted where it cannot, once however many ask', async () => {
    const close = open();
    expect(isOpen()).toBe(true);
    expect(await obtain(server)).toBeUndefined();
    expect(await obtain(server)).toBeUndefined();

    const missing = close();
    expect(missing).toEqual([{ name: 'a database', reason: 'nothing on the PATH', remedy: 'Install one.' }]);
    expect(block(missing)).toEqual([
      'Not tested, because it could not be had here:',
      '  a database',
      '    nothing on the PATH',
      '    Install one.',
    ]);
    expect(isOpen()).toBe(false);
  });

  it('fails the test in CI instead of skipping it', async () => {
    vi.stubEnv('CI', 'true');
    const close = open();
    await expect(obtain(server)).rejects.toThrow('a database could not be had: nothing on the PATH\nInstall one.');
    expect(close()).toHaveLength(1);
  });

  it('makes no block when nothing is missing', () => {
    expect(block([])).toEqual([]);
  });
});
