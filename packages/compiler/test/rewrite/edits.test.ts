import { describe, expect, it } from 'vitest';
import { Edits, type Stretch } from '../../src/rewrite/edits.ts';

describe('Edits', () => {
  it('closes inner before outer, then opens outer before inner, then replaces', () => {
    const edits = new Edits();
    edits.open(1, '(');
    edits.close(1, ' outer');
    edits.close(1, ' inner');
    edits.close(1, ' last', 1);
    edits.replace(1, 2, 'B');
    edits.open(1, '[');
    expect(edits.apply('abc')).toBe('a inner outer last([Bc');
  });

  it('keeps what is put into a stretch that is replaced, but no replacement there', () => {
    const edits = new Edits();
    edits.replace(0, 5, 'X');
    edits.replace(1, 2, 'lost');
    edits.close(3, '+');
    expect(edits.apply('abcdef')).toBe('X+f');
  });

  it('blanks a stretch to its line ends', () => {
    const edits = new Edits();
    edits.blank('a\nb\r\nc\u2028d', 0, 7, ';');
    expect(edits.apply('a\nb\r\nc\u2028d')).toBe(';\n\r\n\u2028d');
  });

  it('guards statements that begin with a parenthesis now', () => {
    const edits = new Edits();
    edits.replace(4, 5, '(0,f)');
    edits.open(8, '(');
    edits.close(12, '(');
    edits.guard(new Set([4, 8, 12]));
    expect(edits.apply('let f() x+1; y')).toBe('let ;(0,f)() ;(x+1;( y');
  });

  it('tells what was copied from where', () => {
    const edits = new Edits();
    edits.replace(2, 3, 'XYZ');
    const stretches: Stretch[] = [];
    expect(edits.apply('abcde', stretches)).toBe('abXYZde');
    expect(stretches).toEqual([
      { output: 0, source: 0, length: 2 },
      { output: 2, source: 2, length: 0 },
      { output: 5, source: 3, length: 2 },
    ]);
  });
});
