import { currentScope, isEnd } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, moduleOf, Namespace } from './namespace.ts';

const MINUTE = 60_000;
const broken: Body = () => {
  throw new SyntaxError('broken');
};

/** A task that pays every minute. */
function paying() {
  const game = new Namespace();
  const paid: number[] = [];
  const body: Body = ({ task }) =>
    task('pay', async ({ sleep }) => {
      for (;;) {
        await sleep(MINUTE);
        paid.push(game.clock.now() / MINUTE);
      }
    });
  return { game, paid, body };
}

describe('R17: a task keeps its time over edits', () => {
  it('pays ten times in ten minutes, saved every fifty seconds', async () => {
    const { game, paid, body } = paying();
    for (let second = 0; second < 600; second += 50) {
      await game.clock.advanceTo(second * 1_000);
      game.change({ 'pay.ts': body });
    }
    await game.clock.advanceTo(10 * MINUTE);
    expect(paid).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(game.faults).toEqual([]);
  });
});

describe('a task', () => {
  it('starts with the commit, as an entry point of its module', () => {
    const game = new Namespace();
    const owners: (string | undefined)[] = [];
    const body: Body = ({ task }) => {
      task('one', async () => void owners.push(currentScope()?.owner.module));
      expect(owners).toEqual([]);
    };
    expect(() => game.change({ 'a.ts': body, 'b.ts': broken })).toThrow(SyntaxError);
    expect(owners).toEqual([]);
    game.change({ 'a.ts': body });
    expect(owners).toEqual(['a.ts']);
  });

  it('runs on through a refusal', async () => {
    const { game, paid, body } = paying();
    game.change({ 'pay.ts': body });
    await game.clock.advance(MINUTE / 2);
    expect(() => game.change({ 'pay.ts': body, 'b.ts': broken })).toThrow(SyntaxError);
    await game.clock.advance(MINUTE / 2);
    expect(paid).toEqual([1]);
  });

  it('comes to rest with its version: the sleep rejects, the signal aborts, and nobody is blamed', async () => {
    const game = new Namespace();
    const ends: unknown[] = [];
    let signal: AbortSignal | undefined;
    game.change({
      'a.ts': ({ task }) =>
        task('wait', async (tools) => {
          signal = tools.signal;
          try {
            await tools.sleep(MINUTE);
          } catch (error) {
            ends.push(isEnd(error), tools.signal.aborted);
            await tools.sleep(1).catch((again) => ends.push(isEnd(again)));
            throw error;
          }
        }),
    });
    game.change({ 'a.ts': null });
    await game.clock.advance(0);
    expect(ends).toEqual([true, true, true]);
    expect(signal?.aborted).toBe(true);
    expect(game.faults).toEqual([]);
    expect(game.clock.due).toEqual([]);
  });

  it('hands on what is left to the first sleep of the same length, once', async () => {
    const game = new Namespace();
    const woken: number[] = [];
    const old: Body = ({ task }) => task('t', async ({ sleep }) => void (await sleep(1_000)));
    const next: Body = ({ task }) =>
      task('t', async ({ sleep }) => {
        await sleep(100);
        woken.push(game.clock.now());
        await sleep(1_000);
        woken.push(game.clock.now());
        await sleep(1_000);
        woken.push(game.clock.now());
      });
    game.change({ 'a.ts': old });
    await game.clock.advance(700);
    game.change({ 'a.ts': next });
    await game.clock.advance(5_000);
    expect(woken).toEqual([800, 1_000, 2_000]);
  });

  it('hands on what was left also through a version that had not come to sleep yet', async () => {
    const game = new Namespace();
    const woken: number[] = [];
    let loaded = () => {};
    const body: Body = ({ task }) =>
      task('t', async ({ sleep }) => {
        await new Promise<void>((resolve) => {
          loaded = resolve;
        });
        for (;;) {
          await sleep(1_000);
          woken.push(game.clock.now());
        }
      });
    game.change({ 'a.ts': body });
    loaded();
    await game.clock.advance(700);
    game.change({ 'a.ts': body });
    game.change({ 'a.ts': body });
    loaded();
    await game.clock.advance(1_400);
    expect(woken).toEqual([1_000, 2_000]);
  });

  it('hands nothing on of a length for which a version between did not ask', async () => {
    const game = new Namespace();
    const woken: number[] = [];
    const body =
      (ms: number): Body =>
      ({ task }) =>
        task('t', async ({ sleep }) => {
          for (;;) {
            await sleep(ms);
            woken.push(game.clock.now());
          }
        });
    game.change({ 'a.ts': body(1_000) });
    await game.clock.advance(700);
    game.change({ 'a.ts': body(2_000) });
    await game.clock.advance(1_000);
    game.change({ 'a.ts': body(1_000) });
    await game.clock.advance(1_500);
    expect(woken).toEqual([2_700]);
  });

  it('hands nothing on to a task of another name', async () => {
    const game = new Namespace();
    const woken: number[] = [];
    const body =
      (name: string): Body =>
      ({ task }) =>
        task(name, async ({ sleep }) => {
          await sleep(1_000);
          woken.push(game.clock.now());
        });
    game.change({ 'a.ts': body('one') });
    await game.clock.advance(700);
    game.change({ 'a.ts': body('other') });
    await game.clock.advance(5_000);
    expect(woken).toEqual([1_700]);
  });

  it('is reported when it fails, at once or later', async () => {
    const game = new Namespace();
    game.change({
      'a.ts': ({ task }) => {
        task('now', () => {
          throw new Error('now');
        });
        task('later', async ({ sleep }) => {
          await sleep(10);
          throw new Error('later');
        });
      },
    });
    await game.clock.advance(10);
    expect(game.faults.map(({ error, where }) => `${error} in ${where}`)).toEqual([
      "Error: now in task 'now'",
      "Error: later in task 'later'",
    ]);
  });

  it('has a name of its own in its module, and is refused where there is nothing to run', () => {
    const game = new Namespace();
    const twice: Body = ({ task }) => {
      task('t', async () => {});
      task('t', async () => {});
    };
    expect(codeOf(() => game.change({ 'a.ts': twice }))).toBe('TASK_TWICE');
    const nothing: Body = ({ task }) => task('t', undefined as never);
    expect(codeOf(() => game.change({ 'a.ts': nothing }))).toBe('INVALID_ARGUMENT');
  });

  it('starts at once for code that runs, and belongs to that module', async () => {
    const game = new Namespace();
    const log: string[] = [];
    game.change({ 'a.ts': () => {} });
    const old = moduleOf(game.scope('a.ts'));
    old.task('t', async ({ sleep }) => {
      await sleep(100);
      log.push('woken');
    });
    game.change({ 'a.ts': () => {} });
    await game.clock.advance(100);
    expect(log).toEqual([]);
    expect(codeOf(() => old.task('u', async () => {}))).toBe('VERSION_ENDED');
  });
});
