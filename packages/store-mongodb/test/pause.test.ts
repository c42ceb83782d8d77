import { describe, expect, it, vi } from 'vitest';
import { pause, waitAfter } from '../src/pause.ts';

describe('waits between attempts', () => {
  it('double up to half a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map((failures) => waitAfter(failures, 1));
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000]);
  });

  it('are spread over the second half', () => {
    expect([waitAfter(3, 0), waitAfter(3, 0.5)]).toEqual([500, 750]);
    const several = new Set(Array.from({ length: 20 }, () => waitAfter(3)));
    expect(several.size).toBeGreaterThan(10);
    for (const wait of several) expect(wait >= 500 && wait <= 1_000).toBe(true);
  });

  it('end with the time, or with the first signal', async () => {
    vi.useFakeTimers();
    const end = new AbortController();
    const passed = pause(1_000, end.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await passed).toBe(true);
    const cut = pause(undefined, new AbortController().signal, end.signal);
    end.abort();
    expect([await cut, await pause(1_000, end.signal)]).toEqual([false, false]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
