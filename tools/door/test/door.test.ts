import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { type Door, serve } from '../door.ts';
import { numberOf } from '../options.ts';
import { type Entry, nearest } from '../registry.ts';

const run = vi.fn<Door<Entry>['run']>();

const door: Door<Entry> = {
  script: 'prove',
  folder: join(import.meta.dirname, 'fixtures'),
  common: { json: { type: 'string', about: 'a file' } },
  run,
};

let out: MockInstance<typeof console.log>;
let err: MockInstance<typeof console.error>;

beforeEach(() => {
  out = vi.spyOn(console, 'log').mockReturnValue();
  err = vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
  run.mockReset();
});

const help = [
  'Usage: npm run prove -- NAME [options]',
  '  --json JSON   a file',
  '',
  '  arena   counts the bots',
  '          --bots BOTS   how many (default: 100)',
  '          --loud        say it',
].join('\n');

describe('a door', () => {
  it('runs the module of that name with its options and the common ones, and gives its exit code', async () => {
    run.mockResolvedValue(1);
    expect(await serve(door, ['arena', '--loud', '--json', 'x.json'])).toBe(1);
    expect(run.mock.calls).toEqual([['arena', expect.anything(), { bots: '100', loud: true, json: 'x.json' }]]);
  });

  it('lists what is behind it', async () => {
    expect(await serve(door, ['--help'])).toBe(0);
    expect(out.mock.calls).toEqual([[help]]);
  });

  it.each([
    { args: [], says: 'A name is needed.' },
    { args: ['arnea'], says: "'arnea' is not known. Did you mean 'arena'?" },
    { args: ['mongodb'], says: "'mongodb' is not known." },
    { args: ['arena', '--bot', '3'], says: "Unknown option '--bot'" },
    { args: ['arena', '3'], says: "Unexpected argument '3'. This command does not take positional arguments" },
    { args: ['arena', '--bots'], says: "Option '--bots <value>' argument missing" },
  ])('answers wrong usage ($args) with what is wrong, the list and exit code 2', async ({ args, says }) => {
    expect(await serve(door, args)).toBe(2);
    expect(err.mock.calls).toEqual([[`${says}\n\n${help}`]]);
    expect(run).not.toHaveBeenCalled();
  });

  it('treats a number that is none as wrong usage, too', async () => {
    run.mockImplementation(async (_name, _entry, { bots }) => numberOf('bots', String(bots)));
    expect(await serve(door, ['arena', '--bots', 'many'])).toBe(2);
    expect(err.mock.calls.flat()[0]).toMatch(/^--bots takes a number above 0, not 'many'\./);
  });

  it('hides no other error', async () => {
    run.mockRejectedValue(new Error('no arena'));
    await expect(serve(door, ['arena'])).rejects.toThrow('no arena');
  });
});

describe('the nearest name', () => {
  it('takes the fewest changes', () => {
    expect(nearest('firstrun', ['e2e', 'first-run', 'fault'])).toBe('first-run');
    expect(nearest('relaod', ['reload', 'rehearse'])).toBe('reload');
  });

  it('is none when everything is far', () => {
    expect(nearest('mongodb', ['e2e', 'first-run'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });
});
