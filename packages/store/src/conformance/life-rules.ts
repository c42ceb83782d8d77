/** The life of a store: disposing at any time, any number of times, and calls that are broken off. */
import type { Store } from '../contract.ts';
import { isStoreError } from '../errors.ts';
import { codeOf, type Rule, rejectionOf, WakeCounter } from './fixture.ts';

const HASH = 'f'.repeat(64);

/** Every call that a store answers, by name. */
const calls: Record<string, (store: Store, signal?: AbortSignal) => Promise<unknown>> = {
  head: (store, signal) => store.head(signal ? { signal } : {}),
  manifest: (store, signal) => store.manifest(HASH, signal ? { signal } : {}),
  read: (store, signal) => store.read('a.ts', HASH, signal ? { signal } : {}),
  publish: (store, signal) =>
    store.publish(new Map([['a.ts', 'a']]), signal ? { expected: 0, signal } : { expected: 0 }),
};

export const lifeRules: readonly Rule[] = [
  {
    name: 'is disposed of without having been used',
    check: async ({ store }, expect) => {
      expect(await rejectionOf(store[Symbol.asyncDispose]())).toBe(undefined);
    },
  },
  {
    name: 'is disposed of any number of times',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const { store } = subject;
      await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
      expect(await rejectionOf(store[Symbol.asyncDispose]())).toBe(undefined);
    },
  },
  {
    name: 'rejects every call after that with STORE_DISPOSED',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const { store } = subject;
      await store[Symbol.asyncDispose]();
      const codes: unknown[] = [];
      for (const [name, call] of Object.entries(calls)) codes.push([name, await codeOf(call(store))]);
      codes.push(['watch', await codeOf(store.watch(() => {}, { signal: new AbortController().signal }))]);
      if (store.find) codes.push(['find', await codeOf(store.find('a.ts'))]);
      if (store.committed) codes.push(['committed', await codeOf(store.committed(HASH))]);
      expect(codes).toEqual(codes.map((entry) => [(entry as string[])[0], 'STORE_DISPOSED']));
    },
  },
  {
    name: 'can be disposed of while calls are under way',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const { store } = subject;
      const { manifest } = await subject.state();
      // listened to from the start: they may reject before the disposal has ended
      const running = [store.head(), store.read('a.ts', manifest.get('a.ts') ?? ''), store.head()].map(rejectionOf);
      await store[Symbol.asyncDispose]();
      const errors = await Promise.all(running);
      expect(errors.filter((error) => error !== undefined && !isStoreError(error, 'STORE_DISPOSED'))).toEqual([]);
    },
  },
  {
    name: 'wakes nobody after it was disposed of',
    when: (store) => store.capabilities.watch,
    check: async (subject, expect) => {
      const other = await subject.other();
      const wakes = new WakeCounter(subject.patience);
      const end = new AbortController();
      await subject.store.watch(wakes.wake, { signal: end.signal });
      await subject.write({ 'a.ts': 'a' });
      await wakes.until('a module was written', () => wakes.count > 0);
      await subject.store[Symbol.asyncDispose]();
      const before = wakes.count;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (subject.shared && other.capabilities.publish) {
        const seen = new WakeCounter(subject.patience);
        await other.watch(seen.wake, { signal: end.signal });
        await other.publish(new Map([['a.ts', 'b']]), { expected: (await other.head())?.number ?? 0 });
        await seen.until('another store wrote a module', () => seen.count > 0);
      }
      end.abort();
      expect(wakes.count).toBe(before);
    },
  },
  {
    name: "rejects a call whose signal is aborted with the signal's reason",
    check: async (subject, expect) => {
      const { store } = subject;
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const rejections: unknown[] = [];
      for (const [name, call] of Object.entries(calls))
        rejections.push([name, (await rejectionOf(call(store, signal))) === reason]);
      if (store.find) rejections.push(['find', (await rejectionOf(store.find('a.ts', { signal }))) === reason]);
      expect(rejections).toEqual(rejections.map((entry) => [(entry as unknown[])[0], true]));
    },
  },
  {
    name: 'ends a watch without a word when its signal is aborted',
    check: async ({ store }, expect) => {
      const before = await rejectionOf(store.watch(() => {}, { signal: AbortSignal.abort(new Error('enough')) }));
      const end = new AbortController();
      const during = store.watch(() => {}, { signal: end.signal });
      end.abort(new Error('enough'));
      expect([before, await rejectionOf(during)]).toEqual([undefined, undefined]);
    },
  },
  {
    name: 'gives the result or the reason, whenever a reading call is aborted',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const { head, manifest } = await subject.state();
      const { store } = subject;
      const revision = manifest.get('a.ts') ?? '';
      const strange: unknown[] = [];
      await atAnyTime(async (signal, reason) => {
        for (const call of [
          store.head({ signal }),
          store.manifest(head.hash, { signal }),
          store.read('a.ts', revision, { signal }),
        ]) {
          const error = await rejectionOf(call);
          if (error !== undefined && error !== reason) strange.push(error);
        }
      });
      expect(strange).toEqual([]);
      expect(await subject.texts()).toEqual({ 'a.ts': 'a' });
    },
  },
  {
    name: 'has published when a publish resolves, and has not when it rejects, whenever it is aborted',
    when: (store) => store.capabilities.publish,
    check: async (subject, expect) => {
      const wrong: string[] = [];
      await atAnyTime(async (signal, reason) => {
        const expected = (await subject.store.head())?.number ?? 0;
        const error = await rejectionOf(subject.store.publish(new Map([['a.ts', 'a']]), { expected, signal }));
        const after = (await subject.store.head())?.number ?? 0;
        if (error !== undefined && error !== reason) wrong.push(String(error));
        if (after !== (error === undefined ? expected + 1 : expected)) wrong.push(`head ${after} after ${expected}`);
      });
      expect(wrong).toEqual([]);
    },
  },
];

/** Runs `body` with signals that abort at once, after some microtasks, and after some turns of the event loop. */
async function atAnyTime(body: (signal: AbortSignal, reason: Error) => Promise<void>): Promise<void> {
  for (let turns = 0; turns < 24; turns += 1) {
    const end = new AbortController();
    const reason = new Error(`aborted after ${turns} turns`);
    const running = body(end.signal, reason);
    for (let turn = 0; turn < turns; turn += 1) {
      await (turns < 12 ? Promise.resolve() : new Promise<void>((resolve) => setImmediate(resolve)));
    }
    end.abort(reason);
    await running;
  }
}
