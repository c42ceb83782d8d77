import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertModuleId, foldModuleId, isStoreError, parseModuleId } from '../src/index.ts';

describe('a module id', () => {
  it.each([
    'main.ts',
    'npc/goblin.ts',
    'a/b/c/d.mjs',
    'data.json',
    'ñ/ß.ts',
    '语/🧌.ts',
    'a b/c d.ts',
    'x/..y/z...ts',
    '-/+.ts',
    'a.b.c.ts',
    'constructor/toString.ts',
  ])('may be %j', (id) => {
    expect(parseModuleId(id)).toBe(id);
    assertModuleId(id);
  });

  it.each([
    ['', 'empty'],
    ['/a.ts', "begins with '/'"],
    ['a\\b.ts', 'backslash'],
    ['C:/a.ts', 'drive letter'],
    ['ab:c.ts', 'Windows'],
    ['what?.ts', 'Windows'],
    ['a\0.ts', 'control character'],
    ['a\u2028.ts', 'control character'],
    ['\udc00.ts', 'surrogate'],
    ['a//b.ts', 'empty segment'],
    ['a/', 'empty segment'],
    ['./a.ts', "segment '.'"],
    ['a/../b.ts', "segment '..'"],
    ['__proto__/a.ts', '__proto__'],
    ['a./b.ts', 'dot or a space'],
    ['a /b.ts', 'dot or a space'],
    ['main', 'no extension'],
    ['a/.ts', 'no extension'],
    ['a.ts/b', 'no extension'],
    [`${'é'.repeat(127)}.ts`, '255 bytes'],
    [`${'a/'.repeat(600)}b.ts`, '1024 bytes'],
  ])('may not be %j', (id, why) => {
    try {
      parseModuleId(id);
      expect.unreachable();
    } catch (error) {
      expect(isStoreError(error, 'STORE_BAD_ID')).toBe(true);
      expect(String(error)).toContain(why);
      expect(String(error)).toContain("such as 'npc/goblin.ts'");
    }
  });

  it('is brought into normal form C, and must be in it where it is used', () => {
    expect(parseModuleId('cafe\u0301.ts')).toBe('caf\u00e9.ts');
    expect(() => assertModuleId('cafe\u0301.ts')).toThrow(/normal form C/);
    expect(() => assertModuleId('caf\u00e9.ts')).not.toThrow();
  });

  it('stays as it is once it was parsed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const id = attempt(() => parseModuleId(`${text}.ts`));
        if (id === undefined) return;
        expect(parseModuleId(id)).toBe(id);
        expect(id.split('/')).not.toContain('..');
        expect(Buffer.from(id).toString()).toBe(id);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('folding', () => {
  it.each([
    ['npc/Goblin.ts', 'NPC/goblin.ts'],
    ['caf\u00e9.ts', 'cafe\u0301.ts'],
    ['ΑΣ.ts', 'ας.ts'],
    ['Straße.ts', 'STRASSE.ts'],
    ['İ.ts', 'i\u0307.ts'],
  ])('makes %j and %j the same', (one, other) => {
    expect(foldModuleId(one)).toBe(foldModuleId(other));
  });

  it.each([
    ['a.ts', 'b.ts'],
    ['ﬁ.ts', 'f1.ts'],
    ['a.ts', 'ä.ts'],
  ])('tells %j from %j', (one, other) => {
    expect(foldModuleId(one)).not.toBe(foldModuleId(other));
  });

  it('knows a capital sharp s', () => {
    expect(foldModuleId('STRAẞE.ts')).toBe(foldModuleId('strasse.ts'));
    expect(foldModuleId('ẞ')).toBe(foldModuleId('ß'));
  });

  it('does not depend on case or normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        const folded = foldModuleId(text);
        expect(foldModuleId(text.normalize('NFD'))).toBe(folded);
        expect(foldModuleId(text.normalize('NFC'))).toBe(folded);
        expect(foldModuleId(text.toUpperCase())).toBe(folded);
        expect(foldModuleId(folded)).toBe(folded);
      }),
      { numRuns: 2000 },
    );
  });
});

function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
