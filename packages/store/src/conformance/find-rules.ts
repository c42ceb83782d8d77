/** Sources that cannot list: what is asked for is there from then on. */
import { revisionOf } from '../text.ts';
import type { Rule } from './fixture.ts';

export const findRules: readonly Rule[] = [
  {
    name: 'finds a module that no manifest names yet, at its revision',
    check: async (subject, expect) => {
      await subject.writeUnasked({ 'a.ts': 'a' });
      expect(await subject.store.find?.('a.ts')).toBe(revisionOf('a'));
    },
  },
  {
    name: 'gives out the text of what it found',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const revision = await subject.store.find?.('a.ts');
      expect(await subject.store.read('a.ts', revision ?? '')).toBe('a');
    },
  },
  {
    name: 'finds nothing where there is nothing',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      expect(await subject.store.find?.('b.ts')).toBe(undefined);
    },
  },
  {
    name: 'shows in later heads what it found',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      await subject.state();
      await subject.write({ 'b.ts': 'b' });
      expect((await subject.state()).manifest.get('b.ts')).toBe(revisionOf('b'));
    },
  },
  {
    name: 'shows what comes into being after it was asked for in vain',
    check: async (subject, expect) => {
      await subject.store.find?.('a.ts');
      await subject.writeUnasked({ 'a.ts': 'a' });
      expect((await subject.state()).manifest.get('a.ts')).toBe(revisionOf('a'));
    },
  },
];
