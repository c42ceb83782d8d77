import { isEnd, timersPromisesModule } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, type Module, Namespace } from './namespace.ts';

function running() {
  const game = new Namespace();
  game.change({ 'a.ts': () => {} });
  return { game, promises: timersPromisesModule(game.scope('a.ts')), edit: () => game.change({ 'a.ts': () => {} }) };
}

/** What became of a promise so far. */
function outcome(promise: Promise<unknown>): { readonly of: () => string } {
  let text = 'waiting';
  promise.then(
    (value) => {
      text = `resolved ${String(value)}`;
    },
    (error) => {
      text = isEnd(error) ? 'ended' : `rejected ${error.name}`;
    },
  );
  return { of: () => text };
}

describe('a wait', () => {
  it('resolves when it is due, with its value', async () => {
    const { game, promises } = running();
    const waits = [promises.setTimeout(100, 'late'), promises.setImmediate('soon'), promises.scheduler.wait(50)];
    const outcomes = waits.map(outcome);
    await game.clock.advance(50);
    expect(outcomes.map(({ of }) => of())).toEqual(['waiting', 'resolved soon', 'resolved undefined']);
    await game.clock.advance(50);
    expect(outcomes[0]?.of()).toBe('resolved late');
    const yielded = outcome(promises.scheduler.yield());
    await game.clock.advance(0);
    expect(yielded.of()).toBe('resolved undefined');
  });

  it('ends with its signal, before and after it began', async () => {
    const { game, promises } = running();
    const controller = new AbortController();
    const wait = promises.setTimeout(100, 1, { signal: controller.signal, ref: false });
    controller.abort(new Error('enough'));
    await expect(wait).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: new Error('enough') });
    await expect(promises.setImmediate(1, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(game.clock.due).toEqual([]);
  });

  it('resolves in a version that was replaced, however late; the next one only within the drain', async () => {
    const { game, promises, edit } = running();
    const hour = 3_600_000;
    const old = outcome(promises.setTimeout(hour));
    edit();
    const drained = outcome(promises.setTimeout(4_000));
    await game.clock.advance(5_000);
    expect([old.of(), drained.of()]).toEqual(['waiting', 'resolved undefined']);
    const late = outcome(promises.setTimeout(1));
    await game.clock.advance(hour);
    expect([old.of(), late.of()]).toEqual(['resolved undefined', 'ended']);
  });

  it('ends an endless loop of an old version', async () => {
    const { game, promises, edit } = running();
    let rounds = 0;
    const loop = outcome(
      (async () => {
        for (;;) {
          await promises.setTimeout(1_000);
          rounds += 1;
        }
      })(),
    );
    edit();
    await game.clock.advance(60_000);
    expect([loop.of(), rounds]).toEqual(['ended', 5]);
  });

  it('ends with an unload at once', async () => {
    const { game, promises } = running();
    const wait = outcome(promises.setTimeout(100));
    game.change({ 'a.ts': null });
    await game.clock.advance(0);
    expect(wait.of()).toBe('ended');
  });

  it('of a body starts with the commit; of a refused one it never settles', async () => {
    const game = new Namespace();
    const outcomes: { of: () => string }[] = [];
    const body: Body = ({ scope }) => void outcomes.push(outcome(timersPromisesModule(scope).setTimeout(100)));
    game.change({ 'a.ts': body });
    const broken: Body = () => {
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': body, 'b.ts': broken })).toThrow(SyntaxError);
    await game.clock.advance(100);
    expect(outcomes.map(({ of }) => of())).toEqual(['resolved undefined', 'waiting']);
  });

  it('of a body that awaits runs while it is prepared, and ends with a refusal', async () => {
    const game = new Namespace();
    let flow: { of: () => string } | undefined;
    const loading = game.changeAwaiting({
      'a.ts': async ({ scope }: Module) => {
        flow = outcome(timersPromisesModule(scope).setTimeout(10_000));
        await timersPromisesModule(scope).setTimeout(100);
        throw new Error('no connection');
      },
    });
    const refused = expect(loading).rejects.toThrow('no connection');
    await game.clock.advance(100);
    await refused;
    expect(flow?.of()).toBe('ended');
  });
});

describe('an interval as an iterator', () => {
  it('yields its value for each beat, also for those that were missed', async () => {
    const { game, promises } = running();
    const beats: string[] = [];
    const loop = (async () => {
      for await (const value of promises.setInterval(100, 'beat')) {
        beats.push(`${value} ${game.clock.now()}`);
        if (beats.length === 3) break;
      }
    })();
    await game.clock.advance(300);
    await loop;
    expect(beats).toEqual(['beat 100', 'beat 200', 'beat 300']);
    expect(game.clock.due).toEqual([]);
    const slow = promises.setInterval(100, 'beat');
    const first = slow.next();
    await game.clock.advance(250);
    expect(await first).toEqual({ value: 'beat', done: false });
    expect(await slow.next()).toEqual({ value: 'beat', done: false });
    await slow.return?.();
    expect(game.clock.due).toEqual([]);
  });

  it('ends with its signal and with its version', async () => {
    const { game, promises, edit } = running();
    const controller = new AbortController();
    const aborted = outcome(promises.setInterval(100, 1, { signal: controller.signal, ref: false }).next());
    const ended = outcome(promises.setInterval(100).next());
    await game.clock.advance(0);
    controller.abort();
    edit();
    await game.clock.advance(0);
    expect([aborted.of(), ended.of()]).toEqual(['rejected AbortError', 'ended']);
    await expect(promises.setInterval(1, 1, { signal: controller.signal }).next()).rejects.toMatchObject({
      code: 'ABORT_ERR',
    });
    expect(game.clock.due).toEqual([]);
  });
});
