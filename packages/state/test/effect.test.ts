import { createHook, currentScope, runIn, type StateError } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, moduleOf, Namespace } from './namespace.ts';

/** Effects that write down when they are set up and cleaned up. */
function logging() {
  const log: string[] = [];
  const effects =
    (...names: string[]): Body =>
    ({ effect }) => {
      for (const name of names) {
        effect(() => {
          log.push(`+${name}`);
          return () => log.push(`-${name}`);
        });
      }
    };
  return { log, effects, take: () => log.splice(0).join(' ') };
}

const broken: Body = () => {
  throw new SyntaxError('broken');
};
const failing: Body = ({ effect }) =>
  effect(() => {
    throw new Error('port in use');
  });

describe('an effect', () => {
  it('is set up after the bodies: imports first, and cleaned up importers first', () => {
    const { log, effects, take } = logging();
    const game = new Namespace();
    const body: Body = (module) => {
      effects('a1', 'a2')(module);
      log.push('body');
    };
    game.change({ 'a.ts': body, 'b.ts': effects('b') });
    expect(take()).toBe('body +a1 +a2 +b');
    game.change({ 'a.ts': effects('A'), 'b.ts': effects('B') });
    expect(take()).toBe('-b -a2 -a1 +A +B');
    game.change({ 'a.ts': null });
    expect(take()).toBe('-A');
  });

  it('cleans up the old one before the new one, so that a key which both set is there in the end', () => {
    const commands = new Map<string, string>();
    const body =
      (text: string): Body =>
      ({ effect }) =>
        effect(() => {
          commands.set('help', text);
          return () => commands.delete('help');
        });
    const game = new Namespace();
    game.change({ 'a.ts': body('one') });
    game.change({ 'a.ts': body('two') });
    expect(commands.get('help')).toBe('two');
  });

  it('runs with its module as the owner, set-up and clean-up', () => {
    const owners: (string | undefined)[] = [];
    const body: Body = ({ effect }) =>
      effect(() => {
        owners.push(currentScope()?.owner.module);
        return () => owners.push(currentScope()?.owner.module);
      });
    const game = new Namespace();
    game.change({ 'a.ts': body });
    game.change({ 'a.ts': null });
    expect(owners).toEqual(['a.ts', 'a.ts']);
  });

  it('belongs to the module that runs, also when a helper sets it up', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    const helper = { body: effects('helped') };
    game.change({ 'helper.ts': () => {}, 'a.ts': () => {} });
    const lexical = moduleOf(game.scope('helper.ts'));
    game.change({ 'a.ts': () => helper.body(lexical) });
    expect(take()).toBe('+helped');
    game.change({ 'helper.ts': () => {} });
    expect(take()).toBe('');
    game.change({ 'a.ts': () => {} });
    expect(take()).toBe('-helped');
  });

  it('is set up at once for code that runs', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    effects('now')(moduleOf(game.scope('a.ts')));
    expect(take()).toBe('+now');
    game.change({ 'a.ts': () => {} });
    expect(take()).toBe('-now');
    const old = moduleOf(game.scope('a.ts'));
    game.change({ 'a.ts': () => {} });
    expect(codeOf(() => effects('late')(old))).toBe('VERSION_ENDED');
  });

  it('may ask for another one while it is set up', () => {
    const { log, effects, take } = logging();
    const game = new Namespace();
    const body: Body = (module) =>
      module.effect(() => {
        log.push('+outer');
        effects('inner')(module);
        return () => log.push('-outer');
      });
    game.change({ 'a.ts': body });
    expect(take()).toBe('+outer +inner');
    expect(() => game.change({ 'a.ts': effects(), 'b.ts': failing })).toThrow('port in use');
    expect(take()).toBe('-inner -outer +outer +inner');
    game.change({ 'a.ts': null });
    expect(take()).toBe('-inner -outer');
  });

  it('is not set up at all by a release whose body throws', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': effects('a') });
    take();
    expect(() => game.change({ 'a.ts': effects('A'), 'b.ts': broken })).toThrow(SyntaxError);
    expect(take()).toBe('');
  });
});

