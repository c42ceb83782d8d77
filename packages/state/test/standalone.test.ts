import { EventEmitter } from 'node:events';
import { own, runIn, type Schedule, standalone } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { codeOf, Namespace } from './namespace.ts';

const { state, effect, listen, task, schedule, signal } = standalone;

describe('a script without a host', () => {
  it('just runs things once', async () => {
    const chat = new EventEmitter();
    const log: unknown[] = [];
    expect(state('bag', () => ({ gold: 1 }))).toEqual({ gold: 1 });
    effect(() => {
      log.push('effect');
      return () => log.push('never');
    });
    own(() => void log.push('own'));
    listen(chat, 'say', (text: string) => log.push(text));
    chat.emit('say', 'hi');
    await new Promise<void>((resolve) =>
      task('t', async ({ sleep, signal }) => {
        await sleep(1);
        log.push(signal.aborted);
        resolve();
      }),
    );
    expect(log).toEqual(['effect', 'own', 'hi', false]);
    expect(signal.aborted).toBe(false);
  });

  it('has schedules that end with the process', async () => {
    const log: number[] = [];
    const waits = await new Promise<Schedule<readonly [number]>>((resolve) => {
      const respawn = schedule('respawn', (id: number) => {
        log.push(id);
        resolve(respawn);
      });
      respawn.cancel(respawn.after(1, 1));
      respawn.at(Date.now() + 1, 2);
      expect(respawn.size).toBe(1);
      const month = Date.now() + 30 * 24 * 60 * 60_000; // longer than a timer of Node can wait
      const late = respawn.at(month, 3);
      expect(respawn.pending()).toMatchObject([{ args: [2] }, { ticket: late, due: month, args: [3] }]);
    });
    expect(log).toEqual([2]);
    expect([waits.size, waits.cancel(5)]).toEqual([1, false]);
    for (const { ticket } of waits.pending()) expect(waits.cancel(ticket)).toBe(true);
    expect(waits.size).toBe(0);
  });

  it('refuses what a host would refuse', () => {
    expect(codeOf(() => state('n', (() => 5) as never))).toBe('SLOT_PRIMITIVE');
    expect(codeOf(() => state('', () => ({})))).toBe('INVALID_ARGUMENT');
  });
});

describe('a package that imports rekindle/script by itself', () => {
  it('makes things for the script that is running', async () => {
    const game = new Namespace();
    const chat = new EventEmitter();
    const log: string[] = [];
    game.change({
      'a.ts': () => {
        state('bag', () => ({}));
        effect(() => () => log.push('-effect'));
        own(() => () => log.push('-own'));
        listen(chat, 'say', () => {});
        task('t', async ({ sleep }) => sleep(1_000));
        schedule('s', () => log.push('due')).after(100);
      },
    });
    expect(game.realm.slots.list().map(({ module, name }) => `${module}#${name}`)).toEqual([
      'a.ts#bag',
      'a.ts#schedule:s',
    ]);
    await game.clock.advance(100);
    game.change({ 'a.ts': null });
    expect(log).toEqual(['due', '-own', '-effect']);
    expect(chat.listenerCount('say')).toBe(0);
    const scope = game.scopes.get('a.ts');
    expect(runIn(scope, () => state('later', () => ({})))).toEqual({});
  });
});
