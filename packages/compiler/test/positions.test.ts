import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineIndex } from '../src/positions.ts';

describe('LineIndex', () => {
  it('counts lines and columns from 1, with every line end of the language', () => {
    const index = new LineIndex('a\nbc\r\nd\re\u2028f\u2029');
    expect([0, 1, 2, 3, 6, 8, 10, 12].map((offset) => index.positionAt(offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 2, column: 2 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
      { line: 5, column: 1 },
      { line: 6, column: 1 },
    ]);
  });

  it('counts line feeds alone for SWC', () => {
    expect(LineIndex.byLineFeed('a\rb\u2028c\nd').positionAt(6)).toEqual({ line: 2, column: 1 });
  });

  it('goes there and back', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '\n', '\r', '\r\n', '\u2028'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(30), (source, offset) => {
        const at = Math.min(offset, source.length);
        const index = new LineIndex(source);
        const position = index.positionAt(at);
        expect(index.offsetAt(position)).toBe(at);
        expect(position.line).toBeLessThanOrEqual(index.count);
      }),
    );
  });

  it('has the lines, without what ends them', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '\n', '\r', '\r\n', '\u2028'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (source) => {
        const index = new LineIndex(source);
        const lines = Array.from({ length: index.count }, (_, line) => index.line(line + 1));
        expect(lines).toEqual(source.split(/\r\n|[\n\r\u2028\u2029]/));
        expect([index.line(0), index.line(index.count + 1)]).toEqual(['', '']);
      }),
    );
  });
});
