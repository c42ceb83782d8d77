import { inspect, promisify } from 'node:util';
import { currentScope, type OwnedTimer, runIn, timersModule } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, type Module, moduleOf, Namespace } from './namespace.ts';

const broken: Body = () => {
  throw new SyntaxError('broken');
};

/** A namespace with one active module, and its timers. */
function running() {
  const game = new Namespace();
  game.change({ 'a.ts': () => {} });
  const { timers } = game.scope('a.ts');
  return { game, timers, edit: (body: Body = () => {}) => game.change({ 'a.ts': body }) };
}

describe('a timer of code that runs', () => {
  it('calls as Node does: once or again and again, with its arguments and itself as this', async () => {
    const { game, timers } = running();
    const log: unknown[] = [];
    const timer = timers.setTimeout(
      function (this: unknown, ...args) {
        log.push(game.clock.now(), this === timer, ...args);
      },
      100,
      'x',
      1,
    );
    await game.clock.advance(1_000);
    expect(log).toEqual([100, true, 'x', 1]);
    const beats: number[] = [];
    const beat = timers.setInterval(() => beats.push(game.clock.now()), 250);
    await game.clock.advance(1_000);
    timers.clearInterval(beat);
    await game.clock.advance(1_000);
    expect(beats).toEqual([1_250, 1_500, 1_750, 2_000]);
  });

  it('takes what is no delay for 1 ms', async () => {
    const { game, timers } = running();
    const fired: number[] = [];
    for (const delay of [0, -5, Number.NaN, undefined, 'x']) {
      timers.setTimeout(() => fired.push(game.clock.now()), delay as number);
    }
    await game.clock.advance(1);
    expect(fired).toEqual([1, 1, 1, 1, 1]);
  });

  it('throws what Node throws for what is no callback', () => {
    const { timers } = running();
    for (const set of [timers.setTimeout, timers.setInterval, timers.setImmediate]) {
      expect(() => set('code' as never)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
      );
    }
  });

  it('is cleared by itself, its number, its number as text, close and dispose; by any clear function', async () => {
    const { game, timers } = running();
    let fired = 0;
    const set = (): OwnedTimer => timers.setTimeout(() => void fired++, 10);
    timers.clearTimeout(set());
    timers.clearInterval(set());
    timers.clearImmediate(set());
    timers.clearTimeout(Number(set()));
    timers.clearTimeout(String(Number(set())));
    set().close();
    set()[Symbol.dispose]();
    timers.clearTimeout(undefined);
    timers.clearTimeout(null);
    timers.clearTimeout('no timer');
    await game.clock.advance(10);
    expect(fired).toBe(0);
    expect(game.clock.due).toEqual([]);
  });

  it('is cleared by Node’s own functions too, and clears Node’s own timers', async () => {
    const { game, timers } = running();
    let fired = 0;
    const timer = timers.setTimeout(() => void fired++, 10);
    clearTimeout(timer as unknown as NodeJS.Timeout);
    const beat = timers.setInterval(() => void fired++, 10);
    clearInterval(beat as unknown as NodeJS.Timeout);
    await game.clock.advance(10);
    const foreign = setTimeout(() => void fired++, 0);
    timers.clearTimeout(foreign);
    const byNumber = setTimeout(() => void fired++, 0);
    timers.clearTimeout(Number(byNumber));
    const immediate = setImmediate(() => void fired++);
    timers.clearImmediate(immediate);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fired).toBe(0);
  });

  it('refreshes: starts its delay anew, also when it has fired, not when it was cleared', async () => {
    const { game, timers } = running();
    const fired: number[] = [];
    const timer = timers.setTimeout(() => fired.push(game.clock.now()), 100);
    await game.clock.advance(60);
    timer.refresh();
    await game.clock.advance(60);
    expect(fired).toEqual([]);
    await game.clock.advance(40);
    timer.refresh();
    await game.clock.advance(100);
    expect(fired).toEqual([160, 260]);
    timers.clearTimeout(timer);
    timer.refresh();
    await game.clock.advance(1_000);
    expect(fired).toHaveLength(2);
  });

  it('keeps the process alive unless it is told not to', () => {
    const { timers } = running();
    const timer = timers.setTimeout(() => {}, 10);
    expect(timer.hasRef()).toBe(true);
    expect(timer.unref()).toBe(timer);
    expect(timer.hasRef()).toBe(false);
    expect(timer.ref().hasRef()).toBe(true);
  });

  it('may clear itself while it is called', async () => {
    const { game, timers } = running();
    let beats = 0;
    const beat = timers.setInterval(() => {
      beats += 1;
      if (beats === 2) timers.clearInterval(beat);
    }, 10);
    await game.clock.advance(100);
    expect(beats).toBe(2);
  });

  it('is an entry point: owner, isolation, rejections', async () => {
    const { game, timers } = running();
    const owners: unknown[] = [];
    timers.setInterval(() => {
      owners.push(currentScope()?.owner.module);
      throw new Error('tick');
    }, 10);
    timers.setImmediate(async () => {
      throw new Error('later');
    });
    await game.clock.advance(20);
    expect(owners).toEqual(['a.ts', 'a.ts']);
    expect(game.faults.map(({ error, where }) => `${error} in ${where}`)).toEqual([
      'Error: later in setImmediate',
      'Error: tick in setInterval',
      'Error: tick in setInterval',
    ]);
  });

  it('is always the same function in one version, and has its promise form', async () => {
    const { game, timers } = running();
    expect(timers.setTimeout).toBe(timers.setTimeout);
    expect(timersModule(game.scope('a.ts')).setTimeout).toBe(timers.setTimeout);
    const sleep = promisify(timers.setTimeout) as unknown as (ms: number, value: string) => Promise<string>;
    const slept = sleep(50, 'done');
    await game.clock.advance(50);
    expect(await slept).toBe('done');
  });
});

