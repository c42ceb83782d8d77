/** Numbers of content that nobody published: they count what hosts committed. */
import type { Rule, Subject } from './fixture.ts';

export const commitRules: readonly Rule[] = [
  {
    name: 'keeps its number while nobody commits',
    check: async (subject, expect) => {
      const before = await numberOf(subject);
      await show(subject, 'one');
      const first = await number(subject);
      await show(subject, 'two');
      const second = await number(subject);
      // A publish takes a number itself.
      const step = subject.store.capabilities.publish ? 1 : 0;
      expect([first, second]).toEqual([before + step, before + 2 * step]);
    },
  },
  {
    name: 'gives a committed manifest a number, and the same number again',
    check: async (subject, expect) => {
      const hash = await show(subject, 'one');
      const first = await commit(subject, hash);
      expect([first, await commit(subject, hash), await number(subject)]).toEqual([1, 1, 1]);
    },
  },
  {
    name: 'says beforehand which number a manifest will get',
    check: async (subject, expect) => {
      const said: (number | undefined)[] = [];
      const got: number[] = [];
      for (const text of ['one', 'two', 'two']) {
        const hash = await show(subject, text);
        const { head } = await subject.state();
        said.push(head.next ?? head.number);
        got.push(await commit(subject, hash));
      }
      expect(said).toEqual(got);
    },
  },
  {
    name: 'gives the next number to the next manifest, and to content that was put back',
    check: async (subject, expect) => {
      const numbers: number[] = [];
      for (const text of ['one', 'two', 'one']) numbers.push(await commit(subject, await show(subject, text)));
      expect([...numbers, await number(subject)]).toEqual([1, 2, 3, 3]);
    },
  },
  {
    name: 'leaves its number to a manifest that a host commits after the content has moved on',
    check: async (subject, expect) => {
      const one = await show(subject, 'one');
      await commit(subject, one);
      const two = await show(subject, 'two');
      await commit(subject, two);
      expect([await commit(subject, one), await number(subject)]).toEqual([1, 2]);
    },
  },
];

/** Writes a text, and gives the hash of the head that shows it. */
async function show(subject: Subject, text: string): Promise<string> {
  await subject.write({ 'a.ts': text });
  return (await subject.state()).head.hash;
}

async function number(subject: Subject): Promise<number> {
  return (await subject.state()).head.number;
}

async function numberOf(subject: Subject): Promise<number> {
  return (await subject.store.head())?.number ?? 0;
}

async function commit(subject: Subject, hash: string): Promise<number> {
  const answer = await subject.store.committed?.(hash);
  if (answer === undefined) throw new Error('The store has no `committed` any more.');
  return answer;
}
