import { systemClock, VirtualClock } from '@rekindle/state';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

describe('the virtual clock', () => {
  it('shows no time of its own', async () => {
    const clock = new VirtualClock({ time: 1_000_000 });
    expect([clock.now(), clock.time()]).toEqual([0, 1_000_000]);
    await clock.advance(5_000);
    expect([clock.now(), clock.time()]).toEqual([5_000, 1_005_000]);
    await clock.advanceTo(3_000);
    expect(clock.now()).toBe(5_000);
  });

  it('calls in due order, those of one moment in the order in which they were set, at their time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 })), async (delays) => {
        const clock = new VirtualClock();
        const calls: [number, number, number][] = [];
        for (const [index, delay] of delays.entries()) {
          clock.setTimeout(() => calls.push([delay, index, clock.now()]), delay);
        }
        expect(clock.due).toEqual([...delays].sort((a, b) => a - b));
        await clock.advance(20);
        const sorted = [...delays.entries()].sort(([i, a], [j, b]) => a - b || i - j);
        expect(calls).toEqual(sorted.map(([index, delay]) => [delay, index, delay]));
      }),
    );
  });

  it('lets promises settle between two calls, however long the chain', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimeout(async () => {
      for (let step = 0; step < 50; step++) await null;
      await new Promise<void>((resolve) => process.nextTick(resolve));
      log.push('first, and what it awaited');
    }, 10);
    clock.setTimeout(() => log.push('second'), 10);
    await clock.advance(10);
    expect(log).toEqual(['first, and what it awaited', 'second']);
  });

  it('calls what is set meanwhile, if it is due', async () => {
    const clock = new VirtualClock();
    const log: number[] = [];
    const again = (): void => {
      log.push(clock.now());
      clock.setTimeout(again, 30);
    };
    clock.setTimeout(again, 30);
    await clock.advance(100);
    expect(log).toEqual([30, 60, 90]);
    expect(clock.due).toEqual([120]);
  });

  it('calls immediates before time moves, and lets an endless chain of them not stop it', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimeout(() => log.push('timeout'), 1);
    const cleared = clock.setImmediate(() => log.push('never'));
    clock.setImmediate(() => {
      log.push('immediate');
      clock.setImmediate(() => log.push('immediate of it'));
    });
    clock.clear(cleared);
    expect(clock.due).toEqual([0, 1]);
    await clock.advance(1);
    expect(log).toEqual(['immediate', 'immediate of it', 'timeout']);
    let turns = 0;
    const forever = (): void => {
      turns += 1;
      clock.setImmediate(forever);
    };
    forever();
    await clock.advance(10);
    expect(clock.now()).toBe(11);
    expect(turns).toBeGreaterThan(100);
  });

  it('lets one immediate clear the next', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setImmediate(() => clock.clear(next));
    const next = clock.setImmediate(() => log.push('never'));
    await clock.advance(0);
    expect(log).toEqual([]);
  });

  it('takes calls of advance one after the other, and goes on when a callback throws', async () => {
    const clock = new VirtualClock();
    clock.setTimeout(() => {
      throw new Error('at 5');
    }, 5);
    const failed = clock.advance(10);
    const second = clock.advance(10);
    await expect(failed).rejects.toThrow('at 5');
    await second;
    expect(clock.now()).toBe(15);
  });
});

describe('the system clock', () => {
  it('tells timers and immediates apart when it clears them', async () => {
    const log: string[] = [];
    systemClock.clear(systemClock.setTimeout(() => log.push('timeout'), 0));
    systemClock.clear(systemClock.setImmediate(() => log.push('immediate')));
    await new Promise<void>((resolve) => systemClock.setTimeout(() => systemClock.setImmediate(resolve), 1));
    expect(log).toEqual([]);
  });

  it('keeps to real time where a test has put fakes in', async () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const before = systemClock.now();
      await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 2));
      expect(systemClock.now()).toBeGreaterThan(before);
      expect(systemClock.time()).toBeGreaterThan(Date.now());
    } finally {
      vi.useRealTimers();
    }
  });
});
