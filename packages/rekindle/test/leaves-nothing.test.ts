import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHook, createHost, createRegistry, memoryStore, scoped } from 'rekindle';
import type { TestHost, TestHostOptions } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, hostOf, refused, rejection, settled } from './stories.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Whether everything goes that only these hold, within several collections. */
async function areCollected(references: readonly WeakRef<object>[]): Promise<boolean> {
  for (let round = 0; round < 20 && references.some((reference) => reference.deref() !== undefined); round++) {
    await settled();
    gc();
  }
  return references.every((reference) => reference.deref() === undefined);
}

/** A game in which a script can leave something behind in every way that there is. */
function world() {
  const tick = createHook<() => void>('tick');
  const items = createRegistry<object>('items');
  const bus = new EventEmitter();
  const seen: WeakRef<object>[] = [];
  const log: string[] = [];
  const signals: AbortSignal[] = [];
  const options: TestHostOptions = {
    modules: {
      '@game/api': scoped(({ own }) => ({
        bus,
        onTick: tick.add,
        item: items.set,
        log: (text: string) => void log.push(text),
        see: (thing: object) => void seen.push(new WeakRef(thing)),
        keep: (signal: AbortSignal) => void signals.push(signal),
        onChat: (fn: () => void) =>
          own(() => {
            bus.on('chat', fn);
            return () => bus.off('chat', fn);
          }),
      })),
    },
  };
  const left = (t: TestHost) => ({
    modules: t.host.modules().map(({ id }) => id),
    ticks: tick.size,
    items: items.size,
    listeners: bus.listenerCount('sale') + bus.listenerCount('chat'),
    timers: t.clock.due,
    running: signals.filter(({ aborted }) => !aborted).length,
  });
  return { options, left, seen, log, bus, tick, signals };
}

const NOTHING = { modules: [], ticks: 0, items: 0, listeners: 0, timers: [], running: 0 };

const everything = `
  import { effect, listen, live, signal, state, task } from 'rekindle/script';
  import { bus, item, keep, log, onChat, onTick, see } from '@game/api';
  class Big { data = new Array(1_000).fill(0); }
  export const big = new Big();
  see(big);
  onTick(() => big.data.length);
  item('sword', { big });
  listen(bus, 'sale', () => big);
  onChat(() => big);
  setInterval(() => big, 10);
  setTimeout(() => big, 10);
  setImmediate(() => big);
  task('loop', async ({ sleep }) => { for (;;) { await sleep(10); big.data.length; } });
  effect(() => { log('set up'); return () => { log('cleaned up'); big; }; });
  export const slot = state('slot', () => ({ big }), { dispose: () => log('disposed of') });
  export const alive = live(() => big);
  keep(signal);
  see(() => big);
`;

describe('a load that fails leaves nothing', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a top level that throws', { 'main.ts': "import './all.ts'; throw new Error('no');" }, 'BODY_THREW'],
    [
      'a top level that awaits and rejects',
      { 'main.ts': "import './all.ts'; await Promise.reject(new Error('no'));" },
      'BODY_THREW',
    ],
    ['one that throws itself', { 'main.ts': `${everything}; throw new Error('no');` }, 'BODY_THREW'],
    ['an export that is missing', { 'main.ts': "import { nope } from './all.ts'; nope;" }, 'MISSING_EXPORT'],
    [
      'a dependency that is broken',
      { 'main.ts': "import './all.ts'; import './broken.ts';", 'broken.ts': 'const = 1;' },
      'SYNTAX_ERROR',
    ],
    ['an import that leads nowhere', { 'main.ts': "import './all.ts'; import './nowhere.ts';" }, 'UNRESOLVED_IMPORT'],
    [
      'an effect that throws',
      {
        'main.ts':
          "import './all.ts'; import { effect } from 'rekindle/script'; effect(() => { throw new Error('no'); });",
      },
      'BODY_THREW',
    ],
  ])('of %s', async (_, modules, code) => {
    const { options, left, seen } = world();
    const t = await hostOf({ 'all.ts': everything, ...modules }, options);
    const error = await rejection(t.import('main.ts'));
    expect(error).toMatchObject({ name: 'ScriptLoadError', code });
    await t.clock.advance(0);
    expect(left(t)).toEqual(NOTHING);
    Object.assign(error, { cause: undefined, diagnostics: undefined });
    expect(await areCollected(seen)).toBe(true);
    // and the next import takes the text of now
    committed(await t.change({ 'main.ts': "import './all.ts'; export const ok = 1;" }));
    expect(await t.import('main.ts')).toMatchObject({ ok: 1 });
    await t.clock.advance(0);
    expect(left(t)).toMatchObject({ modules: ['all.ts', 'main.ts'], ticks: 1, items: 1, listeners: 2, running: 1 });
  });

  it('loads that come together share one failure; the one after them tries again', async () => {
    const { options, left, log } = world();
    const t = await hostOf(
      {
        'all.ts': everything,
        'main.ts': "import { log } from '@game/api'; import './all.ts'; log('ran'); throw new Error('no');",
      },
      options,
    );
    const errors = await Promise.all([t.import('main.ts'), t.import('main.ts'), t.import('main.ts')].map(rejection));
    expect(codes(errors as never)).toEqual(['BODY_THREW', 'BODY_THREW', 'BODY_THREW']);
    expect(log.filter((text) => text === 'ran')).toHaveLength(1);
    await rejection(t.import('main.ts'));
    expect(log.filter((text) => text === 'ran')).toHaveLength(2);
    await t.clock.advance(0);
    expect(left(t)).toEqual(NOTHING);
  });
});

