import { EventEmitter } from 'node:events';
import { createHook, createRegistry } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, hostOf, refused, rejection } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('unload', () => {
  it('takes everything out that the module owns', async () => {
    const tick = createHook<() => void>('tick');
    const items = createRegistry<number>('items');
    const bus = new EventEmitter();
    const log: string[] = [];
    const t = await hostOf(
      {
        'shop.ts': `
          import { effect, listen, signal, state } from 'rekindle/script';
          import { bus, item, log, onTick } from '@game/api';
          onTick(() => {});
          item('sword', 1);
          listen(bus, 'sale', () => {});
          setInterval(() => {}, 10);
          setTimeout(() => {}, 10);
          effect(() => () => log('cleaned up'));
          state('till', () => ({}), { dispose: () => log('disposed of') });
          signal.addEventListener('abort', () => log('aborted'));
          export const open = true;
        `,
        'main.ts': 'export const a = 1;',
      },
      {
        modules: {
          '@game/api': { onTick: tick.add, item: items.set, bus, log: (text: string) => void log.push(text) },
        },
      },
    );
    await t.import('main.ts');
    await t.import('shop.ts');
    const outcome = committed(await t.host.unload('shop.ts'));
    await t.clock.advance(0);
    expect(outcome.modules).toEqual(['shop.ts']);
    expect(loaded(t)).toEqual(['main.ts']);
    expect([tick.size, items.size, bus.listenerCount('sale'), t.clock.due]).toEqual([0, 0, 0, []]);
    expect(log.sort()).toEqual(['aborted', 'cleaned up', 'disposed of']);
    expect(await t.import('shop.ts')).toMatchObject({ open: true }); // it is still in the store
    expect(tick.size).toBe(1);
  });

  it('lets a task put away what it has, with its imports, until it has come to rest or the drain is over', async () => {
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const api = {
      log: (text: string) => void log.push(text),
      shut: () => new Promise<void>((resolve) => void ends.push(resolve)),
    };
    const door = `import { task } from 'rekindle/script';
import { log, shut } from '@game/api';
import { name } from './name.ts';
task('door', async ({ sleep }) => {
  try {
    for (;;) await sleep(60_000);
  } finally {
    log('closes ' + name);
    await shut();
    log('closed ' + name);
  }
});`;
    const t = await hostOf(
      { 'door.ts': door, 'name.ts': "export const name = 'gate';", 'main.ts': "import './door.ts';" },
      { modules: { '@game/api': api }, entries: ['main.ts'] },
    );
    committed(await t.host.unload(['door.ts', 'name.ts'], { cascade: true }));
    await t.clock.advance(4_000);
    ends.shift()?.();
    await t.clock.advance(0);
    expect(log.splice(0)).toEqual(['closes gate', 'closed gate']);
    expect(t.clock.due).toEqual([]);

    await t.import('main.ts');
    committed(await t.change({ 'main.ts': 'export {};', 'door.ts': null, 'name.ts': null }));
    await t.clock.advance(5_000);
    ends.shift()?.();
    await t.clock.advance(0);
    expect(log).toEqual(['closes gate']);
    expect(t.events.filter(({ type }) => type === 'script:error')).toMatchObject([
      { module: 'door.ts', error: { code: 'MODULE_UNLOADED' } },
    ]);
  });

  it('is refused with the names of who imports it, and takes them along where that is asked for', async () => {
    const t = await hostOf({
      'base.ts': 'export const base = 1;',
      'left.ts': "import { base } from './base.ts'; export const left = base;",
      'right.ts': "import { left } from './left.ts'; export const right = left;",
      'main.ts': "import './right.ts';",
      'other.ts': 'export const other = 1;',
    });
    await t.import('main.ts');
    await t.import('other.ts');
    const diagnostics = refused(await t.host.unload('base.ts'));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.message).toContain("'left.ts'");
    expect(loaded(t)).toEqual(['base.ts', 'left.ts', 'right.ts', 'main.ts', 'other.ts']);
    committed(await t.host.unload(['base.ts', 'left.ts', 'right.ts', 'main.ts']));
    expect(loaded(t)).toEqual(['other.ts']);
    await t.import('main.ts');
    committed(await t.host.unload('base.ts', { cascade: true }));
    expect(loaded(t)).toEqual(['other.ts']);
  });

  it('names a module that is not loaded', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;', 'other.ts': '' }, { entries: ['main.ts'] });
    expect(codes(refused(await t.host.unload('mian.ts')))).toEqual(['NOT_LOADED']);
    expect(codes(refused(await t.host.unload(['main.ts', 'other.ts'])))).toEqual(['NOT_LOADED']);
    expect(loaded(t)).toEqual(['main.ts']);
  });

  it('keeps slots for a day: a module that comes back finds them', async () => {
    const text = "import { state } from 'rekindle/script'; export const bag = state('bag', () => ({ gold: 0 }));";
    const t = await hostOf({ 'bag.ts': text, 'main.ts': '' }, { entries: ['main.ts'] });
    const { bag } = await t.import<{ bag: { gold: number } }>('bag.ts');
    bag.gold = 7;
    committed(await t.host.unload('bag.ts'));
    await t.clock.advance(23 * 60 * 60 * 1_000);
    expect((await t.import<{ bag: object }>('bag.ts')).bag).toBe(bag);
    committed(await t.host.unload('bag.ts'));
    await t.clock.advance(25 * 60 * 60 * 1_000);
    expect((await t.import<{ bag: { gold: number } }>('bag.ts')).bag).toEqual({ gold: 0 });
  });

  it('that fails leaves the module as it is', async () => {
    const t = await hostOf({
      'a.ts': "import { effect } from 'rekindle/script'; effect(() => () => {}); export const a = () => 1;",
      'main.ts': "import { a } from './a.ts'; export const read = () => a();",
    });
    const { read } = await t.import<Calls<'read'>>('main.ts');
    refused(await t.host.unload('a.ts'));
    expect(read()).toBe(1);
  });

  it('does not bring a module back with the next release, unless somebody imports it', async () => {
    const t = await hostOf(
      { 'a.ts': 'export const a = 1;', 'main.ts': 'export const m = 1;' },
      { entries: ['main.ts', 'a.ts'] },
    );
    committed(await t.host.unload('a.ts'));
    committed(await t.change({ 'a.ts': 'export const a = 2;', 'main.ts': 'export const m = 2;' }));
    expect(loaded(t)).toEqual(['main.ts']);
    committed(await t.change({ 'main.ts': "export { a } from './a.ts';" }));
    expect(await t.import('main.ts')).toMatchObject({ a: 2 });
  });
});

