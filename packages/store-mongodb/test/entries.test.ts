import { parseModuleId } from '@rekindle/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, entriesIn, linesOf, manifestIn } from '../src/entries.ts';

const revision = fc.stringMatching(/^[0-9a-f]{64}$/);
const id = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((name) => `${name}.ts`)
  .filter((name) => {
    try {
      return parseModuleId(name) === name;
    } catch {
      return false;
    }
  });

describe('the modules of a release as one text', () => {
  it('come back as they were, in every script', () => {
    const entries = fc.uniqueArray(fc.tuple(id, fc.option(revision)), { selector: ([name]) => name });
    fc.assert(
      fc.property(entries, (some) => {
        expect(entriesIn(linesOf(some))).toEqual(some);
      }),
    );
  });

  it('are a line for each, whatever is in an id that may be in one', () => {
    const entries: Entry<string | null>[] = [
      ['npc/dark elf - old.ts', 'a'.repeat(64)],
      ['a.$b.ts', null],
    ];
    expect(linesOf(entries)).toBe(`${'a'.repeat(64)} npc/dark elf - old.ts\n- a.$b.ts`);
  });

  it('may be none', () => {
    expect([linesOf([]), entriesIn(''), entriesIn(undefined)]).toEqual(['', [], []]);
  });

  it('are read from pairs, too, as version 1 has them', () => {
    const pairs = [
      ['a.ts', 'revision'],
      ['b.ts', null],
    ];
    expect(entriesIn(pairs)).toEqual(pairs);
    expect([...manifestIn(pairs)]).toEqual([['a.ts', 'revision']]);
  });

  it.each([[5], [{ 'a.ts': 'revision' }], [null], [[5, 'text']]])(
    'are none in %j, which nobody has published',
    (stored) => {
      expect(entriesIn(stored)).toEqual([]);
    },
  );
});
