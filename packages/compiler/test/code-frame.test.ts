import { describe, expect, it } from 'vitest';
import { codeFrame } from '../src/index.ts';

const source = ['one', 'two', 'three', 'four = five;', 'six'].join('\n');

describe('codeFrame', () => {
  it('shows two lines before, the line and a marker', () => {
    expect(`\n${codeFrame(source, { line: 4, column: 8 }, 4)}`).toBe(`
  2 | two
  3 | three
> 4 | four = five;
    |        ^^^^`);
  });

  it('aligns numbers of different length', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n');
    expect(`\n${codeFrame(lines, { line: 10, column: 1 }, 4)}`).toBe(`
   8 | line 8
   9 | line 9
> 10 | line 10
     | ^^^^`);
  });

  it('begins where the text begins, and leaves out blank lines before', () => {
    expect(codeFrame(source, { line: 1, column: 2 })).toBe('> 1 | one\n    |  ^');
    expect(codeFrame('a\n\n\nb', { line: 4, column: 1 })).toBe('> 4 | b\n    | ^');
    expect(codeFrame('a\nb\n\nc', { line: 4, column: 1 })).toBe('  2 | b\n  3 |\n> 4 | c\n    | ^');
  });

  it('marks the end of a line and of the text', () => {
    expect(codeFrame('ab', { line: 1, column: 3 })).toBe('> 1 | ab\n    |   ^');
    expect(codeFrame('ab\n', { line: 2, column: 1 })).toBe('  1 | ab\n> 2 |\n    | ^');
    expect(codeFrame('', { line: 1, column: 1 })).toBe('> 1 |\n    | ^');
  });

  it('marks no more than the line has, and never nothing', () => {
    expect(codeFrame('ab\ncd', { line: 1, column: 2 }, 99)).toBe('> 1 | ab\n    |  ^');
    expect(codeFrame('ab', { line: 1, column: 1 }, 0)).toBe('> 1 | ab\n    | ^');
  });

  it('stays inside the text, whatever the position', () => {
    expect(codeFrame('ab', { line: 9, column: 9 })).toBe('> 1 | ab\n    |   ^');
    expect(codeFrame('ab', { line: 0, column: 0 })).toBe('> 1 | ab\n    | ^');
  });

  it('draws a tab as two spaces, before and under the marker', () => {
    expect(codeFrame('\t\tif\t(x)', { line: 1, column: 3 }, 3)).toBe('> 1 |     if  (x)\n    |     ^^^^');
  });

  it('takes CRLF, CR, LS and PS for line ends', () => {
    for (const end of ['\r\n', '\r', '\u2028', '\u2029']) {
      expect(codeFrame(`a${end}b${end}cd`, { line: 3, column: 2 })).toBe('  1 | a\n  2 | b\n> 3 | cd\n    |  ^');
    }
  });

  it('lets no control character through', () => {
    expect(codeFrame('a\u001b[31m\u0000b', { line: 1, column: 8 })).toBe('> 1 | a [31m b\n    |        ^');
  });

  it('cuts a long line to a window around the place', () => {
    const long = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`;
    const [row = '', marker = ''] = codeFrame(long, { line: 1, column: 501 }, 4).split('\n');
    expect(row.length).toBeLessThan(120);
    expect(row).toMatch(/^> 1 \| …a+HEREb+…$/);
    expect(row.slice(marker.indexOf('^'), marker.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('cuts the lines around in the same window', () => {
    const long = `${'a'.repeat(300)}X`;
    const [before = '', row = '', marker = ''] = codeFrame(`${'c'.repeat(400)}\n${long}`, {
      line: 2,
      column: 301,
    }).split('\n');
    expect(before).toMatch(/^ {2}1 \| …c+…$/);
    expect(row[marker.indexOf('^')]).toBe('X');
  });

  it('leaves a long line uncut where the place is near its beginning', () => {
    const row = codeFrame(`ab ${'c'.repeat(500)}`, { line: 1, column: 1 }, 2).split('\n')[0];
    expect(row).toMatch(/^> 1 \| ab c+…$/);
  });
});
