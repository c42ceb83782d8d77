import { clearImmediate, setImmediate } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from '../src/turns.ts';

/** Turns whose time passes when work is done, and a log of what was done in which turn of the event loop. */
function world() {
  let now = 0;
  let turn = 0;
  const log: string[] = [];
  const count = () => {
    turn += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count); // the first of each turn
  const turns = new Turns(() => now);
  const work = async (name: string, steps: number, ms: number) => {
    for (let step = 1; step <= steps; step += 1) {
      const wait = turns.take({ begun: step > 1 });
      if (wait !== undefined) await wait;
      log.push(`${turn} ${name}${step}`);
      now += ms;
    }
  };
  /** Lets the event loop turn until all has been done. */
  const until = async (...works: Promise<void>[]) => {
    let isDone = false;
    void Promise.all(works).then(() => {
      isDone = true;
    });
    while (!isDone) await nextTurn();
    clearImmediate(counting);
    return log;
  };
  return { work, until };
}

describe('turns of the event loop', () => {
  it('are not waited for by who is alone', async () => {
    const { work, until } = world();
    expect(await until(work('a', 3, 1))).toEqual(['0 a1', '0 a2', '0 a3']);
  });

  it('are waited for by who has used this one', async () => {
    const { work, until } = world();
    expect(await until(work('a', 3, 4))).toEqual(['0 a1', '1 a2', '2 a3']);
  });

  it('are taken in order, and what has begun comes to its end first', async () => {
    const { work, until } = world();
    const log = await until(work('a', 2, 4), work('b', 2, 4), work('c', 2, 4));
    expect(log.map((line) => line.split(' ')[1])).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
    expect(new Set(log.map((line) => line.split(' ')[0])).size).toBe(6);
  });

  it('are shared by what is small', async () => {
    const { work, until } = world();
    expect(await until(work('a', 1, 1), work('b', 1, 1), work('c', 1, 1), work('d', 1, 1))).toEqual([
      '0 a1',
      '0 b1',
      '0 c1',
      '1 d1',
    ]);
  });

  it('begin anew when nobody waits', async () => {
    const turns = new Turns(() => 0);
    expect(turns.take()).toBeUndefined();
    await nextTurn();
    expect(turns.take()).toBeUndefined();
  });
});
