import { currentScope, KEPT, type Schedule } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, Namespace } from './namespace.ts';

const MINUTE = 60_000;
const broken: Body = () => {
  throw new SyntaxError('broken');
};

/** A module that writes down, under its version's name, what comes due. */
function respawning(game = new Namespace()) {
  const log: string[] = [];
  let respawn: Schedule<readonly [id: number]> | undefined;
  const body =
    (version: string): Body =>
    ({ schedule }) => {
      respawn = schedule('respawn', (id: number) => void log.push(`${version} ${id} at ${game.clock.now() / MINUTE}`));
    };
  return { game, log, body, respawn: () => respawn as Schedule<readonly [id: number]> };
}

describe('a schedule', () => {
  it('calls the handler once, when it is due, with what it was given, as an entry point', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    respawn().after(20 * MINUTE, 7);
    respawn().at(game.clock.time() + 10 * MINUTE, 8);
    expect(respawn().size).toBe(2);
    await game.clock.advance(60 * MINUTE);
    expect(log).toEqual(['one 8 at 10', 'one 7 at 20']);
    expect(respawn().size).toBe(0);
    const owners: unknown[] = [];
    game.change({
      'b.ts': ({ schedule }) => {
        schedule('who', () => {
          owners.push(currentScope()?.owner.module);
          throw new Error('nobody');
        }).after(1);
      },
    });
    await game.clock.advance(1);
    expect(owners).toEqual(['b.ts']);
    expect(game.faults.map(({ where }) => where)).toEqual(["schedule 'who'"]);
  });

  it('outlives edits and refusals, and calls the newest handler; one that an old version asks for too', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    const old = respawn();
    old.after(20 * MINUTE, 7);
    await game.clock.advance(5 * MINUTE);
    game.change({ 'a.ts': body('two') });
    old.after(20 * MINUTE, 8);
    expect(() => game.change({ 'a.ts': body('three'), 'b.ts': broken })).toThrow(SyntaxError);
    const refused = respawn();
    expect(codeOf(() => refused.after(1, 9))).toBe('VERSION_ENDED');
    await game.clock.advance(60 * MINUTE);
    expect(log).toEqual(['two 7 at 20', 'two 8 at 25']);
    expect(game.runs.get('a.ts')).toBe(3);
  });

  it('waits in vain for nobody: after an unload it is kept, and what came due is called when one is there', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    respawn().after(20 * MINUTE, 7);
    respawn().after(120 * MINUTE, 8);
    game.change({ 'a.ts': null });
    await game.clock.advance(60 * MINUTE);
    expect(log).toEqual([]);
    game.change({ 'a.ts': body('two') });
    await game.clock.advance(60 * MINUTE);
    expect(log).toEqual(['two 7 at 60', 'two 8 at 120']);
    game.change({ 'a.ts': null });
    await game.clock.advance(KEPT);
    expect(game.realm.slots.list()).toEqual([]);
    expect(game.clock.due).toEqual([]);
  });

  it('can be asked from the body; a refusal asks for nothing', async () => {
    const game = new Namespace();
    const log: string[] = [];
    const body =
      (id: string): Body =>
      ({ schedule }) => {
        schedule('once', (text: string) => void log.push(text)).after(MINUTE, id);
      };
    game.change({ 'a.ts': body('one') });
    expect(() => game.change({ 'a.ts': body('two'), 'b.ts': broken })).toThrow(SyntaxError);
    await game.clock.advance(MINUTE);
    expect(log).toEqual(['one']);
  });

  it('is cancelled by its ticket, also by a later version and before the commit', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({
      'a.ts': (module) => {
        body('one')(module);
        const ticket = respawn().after(MINUTE, 1);
        expect(respawn().cancel(ticket)).toBe(true);
        expect(respawn().cancel(ticket)).toBe(false);
      },
    });
    const ticket = respawn().after(MINUTE, 2);
    respawn().after(MINUTE, 3);
    game.change({ 'a.ts': body('two') });
    expect(respawn().cancel(ticket)).toBe(true);
    await game.clock.advance(MINUTE);
    expect(log).toEqual(['two 3 at 1']);
  });

  it('gives one ticket to one wait', () => {
    const { game, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    const tickets = [respawn().after(1, 1), respawn().after(1, 2)];
    game.change({
      'a.ts': (module) => {
        body('two')(module);
        tickets.push(respawn().after(1, 3), respawn().after(1, 4));
      },
    });
    tickets.push(respawn().after(1, 5));
    expect(new Set(tickets).size).toBe(5);
  });

  it('gives a ticket once, also after one was cancelled in the body', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({
      'a.ts': (module) => {
        body('one')(module);
        const first = respawn().after(MINUTE, 1);
        respawn().after(2 * MINUTE, 2);
        respawn().cancel(first);
        respawn().after(3 * MINUTE, 3);
      },
    });
    await game.clock.advance(3 * MINUTE);
    expect(log).toEqual(['one 2 at 2', 'one 3 at 3']);
  });

  it('gives a ticket once, also while a body awaits and the running version asks', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    const running = respawn();
    await game.changeAwaiting({
      'a.ts': async (module) => {
        body('two')(module);
        respawn().after(MINUTE, 1);
        await Promise.resolve();
        running.after(2 * MINUTE, 2);
      },
    });
    expect(respawn().size).toBe(2);
    await game.clock.advance(2 * MINUTE);
    expect(log).toEqual(['two 1 at 1', 'two 2 at 2']);
  });

  it('shows what waits: when, with what, and by which ticket it is cancelled', () => {
    const { game, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    expect(respawn().pending()).toEqual([]);
    const later = respawn().after(20 * MINUTE, 7);
    const sooner = respawn().at(game.clock.time() + MINUTE, 8);
    game.change({ 'a.ts': body('two') });
    const pending = respawn().pending();
    expect(pending).toEqual([
      { ticket: sooner, due: game.clock.time() + MINUTE, args: [8] },
      { ticket: later, due: game.clock.time() + 20 * MINUTE, args: [7] },
    ]);
    (pending[0]?.args as unknown as number[])[0] = 9; // a copy
    respawn().cancel(later);
    expect(respawn().pending()).toMatchObject([{ ticket: sooner, args: [8] }]);
  });

  it('waits longer than a clock can', async () => {
    const { game, log, body, respawn } = respawning();
    game.change({ 'a.ts': body('one') });
    const days = 40 * 24 * 60;
    respawn().after(days * MINUTE, 1);
    await game.clock.advance((days - 1) * MINUTE);
    expect(log).toEqual([]);
    await game.clock.advance(MINUTE);
    expect(log).toEqual([`one 1 at ${days}`]);
  });

  it('takes data only, and keeps it as it was', async () => {
    const game = new Namespace();
    const log: unknown[] = [];
    let schedule: Schedule<readonly unknown[]> | undefined;
    game.change({
      'a.ts': (module) => {
        schedule = module.schedule('data', (...args: readonly unknown[]) => void log.push(args));
      },
    });
    const data = { hp: 5 };
    schedule?.after(1, data, 'x');
    data.hp = 0;
    await game.clock.advance(1);
    expect(log).toEqual([[{ hp: 5 }, 'x']]);
    expect(codeOf(() => schedule?.after(1, () => {}))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => schedule?.after(Number.NaN))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => game.change({ 'a.ts': ({ schedule }) => void schedule('x', 5 as never) }))).toBe(
      'INVALID_ARGUMENT',
    );
  });

  it('skips what a handler before it has cancelled', async () => {
    const game = new Namespace();
    const log: number[] = [];
    let ticket = 0;
    let waits: Schedule<readonly [number]> | undefined;
    game.change({
      'a.ts': ({ schedule }) => {
        waits = schedule('s', (id: number) => {
          log.push(id);
          waits?.cancel(ticket);
        });
      },
    });
    waits?.after(10, 1);
    ticket = waits?.after(10, 2) ?? 0;
    await game.clock.advance(10);
    expect(log).toEqual([1]);
  });
});
