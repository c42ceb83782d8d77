import type { SourceNotice } from '@rekindle/store';
import { MongoServerError } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Heard, Newest } from '../src/history.ts';
import { type Change, type Changes, Watch } from '../src/watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** A server as a watch sees it, with whatever goes wrong. */
class Server {
  newest: Newest = { number: 1, publish: 'one' };
  unsettled = false;
  /** What opening a stream throws. */
  refusal: Error | undefined;
  /** What a stream throws when it is asked for its next change. */
  fault: Error | undefined;
  /** What a look throws. */
  outage: Error | undefined;
  /** Whether streams answer without waiting. */
  hasty = false;
  /** Milliseconds from what a look sees until it has it. */
  delay = 0;
  looks = 0;
  asked = 0;
  readonly opened: number[] = [];
  readonly #waiting = new Set<(change: Change | undefined) => void>();
  #ended = false;

  readonly powers = {
    poll: 1_000,
    newest: async () => {
      this.looks += 1;
      if (this.outage) throw this.outage;
      const { newest } = this;
      if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
      return newest;
    },
    unsettled: () => this.unsettled,
    openStream: async (): Promise<Changes> => {
      this.opened.push(performance.now());
      if (this.refusal ?? this.outage) throw this.refusal ?? this.outage;
      this.#ended = false;
      const ended = () => this.#ended;
      return {
        get ended() {
          return ended();
        },
        next: () => this.#next(),
        close: async () => this.#answer(undefined),
      };
    },
  };

  tell(change: Change): void {
    this.#answer(change);
  }

  /** Answers that there is nothing new, as some servers do when anybody writes anything. */
  tellNothing(): void {
    this.#answer(undefined);
  }

  end(): void {
    this.#ended = true;
    this.#answer(undefined);
  }

  #next(): Promise<Change | undefined> {
    this.asked += 1;
    if (this.fault) return Promise.reject(this.fault);
    if (this.hasty) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  #answer(change: Change | undefined): void {
    for (const resolve of this.#waiting) resolve(change);
    this.#waiting.clear();
  }
}

async function listen(watch: Watch) {
  const end = new AbortController();
  const notices: SourceNotice[] = [];
  let wakes = 0;
  await watch.add(() => wakes++, { signal: end.signal, notice: (notice) => notices.push(notice) });
  return {
    end,
    notices,
    get wakes() {
      return wakes;
    },
    get said() {
      return notices.map(({ type }) => type);
    },
  };
}

const broken = (code: number) => new MongoServerError({ message: `broken with ${code}`, code });

describe('what is known of the newest release', () => {
  const two = { number: 2, publish: 'two', document: { hash: 'of two' } } as unknown as Heard;

  it('is nothing where nobody listens', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    expect(watch.heard).toBeUndefined();
    const { end } = await listen(watch);
    await pass(10);
    expect(watch.heard).toMatchObject({ number: 1 });
    end.abort();
    expect(watch.heard).toBeUndefined();
  });

  it('is what the stream told, and stays so when a look finds the same', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const { end } = await listen(watch);
    await pass(10);
    server.newest = { number: 2, publish: 'two' };
    server.tell(two);
    await pass(0);
    expect(watch.heard).toBe(two);
    await pass(5_000);
    expect(watch.heard).toBe(two);
    end.abort();
  });

  it.each<[string, Change]>([
    ['the releases changed in another way', 'other'],
    ['a release came that is no newer one, as when a dump is restored', { number: 1, publish: 'restored' }],
  ])('is nothing after %s, until the next look', async (_, change) => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const { end } = await listen(watch);
    await pass(10);
    server.newest = { number: 2, publish: 'two' };
    server.tell(two);
    await pass(0);
    server.newest = { number: 1, publish: 'restored' };
    server.tell(change);
    await pass(0);
    expect(watch.heard).toBeUndefined();
    await pass(1_000);
    expect(watch.heard).toEqual(server.newest);
    end.abort();
  });

  it('is what the stream told while a look was under way that saw what was before', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const heard = await listen(watch);
    await pass(10);
    const { looks } = server;
    server.delay = 500;
    await pass(1_000); // a look has begun
    expect(server.looks).toBe(looks + 1);
    server.newest = { number: 2, publish: 'two' };
    server.tell(two);
    await pass(600);
    expect(watch.heard).toBe(two);
    expect(heard.wakes).toBe(1);
    await pass(5_000);
    expect(watch.heard).toBe(two);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('is nothing while the database is lost', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const { end } = await listen(watch);
    await pass(10);
    server.outage = broken(1);
    await pass(1_000);
    expect(watch.heard).toBeUndefined();
    server.outage = undefined;
    await pass(2_000);
    expect(watch.heard).toMatchObject({ number: 1 });
    end.abort();
  });
});