describe('to whom a timer belongs', () => {
  it('is the module that runs, also when a helper sets it', async () => {
    const game = new Namespace();
    const log: string[] = [];
    game.change({ 'lib/schedule.ts': () => {} });
    const { timers } = game.scope('lib/schedule.ts');
    const every = (ms: number, name: string) => timers.setInterval(() => log.push(name), ms);
    game.change({ 'a.ts': () => every(100, 'a'), 'b.ts': () => every(100, 'b') });
    game.change({ 'a.ts': () => every(100, 'A') });
    await game.clock.advance(100);
    expect(log.splice(0)).toEqual(['b', 'A']);
    game.change({ 'lib/schedule.ts': () => {} });
    await game.clock.advance(100);
    expect(log.splice(0).sort()).toEqual(['A', 'b']);
    game.change({ 'a.ts': null, 'b.ts': null });
    await game.clock.advance(100);
    expect(log).toEqual([]);
  });

  it('is the module of an owned callback, and else the one in whose text the call stands', () => {
    const game = new Namespace();
    game.change({ 'lib.ts': () => {}, 'a.ts': () => {} });
    const { timers } = game.scope('lib.ts');
    expect(runIn(game.scope('a.ts'), () => timers.setTimeout(() => {}, 5)).scope).toBe(game.scope('a.ts'));
    expect(timers.setTimeout(() => {}, 5).scope).toBe(game.scope('lib.ts'));
  });
});

describe('a timer that a body sets', () => {
  it('starts with the commit and is never started by a refusal', async () => {
    const game = new Namespace();
    const log: string[] = [];
    const body: Body = ({ timers }) => {
      timers.setTimeout(() => log.push('timeout'), 10);
      timers.setImmediate(() => log.push('immediate'));
      expect(game.clock.due).toEqual([]);
    };
    expect(() => game.change({ 'a.ts': body, 'b.ts': broken })).toThrow(SyntaxError);
    expect(game.clock.due).toEqual([]);
    game.change({ 'a.ts': body });
    await game.clock.advance(10);
    expect(log).toEqual(['immediate', 'timeout']);
  });

  it('can be cleared, unrefed and numbered before it starts', async () => {
    const game = new Namespace();
    let fired = 0;
    let number = 0;
    game.change({
      'a.ts': ({ timers }) => {
        timers.clearTimeout(timers.setTimeout(() => void fired++, 10));
        number = Number(timers.setTimeout(() => void fired++, 10));
        expect(
          timers
            .setTimeout(() => void fired++, 20)
            .unref()
            .hasRef(),
        ).toBe(false);
      },
    });
    game.scope('a.ts').timers.clearTimeout(number);
    await game.clock.advance(20);
    expect(fired).toBe(1);
  });

  it('is set anew by an edit, due time kept; again from the start when it had fired', async () => {
    const { game, edit } = running();
    const fired: number[] = [];
    const body: Body = ({ timers }) => void timers.setTimeout(() => fired.push(game.clock.now()), 100);
    edit(body);
    await game.clock.advance(70);
    edit(body);
    await game.clock.advance(30);
    expect(fired).toEqual([100]);
    edit(body);
    await game.clock.advance(100);
    expect(fired).toEqual([100, 200]);
  });

  it('keeps due times by text first, then by order, among those of one delay and kind', async () => {
    const { game, edit } = running();
    const log: string[] = [];
    const at = (name: string) => log.push(`${name} ${game.clock.now()}`);
    edit(({ timers }) => {
      timers.setInterval(() => at('one'), 100);
      timers.setTimeout(() => at('other kind'), 100);
      timers.setInterval(() => at('other delay'), 90);
    });
    await game.clock.advance(40);
    edit(({ timers }) => {
      timers.setInterval(() => at('new'), 100);
      timers.setInterval(() => at('one'), 100);
      timers.setInterval(() => at('edited'), 90);
    });
    await game.clock.advance(100);
    expect(log).toEqual(['edited 90', 'one 100', 'new 140']);
  });

  it('fires at once when the time that it keeps has come', async () => {
    const { game, edit } = running();
    const log: number[] = [];
    const body: Body = ({ timers }) => void timers.setInterval(() => log.push(game.clock.now()), 100);
    edit(body);
    await game.clock.advance(99);
    game.clock.setTimeout(() => edit(body), 1);
    await game.clock.advance(1);
    await game.clock.advance(100);
    expect(log).toEqual([100, 200]);
  });
});

