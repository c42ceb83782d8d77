import { KEPT, Scope, type StateError } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { codeOf, type Module, moduleOf, Namespace } from './namespace.ts';

interface Purse {
  gold: number;
}

const HOUR = 60 * 60_000;

/** A body that opens one slot and keeps what it got. */
function opener(slot: (module: Module) => object) {
  const seen: object[] = [];
  const body = (module: Module): void => void seen.push(slot(module));
  return { seen, body, last: () => seen.at(-1) as never };
}

function thrownBy(act: () => void): StateError {
  try {
    act();
  } catch (error) {
    return error as StateError;
  }
  throw new Error('nothing was thrown');
}

describe('a slot', () => {
  it('is the same object for every version, and init runs once', () => {
    const game = new Namespace();
    let made = 0;
    const bag = opener(({ state }) =>
      state('bag', () => {
        made += 1;
        return { items: [] as string[] };
      }),
    );
    game.change({ 'a.ts': bag.body });
    game.change({ 'a.ts': bag.body });
    expect(bag.seen[1]).toBe(bag.seen[0]);
    expect(made).toBe(1);
  });

  it('belongs to its module: another one has its own of the same name', () => {
    const game = new Namespace();
    const one = opener(({ state }) => state('bag', () => ({})));
    const other = opener(({ state }) => state('bag', () => ({})));
    game.change({ 'a.ts': one.body, 'b.ts': other.body });
    expect(one.last()).not.toBe(other.last());
  });

  it('belongs to the module whose body runs, also when a helper asks for it', () => {
    const game = new Namespace();
    let helper: (() => object) | undefined;
    const seen: object[] = [];
    game.change({
      'helper.ts': ({ state }) => {
        helper = () => state('shared', () => ({}));
      },
      'a.ts': () => void seen.push(helper?.() as object),
      'b.ts': () => void seen.push(helper?.() as object),
    });
    expect(seen[0]).not.toBe(seen[1]);
    expect(game.realm.slots.list().map(({ module }) => module)).toEqual(['a.ts', 'b.ts']);
  });

  it('is nobody else’s in another namespace', () => {
    const [one, other] = [new Namespace('room-1'), new Namespace('room-2')];
    const bag = opener(({ state }) => state('bag', () => ({})));
    one.change({ 'a.ts': bag.body });
    other.change({ 'a.ts': bag.body });
    expect(bag.seen[1]).not.toBe(bag.seen[0]);
  });

  it.each([5, 'text', null, true])('does not hold %j, and says how to wrap it', (value) => {
    const game = new Namespace();
    const error = thrownBy(() => game.change({ 'a.ts': ({ state }) => void state('n', (() => value) as never) }));
    expect(error.code).toBe('SLOT_PRIMITIVE');
    expect(error.hint).toContain("state('n', () => ({ value:");
    expect(game.realm.slots.list()).toEqual([]);
  });

  it('is asked for once by a version; a body may catch a failure and ask again', () => {
    const game = new Namespace();
    const twice = ({ state }: Module): void => {
      state('n', () => ({}));
      state('n', () => ({}));
    };
    expect(codeOf(() => game.change({ 'a.ts': twice }))).toBe('SLOT_TWICE');
    const retried = opener(({ state }) => {
      try {
        state('n', () => {
          throw new Error('not yet');
        });
      } catch {}
      return state('n', () => ({ retried: true }));
    });
    game.change({ 'a.ts': retried.body });
    expect(retried.last()).toEqual({ retried: true });
  });

  it('is asked for at the top level only', () => {
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    expect(codeOf(() => moduleOf(game.scope('a.ts')).state('late', () => ({})))).toBe('SLOT_OUTSIDE_TOP_LEVEL');
    const inEffect = ({ effect, state }: Module): void => effect(() => void state('late', () => ({})));
    expect(codeOf(() => game.change({ 'a.ts': inEffect }))).toBe('SLOT_OUTSIDE_TOP_LEVEL');
  });

  it.each([
    ['a name that is empty', '', undefined],
    ['a version that is no whole number', 'n', { version: 1.5 }],
    ['steps to version 1', 'n', { up: { 1: () => ({}) } }],
    ['a step that is no function', 'n', { version: 2, up: { 2: 'x' } }],
    ['a source without a slot', 'n', { from: 'npc/orc.ts' }],
    ['a dispose that is no function', 'n', { dispose: 'close' }],
  ])('refuses %s', (_, name, options) => {
    const game = new Namespace();
    const body = ({ state }: Module): void => void state(name, () => ({}), options as never);
    expect(codeOf(() => game.change({ 'a.ts': body }))).toBe('INVALID_ARGUMENT');
  });
});

