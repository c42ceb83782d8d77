import { deriveManifest } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { WantedModules } from '../src/wanted-modules.ts';

const committed = new Map([
  ['a.ts', '1'],
  ['b.ts', '1'],
  ['c.ts', '1'],
]);

describe('what the graph shall hold', () => {
  it('differs by what was edited, came and went', () => {
    const release = deriveManifest(committed, [
      ['a.ts', '2'],
      ['c.ts', undefined],
      ['d.ts', '1'],
    ]);
    const wanted = new WantedModules(release, []);
    expect(wanted.changes(committed).toSorted()).toEqual(['a.ts', 'c.ts', 'd.ts']);
    expect(wanted.whole()).toBe(release);
  });

  it('has the texts that stand beside the release in the place of its own', () => {
    const wanted = new WantedModules(committed, [
      ['a.ts', 'given'],
      ['x.ts', 'given'],
    ]);
    expect([wanted.get('a.ts'), wanted.get('b.ts'), wanted.get('x.ts')]).toEqual(['given', '1', 'given']);
    expect(wanted.changes(committed).toSorted()).toEqual(['a.ts', 'x.ts']);
    expect([...wanted.keys()].sort()).toEqual(['a.ts', 'b.ts', 'c.ts', 'x.ts']);
  });

  it('goes on from there when the next release comes', () => {
    const before = new WantedModules(committed, [['x.ts', 'given']]).whole();
    const next = new WantedModules(deriveManifest(committed, [['b.ts', '2']]), [['x.ts', 'given']]);
    expect(next.changes(before)).toEqual(['b.ts']);
    expect(next.whole()).toEqual(
      new Map([
        ['a.ts', '1'],
        ['b.ts', '2'],
        ['c.ts', '1'],
        ['x.ts', 'given'],
      ]),
    );
  });

  it('takes account of what is found meanwhile', () => {
    const wanted = new WantedModules(committed, []);
    expect(wanted.has('found.ts')).toBe(false);
    wanted.set('found.ts', '1');
    expect(wanted.has('found.ts')).toBe(true);
    expect(wanted.changes(committed)).toEqual(['found.ts']);
    expect(wanted.whole().get('found.ts')).toBe('1');
  });
});