describe('a timer of a version that was replaced', () => {
  it('ends if it repeats; a one-shot that was set later fires when it is due', async () => {
    const { game, timers, edit } = running();
    const log: string[] = [];
    timers.setInterval(() => log.push('interval'), 100);
    timers.setTimeout(() => log.push(`timeout in ${currentScope()?.phase}`), 60_000);
    edit();
    await game.clock.advance(60_000);
    expect(log).toEqual(['timeout in ended']);
  });

  it('may be set for the drain, and then not at all', async () => {
    const { game, timers, edit } = running();
    const log: number[] = [];
    const chain = (): void => {
      log.push(game.clock.now());
      timers.setTimeout(chain, 2_000);
    };
    timers.setTimeout(chain, 2_000);
    edit();
    await game.clock.advance(60_000);
    expect(log).toEqual([2_000, 4_000, 6_000]);
    const late = timers.setTimeout(() => log.push(0), 1);
    expect(late.hasRef()).toBe(true);
    timers.clearTimeout(late);
    expect(game.clock.due).toEqual([]);
  });

  it('repeats until the drain is over', async () => {
    const { game, timers, edit } = running();
    const log: number[] = [];
    edit();
    timers.setInterval(() => log.push(game.clock.now()), 2_000);
    await game.clock.advance(60_000);
    expect(log).toEqual([2_000, 4_000]);
    expect(game.clock.due).toEqual([]);
  });

  it('does not come back by refresh when the drain is over', async () => {
    const { game, timers, edit } = running();
    let fired = 0;
    const timer = timers.setTimeout(() => void fired++, 10);
    await game.clock.advance(10);
    edit();
    await game.clock.advance(10_000);
    timer.refresh();
    await game.clock.advance(10);
    expect(fired).toBe(1);
  });
});

describe('an unload', () => {
  it('leaves no timer behind, and lets none be set', async () => {
    const { game, timers } = running();
    let fired = 0;
    timers.setTimeout(() => void fired++, 10);
    timers.setInterval(() => void fired++, 10);
    timers.setImmediate(() => void fired++);
    game.change({ 'a.ts': null });
    timers.setTimeout(() => void fired++, 10);
    expect(game.clock.due).toEqual([]);
    await game.clock.advance(10);
    expect(fired).toBe(0);
  });
});

describe('timers of a body that awaits', () => {
  it('one-shots start at once, because it may wait for them; repeating ones with the commit', async () => {
    const game = new Namespace();
    const log: string[] = [];
    const loading = game.changeAwaiting({
      'a.ts': async ({ timers }: Module) => {
        timers.setInterval(() => log.push(`beat ${game.clock.now()}`), 100);
        await new Promise((resolve) => timers.setTimeout(resolve, 250));
        log.push(`loaded ${game.clock.now()}`);
      },
    });
    await game.clock.advance(250);
    await loading;
    await game.clock.advance(100);
    expect(log).toEqual(['loaded 250', 'beat 350']);
  });

  it('start as well where another body has set what is awaited', async () => {
    const game = new Namespace();
    let ready: Promise<unknown> | undefined;
    const log: string[] = [];
    const loading = game.changeAwaiting({
      'helper.ts': async ({ timers, scope }: Module) => {
        scope.awaits = false; // a plain body, which runs now because an awaiting one needs it
        ready = new Promise((resolve) => timers.setTimeout(resolve, 100));
      },
      'a.ts': async () => {
        await ready;
        log.push(`ready ${game.clock.now()}`);
      },
    });
    await game.clock.advance(100);
    await loading;
    expect(log).toEqual(['ready 100']);
  });

  it('are gone with a refusal', async () => {
    const game = new Namespace();
    let fired = 0;
    const loading = game.changeAwaiting({
      'a.ts': async ({ timers }: Module) => {
        timers.setTimeout(() => void fired++, 100);
        throw new Error('no connection');
      },
    });
    await expect(loading).rejects.toThrow('no connection');
    expect(game.clock.due).toEqual([]);
    await game.clock.advance(100);
    expect(fired).toBe(0);
  });
});

describe('a timer on the console', () => {
  it('does not show the namespace behind it', () => {
    const { timers } = running();
    expect(inspect(timers.setTimeout(() => {}, 10))).toBe('Timeout { 10 ms, set }');
  });
});

describe('the number of a timer', () => {
  it('is far from Node’s own and known only while the timer waits', async () => {
    const { game, timers } = running();
    let fired = 0;
    const timer = timers.setTimeout(() => void fired++, 10);
    expect(Number(timer)).toBeGreaterThan(2 ** 32);
    expect(Number(timer)).toBe(Number(timer));
    await game.clock.advance(10);
    timer.refresh();
    timers.clearTimeout(Number(timer));
    await game.clock.advance(10);
    expect(fired).toBe(1);
    expect(moduleOf(game.scope('a.ts')).timers).toBe(timers);
  });
});
