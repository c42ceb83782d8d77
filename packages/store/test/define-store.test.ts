import { describe, expect, it } from 'vitest';
import { defineStore, revisionOf } from '../src/index.ts';

describe('a defined store', () => {
  it('is made in one line', async () => {
    const sources = new Map([['main.ts', 'export {};']]);
    const store = defineStore({ read: async (id) => sources.get(id) });
    expect(await store.find?.('main.ts')).toBe(revisionOf('export {};'));
    expect(await store.find?.('other.ts')).toBe(undefined);
    const head = await store.head();
    expect([...(await store.manifest(head?.hash ?? '')).keys()]).toEqual(['main.ts']);
  });

  it('may answer at once, and with null', async () => {
    const store = defineStore({ read: (id) => (id === 'a.ts' ? 'a' : (null as unknown as undefined)) });
    expect(await store.find?.('a.ts')).toBe(revisionOf('a'));
    expect(await store.find?.('b.ts')).toBe(undefined);
  });

  it('needs a function', () => {
    // @ts-expect-error: JavaScript can call it like this
    expect(() => defineStore({})).toThrow(expect.objectContaining({ code: 'STORE_BAD_OPTION' }));
  });

  it('has all modules in its head from the start where it can list', async () => {
    const store = defineStore({ read: (id) => `// ${id}`, list: () => ['b.ts', 'a.ts', 'b.ts'] });
    expect(store.find).toBe(undefined);
    const head = await store.head();
    expect([...(await store.manifest(head?.hash ?? '')).keys()].sort()).toEqual(['a.ts', 'b.ts']);
  });

  it('brings listed ids into normal form C and refuses those that are none', async () => {
    const store = defineStore({ read: () => '', list: () => ['cafe\u0301.ts'] });
    const head = await store.head();
    expect([...(await store.manifest(head?.hash ?? '')).keys()]).toEqual(['caf\u00e9.ts']);
    const odd = defineStore({ read: () => '', list: () => ['/etc/passwd'] });
    await expect(odd.head()).rejects.toMatchObject({ code: 'STORE_BAD_ID' });
    const twins = defineStore({ read: () => '', list: () => ['a.ts', 'A.ts'] });
    await expect(twins.head()).rejects.toMatchObject({ code: 'STORE_DUPLICATE_ID' });
  });

  it('reads nothing that is not asked for, and again with each head what was', async () => {
    const asked: string[] = [];
    const store = defineStore({
      read: (id) => {
        asked.push(id);
        return id === 'a.ts' ? 'a' : undefined;
      },
    });
    await store.head();
    expect(asked).toEqual([]);
    const revision = (await store.find?.('a.ts')) ?? '';
    await store.find?.('b.ts');
    await store.read('a.ts', revision);
    expect(asked).toEqual(['a.ts', 'b.ts']);
    await store.head();
    expect(asked.slice(2).sort()).toEqual(['a.ts', 'b.ts']);
  });

  it('takes a throw for not being there to answer, and not for a missing module', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const store = defineStore({
      name: 'quest database',
      read: () => {
        throw cause;
      },
    });
    const error = await store.find?.('a.ts').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', cause });
    expect(String(error)).toContain("Quest database: read('a.ts') failed: connect ECONNREFUSED");
  });

  it('names the module whose source is no string', async () => {
    const store = defineStore({ read: () => Buffer.from('a') as unknown as string });
    await expect(store.find?.('a.ts')).rejects.toThrow(/read\('a\.ts'\) failed: it gave object instead of a string/);
  });

  it('does not wait for a read that never comes back once the caller gives up, or the store is disposed of', async () => {
    const signals: AbortSignal[] = [];
    const store = defineStore({
      read: (_, { signal }) => {
        signals.push(signal);
        return new Promise<never>(() => {});
      },
    });
    const end = new AbortController();
    const given = store.find?.('a.ts', { signal: end.signal });
    const reason = new Error('enough');
    end.abort(reason);
    await expect(given).rejects.toBe(reason);
    const left = store.find?.('b.ts');
    await store[Symbol.asyncDispose]();
    await expect(left).rejects.toMatchObject({ code: 'STORE_DISPOSED' });
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  it('reads at most sixteen modules at once', async () => {
    let running = 0;
    let most = 0;
    const store = defineStore({
      list: () => Array.from({ length: 100 }, (_, index) => `m${index}.ts`),
      read: async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        return '';
      },
    });
    await store.head();
    expect(most).toBe(16);
  });

  it('lets its watch fail with what went wrong, and ends it', async () => {
    const signals: AbortSignal[] = [];
    const store = defineStore({
      read: () => '',
      watch: async (_, { signal }) => {
        signals.push(signal);
        throw new Error('no change streams here');
      },
    });
    const watching = store.watch(() => {}, { signal: new AbortController().signal });
    await expect(watching).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('no change streams here'),
    });
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  it('ends the watches of its owner when it is disposed of', async () => {
    const signals: AbortSignal[] = [];
    const store = defineStore({ read: () => '', watch: (_, { signal }) => void signals.push(signal) });
    await store.watch(() => {}, { signal: new AbortController().signal });
    await store[Symbol.asyncDispose]();
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });
});
