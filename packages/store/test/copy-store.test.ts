import { describe, expect, it } from 'vitest';
import { copyStore, defineStore, memoryStore, type TransferProgress } from '../src/index.ts';
import { allOf, withHistory } from './histories.ts';

describe('copying a store', () => {
  it('keeps numbers, authors, messages, times and texts', async () => {
    const [from, to] = [await withHistory(), memoryStore()];
    const progress: TransferProgress[] = [];
    expect(await copyStore(from, to, { onProgress: (one) => progress.push(one) })).toEqual({ copied: 3, number: 3 });
    expect(await allOf(to)).toEqual(await allOf(from));
    expect(progress.map(({ release, done, total }) => [release, done, total])).toEqual([
      [1, 1, 3],
      [2, 2, 3],
      [3, 3, 3],
    ]);
  });

  it('goes on where it was broken off, and does nothing where everything is there', async () => {
    const [from, to] = [await withHistory(), memoryStore()];
    const end = new AbortController();
    const broken = copyStore(from, to, {
      signal: end.signal,
      onProgress: ({ release }) => {
        if (release === 2) end.abort(new Error('enough'));
      },
    });
    await expect(broken).rejects.toThrow('enough');
    expect((await to.head())?.number).toBe(2);
    expect(await copyStore(from, to)).toEqual({ copied: 1, number: 3 });
    expect(await copyStore(from, to)).toEqual({ copied: 0, number: 3 });
    await from.publish(new Map([['main.ts', 'four']]), { expected: 3 });
    expect(await copyStore(from, to)).toEqual({ copied: 1, number: 4 });
    expect(await allOf(to)).toEqual(await allOf(from));
  });

  it('of a bounded history copies what is left of it', async () => {
    const from = memoryStore({ keep: 2 });
    for (let number = 0; number < 5; number++) {
      await from.publish(new Map([[`m${number}.ts`, 'x']]), { expected: number });
    }
    const to = memoryStore();
    expect(await copyStore(from, to)).toEqual({ copied: 2, number: 5 });
    expect(await allOf(to)).toMatchObject([
      { release: { number: 5 } },
      { release: { number: 4 }, texts: { 'm0.ts': 'x', 'm3.ts': 'x' } },
    ]);
  });

  it('of a source without a history copies what it has now', async () => {
    const from = defineStore({ read: (id) => `text of ${id}`, list: () => ['a.ts', 'b.ts'] });
    const to = memoryStore();
    expect(await copyStore(from, to)).toEqual({ copied: 1, number: 1 });
    expect(await allOf(to)).toMatchObject([{ texts: { 'a.ts': 'text of a.ts', 'b.ts': 'text of b.ts' } }]);
  });

  it('to another channel', async () => {
    const store = await withHistory();
    await copyStore(store, store, { to: 'copy' });
    expect(await allOf(store, 'copy')).toEqual(await allOf(store));
  });

  it('never overwrites: a conflict names both sides and the way out, and nothing is written', async () => {
    const [from, to] = [await withHistory(), memoryStore({ name: 'the second' })];
    await to.publish(new Map([['main.ts', 'mine']]), { expected: 0, author: 'eve', message: 'my own' });
    const before = await allOf(to);
    const error = await copyStore(from, to).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_DIVERGED' });
    const { message } = error as Error;
    for (const said of ['the second', "by 'eve', 'my own'", 'the first', "by 'ann'", 'Nothing was written', 'empty'])
      expect(message).toContain(said);
    expect(await allOf(to)).toEqual(before);
  });

  it('is a conflict, too, where the other store has more', async () => {
    const [from, to] = [await withHistory(), memoryStore()];
    await copyStore(from, to);
    await to.publish(new Map([['main.ts', 'on top']]), { expected: 3, author: 'eve' });
    await expect(copyStore(from, to)).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
    expect((await to.head())?.number).toBe(4);
  });

  it('to a source that nobody publishes to is refused', async () => {
    const to = defineStore({ read: () => undefined, list: () => [] });
    await expect(copyStore(await withHistory(), to)).rejects.toMatchObject({ code: expect.stringMatching(/^STORE_/) });
  });
});
