/** Wakes: they may come early, doubled or for nothing, but after a change one comes, and after an abort none. */
import type { Store } from '../contract.ts';
import { type Rule, type Subject, WakeCounter } from './fixture.ts';

export const watchRules: readonly Rule[] = [
  {
    name: 'wakes after a change, when the head shows it',
    check: async (subject) => {
      await withWatch(subject, subject.store, async (wakes) => {
        await subject.write({ 'a.ts': 'a' });
        await wakes.until('a module was written', () => wakes.count > 0);
        await wakes.until('a module was written', () => shows(subject, subject.store, 'a.ts', 'a'));
      });
    },
  },
  {
    name: 'wakes for every change of several',
    check: async (subject) => {
      await withWatch(subject, subject.store, async (wakes) => {
        for (const text of ['one', 'two', 'three']) {
          const before = wakes.count;
          await subject.write({ 'a.ts': text });
          await wakes.until(`'${text}' was written`, () => wakes.count > before);
          await wakes.until(`'${text}' was written`, () => shows(subject, subject.store, 'a.ts', text));
        }
      });
    },
  },
  {
    name: 'wakes every listener',
    check: async (subject) => {
      await withWatch(subject, subject.store, (first) =>
        withWatch(subject, subject.store, async (second) => {
          await subject.write({ 'a.ts': 'a' });
          await first.until('a module was written (first listener)', () => first.count > 0);
          await second.until('a module was written (second listener)', () => second.count > 0);
        }),
      );
    },
  },
  {
    name: 'wakes for what another opener of the same content changed',
    check: async (subject) => {
      const other = await subject.other();
      await subject.ask(other, ['a.ts']);
      await withWatch(subject, other, async (wakes) => {
        await subject.write({ 'a.ts': 'a' });
        await wakes.until('another store wrote a module', () => wakes.count > 0);
        await wakes.until('another store wrote a module', () => shows(subject, other, 'a.ts', 'a'));
      });
    },
  },
  {
    name: 'wakes nobody after the abort',
    check: async (subject, expect) => {
      const ended = new WakeCounter(subject.patience);
      const end = new AbortController();
      await subject.store.watch(ended.wake, { signal: end.signal });
      await withWatch(subject, subject.store, async (wakes) => {
        await subject.write({ 'a.ts': 'a' });
        await wakes.until('a module was written', () => wakes.count > 0 && ended.count > 0);
        end.abort();
        const before = ended.count;
        const seen = wakes.count;
        await subject.write({ 'a.ts': 'b' });
        await wakes.until('a module was written after the abort', () => wakes.count > seen);
        expect(ended.count).toBe(before);
      });
    },
  },
];

export const unwatchedRules: readonly Rule[] = [
  {
    name: 'lets itself be watched, and simply does not wake',
    check: async (subject, expect) => {
      const wakes = new WakeCounter(subject.patience);
      const end = new AbortController();
      await subject.store.watch(wakes.wake, { signal: end.signal });
      await subject.write({ 'a.ts': 'a' });
      await subject.state();
      end.abort();
      expect(wakes.count).toBe(0);
    },
  },
];

async function withWatch(subject: Subject, store: Store, body: (wakes: WakeCounter) => Promise<void>): Promise<void> {
  const wakes = new WakeCounter(subject.patience);
  const end = new AbortController();
  await store.watch(wakes.wake, { signal: end.signal });
  try {
    await body(wakes);
  } finally {
    end.abort();
  }
}

async function shows(subject: Subject, store: Store, id: string, text: string): Promise<boolean> {
  await subject.ask(store, [id]);
  const head = await store.head();
  if (!head) return false;
  const revision = (await store.manifest(head.hash)).get(id);
  return revision !== undefined && (await store.read(id, revision)) === text;
}
