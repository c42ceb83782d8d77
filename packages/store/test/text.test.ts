import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeText, revisionOf } from '../src/index.ts';

/** Texts in which line ends, marks and halves of pairs are frequent. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r', '\n', '\r\n', '\ufeff', '\ud83e', '\uddcc', '\0'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
  )
  .map((parts) => parts.join(''));

describe('a text', () => {
  it('has LF and no byte order mark', () => {
    expect(normalizeText('\ufeffone\r\ntwo\r\n')).toBe('one\ntwo\n');
  });

  it('keeps a CR that ends no line, and a mark that is not in front', () => {
    expect(normalizeText('a\rb\ufeffc')).toBe('a\rb\ufeffc');
  });

  it('is well-formed, as UTF-8 would make it', () => {
    expect(normalizeText('a\ud83eb')).toBe('a\ufffdb');
    expect(normalizeText('🧌')).toBe('🧌');
  });

  it('stays as it is once it was normalized, and outlives UTF-8', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const normal = normalizeText(text);
        expect(normalizeText(normal)).toBe(normal);
        expect(
          Buffer.from(normal)
            .toString('utf8')
            .replace(/^\ufeff/, ''),
        ).toBe(normal);
      }),
      { numRuns: 2000 },
    );
  });

  it('has one revision, however it was written', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const revision = revisionOf(text);
        expect(revision).toBe(createHash('sha256').update(normalizeText(text), 'utf8').digest('hex'));
        expect(revisionOf(`\ufeff${text}`)).toBe(revision);
        expect(revisionOf(normalizeText(text).replaceAll('\n', '\r\n'))).toBe(revision);
      }),
    );
  });
});
