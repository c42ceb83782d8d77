import { setImmediate as turn } from 'node:timers/promises';
import { currentScope, enter, ownerOf, runIn, runInAsync, type Scope } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { Namespace } from './namespace.ts';

function scopes() {
  const game = new Namespace();
  game.change({ 'a.ts': () => {}, 'b.ts': () => {} });
  return { game, a: game.scope('a.ts'), b: game.scope('b.ts') };
}

const nameOf = (scope: Scope | undefined): string | undefined => scope?.owner.module;

describe('the running owner', () => {
  it('nests, returns what the function returns, and is put back by a throw', () => {
    const { a, b } = scopes();
    const seen = runIn(a, () => {
      const inner = runIn(b, () => nameOf(currentScope()));
      const game = runIn(undefined, () => nameOf(currentScope()));
      expect(() =>
        runIn(b, () => {
          throw new Error('inside');
        }),
      ).toThrow('inside');
      return [inner, game, nameOf(currentScope())];
    });
    expect(seen).toEqual(['b.ts', undefined, 'a.ts']);
    expect(currentScope()).toBeUndefined();
  });

  it('beats the owner in whose text a call stands', () => {
    const { a, b } = scopes();
    expect(ownerOf(b)).toBe(b);
    expect(runIn(a, () => ownerOf(b))).toBe(a);
  });

  it('ends with the synchronous part of what it runs', async () => {
    const { a, b } = scopes();
    let after: Scope | undefined;
    await runIn(a, async () => {
      await null;
      after = ownerOf(b);
    });
    expect(after).toBe(b);
  });
});

describe('the owner of a body that awaits', () => {
  it('stays over its awaits, while others run beside it', async () => {
    const { a, b } = scopes();
    const body = async (): Promise<(string | undefined)[]> => {
      const seen = [nameOf(currentScope())];
      await turn();
      seen.push(nameOf(currentScope()));
      runIn(undefined, () => {});
      await turn();
      seen.push(nameOf(currentScope()));
      return seen;
    };
    const outside = (async () => {
      await turn();
      return nameOf(currentScope());
    })();
    expect(await Promise.all([runInAsync(a, body), runInAsync(b, body), outside])).toEqual([
      ['a.ts', 'a.ts', 'a.ts'],
      ['b.ts', 'b.ts', 'b.ts'],
      undefined,
    ]);
  });

  it('yields to an entry point that is called meanwhile', async () => {
    const { a, b } = scopes();
    await runInAsync(a, async () => {
      await turn();
      expect(enter(b, 'test', () => nameOf(currentScope()), undefined, [])).toBe('b.ts');
      expect(nameOf(currentScope())).toBe('a.ts');
    });
  });

  it('does not cling to a flow that the body has left behind, also while another body awaits', async () => {
    const { a, b } = scopes();
    let flow: Promise<string | undefined> | undefined;
    await runInAsync(a, async () => {
      flow = (async () => {
        await turn();
        await turn();
        return nameOf(currentScope());
      })();
    });
    const [left] = await Promise.all([
      flow,
      runInAsync(b, async () => {
        for (let turns = 0; turns < 5; turns++) await turn();
      }),
    ]);
    expect(left).toBeUndefined();
  });

  it('says that it awaits until it has settled, also by a rejection', async () => {
    const { a } = scopes();
    const failing = runInAsync(a, async () => {
      await null;
      throw new Error('no connection');
    });
    expect(a.awaits).toBe(true);
    await expect(failing).rejects.toThrow('no connection');
    expect(a.awaits).toBe(false);
    expect(currentScope()).toBeUndefined();
  });
});

describe('an entry point', () => {
  it('returns what it gets, reports what it throws and then returns undefined', () => {
    const { game, a } = scopes();
    expect(enter(a, 'run', (x: number) => x * 2, undefined, [21])).toBe(42);
    const error = new Error('goblin');
    const thrown = enter(
      a,
      'run',
      () => {
        throw error;
      },
      undefined,
      [],
    );
    expect(thrown).toBeUndefined();
    expect(game.faults).toEqual([{ error, scope: a, where: 'run' }]);
  });
});

describe('a version', () => {
  it('passes from staged to active to ended, and its signal aborts at the end alone', () => {
    const game = new Namespace();
    const phases: string[] = [];
    game.change({ 'a.ts': ({ scope }) => void phases.push(scope.phase) });
    const first = game.scope('a.ts');
    const { signal } = first;
    phases.push(first.phase);
    game.change({ 'a.ts': () => {} }, () => expect(signal.aborted).toBe(false));
    phases.push(first.phase);
    expect(phases).toEqual(['staged', 'active', 'ended']);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'AbortError', cause: { code: 'VERSION_ENDED', module: 'a.ts' } });
  });

  it('aborts a signal that is asked for too late, and that of a refused version', () => {
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    const old = game.scope('a.ts');
    game.change({ 'a.ts': () => {} });
    expect(old.signal.aborted).toBe(true);
    let refused: AbortSignal | undefined;
    const broken = ({ signal }: { signal: AbortSignal }): void => {
      refused = signal;
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': broken })).toThrow(SyntaxError);
    expect(refused?.aborted).toBe(true);
    expect(game.scope('a.ts').signal.aborted).toBe(false);
  });

  it('may have any number of listeners on its signal', () => {
    const game = new Namespace();
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    try {
      game.change({
        'a.ts': ({ signal }) => {
          for (let n = 0; n < 50; n++) signal.addEventListener('abort', () => {});
        },
      });
    } finally {
      process.off('warning', warned);
    }
    expect(warnings).toEqual([]);
  });
});
