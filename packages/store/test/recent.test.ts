import { describe, expect, it } from 'vitest';
import { RecentMap, RecentTexts } from '../src/index.ts';

describe('recent values', () => {
  it('are the last few that were named', () => {
    const recent = new RecentMap<number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.set('a', 3);
    recent.set('c', 4);
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4]);
    expect(recent.values()).toEqual([4, 3]);
  });
});

describe('recent texts', () => {
  it('hold so much text in all, and let go of what was not used for longest', () => {
    const recent = new RecentTexts(10);
    recent.set('a', 'aaaa');
    recent.set('b', 'bbbb');
    recent.get('a');
    recent.set('c', 'cccc');
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual(['aaaa', undefined, 'cccc']);
  });

  it('hold one text that is larger than that, alone', () => {
    const recent = new RecentTexts(10);
    recent.set('a', 'aaaa');
    recent.set('big', 'b'.repeat(100));
    expect([recent.get('a'), recent.get('big')?.length]).toEqual([undefined, 100]);
    recent.set('c', 'cccc');
    expect([recent.get('big'), recent.get('c')]).toEqual([undefined, 'cccc']);
  });

  it('count a text once that is set twice', () => {
    const recent = new RecentTexts(10);
    for (let time = 0; time < 5; time += 1) recent.set('a', 'aaaa');
    recent.set('b', 'bbbb');
    expect([recent.get('a'), recent.get('b')]).toEqual(['aaaa', 'bbbb']);
  });
});