describe('evaluate', () => {
  it('runs a text as a module that imports as if it stood at its id', async () => {
    const t = await hostOf({ 'npc/goblin.ts': 'export const hp = 10;' });
    const module = (await t.host.evaluate(
      "import { hp } from './goblin.ts'; export const twice = (): number => hp * 2;",
      {
        id: 'npc/console.ts',
      },
    )) as Calls<'twice', number>;
    expect(module.twice()).toBe(20);
    expect(loaded(t)).toEqual(['npc/goblin.ts', 'npc/console.ts']);
    committed(await t.change({ 'npc/goblin.ts': 'export const hp = 11;' }));
    expect(module.twice()).toBe(22);
    expect(loaded(t)).toEqual(['npc/goblin.ts', 'npc/console.ts']);
  });

  it('again with the same id is a reload: the object stays, and a refusal rejects while the old version runs on', async () => {
    const t = await hostOf({ 'main.ts': '' }, { entries: ['main.ts'] });
    const one = (await t.host.evaluate('export const n = 1; setInterval(() => {}, 50);', { id: 'c.ts' })) as {
      n: number;
    };
    const two = (await t.host.evaluate('export const n = 2; setInterval(() => {}, 50);', { id: 'c.ts' })) as {
      n: number;
    };
    expect(two).toBe(one);
    expect(one.n).toBe(2);
    expect(
      await rejection(t.host.evaluate("export const n = 3; throw new Error('no');", { id: 'c.ts' })),
    ).toMatchObject({
      name: 'ScriptLoadError',
      code: 'BODY_THREW',
    });
    expect(await rejection(t.host.evaluate('export const = 3;', { id: 'c.ts' }))).toMatchObject({
      code: 'SYNTAX_ERROR',
    });
    await t.clock.advance(0);
    expect([one.n, t.clock.due]).toEqual([2, [50]]);
  });

  it('that fails the first time leaves nothing', async () => {
    const t = await hostOf({ 'dep.ts': 'setInterval(() => {}, 10);' });
    await rejection(t.host.evaluate("import './dep.ts'; throw new Error('no');", { id: 'c.ts' }));
    await t.clock.advance(0);
    expect([loaded(t), t.clock.due]).toEqual([[], []]);
  });

  it('stands beside the stores: releases neither delete nor change it', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' }, { entries: ['main.ts'] });
    const module = (await t.host.evaluate('export const n = 1;', { id: 'c.ts' })) as { n: number };
    expect(committed(await t.change({ 'main.ts': 'export const a = 2;' })).modules).toEqual(['main.ts']);
    committed(await t.host.reloadAll());
    expect(module.n).toBe(1);
    expect(loaded(t)).toEqual(['main.ts', 'c.ts']);
    committed(await t.host.unload('c.ts'));
    expect(await rejection(t.import('c.ts'))).toMatchObject({ code: 'UNRESOLVED_IMPORT' });
  });

  it('in the place of a module of a store, until it is unloaded', async () => {
    const t = await hostOf({ 'a.ts': "export const from = 'store';", 'main.ts': "import './a.ts';" });
    const a = await t.import<{ from: string }>('a.ts');
    await t.host.evaluate("export const from = 'text';", { id: 'a.ts' });
    expect(a.from).toBe('text');
    committed(await t.change({ 'a.ts': "export const from = 'store again';" }));
    expect(a.from).toBe('text');
    committed(await t.host.unload('a.ts', { cascade: true }));
    expect(await t.import('a.ts')).toMatchObject({ from: 'store again' });
  });
});
