import { describe, expect, it } from 'vitest';
import { ageOf, type Fingerprint, isSame, isSettled } from '../src/fingerprint.ts';

const SECOND = 1_000_000_000n;
const at = (changed: bigint, modified = changed): Fingerprint => ({
  device: 1n,
  inode: 2n,
  size: 3n,
  modified,
  changed,
});

describe('a fingerprint', () => {
  it('differs with each thing that the file system tells', () => {
    const base = at(5n, 4n);
    for (const key of ['device', 'inode', 'size', 'modified', 'changed'] as const) {
      expect(isSame(base, { ...base, [key]: 99n })).toBe(false);
    }
    expect(isSame(base, { ...base })).toBe(true);
  });

  it('is not trusted before the clock of the file system has ticked on', () => {
    const changed = 1_700_000_000n * SECOND + 123_456_789n;
    const now = Number(changed / 1_000_000n);
    expect(ageOf(at(changed), now + 7)).toBe(7);
    expect(isSettled(at(changed), now + 50)).toBe(false);
    expect(isSettled(at(changed), now + 51)).toBe(true);
  });

  it('of a file system that knows whole seconds is trusted after two', () => {
    const changed = 1_700_000_000n * SECOND;
    const now = Number(changed / 1_000_000n);
    expect(isSettled(at(changed), now + 2_000)).toBe(false);
    expect(isSettled(at(changed), now + 2_200)).toBe(true);
    // Somebody set the modification time to a whole second; the change time tells that the clock is finer.
    expect(isSettled(at(changed + 5n, changed), now + 60)).toBe(true);
  });

  it('of a file whose clock is ahead is not trusted', () => {
    const changed = 1_700_000_000n * SECOND + 1n;
    expect(isSettled(at(changed), Number(changed / 1_000_000n) - 5_000)).toBe(false);
  });
});