describe('what wakes who follows a database', () => {
  it('is a change that the stream tells, once', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.newest = { number: 2, publish: 'two' };
    server.tell({ number: 2, publish: 'two' });
    await pass(0);
    expect(heard.wakes).toBe(1);
    await pass(5_000);
    expect(heard.wakes).toBe(1); // the looks find what the stream has told
    heard.end.abort();
  });

  it('is a look, where the stream is silent', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.newest = { number: 2, publish: 'two' };
    await pass(1_000);
    expect(heard.wakes).toBe(1);
    server.tell({ number: 2, publish: 'two' }); // it comes late
    await pass(0);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('is another release under the same number', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.newest = { number: 1, publish: 'restored' };
    await pass(1_000);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('is anything else that happens to the releases', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.tell('other');
    await pass(0);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('is what came while the stream was opened', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const { openStream } = server.powers;
    server.powers.openStream = async () => {
      server.newest = { number: 2, publish: 'two' };
      return openStream();
    };
    const heard = await listen(watch);
    await pass(0);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('is every look while the head is not the newest release', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    server.unsettled = true;
    await pass(3_500);
    expect(heard.wakes).toBeGreaterThanOrEqual(3);
    server.unsettled = false;
    const before = heard.wakes;
    await pass(3_500);
    expect(heard.wakes).toBe(before);
    heard.end.abort();
  });
});

describe('listeners of one store', () => {
  it('share one stream and one look', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const all = await Promise.all(Array.from({ length: 5 }, () => listen(watch)));
    await pass(10_000);
    expect(server.opened.length).toBe(1);
    expect(server.looks).toBeLessThanOrEqual(15);
    server.tell('other');
    await pass(0);
    expect(all.map(({ wakes }) => wakes)).toEqual([1, 1, 1, 1, 1]);
    for (const { end } of all) end.abort();
  });

  it('hear nothing after their own end, and the last one ends everything', async () => {
    const server = new Server();
    const watch = new Watch(server.powers);
    const [first, second] = [await listen(watch), await listen(watch)];
    await pass(10);
    first.end.abort();
    server.tell('other');
    await pass(0);
    expect([first.wakes, second.wakes]).toEqual([0, 1]);
    second.end.abort();
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    const { looks } = server;
    await pass(10_000);
    expect([server.looks, server.opened.length]).toEqual([looks, 1]);
  });

  it('are told on arrival how things stand', async () => {
    const server = new Server();
    server.refusal = broken(40_573);
    const watch = new Watch(server.powers);
    const first = await listen(watch);
    await pass(10);
    server.outage = new Error('down');
    await pass(1_000);
    const second = await listen(watch);
    expect([first.said, second.said]).toEqual([
      ['polling', 'lost'],
      ['polling', 'lost'],
    ]);
    first.end.abort();
    second.end.abort();
  });

  it('are not taken where the database cannot be read, and can come again', async () => {
    const server = new Server();
    server.outage = new Error('down');
    const watch = new Watch(server.powers);
    await expect(listen(watch)).rejects.toThrow('down');
    server.outage = undefined;
    const heard = await listen(watch);
    await pass(10);
    expect(server.opened.length).toBe(1);
    heard.end.abort();
  });
});

describe('a stream that ends', () => {
  it('because the collection was dropped is opened again in a moment, without a word', async () => {
    const longest = vi.spyOn(Math, 'random').mockReturnValue(0.999);
    onTestFinished(() => longest.mockRestore());
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.end();
    await pass(250);
    expect([server.opened.length, heard.said]).toEqual([2, []]);
    heard.end.abort();
  });

  it('by one fault is opened again without a word', async () => {
    const server = new Server();
    server.fault = broken(43);
    const heard = await listen(new Watch(server.powers));
    await pass(0);
    server.fault = undefined;
    await pass(60_000);
    expect([server.opened.length, heard.said]).toEqual([2, []]);
    heard.end.abort();
  });

  it.each([2, 13, 115, 238, 40_324, 40_573])('because it is refused with %d is not asked for again', async (code) => {
    const server = new Server();
    server.refusal = broken(code);
    const heard = await listen(new Watch(server.powers));
    await pass(60_000);
    expect(heard.notices).toEqual([{ type: 'polling', interval: 1_000, cause: server.refusal }]);
    expect(server.opened.length).toBe(1);
    server.newest = { number: 2, publish: 'two' };
    await pass(1_000);
    expect(heard.wakes).toBe(1);
    heard.end.abort();
  });

  it('because it is refused is asked for again after an outage: it may be another server', async () => {
    const server = new Server();
    server.refusal = broken(40_573);
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.outage = new Error('down');
    await pass(2_000);
    server.outage = undefined;
    server.refusal = undefined;
    await pass(2_000);
    expect([heard.said, server.opened.length]).toEqual([['polling', 'lost', 'connected'], 2]);
    heard.end.abort();
  });

  it('is not asked without a pause where the server does not wait for changes', async () => {
    const server = new Server();
    server.hasty = true;
    const heard = await listen(new Watch(server.powers));
    await pass(60_000);
    expect(server.asked).toBeLessThan(80);
    heard.end.abort();
  });

  it('is asked again in a moment where a server wakes for what others write: a release may be on its way', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    for (let publish = 1; publish <= 10; publish += 1) {
      server.tellNothing(); // the texts
      const before = server.asked;
      await pass(20);
      expect(server.asked).toBe(before);
      await pass(10);
      expect(server.asked).toBe(before + 1);
      server.tell('other');
      await pass(1_000);
    }
    expect(heard.wakes).toBe(10);
    heard.end.abort();
  });

  it('is asked once a second while others write all the time, and again in a moment two seconds after', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    const write = setInterval(() => server.tellNothing(), 30);
    await pass(60_000);
    clearInterval(write);
    expect(server.asked).toBeGreaterThan(55);
    expect(server.asked).toBeLessThan(70);
    await pass(2_000);
    const before = server.asked;
    server.tellNothing();
    await pass(30);
    expect(server.asked).toBe(before + 1);
    heard.end.abort();
  });
});

