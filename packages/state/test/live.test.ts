import { currentScope, runIn } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, type Module, moduleOf, Namespace } from './namespace.ts';

/** Somebody outside who keeps the first function that each name was given to. */
function keeper() {
  const kept = new Map<string, (...args: never[]) => unknown>();
  const keep = (name: string, fn: (...args: never[]) => unknown): void => {
    if (!kept.has(name)) kept.set(name, fn);
  };
  const call = (name: string): unknown => (kept.get(name) as () => unknown)();
  return { keep, call, kept };
}

const broken: Body = () => {
  throw new SyntaxError('broken');
};

describe('a live function', () => {
  it('calls the current version, through any number of edits', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    const body =
      (edition: number): Body =>
      ({ live }) =>
        keep(
          'outside',
          live(function onRequest() {
            return edition;
          }),
        );
    for (let edition = 1; edition <= 5; edition++) {
      game.change({ 'a.ts': body(edition) });
      expect(call('outside')).toBe(edition);
    }
  });

  it('passes this, arguments and the result, as an entry point of its module', () => {
    const game = new Namespace();
    let fn: ((this: string, x: number) => unknown) | undefined;
    game.change({
      'a.ts': ({ live }) => {
        fn = live(function f(this: string, x: number) {
          return [String(this), x, currentScope()?.owner.module];
        });
      },
    });
    expect(fn?.call('self', 5)).toEqual(['self', 5, 'a.ts']);
  });

  it('reports what the code throws, and gives undefined back', async () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    game.change({
      'a.ts': ({ live }) => {
        keep(
          'throws',
          live(() => {
            throw new Error('at once');
          }),
        );
        keep(
          'rejects',
          live(async () => {
            throw new Error('later');
          }),
        );
      },
    });
    expect(call('throws')).toBeUndefined();
    await expect(call('rejects')).rejects.toThrow('later');
    expect(game.faults.map(({ error, where }) => `${error} in ${where}`)).toEqual([
      'Error: at once in live function',
      'Error: later in live function',
    ]);
  });

  it('is found again by its name, whatever stands above it', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    game.change({
      'a.ts': ({ live }) => {
        keep(
          'request',
          live(function onRequest() {
            return 'request 1';
          }),
        );
        keep(
          'upgrade',
          live(function onUpgrade() {
            return 'upgrade 1';
          }),
        );
      },
    });
    game.change({
      'a.ts': ({ live }) => {
        keep(
          'new',
          live(function onClose() {
            return 'close';
          }),
        );
        keep(
          'upgrade',
          live(function onUpgrade() {
            return 'upgrade 2';
          }),
        );
        keep(
          'request',
          live(function onRequest() {
            return 'request 2';
          }),
        );
      },
    });
    expect([call('request'), call('upgrade'), call('new')]).toEqual(['request 2', 'upgrade 2', 'close']);
    game.change({
      'a.ts': ({ live }) =>
        void live(function onClose() {
          return 'close 3';
        }),
    });
    // Nothing stands for it any more: it goes on with the code that it has.
    expect([call('request'), call('new')]).toEqual(['request 2', 'close 3']);
  });

  it('without a name is found by its text, else by its order', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    const same = (module: Module): void =>
      keep(
        'same',
        module.live(() => 'same'),
      );
    game.change({
      'a.ts': (module) => {
        same(module);
        keep(
          'edited',
          module.live(() => 'before'),
        );
      },
    });
    game.change({
      'a.ts': (module) => {
        module.live(() => 'after');
        same(module);
      },
    });
    expect([call('same'), call('edited')]).toEqual(['same', 'after']);
  });

  it('calls what it called before when the release is refused, whenever that is', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    const body =
      (edition: number): Body =>
      (module) => {
        keep(
          'outside',
          module.live(function f() {
            return edition;
          }),
        );
        if (edition < 3) return;
        module.effect(() => {
          expect(call('outside')).toBe(edition);
          throw new Error('port in use');
        });
      };
    game.change({ 'a.ts': body(1) });
    expect(() => game.change({ 'a.ts': body(2), 'b.ts': broken })).toThrow(SyntaxError);
    expect(call('outside')).toBe(1);
    expect(() => game.change({ 'a.ts': body(3) })).toThrow('port in use');
    expect(call('outside')).toBe(1);
    game.change({ 'a.ts': body(2) });
    expect(call('outside')).toBe(2);
  });

  it('says that its module is unloaded', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    game.change({
      'a.ts': ({ live }) =>
        keep(
          'outside',
          live(() => 1),
        ),
    });
    const { live } = moduleOf(game.scope('a.ts'));
    game.change({ 'a.ts': null });
    expect(() => call('outside')).toThrow(/'a\.ts'.*unloaded/);
    expect(codeOf(() => call('outside'))).toBe('VERSION_ENDED');
    expect(codeOf(() => live(() => 1))).toBe('VERSION_ENDED');
  });

  it('belongs to the module that runs', () => {
    const game = new Namespace();
    const { keep, call } = keeper();
    game.change({ 'helper.ts': () => {}, 'a.ts': () => {} });
    const helper = moduleOf(game.scope('helper.ts'));
    runIn(game.scope('a.ts'), () =>
      keep(
        'outside',
        helper.live(() => currentScope()?.owner.module),
      ),
    );
    game.change({ 'helper.ts': null });
    expect(call('outside')).toBe('a.ts');
    expect(codeOf(() => moduleOf(game.scope('a.ts')).live(5 as never))).toBe('INVALID_ARGUMENT');
  });
});