describe('a slot that migrates', () => {
  const v1 = opener(({ state }) => state('purse', (): Purse => ({ gold: 1 })));
  const v2 = opener(({ state }) =>
    state('purse', () => ({ gold: 1, silver: 0 }), {
      version: 2,
      up: { 2: (old: Purse) => ({ gold: old.gold, silver: 0 }) },
      down: { 2: (now) => ({ gold: now.gold }) },
    }),
  );
  const v4 = opener(({ state }) =>
    state('purse', () => ({ coins: [1, 0] }), {
      version: 4,
      up: {
        2: (old: Purse) => ({ ...old, silver: 0 }),
        3: (old: Purse & { silver: number }) => [old.gold, old.silver],
        4: (old: number[]) => ({ coins: old }),
      },
      down: {
        3: (now: number[]) => ({ gold: now[0], silver: now[1] }),
        4: (now) => now.coins,
      },
    }),
  );

  it('goes up step by step and leaves the old value alone', () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const old = v1.last() as Purse;
    old.gold = 7;
    game.change({ 'a.ts': v4.body });
    expect(v4.last()).toEqual({ coins: [7, 0] });
    expect(old).toEqual({ gold: 7 });
    expect(game.events).toContainEqual(
      expect.objectContaining({ type: 'state:migrated', module: 'a.ts', slot: 'purse', from: 1, to: 4 }),
    );
  });

  it('goes down by the steps that newer code has left, of several versions too', () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    game.change({ 'a.ts': v2.body });
    game.change({ 'a.ts': v4.body });
    (v4.last() as { coins: number[] }).coins[0] = 9;
    game.change({ 'a.ts': v1.body });
    expect(v1.last()).toEqual({ gold: 9 });
  });

  it('forgets the steps of code that was taken back: what comes next brings its own', () => {
    const game = new Namespace();
    const up = ({ state }: Module): void =>
      void state('purse', () => ({ gold: 0 }), { version: 2, up: { 2: (old: Purse) => ({ ...old }) } });
    game.change({ 'a.ts': v1.body });
    game.change({ 'a.ts': v2.body });
    game.change({ 'a.ts': v1.body });
    game.change({ 'a.ts': up });
    expect(codeOf(() => game.change({ 'a.ts': v1.body }))).toBe('MIGRATION_MISSING');
  });

  it('keeps the steps of older code for the versions below', () => {
    const game = new Namespace();
    const v3 = ({ state }: Module): void =>
      void state('purse', () => ({ copper: 0 }), {
        version: 3,
        up: { 3: (old: Purse) => ({ copper: old.gold * 100 }) },
        down: { 3: (now) => ({ gold: now.copper / 100, silver: 0 }) },
      });
    game.change({ 'a.ts': v2.body });
    game.change({ 'a.ts': v3 });
    game.change({ 'a.ts': v1.body });
    expect(v1.last()).toEqual({ gold: 1 });
  });

  it('says which step is missing, and stays as it is', () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const purse = v1.last();
    const gap = ({ state }: Module): void =>
      void state('purse', () => ({}), { version: 3, up: { 3: (old: object) => ({ ...old }) } });
    const error = thrownBy(() => game.change({ 'a.ts': gap }));
    expect(error).toMatchObject({ code: 'MIGRATION_MISSING', module: 'a.ts' });
    expect(error.message).toContain("'up' has no step to 2");
    game.change({ 'a.ts': v1.body });
    expect(v1.last()).toBe(purse);
  });

  it('cannot go down where no step was kept', () => {
    const game = new Namespace();
    const up = ({ state }: Module): void =>
      void state('purse', () => ({ gold: 0 }), { version: 2, up: { 2: (old: Purse) => ({ ...old }) } });
    game.change({ 'a.ts': v1.body });
    game.change({ 'a.ts': up });
    const error = thrownBy(() => game.change({ 'a.ts': v1.body }));
    expect(error.code).toBe('MIGRATION_MISSING');
    expect(error.message).toContain('no step down from 2');
  });

  it.each([
    ['MIGRATION_EMPTY', () => undefined],
    ['MIGRATION_IN_PLACE', (old: object) => old],
    ['SLOT_PRIMITIVE', () => 5],
    [
      'MIGRATION_FAILED',
      () => {
        throw new RangeError('too much gold');
      },
    ],
  ])('is refused with %s, exactly', (code, step) => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const [before] = game.realm.slots.list();
    const snapshot = { ...before };
    const next = ({ state }: Module): void =>
      void state('purse', () => ({}) as object, { version: 2, up: { 2: step as () => object } });
    expect(codeOf(() => game.change({ 'a.ts': next }))).toBe(code);
    expect(game.realm.slots.list()).toEqual([snapshot]);
    expect(game.events).toEqual([]);
  });

  it('keeps the cause of a step that threw', () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const cause = new RangeError('too much gold');
    const next = ({ state }: Module): void =>
      void state('purse', () => ({ gold: 0 }), {
        version: 2,
        up: {
          2: () => {
            throw cause;
          },
        },
      });
    expect(thrownBy(() => game.change({ 'a.ts': next })).cause).toBe(cause);
  });

  it('is as it was when another module of the release throws', () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const [before] = game.realm.slots.list();
    const snapshot = { ...before };
    const broken = (): void => {
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': v2.body, 'b.ts': broken })).toThrow(SyntaxError);
    expect(game.realm.slots.list()).toEqual([snapshot]);
    expect(game.realm.slots.find('a.ts', 'purse')?.value).toBe(v1.last());
  });
});

