import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../src/text.ts';

/** Character by character. */
function naive(a: string, b: string): { from: number; behind: number } {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a[from] === b[from]) from += 1;
  let behind = 0;
  while (behind < shorter - from && a.at(-1 - behind) === b.at(-1 - behind)) behind += 1;
  return { from, behind };
}

// a few letters and long runs, so that much is alike
const run = fc.tuple(fc.constantFrom('a', 'b', '\u{1F409}'), fc.integer({ min: 0, max: 700 }));
const text = fc
  .array(run, { maxLength: 4 })
  .map((runs) => runs.map(([letter, times]) => letter.repeat(times)).join(''));

describe('the difference of two texts', () => {
  it('is that of their characters', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(differenceOf(a, b)).toEqual(naive(a, b));
      }),
    );
  });

  it('of an edit is where it was made', () => {
    fc.assert(
      fc.property(text, text, text, text, (before, old, now, after) => {
        const [a, b] = [before + old + after, before + now + after];
        expect(differenceOf(a, b)).toEqual(naive(a, b));
      }),
    );
  });
});
