import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveManifest } from '../src/lineage.ts';
import { diffManifests, manifestHash } from '../src/manifest.ts';

const id = fc.constantFrom('a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts');
const revision = fc.constantFrom('1', '2', '3');
const manifest = fc.dictionary(id, revision).map((entries) => new Map(Object.entries(entries)));
const edit = fc.array(fc.tuple(id, fc.option(revision, { nil: undefined })), { maxLength: 3 });

/** The same entries, of which nothing is noted. */
const plain = (of: ReadonlyMap<string, string>) => new Map(of);

describe('what is noted of manifests', () => {
  it('gives the difference and the hash that a full comparison gives, whichever way they came of each other', () => {
    fc.assert(
      fc.property(manifest, fc.array(edit, { maxLength: 40 }), fc.array(edit, { maxLength: 3 }), (base, main, side) => {
        const descendants = [base, ...descend(base, main)];
        const others = descend(base, side);
        for (const from of [base, ...others]) {
          for (const to of [...descendants, ...others]) {
            expect(diffManifests(from, to)).toEqual(diffManifests(plain(from), plain(to)));
            expect(manifestHash(to)).toBe(manifestHash(plain(to)));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives the hash of a full look, of hundreds of modules too, that change, come and go', () => {
    const ids = Array.from({ length: 400 }, (_, index) => `area${index % 7}/m${index}.ts`);
    const some = fc.array(fc.tuple(fc.constantFrom(...ids), fc.option(revision, { nil: undefined })), { maxLength: 5 });
    fc.assert(
      fc.property(fc.subarray(ids), fc.array(some, { maxLength: 12 }), fc.boolean(), (first, edits, always) => {
        let newest: ReadonlyMap<string, string> = new Map(first.map((one) => [one, '1']));
        for (const [index, entries] of edits.entries()) {
          if (always || index % 3 === 0) manifestHash(newest); // what is noted depends on what was asked for
          newest = deriveManifest(newest, entries);
        }
        expect(manifestHash(newest)).toBe(manifestHash(plain(newest)));
      }),
      { numRuns: 60 },
    );
  });

  it('looks at no entry that did not change', () => {
    const base = new Map(Array.from({ length: 100 }, (_, index) => [`${index}.ts`, '1']));
    const next = deriveManifest(deriveManifest(base, [['7.ts', '2']]), [
      ['8.ts', '2'],
      ['7.ts', '3'],
    ]);
    const looked = watch(base);
    expect(diffManifests(base, next)).toEqual({ added: [], changed: ['7.ts', '8.ts'], removed: [] });
    expect(looked()).toEqual(['7.ts', '8.ts']);
  });

  it('remembers a comparison of manifests of which nothing was noted', () => {
    const from = new Map([
      ['a.ts', '1'],
      ['b.ts', '1'],
    ]);
    const to = new Map([
      ['a.ts', '1'],
      ['b.ts', '2'],
    ]);
    const difference = { added: [], changed: ['b.ts'], removed: [] };
    expect(diffManifests(from, to)).toEqual(difference);
    const looked = watch(from);
    expect(diffManifests(from, to)).toEqual(difference);
    expect(looked()).toEqual(['b.ts']);
  });
});

function descend(base: ReadonlyMap<string, string>, edits: readonly (readonly [string, string | undefined])[][]) {
  let newest = base;
  return edits.map((entries) => {
    newest = deriveManifest(newest, entries);
    return newest;
  });
}

/** Tells, sorted, which ids a manifest is asked for from now on. */
function watch(manifest: Map<string, string>): () => string[] {
  const asked = new Set<string>();
  const get = manifest.get.bind(manifest);
  manifest.get = (key) => {
    asked.add(key);
    return get(key);
  };
  return () => [...asked].sort();
}