describe('an effect that cannot be set up', () => {
  it('refuses the release: what is new is cleaned up, what was there is set up again', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': effects('a1', 'a2'), 'b.ts': effects('b'), 'c.ts': effects('c') });
    take();
    const next: Body = (module) => {
      effects('B')(module);
      failing(module);
      effects('never')(module);
    };
    expect(() => game.change({ 'a.ts': effects('A'), 'b.ts': next })).toThrow('port in use');
    expect(take()).toBe('-b -a2 -a1 +A +B -B -A +a1 +a2 +b');
    expect(game.failed?.owner.module).toBe('b.ts');
    expect(game.events.map(({ type, ...event }) => [type, 'module' in event && event.module])).toEqual([
      ['effect:restarted', 'a.ts'],
      ['effect:restarted', 'a.ts'],
      ['effect:restarted', 'b.ts'],
    ]);
    game.change({ 'a.ts': null });
    expect(take()).toBe('-a2 -a1');
  });

  it('says so where an old one cannot be set up again either, and goes on', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    let ready = true;
    const once: Body = ({ effect }) =>
      effect(() => {
        if (!ready) throw new Error('no second time');
        ready = false;
        return () => {};
      });
    game.change({ 'a.ts': once, 'b.ts': effects('b') });
    take();
    expect(() => game.change({ 'a.ts': failing, 'b.ts': effects('B') })).toThrow('port in use');
    expect(take()).toBe('-b +b');
    expect(game.events).toEqual([
      expect.objectContaining({ type: 'effect:failed', module: 'a.ts', when: 'restart' }),
      expect.objectContaining({ type: 'effect:restarted', module: 'b.ts' }),
    ]);
  });

  it('leaves one without a clean-up as it is: nothing of it was taken back', () => {
    const game = new Namespace();
    let setups = 0;
    const body: Body = ({ effect }) =>
      effect(() => {
        setups += 1;
      });
    game.change({ 'a.ts': body });
    expect(() => game.change({ 'a.ts': failing })).toThrow('port in use');
    expect(setups).toBe(1);
    expect(game.events).toEqual([]);
  });

  it('finds, when it is set up again, the hooks and the state that it knew', () => {
    const game = new Namespace();
    const hook = createHook<() => void>('tick');
    const seen: string[] = [];
    const body =
      (name: string): Body =>
      ({ effect, state }) => {
        const purse = state('purse', () => ({ name }));
        hook.add(() => void seen.push(`${name} called`));
        effect(() => {
          seen.push(`${name} finds ${purse.name} and ${hook.size}`);
          hook.call();
          return () => {};
        });
      };
    game.change({ 'a.ts': body('one') });
    seen.length = 0;
    expect(() => game.change({ 'a.ts': body('two'), 'b.ts': failing })).toThrow('port in use');
    expect(seen).toEqual(['two finds one and 1', 'two called', 'one finds one and 1', 'one called']);
  });

  it('doubles nothing that the old one had made by the way, and keeps due times', async () => {
    const game = new Namespace();
    const hook = createHook<(name: string) => void>('join', { current: () => ['ann'] });
    const seen: string[] = [];
    const body: Body = ({ effect, timers }) =>
      effect(() => {
        hook.add((name) => void seen.push(name));
        timers.setInterval(() => seen.push(`beat ${game.clock.now()}`), 1_000);
        return () => {};
      });
    game.change({ 'a.ts': body });
    await game.clock.advance(400);
    expect(() => game.change({ 'a.ts': failing })).toThrow('port in use');
    await game.clock.advance(700);
    hook.call('bob');
    expect(seen).toEqual(['ann', 'beat 1000', 'bob']);
    expect(game.clock.due).toEqual([2_000]);
  });
});

describe('a clean-up that fails', () => {
  it('is an event, and the commit stands', () => {
    const { effects, take } = logging();
    const game = new Namespace();
    const error = new Error('gone already');
    const body: Body = ({ effect }) =>
      effect(() => () => {
        throw error;
      });
    game.change({ 'a.ts': body, 'b.ts': effects('b') });
    game.change({ 'a.ts': effects('A'), 'b.ts': effects('B') });
    expect(take()).toBe('+b -b +A +B');
    expect(game.events).toEqual([{ type: 'effect:failed', module: 'a.ts', revision: '1', when: 'cleanup', error }]);
    expect(game.faults).toEqual([]);
  });
});

describe('a set-up that returns what is no clean-up', () => {
  it.each([
    ['EFFECT_ASYNC_SETUP', async () => {}],
    ['EFFECT_CLEANUP_INVALID', () => 5],
  ])('refuses the release with %s and the line', (code, setup) => {
    const { effects, take } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': effects('a') });
    let error: StateError | undefined;
    try {
      game.change({ 'a.ts': ({ effect }) => effect(setup as never) });
    } catch (thrown) {
      error = thrown as StateError;
    }
    expect(error).toMatchObject({ code, module: 'a.ts' });
    expect(error?.stack).toContain('effect.test.ts');
    expect(take()).toBe('+a -a +a');
  });

  it('reports what an asynchronous set-up throws later', async () => {
    const game = new Namespace();
    const setup = async (): Promise<void> => {
      throw new Error('later');
    };
    expect(codeOf(() => game.change({ 'a.ts': ({ effect }) => effect(setup as never) }))).toBe('EFFECT_ASYNC_SETUP');
    await game.clock.advance(0);
    expect(game.faults.map(({ error }) => String(error))).toEqual(['Error: later']);
  });
});