describe('a migration while a body awaits', () => {
  const v1 = opener(({ state }) => state('purse', () => ({ gold: 1 })));
  const options = { version: 2, up: { 2: (old: Purse) => ({ ...old }) } };

  it('is refused at once in the body that awaits', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const body = async ({ state }: Module): Promise<void> => {
      await null;
      state('purse', () => ({ gold: 1 }), options);
    };
    await expect(game.changeAwaiting({ 'a.ts': body })).rejects.toMatchObject({ code: 'AWAIT_AND_MIGRATION' });
    game.change({ 'a.ts': v1.body });
    expect(v1.seen.at(-1)).toBe(v1.seen.at(-2));
  });

  it('is refused at the swap in a body that ran early, with the line of the call', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    const migrates = async ({ state, scope }: Module): Promise<void> => {
      scope.awaits = false; // a plain body, which runs now because an awaiting one needs it
      state('purse', () => ({ gold: 1 }), options);
    };
    const error: StateError = await game.changeAwaiting({ 'a.ts': migrates, 'b.ts': async () => {} }).catch((e) => e);
    expect(error.code).toBe('AWAIT_AND_MIGRATION');
    expect(error.stack).toContain('slots.test.ts');
    expect(game.realm.slots.find('a.ts', 'purse')).toMatchObject({ version: 1, value: { gold: 1 } });
  });

  it('is fine where nobody runs who could change the value meanwhile', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': v1.body });
    game.change({ 'a.ts': null });
    const body = async ({ state }: Module): Promise<void> => void state('purse', () => ({ gold: 1 }), options);
    await game.changeAwaiting({ 'a.ts': body });
    expect(game.realm.slots.find('a.ts', 'purse')?.version).toBe(2);
  });

  it('drops a slot that was first made there when the release is refused', async () => {
    const game = new Namespace();
    const body = async ({ state }: Module): Promise<void> => {
      state('fresh', () => ({}));
      await null;
      throw new Error('no connection');
    };
    await expect(game.changeAwaiting({ 'a.ts': body })).rejects.toThrow('no connection');
    expect(game.realm.slots.list()).toEqual([]);
  });
});

