import { createHook, LoopMeter, type LoopMeterOptions, runIn, Scope, StateError } from '@rekindle/state';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, Namespace } from './namespace.ts';

const LIMIT = 20;

/** A namespace whose loops have a limit, and loops as emitted code has them. */
function namespace(options: Partial<LoopMeterOptions> = {}) {
  const meter = new LoopMeter({ limit: LIMIT, ...options });
  const { realm: base, faults } = new Namespace();
  const realm = { ...base, loops: meter };
  const scope = (module = 'goblin.ts') => {
    const made = new Scope({ namespace: 'main', module, revision: '1' }, realm);
    made.phase = 'active';
    made.placed = true;
    return made;
  };
  const turn = () => {
    if (--meter.left < 0) meter.check();
  };
  const endless = () => {
    for (;;) turn();
  };
  /** Computes for so many milliseconds in a loop. */
  const work = (milliseconds: number) => {
    const start = performance.now();
    while (performance.now() - start < milliseconds) turn();
  };
  return { meter, scope, turn, endless, work, faults };
}

describe('a loop that does not end', () => {
  it('is stopped in an entry point', () => {
    const { scope, endless } = namespace();
    expect(codeOf(() => runIn(scope(), endless))).toBe('LOOP_LIMIT');
  });

  it('and the next entry point has its whole time again', () => {
    const { scope, endless, work } = namespace();
    expect(codeOf(() => runIn(scope(), endless))).toBe('LOOP_LIMIT');
    expect(codeOf(() => runIn(scope(), () => work(LIMIT / 4)))).toBe('nothing was thrown');
  });

  it('stays stopped where the script catches the error and goes on', () => {
    const { scope, endless } = namespace();
    let caught = 0;
    const body = () => {
      while (caught < 3) {
        try {
          endless();
        } catch {
          caught += 1;
        }
      }
      endless();
    };
    expect(codeOf(() => runIn(scope(), body))).toBe('LOOP_LIMIT');
    expect(caught).toBe(3);
  });

  it('is told of where the script caught the error and ended', async () => {
    const swallowed = vi.fn();
    const { scope, endless } = namespace({ swallowed });
    const goblin = scope();
    runIn(goblin, () => expect(endless).toThrow());
    await new Promise(setImmediate);
    expect(swallowed.mock.calls).toEqual([[expect.any(StateError), goblin]]);
  });

  it('is told of once where the error comes out of a hook', async () => {
    const swallowed = vi.fn();
    const { scope, endless, faults } = namespace({ swallowed });
    const tick = createHook('tick');
    runIn(scope(), () => tick.add(endless));
    tick.call();
    await new Promise(setImmediate);
    expect(faults).toMatchObject([{ where: "hook 'tick'", error: { code: 'LOOP_LIMIT' } }]);
    expect(swallowed).not.toHaveBeenCalled();
  });

  it('is stopped after an await, although it awaits in each turn', async () => {
    const { turn } = namespace();
    const body = async () => {
      for (;;) {
        turn();
        await 0;
      }
    };
    await expect(body()).rejects.toMatchObject({ code: 'LOOP_LIMIT' });
  });

  it('is stopped outside of entry points although it calls some', async () => {
    const { scope, turn } = namespace();
    const goblin = scope();
    const callback = () => {
      for (let count = 0; count < 40; count += 1) turn();
    };
    const body = async () => {
      for (;;) {
        turn();
        await 0;
        runIn(goblin, callback);
      }
    };
    await expect(body()).rejects.toMatchObject({ code: 'LOOP_LIMIT' });
  });
});

describe('loops that end are left alone', () => {
  it('many entry points, one after the other, each have their own time', () => {
    const { scope, work } = namespace();
    const goblin = scope();
    for (let count = 0; count < 8; count += 1) runIn(goblin, () => work(LIMIT / 4));
  });

  it('a flow that lets the event loop turn', async () => {
    const { work } = namespace();
    for (let count = 0; count < 8; count += 1) {
      work(LIMIT / 4);
      await new Promise(setImmediate);
    }
  });

  it('a process that stands still does not compute', () => {
    const cpu = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
    onTestFinished(() => cpu.mockRestore());
    const { scope, work } = namespace();
    runIn(scope(), () => work(3 * LIMIT));
  });

  it('while somebody debugs', () => {
    const { scope, work } = namespace({ isResting: () => true });
    runIn(scope(), () => work(4 * LIMIT));
  });
});

describe('bodies have a limit of their own', () => {
  it('together, from the first on', () => {
    const { meter, scope, work, endless } = namespace();
    const run = () => {
      runIn(scope('a.ts'), () => work(2 * LIMIT));
      runIn(scope('b.ts'), endless);
    };
    const start = performance.now();
    expect(codeOf(() => meter.within(5 * LIMIT, run))).toBe('LOOP_LIMIT');
    expect(performance.now() - start).toBeGreaterThanOrEqual(5 * LIMIT);
  });

  it('and are refused although they catch the error', () => {
    const { meter, scope, endless } = namespace();
    const body = () => expect(endless).toThrow();
    expect(codeOf(() => meter.within(LIMIT, () => runIn(scope(), body)))).toBe('LOOP_LIMIT');
  });

  it('those that await may compute longer while nobody plays yet', () => {
    const { meter, work } = namespace();
    const end = meter.extend(1_000);
    work(3 * LIMIT);
    end();
    expect(codeOf(() => work(1_000))).toBe('LOOP_LIMIT');
  });
});
