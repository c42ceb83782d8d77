/**
 * The child of `process-errors.test.ts`: a game whose script has some functions. It does one thing, tells its parent of
 * `script:error`s and of what its own listeners heard, and ends by itself when nothing is left to do.
 */
import { memoryStore } from '@rekindle/store';
import { createHost } from 'rekindle';

const [what = '', listens = '', processErrors = 'scripts'] = process.argv.slice(2);

const store = memoryStore();
const text = `export const fail = () => { throw new Error('of a script'); };
export const later = async () => { await null;
  throw new Error('of a script'); };
export const say = () => Promise.reject('no error at all');
export const through = (fn: () => void) => fn();
export const wait = async (fn: () => Promise<void>) => { await fn(); };
export const loop = async () => { await null;
  for (;;); };`;
await store.publish(new Map([['goblin.ts', text]]), { expected: 0 });
const host = createHost({
  stores: [store],
  cache: false,
  limits: { drain: 50 },
  processErrors: processErrors as 'scripts' | 'off',
});
host.on('script:error', ({ module, where, error, place }) => {
  process.send?.({ event: 'script:error', module, where, line: place?.line, message: (error as Error).message });
});
if (listens === 'listens') {
  const heard = (kind: string) => (error: unknown) => {
    process.send?.({ event: kind, message: error instanceof Error ? error.message : String(error) });
  };
  process.on('uncaughtException', heard('uncaughtException'));
  process.on('unhandledRejection', heard('unhandledRejection'));
  process.on('uncaughtExceptionMonitor', heard('uncaughtExceptionMonitor'));
}
const goblin = (await host.import('goblin.ts')) as Record<string, (...args: unknown[]) => Promise<void>>;
const { fail, later, say, through, wait, loop } = goblin as Record<string, (...args: unknown[]) => Promise<void>>;

const ofTheGame = () => {
  throw new Error('of the game');
};
const deeds: Record<string, () => unknown> = {
  throws: () => setTimeout(() => fail?.(), 1),
  rejects: () => later?.(),
  loops: () => loop?.(),
  calls: () => through?.(ofTheGame),
  waits: () => wait?.(async () => ofTheGame()),
  game: () => setTimeout(ofTheGame, 1),
  gameRejects: () => Promise.reject(new Error('of the game')),
  subscriber: async () => {
    host.events$.subscribe(ofTheGame);
    await host.evaluate('export {};');
  },
  text: () => say?.(),
  sleeps: async () => {
    const sleeping = (n: number) => `import { setTimeout as sleep } from 'node:timers/promises';
      export const n = ${n};
      (async () => { for (;;) await sleep(100); })();`;
    await host.evaluate(sleeping(1));
    await host.evaluate(sleeping(2));
  },
  imports: () => host.evaluate("import('./goblin.ts').then((m) => m);\nthrow new Error('refused');").catch(() => {}),
  timer: () => host.evaluate('setTimeout(async () => { await null;\nthrow new Error("x"); }, 1);'),
};
if (what === 'calls') setTimeout(() => deeds['calls']?.(), 1);
else void deeds[what]?.();
setTimeout(async () => {
  await host.close();
  process.send?.({ event: 'lives' });
  process.disconnect?.();
}, 400);