describe('a slot that takes over another one', () => {
  const orcs = opener(({ state }) => state('orcs', () => new Map([[1, 'grom']])));
  const goblins = opener(({ state }) => state('goblins', () => new Map(), { from: 'npc/orc.ts#orcs' }));

  it('has the value of a module that goes in the same release, under the new name', () => {
    const game = new Namespace();
    game.change({ 'npc/orc.ts': orcs.body });
    game.change({ 'npc/orc.ts': null, 'npc/goblin.ts': goblins.body });
    expect(goblins.last()).toBe(orcs.last());
    expect(game.realm.slots.list().map(({ module, name }) => `${module}#${name}`)).toEqual(['npc/goblin.ts#goblins']);
    game.change({ 'npc/goblin.ts': goblins.body });
    expect(goblins.seen.at(-1)).toBe(goblins.seen.at(-2));
  });

  it('renames within a module, and migrates on the way', () => {
    const game = new Namespace();
    const old = opener(({ state }) => state('gold', () => ({ gold: 3 })));
    const renamed = opener(({ state }) =>
      state('purse', () => ({ coins: 0 }), {
        from: 'a.ts#gold',
        version: 2,
        up: { 2: (was: Purse) => ({ coins: was.gold }) },
      }),
    );
    game.change({ 'a.ts': old.body });
    game.change({ 'a.ts': renamed.body });
    expect(renamed.last()).toEqual({ coins: 3 });
  });

  it('takes one that was left behind', () => {
    const game = new Namespace();
    game.change({ 'npc/orc.ts': orcs.body });
    game.change({ 'npc/orc.ts': null });
    game.change({ 'npc/goblin.ts': goblins.body });
    expect(goblins.last()).toBe(orcs.last());
  });

  it('begins anew where there is nothing to take', () => {
    const game = new Namespace();
    game.change({ 'npc/goblin.ts': goblins.body });
    expect(goblins.last()).toEqual(new Map());
  });

  it('is refused while the other one is named, whichever of the two comes first', () => {
    const game = new Namespace();
    game.change({ 'npc/orc.ts': orcs.body });
    expect(codeOf(() => game.change({ 'npc/goblin.ts': goblins.body }))).toBe('SLOT_FROM_IN_USE');
    expect(codeOf(() => game.change({ 'npc/orc.ts': orcs.body, 'npc/goblin.ts': goblins.body }))).toBe(
      'SLOT_FROM_IN_USE',
    );
    const other = new Namespace();
    other.change({ 'npc/goblin.ts': () => {}, 'npc/orc.ts': orcs.body });
    expect(codeOf(() => other.change({ 'npc/goblin.ts': goblins.body, 'npc/orc.ts': orcs.body }))).toBe('SLOT_MOVED');
    expect(other.realm.slots.find('npc/orc.ts', 'orcs')?.value).toBe(orcs.last());
  });

  it('gives it back when the release is refused', () => {
    const game = new Namespace();
    game.change({ 'npc/orc.ts': orcs.body });
    const broken = (): void => {
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'npc/orc.ts': null, 'npc/goblin.ts': goblins.body, 'z.ts': broken })).toThrow();
    expect(game.realm.slots.find('npc/orc.ts', 'orcs')?.value).toBe(orcs.last());
    expect(game.realm.slots.find('npc/goblin.ts', 'goblins')).toBeUndefined();
  });
});