describe('an unload leaves nothing', () => {
  it('of everything that a script can own; its memory goes', async () => {
    const { options, left, seen, log } = world();
    const t = await hostOf(
      { 'all.ts': everything, 'main.ts': "import './all.ts'; import { see } from '@game/api'; see(() => 1);" },
      options,
    );
    await t.import('main.ts');
    await t.clock.advance(0);
    committed(await t.host.unload('all.ts', { cascade: true }));
    await t.clock.advance(0);
    expect(left(t)).toEqual(NOTHING);
    expect(log).toEqual(['set up', 'cleaned up', 'disposed of']);
    t.forget();
    expect(seen).toHaveLength(3);
    expect(await areCollected(seen)).toBe(true);
  });

  it('of 50 modules that come and go 20 times', async () => {
    const { options, left, seen } = world();
    const ids = Array.from({ length: 50 }, (_, n) => `m${n}.ts`);
    const t = await hostOf(
      Object.fromEntries(
        ids.map((id, n) => [
          id,
          `${n === 0 ? '' : `import './m${n - 1}.ts';`} import { see } from '@game/api'; see({}); export const n = ${n};`,
        ]),
      ),
      options,
    );
    for (let round = 0; round < 20; round++) {
      await t.import('m49.ts');
      committed(await t.host.unload('m0.ts', { cascade: true }));
      t.forget();
    }
    await t.clock.advance(0);
    expect(left(t)).toEqual(NOTHING);
    expect(seen).toHaveLength(1_000);
    expect(await areCollected(seen)).toBe(true);
  });
});

describe('R51: what uses a module that was unloaded', () => {
  it('is told which one, its revision and when; others work, and the error is that module’s', async () => {
    const kept = new Map<string, () => unknown>();
    const item = (name: string) =>
      `import { heal } from './heal.ts'; import { keep } from '@game/api'; keep('${name}', () => heal());`;
    const t = await hostOf(
      {
        'heal.ts': 'export const heal = () => 5;',
        'cure.ts': 'export const heal = () => 7;',
        'potion.ts': item('potion'),
        'namespace.ts':
          "import * as all from './heal.ts'; import { keep } from '@game/api'; keep('namespace', () => all.heal());",
        'dynamic.ts':
          "import './heal.ts'; import { keep } from '@game/api'; keep('dynamic', () => import('./cure.ts'));",
        'herb.ts': item('herb').replace('./heal.ts', './cure.ts'),
      },
      { modules: { '@game/api': { keep: (name: string, fn: () => unknown) => void kept.set(name, fn) } } },
    );
    for (const id of ['potion.ts', 'namespace.ts', 'dynamic.ts', 'herb.ts']) await t.import(id);
    const use = (name: string) => kept.get(name)?.();
    expect([use('potion'), use('namespace'), use('herb')]).toEqual([5, 5, 7]);
    const revision = t.host.modules().find(({ id }) => id === 'potion.ts')?.revision ?? '';
    await t.clock.advance(60_000);
    const when = new Date(t.clock.time()).toISOString();
    committed(await t.host.unload(['heal.ts', 'potion.ts', 'namespace.ts', 'dynamic.ts']));
    await t.clock.advance(60_000);

    const error = await rejection(Promise.resolve().then(() => use('potion')));
    expect(error).toMatchObject({ name: 'LoaderError', code: 'MODULE_UNLOADED' });
    expect(error.message).toContain(`'potion.ts' (revision ${revision.slice(0, 8)}) was unloaded at ${when}`);
    expect(error.stack).toMatch(/potion\.ts:1:\d+/);
    expect(t.host.report(error)).toBe(true);
    await settled();
    expect(t.events.at(-1)).toMatchObject({
      type: 'script:error',
      module: 'potion.ts',
      place: { module: 'potion.ts', line: 1 },
    });

    for (const name of ['namespace', 'dynamic']) {
      const other = await rejection(Promise.resolve().then(() => use(name)));
      expect(other).toMatchObject({ code: 'MODULE_UNLOADED', message: expect.stringContaining(`'${name}.ts'`) });
    }
    expect(use('herb')).toBe(7);
    committed(await t.change({ 'cure.ts': 'export const heal = () => 8;' }));
    expect(use('herb')).toBe(8);
  });

  it('is a hook’s callback no more; an importer that stays keeps it from going', async () => {
    const { options, tick } = world();
    const t = await hostOf(
      {
        'heal.ts': 'export const heal = () => 5;',
        'potion.ts':
          "import { heal } from './heal.ts'; import { onTick } from '@game/api'; onTick(() => heal()); export const use = () => heal();",
      },
      options,
    );
    const { use } = await t.import<Calls<'use'>>('potion.ts');
    const [diagnostic] = refused(await t.host.unload('heal.ts'));
    expect(diagnostic).toMatchObject({ code: 'STILL_IMPORTED', message: expect.stringContaining("'potion.ts'") });
    expect([use(), tick.size]).toEqual([5, 1]);
    committed(await t.host.unload('heal.ts', { cascade: true }));
    expect(tick.size).toBe(0);
    expect(await rejection(Promise.resolve().then(() => use()))).toMatchObject({ code: 'MODULE_UNLOADED' });
  });
});

