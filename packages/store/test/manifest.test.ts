import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChanges, assertTree, diffManifests, manifestHash, parseChanges } from '../src/index.ts';

const ids = fc.constantFrom('a.ts', 'b.ts', 'c/d.ts', 'c/e.ts', 'ß.ts', '语.ts');
const manifests = fc.dictionary(ids, fc.constantFrom('1', '2', '3')).map((entries) => new Map(Object.entries(entries)));

describe('the hash of a manifest', () => {
  it('depends on the entries alone, not on their order', () => {
    fc.assert(
      fc.property(manifests, manifests, (one, other) => {
        const reversed = new Map([...one].reverse());
        expect(manifestHash(reversed)).toBe(manifestHash(one));
        const { added, changed, removed } = diffManifests(one, other);
        const same = added.length + changed.length + removed.length === 0;
        expect(manifestHash(one) === manifestHash(other)).toBe(same);
      }),
    );
  });

  it('cannot be made equal by an id that looks like an entry', () => {
    const one = new Map([['a.ts', 'x\nb.ts\0y']]);
    const other = new Map([
      ['a.ts', 'x'],
      ['b.ts', 'y'],
    ]);
    // Revisions are hexadecimal and ids hold no control character; this is why they must not.
    expect(manifestHash(one)).toBe(manifestHash(other));
    expect(() => parseChanges('store', new Map([['a.ts\nb.ts', '']]))).toThrow(/control character/);
  });
});

describe('the difference of two manifests', () => {
  it('names what was added, changed and removed, sorted', () => {
    const from = new Map(Object.entries({ 'b.ts': '1', 'a.ts': '1', 'same.ts': '1', 'z.ts': '1', 'y.ts': '1' }));
    const to = new Map(Object.entries({ 'z.ts': '2', 'y.ts': '2', 'same.ts': '1', 'd.ts': '1', 'c.ts': '1' }));
    expect(diffManifests(from, to)).toEqual({
      added: ['c.ts', 'd.ts'],
      changed: ['y.ts', 'z.ts'],
      removed: ['a.ts', 'b.ts'],
    });
  });

  it('leads from the one to the other', () => {
    fc.assert(
      fc.property(manifests, manifests, (from, to) => {
        const { added, changed, removed } = diffManifests(from, to);
        const result = new Map<string, string>(from);
        for (const id of removed) result.delete(id);
        for (const id of [...added, ...changed]) result.set(id, to.get(id) ?? '');
        expect(new Map([...result].sort())).toEqual(new Map([...to].sort()));
      }),
    );
  });
});

describe('changes', () => {
  it('leave the manifest that they are applied to as it was', () => {
    const before = new Map([['a.ts', '1']]);
    const after = applyChanges('store', before, parseChanges('store', new Map([['a.ts', null]])));
    expect([before.size, after.size]).toEqual([1, 0]);
  });

  it('with two spellings of one id are refused', () => {
    const changes = new Map([
      ['caf\u00e9.ts', ''],
      ['cafe\u0301.ts', null],
    ]);
    expect(() => parseChanges('store', changes)).toThrow(expect.objectContaining({ code: 'STORE_DUPLICATE_ID' }));
  });
});

describe('a tree', () => {
  it('has no module that is a folder, in any case of letters', () => {
    expect(() => assertTree('store', ['a/b.ts/c.ts', 'a/b.ts'])).toThrow(/'a\/b\.ts' is a module of store/);
    expect(() => assertTree('store', ['A/b.TS', 'a/b.ts/deep/c.ts'])).toThrow(
      expect.objectContaining({ code: 'STORE_BAD_ID' }),
    );
    expect(() => assertTree('store', ['a/b.ts', 'a/b/c.ts', 'a/b.tsx'])).not.toThrow();
  });

  it('shows twins that look alike by their code points', () => {
    expect(() => assertTree('store', ['é.ts'.normalize('NFC'), 'é.ts'.normalize('NFD')])).toThrow(/\\u00e9.*\\u0301/);
  });
});