describe('a slot that nobody names any more', () => {
  const bag = opener(({ state }) => state('bag', () => ({})));

  it('is kept for a day, with an event, and then goes, with another', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': bag.body });
    game.change({ 'a.ts': () => {} });
    expect(game.events).toEqual([
      { type: 'state:dropped', module: 'a.ts', slot: 'bag', until: game.clock.time() + KEPT },
    ]);
    await game.clock.advance(23 * HOUR);
    expect(game.realm.slots.find('a.ts', 'bag')?.value).toBe(bag.last());
    await game.clock.advance(HOUR);
    expect(game.realm.slots.list()).toEqual([]);
    expect(game.events.at(-1)).toEqual({ type: 'state:dropped', module: 'a.ts', slot: 'bag' });
  });

  it('is found again within the day, and then stays', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': bag.body });
    game.change({ 'a.ts': null });
    await game.clock.advance(20 * HOUR);
    game.change({ 'a.ts': bag.body });
    expect(bag.seen.at(-1)).toBe(bag.seen.at(-2));
    expect(game.clock.due).toEqual([]);
    await game.clock.advance(48 * HOUR);
    expect(game.realm.slots.find('a.ts', 'bag')?.value).toBe(bag.last());
  });

  it('keeps its day when a release that named it again was refused', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': bag.body });
    game.change({ 'a.ts': null });
    await game.clock.advance(20 * HOUR);
    const broken = (module: Module): void => {
      bag.body(module);
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': broken })).toThrow(SyntaxError);
    expect(game.clock.due).toEqual([24 * HOUR]);
    await game.clock.advance(4 * HOUR);
    expect(game.realm.slots.list()).toEqual([]);
  });

  it('is disposed of at once where it says how, by an edit or an unload, and never by a refusal', () => {
    const game = new Namespace();
    const closed: string[] = [];
    const server = (name: string) =>
      opener(({ state }) => state(name, () => ({ name }), { dispose: (it) => closed.push(it.name) }));
    const [web, admin] = [server('web'), server('admin')];
    const both = (module: Module): void => {
      web.body(module);
      admin.body(module);
    };
    game.change({ 'a.ts': both });
    game.change({ 'a.ts': both });
    const broken = (): void => {
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': null, 'z.ts': broken })).toThrow(SyntaxError);
    expect(closed).toEqual([]);
    game.change({ 'a.ts': web.body });
    expect(closed).toEqual(['admin']);
    game.change({ 'a.ts': null });
    expect(closed).toEqual(['admin', 'web']);
    expect(game.realm.slots.list()).toEqual([]);
  });

  it('reports a dispose that throws or rejects, and forgets the slot', async () => {
    const game = new Namespace();
    const failing = ({ state }: Module): void => {
      state('one', () => ({}), {
        dispose: () => {
          throw new Error('stuck');
        },
      });
      state('two', () => ({}), { dispose: () => Promise.reject(new Error('stuck later')) });
    };
    game.change({ 'a.ts': failing });
    game.change({ 'a.ts': null });
    await game.clock.advance(0);
    expect(game.faults.map(({ error, where }) => [String(error), where])).toEqual([
      ['Error: stuck', "'dispose' of the slot 'one'"],
      ['Error: stuck later', "'dispose' of the slot 'two'"],
    ]);
    expect(game.realm.slots.list()).toEqual([]);
  });

  it('is kept a day longer while an awaiting body has asked for it', async () => {
    const game = new Namespace();
    game.change({ 'a.ts': bag.body });
    game.change({ 'a.ts': null });
    const owner = { namespace: 'main', module: 'a.ts', revision: 'x' };
    const scope = new Scope(owner, game.realm);
    moduleOf(scope).state('bag', () => ({}));
    await game.clock.advance(KEPT);
    expect(game.realm.slots.find('a.ts', 'bag')?.value).toBe(bag.last());
  });
});