describe('an outage', () => {
  it('is told once, and its end, with a wake', async () => {
    const server = new Server();
    const heard = await listen(new Watch(server.powers));
    await pass(10);
    server.outage = new Error('down');
    await pass(60_000);
    expect(heard.notices).toEqual([{ type: 'lost', cause: server.outage }]);
    server.outage = undefined;
    await pass(1_000);
    expect([heard.said, heard.wakes]).toEqual([['lost', 'connected'], 1]);
    heard.end.abort();
  });

  it('is over within a second, however seldom the database is looked at', async () => {
    const server = new Server();
    const heard = await listen(new Watch({ ...server.powers, poll: 600_000 }));
    await pass(10);
    server.outage = new Error('nobody answers');
    server.fault = server.outage;
    server.end();
    server.tell('other');
    await pass(10_000);
    expect(heard.said).toEqual(['lost']);
    server.outage = undefined;
    server.fault = undefined;
    server.newest = { number: 2, publish: 'two' };
    await pass(1_000);
    expect(heard.said).toEqual(['lost', 'connected']);
    expect(heard.wakes).toBeGreaterThan(0);
    heard.end.abort();
  });

  it('does not keep the stream waiting when it is over', async () => {
    const server = new Server();
    server.fault = broken(91);
    const heard = await listen(new Watch(server.powers));
    server.outage = new Error('down');
    await pass(60_000);
    const before = server.opened.length;
    server.outage = undefined;
    server.fault = undefined;
    await pass(1_000);
    expect(server.opened.length).toBe(before + 1);
    server.tell('other');
    await pass(0);
    expect(heard.wakes).toBeGreaterThan(0);
    heard.end.abort();
  });
});

describe('R28: a stream whose every next answer is an error', () => {
  const fatal = () =>
    new MongoServerError({
      message: 'Resume of change stream was not possible, as the resume point may no longer be in the oplog.',
      code: 286,
      errorLabels: ['NonResumableChangeStreamError'],
    });

  it.each([
    ['that says that it cannot be resumed', fatal],
    ['that says that it could be resumed', () => broken(10_107)],
    ['of the network', () => new Error('socket closed')],
  ])('%s: fifty hosts try seldom and spread, and see every release', async (_, fault) => {
    const servers = Array.from({ length: 50 }, () => new Server());
    const heard = await Promise.all(servers.map(({ powers }) => listen(new Watch(powers))));
    for (const server of servers) server.fault = fault();
    await pass(0);
    for (const server of servers) server.tell('other');
    await pass(60_000);
    for (const { opened } of servers) expect(opened.length).toBeLessThanOrEqual(10);
    for (const { said } of heard) expect(said).toEqual(['lost', 'connected', 'polling']);
    const attempts = servers.flatMap(({ opened }) => opened.slice(4).map((time) => Math.floor(time / 100)));
    const together = Math.max(...attempts.map((time) => attempts.filter((other) => other === time).length));
    expect(together).toBeLessThan(25);

    const before = heard.map(({ wakes }) => wakes);
    for (const server of servers) server.newest = { number: 2, publish: 'two' };
    await pass(1_000);
    expect(heard.map(({ wakes }) => wakes)).toEqual(before.map((wakes) => wakes + 1));

    for (const { end } of heard) end.abort();
  });

  it('is there again within half a minute when the fault is over, and stays', async () => {
    const server = new Server();
    server.fault = fatal();
    const heard = await listen(new Watch(server.powers));
    await pass(60_000);
    server.fault = undefined;
    await pass(32_000);
    const { length } = server.opened;
    await pass(60_000);
    expect(server.opened.length).toBe(length);
    server.tell('other');
    const { wakes } = heard;
    await pass(0);
    expect(heard.wakes).toBe(wakes + 1);
    heard.end.abort();
  });
});
