import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Throttle } from '../src/throttle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A throttle, with the times at which it woke. */
function throttle() {
  const begin = performance.now();
  const woke: number[] = [];
  return { woke, throttle: new Throttle(() => woke.push(performance.now() - begin)) };
}

describe('many events', () => {
  it('are one wake, a few milliseconds later', () => {
    const { woke, throttle: events } = throttle();
    for (let event = 0; event < 10; event += 1) events.hit();
    vi.advanceTimersByTime(1_000);
    expect(woke).toEqual([4]);
  });

  it('that never stop wake all the time', () => {
    const { woke, throttle: events } = throttle();
    for (let time = 0; time < 1_000; time += 1) {
      events.hit();
      vi.advanceTimersByTime(1);
    }
    expect(woke.length).toBe(50);
    const gaps = woke.slice(1).map((time, index) => time - (woke[index] ?? 0));
    expect(new Set(gaps)).toEqual(new Set([20]));
  });

  it('wake nobody after it was stopped', () => {
    const { woke, throttle: events } = throttle();
    events.hit();
    events.stop();
    vi.advanceTimersByTime(1_000);
    expect(woke).toEqual([]);
  });
});