describe('a text given to evaluate', () => {
  it('imports beside its id, is reloaded by its id, and leaves nothing when it is unloaded', async () => {
    const { options, left, log } = world();
    const t = await hostOf(
      { 'lib/helper.ts': 'export const help = () => 1;', 'helper.ts': 'export const help = () => 2;' },
      options,
    );
    const id = 'lib/console.ts';
    const text = (more: string) =>
      `import { help } from './helper.ts'; export const answer = () => help();${everything}${more}`;
    const module = (await t.host.evaluate(text(''), { id })) as Calls<'answer'>;
    expect(module.answer()).toBe(1);
    expect(await t.host.evaluate(text('export const more = 1;'), { id })).toBe(module);
    expect(module).toMatchObject({ more: 1 });
    await t.clock.advance(0);
    expect(left(t)).toMatchObject({ ticks: 1, items: 1, listeners: 2, running: 1 });
    committed(await t.host.unload(['lib/helper.ts', id]));
    await t.clock.advance(0);
    expect(left(t)).toEqual(NOTHING);
    expect(log).toEqual(['set up', 'cleaned up', 'set up', 'cleaned up', 'disposed of']);
    expect(await rejection(Promise.resolve().then(() => module.answer()))).toMatchObject({
      code: 'MODULE_UNLOADED',
    });
  });
});

it('a host that has been closed goes, with its store', async () => {
  const closed = async () => {
    const store = memoryStore({ modules: { 'main.ts': 'export const a = 1;' } });
    const host = createHost({ stores: [store], cache: false });
    await host.import('main.ts');
    await host.close();
    return [new WeakRef<object>(host), new WeakRef<object>(store)];
  };
  expect(await areCollected(await closed())).toBe(true);
});

it('a helper that keeps what it imports keeps nothing of the versions for which it did', async () => {
  const { options, seen } = world();
  const keep = 'const kept: any = {}; export const keep = (id: string) => (kept[id] ??= import(id));';
  const asks = "import { keep } from './keep.ts'; import { see } from '@game/api'; const own = {}; see(own);";
  const main = (then: string) =>
    `${asks} const { v } = await keep('./plugin.ts'); export const said = () => [v, own]; ${then}`;
  const t = await hostOf({ 'main.ts': '', 'keep.ts': keep, 'plugin.ts': 'export const v = 1;' }, options);
  for (const id of ['main.ts', 'keep.ts', 'plugin.ts']) await t.import(id);
  refused(await t.change({ 'main.ts': main("throw new Error('no');") }));
  committed(await t.change({ 'main.ts': main('1;') }));
  committed(await t.change({ 'main.ts': main('2;') }));
  committed(await t.change({ 'main.ts': '' }));
  expect(seen).toHaveLength(4); // the last but one was prepared again
  expect(await areCollected(seen)).toBe(true);
});
