import { createHook, currentScope, LATER, LEXICAL, runIn } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, Namespace } from './namespace.ts';

type Log = (text: string) => void;

/** A hook whose callbacks write down who they are. */
function logging() {
  const log: string[] = [];
  const hook = createHook<Log>('tick');
  const adds =
    (...names: string[]): Body =>
    () => {
      for (const name of names) hook.add((text) => void log.push(`${name} ${text}`));
    };
  const called = (text = ''): string[] => {
    log.length = 0;
    hook.call(text);
    return log.map((line) => line.trim());
  };
  return { hook, adds, called, log };
}

describe('a hook', () => {
  it('calls in the evaluation order of the modules, and passes what it is given', () => {
    const { adds, called } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a1', 'a2'), 'b.ts': adds('b') });
    expect(called('now')).toEqual(['a1 now', 'a2 now', 'b now']);
  });

  it('passes no argument, one, and many as they are', () => {
    const seen: unknown[][] = [];
    const hook = createHook<(...args: unknown[]) => void>('any');
    const game = new Namespace();
    game.change({ 'a.ts': () => hook.add((...args) => void seen.push(args)) });
    hook.call();
    hook.call(undefined);
    hook.call(1, 2, 3, 4, 5);
    expect(seen).toEqual([[], [undefined], [1, 2, 3, 4, 5]]);
  });

  it('gives a callback no this', () => {
    const seen: unknown[] = [];
    const hook = createHook<() => void>('this');
    const game = new Namespace();
    game.change({
      'a.ts': () =>
        hook.add(function (this: unknown) {
          seen.push(this);
        }),
    });
    hook.call();
    expect(seen).toEqual([undefined]);
  });

  it('keeps an edited module in its place, with more or fewer callbacks', () => {
    const { adds, called } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a'), 'b.ts': adds('b'), 'c.ts': adds('c') });
    game.change({ 'b.ts': adds('b1', 'b2') });
    expect(called()).toEqual(['a', 'b1', 'b2', 'c']);
    game.change({ 'b.ts': adds() });
    expect(called()).toEqual(['a', 'c']);
    game.change({ 'b.ts': adds('b again') });
    expect(called()).toEqual(['a', 'b again', 'c']);
    game.change({ 'a.ts': null });
    expect(called()).toEqual(['b again', 'c']);
  });

  it('follows modules that stay and come to stand elsewhere in the order', () => {
    const { adds, called } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a'), 'b.ts': adds('b'), 'c.ts': adds('c') });
    game.reorder(['c.ts', 'a.ts', 'b.ts'], { 'b.ts': adds('b2') });
    expect(called()).toEqual(['c', 'a', 'b2']);
  });

  it('shows nothing of a release before the swap, nor after a refusal', () => {
    const { hook, adds, called } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a') });
    const broken: Body = () => {
      hook.add(() => {});
      expect(hook.size).toBe(1);
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': adds('a2'), 'b.ts': broken })).toThrow(SyntaxError);
    expect(called()).toEqual(['a']);
  });

  it('goes on with the callbacks that stood when the call began', () => {
    const { hook, adds, called, log } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': () => hook.add(() => game.change({ 'b.ts': adds('new b') })), 'b.ts': adds('old b') });
    hook.call('');
    expect(log.map((line) => line.trim())).toEqual(['old b']);
    game.change({ 'a.ts': adds() });
    expect(called()).toEqual(['new b']);
  });

  it('adds at once for code that runs, behind what its module has', () => {
    const { hook, adds, called } = logging();
    const game = new Namespace();
    const a: Body = (module) => {
      adds('a')(module);
      hook.add((text) => {
        if (text === 'more') adds('a later')(module);
      });
    };
    game.change({ 'a.ts': a, 'b.ts': adds('b') });
    expect(called('more')).toEqual(['a more', 'b more']);
    expect(called()).toEqual(['a', 'a later', 'b']);
    game.change({ 'a.ts': adds('a') });
    expect(called()).toEqual(['a', 'b']);
  });

  it('takes nothing from a version that has ended', () => {
    const { hook, adds } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a') });
    const old = game.scope('a.ts');
    game.change({ 'a.ts': adds('a') });
    expect(() => runIn(old, () => hook.add(() => {}))).toThrow(expect.objectContaining({ code: 'VERSION_ENDED' }));
    expect(hook.size).toBe(1);
  });

  it('refuses what is no function', () => {
    const { hook } = logging();
    expect(() => hook.add(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('each callback of a hook is an entry point', () => {
  it('is the running owner, and puts back who was', () => {
    const hook = createHook<() => void>('who');
    const owners: (string | undefined)[] = [];
    const game = new Namespace();
    const add: Body = () => hook.add(() => void owners.push(currentScope()?.owner.module));
    game.change({ 'a.ts': add, 'b.ts': add });
    hook.call();
    expect(owners).toEqual(['a.ts', 'b.ts']);
    expect(currentScope()).toBeUndefined();
    runIn(game.scope('b.ts'), () => {
      hook.call();
      expect(currentScope()).toBe(game.scope('b.ts'));
    });
  });

  it('reports what it throws, with its version, and the others run', () => {
    const { hook, adds, called } = logging();
    const game = new Namespace();
    const error = new Error('goblin');
    const throws: Body = () =>
      hook.add(() => {
        throw error;
      });
    game.change({ 'a.ts': adds('a'), 'bad.ts': throws, 'c.ts': adds('c') });
    expect(called()).toEqual(['a', 'c']);
    expect(game.faults).toEqual([{ error, scope: game.scope('bad.ts'), where: "hook 'tick'" }]);
    expect(currentScope()).toBeUndefined();
  });

  it('reports a promise that rejects, and does not touch one that only looks like a promise', async () => {
    const hook = createHook<() => unknown>('tick');
    const game = new Namespace();
    let began = 0;
    // As query builders do: they begin when 'then' is called.
    // biome-ignore lint/suspicious/noThenProperty: it is what the test is about.
    const query = { then: () => void began++ };
    game.change({
      'a.ts': () => hook.add(() => query),
      'b.ts': () => hook.add(() => Promise.reject(new Error('later'))),
    });
    hook.call();
    await game.clock.advance(0);
    expect(began).toBe(0);
    expect(game.faults.map(({ error, scope }) => [String(error), scope.owner.module])).toEqual([
      ['Error: later', 'b.ts'],
    ]);
  });

  it('has its time sampled', () => {
    const sample = () => {
      const hook = createHook<() => void>('tick');
      const game = new Namespace();
      const busy: Body = () =>
        hook.add(() => {
          for (const end = performance.now() + 0.02; performance.now() < end; );
        });
      game.change({ 'busy.ts': busy, 'idle.ts': () => hook.add(() => {}) });
      for (let call = 0; call < 2_000; call++) hook.call();
      return { busy: game.scope('busy.ts').spent, idle: game.scope('idle.ts').spent };
    };
    const samples = Array.from({ length: 5 }, sample);
    for (const { busy } of samples) expect(busy).toBeGreaterThan(0.02 * 2_000 * 0.4);
    // a sample is of the clock's time, and something else may have run in one of them
    expect(samples.filter(({ busy, idle }) => busy > idle).length).toBeGreaterThan(2);
  });
});

describe('a callback of the game itself', () => {
  it('stays for ever, stands before all scripts, and throws to the game when all have run', () => {
    const { hook, adds, called, log } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': adds('a') });
    hook.add((text) => void log.push(`game ${text}`));
    game.change({ 'a.ts': adds('a') });
    expect(called()).toEqual(['game', 'a']);
    expect(hook.size).toBe(2);
    const error = new Error('of the game');
    hook.add(() => {
      throw error;
    });
    log.length = 0;
    expect(() => hook.call('')).toThrow(error);
    expect(log).toEqual(['game ', 'a ']);
    hook.add(() => {
      throw error;
    });
    expect(() => hook.call('')).toThrow(AggregateError);
    expect(game.faults).toEqual([]);
  });
});

describe('a hook in several namespaces', () => {
  it('calls all of them, or one', () => {
    const { hook, adds, log } = logging();
    const rooms = [new Namespace('room-1'), new Namespace('room-2')];
    for (const room of rooms) room.change({ 'a.ts': adds(room.realm.namespace) });
    hook.add((text) => void log.push(`game ${text}`));
    hook.call('all');
    hook.for('room-2').call('one');
    hook.for('nowhere').call('none');
    expect(log).toEqual(['game all', 'room-1 all', 'room-2 all', 'game one', 'room-2 one', 'game none']);
    expect([hook.size, hook.for('room-1').size, hook.for('nowhere').size]).toEqual([3, 2, 1]);
  });

  it('forgets a namespace that has nothing in it any more', () => {
    const { hook, adds } = logging();
    const room = new Namespace('room-1');
    const room2 = new Namespace('room-2');
    room.change({ 'a.ts': adds('a') });
    room2.change({ 'a.ts': adds('a') });
    room.change({ 'a.ts': null });
    expect([hook.size, hook.for('room-1').size]).toEqual([1, 0]);
    room.change({ 'a.ts': adds('a') });
    expect([hook.size, hook.for('room-1').size]).toEqual([2, 1]);
  });

  it('keeps hosts apart that use the same name', () => {
    const { adds, called } = logging();
    const hosts = [new Namespace('main'), new Namespace('main')];
    hosts[0]?.change({ 'a.ts': adds('first') });
    hosts[1]?.change({ 'a.ts': adds('second') });
    hosts[0]?.change({ 'a.ts': adds('first again') });
    expect(called()).toEqual(['first again', 'second']);
  });
});

describe('hook.add knows whose text calls it', () => {
  it('is marked as one that only stores its callback, bound or not', () => {
    const { hook } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    expect(hook.add[LATER]).toBe(true);
    expect((hook.add[LEXICAL](game.scope('a.ts')) as typeof hook.add)[LATER]).toBe(true);
    expect(Object.keys(hook.add)).toEqual([]);
  });

  it('belongs to the version that imports it when nobody is running, else to who is', () => {
    const { hook, called, log } = logging();
    const game = new Namespace();
    game.change({ 'helper.ts': () => {}, 'a.ts': () => {} });
    const add = hook.add[LEXICAL](game.scope('helper.ts'));
    add((text) => void log.push(`helper ${text}`));
    runIn(game.scope('a.ts'), () => add((text) => void log.push(`a ${text}`)));
    expect(called()).toEqual(['helper', 'a']);
    game.change({ 'helper.ts': () => {} });
    expect(called()).toEqual(['a']);
  });
});

describe('a hook that knows who is there', () => {
  it('gives them to each new callback of a module, and to none that has a counterpart', () => {
    const greeted: string[] = [];
    const join = createHook<(player: string) => void>('join', { current: () => ['ann', 'bob'] });
    const game = new Namespace();
    const one = (player: string): void => void greeted.push(`one ${player}`);
    const other = (player: string): void => void greeted.push(`other ${player}`);
    game.change({ 'a.ts': () => join.add(one) });
    expect(greeted.splice(0)).toEqual(['one ann', 'one bob']);
    game.change({
      'a.ts': () => {
        join.add(other); // put above the line that was there: by text it is this one that is new
        join.add(one);
      },
    });
    expect(greeted.splice(0)).toEqual(['other ann', 'other bob']);
    game.change({
      'a.ts': () => {
        join.add((player) => void greeted.push(`edited ${player}`));
        join.add(one);
      },
    });
    expect(greeted).toEqual([]);
  });

  it('asks after the commit, for the namespace in question', () => {
    const players = new Map([
      ['room-1', ['ann']],
      ['room-2', ['bob']],
    ]);
    const greeted: string[] = [];
    const join = createHook<(player: string) => void>('join', { current: (room) => players.get(room) ?? [] });
    const room = new Namespace('room-2');
    room.change({ 'a.ts': () => join.add((player) => void greeted.push(player)) }, ({ name }) => {
      if (name === 'effects') players.get('room-2')?.push('late');
    });
    expect(greeted).toContain('late');
    expect(greeted).not.toContain('ann');
    expect(greeted[0]).toBe('bob');
  });

  it('greets callbacks of an effect and of running code as well, the effect’s once', () => {
    const greeted: string[] = [];
    const join = createHook<(player: string) => void>('join', { current: () => ['ann'] });
    const game = new Namespace();
    const body: Body = ({ effect }) =>
      effect(() => {
        join.add((player) => void greeted.push(player));
        return () => {};
      });
    game.change({ 'a.ts': body });
    expect(greeted).toEqual(['ann']);
    const broken: Body = ({ effect }) =>
      effect(() => {
        throw new Error('port in use');
      });
    expect(() => game.change({ 'a.ts': broken })).toThrow('port in use');
    expect(join.size).toBe(1);
    expect(greeted).toEqual(['ann']);
    runIn(game.scope('a.ts'), () => join.add((player) => void greeted.push(`${player} later`)));
    expect(greeted).toEqual(['ann', 'ann later']);
  });

  it('isolates a callback that throws at one of them, and a current that throws', () => {
    const seen: string[] = [];
    const join = createHook<(player: string) => void>('join', { current: () => ['ann', 'bob'] });
    const lost = createHook<(player: string) => void>('lost', {
      current: () => {
        throw new Error('no players');
      },
    });
    const game = new Namespace();
    game.change({
      'a.ts': () => {
        lost.add(() => {});
        join.add((player) => {
          if (player === 'ann') throw new Error('ann again');
          seen.push(player);
        });
      },
    });
    expect(seen).toEqual(['bob']);
    expect(game.faults.map(({ error, where }) => `${error} in ${where}`)).toEqual([
      "Error: no players in 'current' of hook 'lost'",
      "Error: ann again in hook 'join'",
    ]);
  });
});
