import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { type Calls, committed, hostOf } from './stories.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how?: { type: 'minor' }) => void;

/** Collects, and lets what was collected be told of. */
async function collections(count: number, type: 'major' | 'minor' = 'major'): Promise<void> {
  for (let collection = 0; collection < count; collection += 1) {
    if (type === 'minor') collect({ type });
    else collect();
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

const text = (n: number) => `import { sleepy } from '@game/api'; import { task } from 'rekindle/script';
export const start = () => { setTimeout(() => n, 3_600_000); };
task('wait', async () => { await sleepy; n; });
export const n = ${n};`;

/** What sets up a bit of everything, and holds nothing. */
const free = (n: number) => `import { effect, state, task } from 'rekindle/script';
const seen = state('seen', () => ({ n: 0 }));
export class Goblin { hit() { return ${n}; } }
effect(() => () => {});
setInterval(() => { seen.n += ${n}; }, 1_000);
task('watch', async ({ sleep }) => { for (;;) { await sleep(500); seen.n += ${n}; } });`;

it('versions that are still held are told, with what holds them as far as is known; others are not', async () => {
  const never = new Promise(() => {});
  const modules = { '@game/api': { sleepy: never } };
  const t = await hostOf({ 'main.ts': text(1), 'free.ts': free(1) }, { modules, entries: ['free.ts'] });
  (await t.import<Calls<'start'>>('main.ts')).start();
  committed(await t.change({ 'main.ts': text(2), 'free.ts': free(2) }));
  await collections(3);
  expect(t.events.filter((event) => event.type === 'version:lingering')).toEqual([]);
  await collections(6);
  expect(t.events.filter((event) => event.type === 'version:lingering')).toMatchObject([
    { module: 'main.ts', holders: ['setTimeout of 3600000 ms', "task 'wait'"] },
  ]);
});

it('objects of an old class, and functions, are named with the slot that holds them', async () => {
  const goblins = (n: number) => `import { state } from 'rekindle/script';
export class Goblin { hit() { return ${n}; } }
export class Orc { #hp = ${n}; hit() { return this.#hp; } }
const all = state('all', () => ({ known: new Map([['first', [new Goblin()]]]), orc: new Orc() }));
export const born = () => all.known.get('first').push(new Goblin());`;
  const bus = `import { state } from 'rekindle/script';
const handlers = state('handlers', () => ({ list: [] }));
export const on = (handler) => { handlers.list.push(handler); };`;
  const user = (n: number) => `import { on } from './bus.ts'; export const n = ${n};
export const start = () => on(() => n + ${n});`;
  const t = await hostOf(
    { 'goblins.ts': goblins(1), 'bus.ts': bus, 'user.ts': user(1) },
    { entries: ['goblins.ts', 'user.ts'] },
  );
  (await t.import<Calls<'start'>>('user.ts')).start();
  committed(await t.change({ 'goblins.ts': goblins(2), 'user.ts': user(2) }));
  (await t.import<Calls<'born'>>('goblins.ts')).born();
  await collections(9);
  const told = t.events.filter((event) => event.type === 'version:lingering');
  expect(told.sort((a, b) => a.module.localeCompare(b.module))).toMatchObject([
    {
      module: 'goblins.ts',
      holders: ['Goblin', 'Orc'].map((name) => `objects of '${name}' in the slot 'all' of 'goblins.ts'`),
    },
    { module: 'user.ts', holders: ["a function in the slot 'handlers' of 'bus.ts'"] },
  ]);
});

it('scavenges, of which a busy server has many in a second, are no collections to survive', async () => {
  const t = await hostOf({ 'main.ts': text(1) }, { modules: { '@game/api': { sleepy: undefined } } });
  await t.import('main.ts');
  await collections(2); // what is there is old by now, and goes in a full collection only
  committed(await t.change({ 'main.ts': text(2) }));
  await collections(50, 'minor');
  expect(t.events.filter((event) => event.type === 'version:lingering')).toEqual([]);
});

it('where the game keeps a function, nothing of the version itself is named', async () => {
  let kept: unknown;
  const keep = (fn: unknown) => {
    kept = fn;
  };
  const modules = { '@game/api': { keep } };
  const source = (n: number) => `import { keep } from '@game/api'; if (${n} === 1) keep(() => ${n});`;
  const t = await hostOf({ 'main.ts': source(1) }, { modules, entries: ['main.ts'] });
  committed(await t.change({ 'main.ts': source(2) }));
  await collections(9);
  expect(t.events.filter((event) => event.type === 'version:lingering')).toMatchObject([
    { module: 'main.ts', holders: [] },
  ]);
  expect(kept).toBeTypeOf('function');
});
