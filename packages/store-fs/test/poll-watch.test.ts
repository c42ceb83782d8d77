import { type SourceNotice, StoreError } from '@rekindle/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PollWatch } from '../src/poll-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A watch of a place that is what `place.now` says, or throws it. */
function watchOf(now: string | Error) {
  const place = { now };
  const happened: unknown[] = [];
  const watch = new PollWatch({
    interval: 100,
    look: async () => {
      if (place.now instanceof Error) throw place.now;
      return place.now;
    },
    wake: () => happened.push('wake'),
    notice: (notice: SourceNotice) => happened.push(notice.type),
  });
  /** What happens in so many looks. */
  const looks = async (count: number) => {
    happened.length = 0;
    await vi.advanceTimersByTimeAsync(100 * count);
    return [...happened];
  };
  return { watch, place, looks };
}

const gone = new StoreError('STORE_NOT_FOUND', 'gone');

describe('looking at intervals', () => {
  it('wakes when something is different', async () => {
    const { watch, place, looks } = watchOf('one');
    await watch.begin();
    expect(await looks(3)).toEqual([]);
    place.now = 'two';
    expect(await looks(3)).toEqual(['wake']);
    watch.close();
  });

  it('says once that the place is gone, and that it is there again, and wakes then', async () => {
    const { watch, place, looks } = watchOf('one');
    await watch.begin();
    place.now = gone;
    expect(await looks(5)).toEqual(['lost']);
    place.now = 'one';
    expect(await looks(5)).toEqual(['connected', 'wake']);
    watch.close();
  });

  it('wakes for a fault in the content, so that the head says it, and when that is mended', async () => {
    const { watch, place, looks } = watchOf('one');
    await watch.begin();
    place.now = new StoreError('STORE_DUPLICATE_ID', 'twins');
    expect(await looks(3)).toEqual(['wake']);
    place.now = 'one';
    expect(await looks(3)).toEqual(['wake']);
    watch.close();
  });

  it('cannot begin where there is nothing to look at', async () => {
    await expect(watchOf(gone).watch.begin()).rejects.toBe(gone);
  });

  it('ends', async () => {
    const { watch, place, looks } = watchOf('one');
    await watch.begin();
    watch.close();
    place.now = 'two';
    expect(await looks(3)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
