import { describe, expect, it } from 'vitest';
import { abortable, linkSignals, onAbort } from '../src/index.ts';

describe('waiting that a signal ends', () => {
  it('gives the work’s outcome when that comes first', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('gives the reason when the abort comes first, and does not mind what becomes of the work', async () => {
    const end = new AbortController();
    let fail = (_: Error) => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const waiting = abortable(work, end.signal);
    end.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    fail(new Error('too late'));
    await expect(abortable(Promise.reject(new Error('too late')), end.signal)).rejects.toBe('enough');
  });

  it('puts one listener on a signal, however many wait', async () => {
    const end = new AbortController();
    let listeners = 0;
    const { addEventListener } = end.signal;
    end.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(end.signal, args);
    };
    const waiting = Array.from({ length: 100 }, () => abortable(new Promise<never>(() => {}), end.signal));
    expect(listeners).toBe(1);
    end.abort('enough');
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true);
  });
});

describe('an action on abort', () => {
  it('runs once, at once where the signal has aborted, and not after it was taken back', () => {
    const end = new AbortController();
    const ran: string[] = [];
    onAbort(end.signal, () => ran.push('first'));
    const cut = onAbort(end.signal, () => ran.push('taken back'));
    cut();
    end.abort();
    onAbort(end.signal, () => ran.push('late'));
    expect(ran).toEqual(['first', 'late']);
  });
});

describe('linked signals', () => {
  it('abort with the first', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(one.signal, undefined, other.signal);
    expect(signal.aborted).toBe(false);
    other.abort('other');
    one.abort('one');
    expect(signal.reason).toBe('other');
  });

  it('are aborted from the start where one is', () => {
    const { signal } = linkSignals(new AbortController().signal, AbortSignal.abort('gone'));
    expect(signal.reason).toBe('gone');
  });

  it('part when they are unlinked', () => {
    const end = new AbortController();
    const { signal, unlink } = linkSignals(end.signal);
    unlink();
    end.abort();
    expect(signal.aborted).toBe(false);
  });
});