describe('R11: a clean-up that takes time', () => {
  /** A lock that is there once, and a clean-up that gives it back after 20 ms. */
  function locking() {
    const game = new Namespace();
    let locked = false;
    const lock = (): void => {
      if (locked) throw new Error('save is locked');
      locked = true;
    };
    const flush = (): Promise<void> => new Promise((resolve) => game.clock.setTimeout(resolve, 20));
    const unlock = (): void => {
      locked = false;
    };
    return { game, lock, flush, unlock, isLocked: () => locked };
  }

  it('refuses the change before anything is touched, by line, and names the way', () => {
    const { game, lock, flush, unlock, isLocked } = locking();
    const { effects, take } = logging();
    const save: Body = ({ effect }) =>
      effect(() => {
        lock();
        return async () => {
          await flush();
          unlock();
        };
      });
    game.change({ 'other.ts': effects('other'), 'save.ts': save });
    take();
    let error: StateError | undefined;
    try {
      game.change({ 'other.ts': effects('OTHER'), 'save.ts': save });
    } catch (thrown) {
      error = thrown as StateError;
    }
    expect(error).toMatchObject({ code: 'EFFECT_ASYNC_CLEANUP', module: 'save.ts' });
    expect(error?.hint).toContain("slot with 'dispose'");
    expect(error?.stack).toContain('effect.test.ts');
    expect(game.failed).toBe(game.scope('save.ts'));
    expect(take()).toBe('');
    expect(isLocked()).toBe(true);
    expect(game.events).toEqual([]);
  });

  it('sets the old one up again when the clean-up is over, where that is known only after it was called', async () => {
    const { game, lock, flush, unlock, isLocked } = locking();
    const save: Body = ({ effect }) =>
      effect(() => {
        lock();
        return () => flush().then(unlock); // no async function: it does not show
      });
    game.change({ 'save.ts': save });
    expect(codeOf(() => game.change({ 'save.ts': save }))).toBe('EFFECT_ASYNC_CLEANUP');
    expect(codeOf(() => game.change({ 'save.ts': save }))).toBe('EFFECT_ASYNC_CLEANUP');
    await game.clock.advance(20);
    expect(isLocked()).toBe(true);
    expect(game.events).toEqual([{ type: 'effect:restarted', module: 'save.ts', revision: '1' }]);
    // From now on it is known.
    expect(codeOf(() => game.change({ 'save.ts': save }))).toBe('EFFECT_ASYNC_CLEANUP');
    expect(game.clock.due).toEqual([]);
  });

  it('lets a release through that sets nothing up in its place, and an unload', async () => {
    const { game, lock, flush, unlock, isLocked } = locking();
    const save: Body = ({ effect }) =>
      effect(() => {
        lock();
        return async () => {
          await flush();
          unlock();
        };
      });
    game.change({ 'save.ts': save });
    game.change({ 'save.ts': () => {} });
    await game.clock.advance(20);
    expect(isLocked()).toBe(false);
    game.change({ 'save.ts': save });
    game.change({ 'save.ts': null });
    await game.clock.advance(20);
    expect(isLocked()).toBe(false);
  });

  it('is an event when it rejects, never an unhandled rejection', async () => {
    const game = new Namespace();
    const error = new Error('disk full');
    game.change({ 'save.ts': ({ effect }) => effect(() => () => Promise.reject(error)) });
    game.change({ 'save.ts': null });
    await game.clock.advance(0);
    expect(game.events).toEqual([expect.objectContaining({ type: 'effect:failed', when: 'cleanup', error })]);
  });
});

describe('effects of a version that stays', () => {
  it('are set up again alone, and stand as before when the release is refused', async () => {
    const { log, effects, take } = logging();
    const game = new Namespace();
    const body: Body = (module) => {
      effects('server')(module);
      module.effect(() => {
        log.push('+beat');
        module.timers.setInterval(() => log.push('beat'), 1_000);
      });
    };
    game.change({ 'a.ts': body, 'b.ts': effects('b') });
    take();
    await game.clock.advance(600);
    game.again(['a.ts'], { 'b.ts': effects('B') });
    expect(take()).toBe('-b -server +server +beat +B');
    await game.clock.advance(400);
    expect(take()).toBe('beat');
    expect(() => game.again(['a.ts'], { 'b.ts': failing })).toThrow('port in use');
    expect(take()).toBe('-B -server +server +beat -server +server +beat +B');
    await game.clock.advance(1_000);
    expect(take()).toBe('beat');
    expect(game.runs.get('a.ts')).toBe(1);
  });
});

describe('own', () => {
  it('is for functions of the game that subscribe for whoever calls them', () => {
    const bus = new Set<(text: string) => void>();
    const game = new Namespace();
    const seen: string[] = [];
    const onChat = (module: ReturnType<typeof moduleOf>, fn: (text: string) => void): void =>
      module.own(() => {
        bus.add(fn);
        return () => bus.delete(fn);
      });
    game.change({ 'a.ts': (module) => onChat(module, (text) => seen.push(text)) });
    expect(bus.size).toBe(1);
    game.change({ 'a.ts': (module) => onChat(module, (text) => seen.push(text.toUpperCase())) });
    expect(bus.size).toBe(1);
    for (const fn of bus) fn('hi');
    expect(seen).toEqual(['HI']);
    game.change({ 'a.ts': null });
    expect(bus.size).toBe(0);
  });

  it('belongs to the importing version when nobody is running', () => {
    const { take, effects } = logging();
    const game = new Namespace();
    game.change({ 'a.ts': () => {}, 'b.ts': () => {} });
    const module = moduleOf(game.scope('a.ts'));
    effects('a')(module);
    runIn(game.scope('b.ts'), () => effects('b')(module));
    take();
    game.change({ 'a.ts': null });
    expect(take()).toBe('-a');
  });
});
