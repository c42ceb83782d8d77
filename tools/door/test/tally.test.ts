import { describe, expect, it } from 'vitest';
import { closingLine, judge, readTally, sum } from '../tally.ts';

describe('a closing line', () => {
  it('is read from the end of the output, with or without a name', () => {
    expect(readTally('1 passed, 0 failed\nmore\ne2e: 12 passed, 3 failed\n\n')).toEqual({ passed: 12, failed: 3 });
    expect(readTally('log\r\n 7 passed, 0 failed\r\n')).toEqual({ passed: 7, failed: 0 });
  });

  it('stands alone on its line', () => {
    expect(readTally('Tests  3 passed, 1 failed')).toBeUndefined();
    expect(readTally('3 passed, 1 failed (4)')).toBeUndefined();
  });

  it('is written as it is read', () => {
    expect(closingLine({ passed: 2, failed: 1 })).toBe('2 passed, 1 failed');
    expect(readTally(closingLine({ passed: 2, failed: 1 }, 'first-run'))).toEqual({ passed: 2, failed: 1 });
  });
});

describe('a finished process', () => {
  it('counts for what it says', () => {
    expect(judge('2 passed, 0 failed', 0)).toEqual({ passed: 2, failed: 0 });
    expect(judge('2 passed, 3 failed', 1)).toEqual({ passed: 2, failed: 3 });
  });

  it('is a failure when it ends badly without a counted failure, or is killed', () => {
    expect(judge('2 passed, 0 failed', 1)).toEqual({ passed: 2, failed: 1 });
    expect(judge('2 passed, 0 failed', null)).toEqual({ passed: 2, failed: 1 });
  });

  it('is a failure when it says nothing', () => {
    expect(judge('all good', 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('adds up', () => {
    expect(sum([])).toEqual({ passed: 0, failed: 0 });
    expect(sum([judge('2 passed, 0 failed', 0), judge('', 0)])).toEqual({ passed: 2, failed: 1 });
  });
});
