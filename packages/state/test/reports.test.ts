import { createHook } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, Namespace } from './namespace.ts';

const MINUTE = 60_000;

/** A broken text, as far as this package can tell: its body throws. */
const broken: Body = () => {
  throw new SyntaxError('unexpected end of input');
};

describe('R7: a handler is never missing and never doubled', () => {
  it('calls exactly one callback over 200 edits, alone and in crowds, refused ones in between', () => {
    const click = createHook<(click: { cancelled: number }) => void>('click');
    const game = new Namespace();
    const guard: Body = () => click.add((event) => void event.cancelled++);
    const crowd = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}.ts`, (() => {}) as Body]));
    const clicked = (): number => {
      const event = { cancelled: 0 };
      click.call(event);
      return event.cancelled;
    };
    game.change({ ...crowd, 'guard.ts': guard });
    for (let edit = 0; edit < 200; edit++) {
      const edits = edit % 50 === 0 ? { ...crowd, 'guard.ts': guard } : { 'guard.ts': guard };
      game.change(edits, () => expect(clicked()).toBe(1));
      expect(() => game.change({ 'guard.ts': guard, 'other.ts': broken })).toThrow(SyntaxError);
      expect(clicked()).toBe(1);
    }
  });
});

describe('R15: a wait outlives the edits of others', () => {
  it('closes the door once, after twenty minutes', async () => {
    const open = createHook<() => void>('open');
    const game = new Namespace();
    const closed: number[] = [];
    game.change({
      'door.ts': ({ timers }) =>
        open.add(() => void timers.setTimeout(() => closed.push(game.clock.now()), 20 * MINUTE)),
      'chat.ts': () => {},
    });
    open.call();
    for (let minute = 1; minute <= 19; minute++) {
      await game.clock.advanceTo(minute * MINUTE);
      if (minute % 9 === 0) expect(() => game.change({ 'chat.ts': broken })).toThrow(SyntaxError);
      else game.change({ 'chat.ts': () => {} });
    }
    await game.clock.advance(60 * MINUTE);
    expect(closed).toEqual([20 * MINUTE]);
    expect(game.runs.get('door.ts')).toBe(1);
  });
});

describe('R17: a chime strikes on the hour', () => {
  const HOUR = 60 * MINUTE;
  const chimes = (struck: string[], game: Namespace, ...names: string[]): Body => {
    const hours = (): string => String(game.clock.now() / HOUR);
    return ({ timers }) => {
      for (const name of names) {
        // The text is what tells them apart, so each has its own.
        const strike = name === 'hour' ? () => struck.push(`hour ${hours()}`) : () => struck.push(`half ${hours()}`);
        timers.setInterval(strike, HOUR);
      }
    };
  };

  it('keeps the due time over an edit', async () => {
    const game = new Namespace();
    const struck: string[] = [];
    game.change({ 'clock.ts': chimes(struck, game, 'hour') });
    await game.clock.advanceTo(50 * MINUTE);
    game.change({ 'clock.ts': chimes(struck, game, 'hour') });
    await game.clock.advanceTo(2 * HOUR);
    expect(struck).toEqual(['hour 1', 'hour 2']);
  });

  it('strikes 24 times in a day in which it is saved every 50 minutes', async () => {
    const game = new Namespace();
    const struck: string[] = [];
    for (let minute = 0; minute < 24 * 60; minute += 50) {
      await game.clock.advanceTo(minute * MINUTE);
      game.change({ 'clock.ts': chimes(struck, game, 'hour') });
    }
    await game.clock.advanceTo(24 * HOUR);
    expect(struck).toEqual(Array.from({ length: 24 }, (_, hour) => `hour ${hour + 1}`));
  });

  it('tells a new timer above the line from the old one', async () => {
    const game = new Namespace();
    const struck: string[] = [];
    game.change({ 'clock.ts': chimes(struck, game, 'hour') });
    await game.clock.advanceTo(2.5 * HOUR);
    game.change({ 'clock.ts': chimes(struck, game, 'half', 'hour') });
    await game.clock.advanceTo(3.5 * HOUR);
    expect(struck).toEqual(['hour 1', 'hour 2', 'hour 3', 'half 3.5']);
  });
});

describe('R19: a callback that is new hears of those who are there already', () => {
  it('gives each of a hundred players one buff', () => {
    const players = new Set(Array.from({ length: 100 }, (_, n) => `p${n}`));
    const join = createHook<(player: string) => void>('join', { current: () => players });
    const buffs = new Map<string, number>();
    const game = new Namespace();
    const buff: Body = () => join.add((player) => void buffs.set(player, (buffs.get(player) ?? 0) + 1));
    const edited: Body = () => join.add((player) => void buffs.set(player, 1 + (buffs.get(player) ?? 0)));
    const enter = (player: string): void => {
      players.add(player);
      join.call(player);
    };
    game.change({ 'main.ts': () => {} });
    enter('p100');
    expect(() => game.change({ 'buffs.ts': buff, 'z.ts': broken })).toThrow(SyntaxError);
    expect(buffs.size).toBe(0);
    game.change({ 'buffs.ts': buff });
    enter('p101');
    expect([...buffs.values()]).toEqual(Array(102).fill(1));
    game.change({ 'buffs.ts': edited });
    expect(() => game.change({ 'buffs.ts': buff, 'z.ts': broken })).toThrow(SyntaxError);
    game.change({ 'buffs.ts': buff });
    expect([...buffs.values()]).toEqual(Array(102).fill(1));
  });
});
