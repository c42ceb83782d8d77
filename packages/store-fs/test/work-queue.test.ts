import { describe, expect, it } from 'vitest';
import { eachOf, WorkQueue } from '../src/work-queue.ts';

describe('work', () => {
  it('that makes more work is all done', async () => {
    const queue = new WorkQueue(3);
    const done: string[] = [];
    const add = (name: string, depth: number) =>
      queue.add(async () => {
        await Promise.resolve();
        done.push(name);
        if (depth > 0) for (const child of ['a', 'b']) add(name + child, depth - 1);
      });
    add('', 3);
    await queue.done();
    expect(done.length).toBe(15);
  });

  it('is so wide and no wider', async () => {
    let running = 0;
    let most = 0;
    const queue = new WorkQueue(4);
    for (let piece = 0; piece < 50; piece += 1) {
      queue.add(async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      });
    }
    await queue.done();
    expect(most).toBe(4);
  });

  it('ends with the first error, and begins nothing after it', async () => {
    const began: number[] = [];
    const queue = new WorkQueue(1);
    for (let piece = 0; piece < 5; piece += 1) {
      queue.add(async () => {
        began.push(piece);
        throw new Error(`piece ${piece}`);
      });
    }
    await expect(queue.done()).rejects.toThrow('piece 4');
    queue.add(async () => void began.push(99));
    await Promise.resolve();
    expect(began).toEqual([4]);
  });

  it('is done at once where there is none', async () => {
    await new WorkQueue(1).done();
    await eachOf([], async () => {});
  });
});
