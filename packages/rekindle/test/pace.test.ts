import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '@rekindle/compiler';
import { describe, expect, it } from 'vitest';
import { Pace } from '../src/pace.ts';

/** A clock that only work moves, and work of so many steps that take so many milliseconds each. */
function newDay() {
  let time = 0;
  const done: string[] = [];
  function* work(name: string, steps: number, milliseconds: number) {
    for (let step = 1; step <= steps; step++) {
      time += milliseconds;
      done.push(`${name}${step}`);
      if (step < steps) yield;
    }
    return name;
  }
  return { pace: new Pace(() => time), work, done };
}

describe('work that is paced', () => {
  it('is done at once where it fits into one slice', () => {
    const { pace, work, done } = newDay();
    void pace.complete(work('a', 2, 1));
    expect(done).toEqual(['a1', 'a2']);
  });

  it('lets the event loop have a turn between slices', async () => {
    const { pace, work, done } = newDay();
    const result = pace.complete(work('a', 5, 1));
    expect(done).toEqual(['a1', 'a2']);
    await nextTurn();
    expect(done).toEqual(['a1', 'a2', 'a3', 'a4']);
    await expect(result).resolves.toBe('a');
  });

  it('begins a long step in a turn of its own', async () => {
    const { pace, done } = newDay();
    const steps = function* (): Steps<string> {
      done.push('short');
      yield 'long';
      done.push('long');
      return 'a';
    };
    const result = pace.complete(steps());
    expect(done).toEqual(['short']);
    await expect(result).resolves.toBe('a');
    expect(done).toEqual(['short', 'long']);
  });

  it('gives a result in the next turn where this one is used up', async () => {
    const { pace, work, done } = newDay();
    const turn = nextTurn().then(() => done.push('the game'));
    await pace.complete(work('a', 1, 5));
    done.push('what comes after');
    await turn;
    expect(done).toEqual(['a1', 'the game', 'what comes after']);
  });

  it('finishes what was begun before it begins what waits', async () => {
    const { pace, work, done } = newDay();
    await Promise.all([pace.complete(work('a', 3, 2)), pace.complete(work('b', 2, 2)), pace.complete(work('c', 1, 2))]);
    expect(done).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
  });

  it('does not count what was used in a turn before', async () => {
    const { pace, work, done } = newDay();
    await pace.complete(work('a', 1, 10));
    await nextTurn();
    void pace.complete(work('b', 1, 1));
    expect(done).toEqual(['a1', 'b1']);
  });

  it('rejects with what it throws, and the rest goes on', async () => {
    const { pace, work } = newDay();
    // biome-ignore lint/correctness/useYield: it fails in its first step
    const failing = function* (): Generator<undefined, string, undefined> {
      throw new Error('no');
    };
    const busy = pace.complete(work('a', 3, 5));
    const failed = pace.complete(failing());
    const last = pace.complete(work('b', 1, 5));
    await expect(failed).rejects.toThrow('no');
    await expect(Promise.all([busy, last])).resolves.toEqual(['a', 'b']);
  });
});
