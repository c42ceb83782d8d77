import { describe, expect, it } from 'vitest';
import { IgnoreRules } from '../src/ignore-rules.ts';

describe('names that are always left alone', () => {
  it.each([
    '.git',
    '.a.ts',
    'node_modules',
    'a.ts~',
    '#a.ts#',
    '.#a.ts',
    'a.ts.swp',
    'a.swo',
    '4913',
    'x.tmp',
    'a.ts___jb_tmp___',
  ])('%s', (name) => {
    expect(IgnoreRules.isFixed(name)).toBe(true);
  });

  it.each(['a.ts', 'tmp', 'tmp.ts', '49130', 'node_modules.ts', 'a~b.ts', '#a.ts', 'swp.ts'])('but not %s', (name) => {
    expect(IgnoreRules.isFixed(name)).toBe(false);
  });
});

describe('patterns', () => {
  it('hold below the folder in which they stand', () => {
    const rules = IgnoreRules.of(['.ts'], []).within('npc/', '/top.ts\n*.gen.ts\n');
    expect(rules.ignores('npc/top.ts')).toBe(true);
    expect(rules.ignores('npc/deep/top.ts')).toBe(false);
    expect(rules.ignores('npc/deep/a.gen.ts')).toBe(true);
  });

  it('of an inner folder decide over those of an outer one', () => {
    const outer = IgnoreRules.of(['.ts'], ['*.gen.ts', 'npc/keep.ts']);
    const inner = outer.within('npc/', '!a.gen.ts\n');
    expect(outer.ignores('npc/a.gen.ts')).toBe(true);
    expect(inner.ignores('npc/a.gen.ts')).toBe(false);
    expect(inner.ignores('npc/b.gen.ts')).toBe(true);
    expect(inner.ignores('npc/keep.ts')).toBe(true);
  });

  it('tell cases apart', () => {
    expect(IgnoreRules.of(['.ts'], ['Gen.ts']).ignores('gen.ts')).toBe(false);
  });
});
