// Going back by hand: whither, and where something has come since, be it what the game imported or evaluated, or a world
// in which old code fails.
import { VirtualClock } from '@rekindle/state';
import { createHook, createHost, defineStore } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Calls, codes, committed, hostOf, refused, settled } from './stories.ts';
import { bad, game, good } from './ticking-game.ts';

const main = (n: number) => `export const n = ${n};`;
const idsOf = (host: { modules(): readonly { id: string }[] }) => host.modules().map(({ id }) => id);

describe('a release that somebody goes back to', () => {
  it('is the one before, and following does not bring the later one again', async () => {
    const { t, heard, of } = await game({ 'goblin.ts': good('one') });
    committed(await t.change({ 'goblin.ts': good('two') }));
    const outcome = committed(await t.host.revert());
    expect(outcome).toMatchObject({ release: { number: 1 }, evaluated: ['goblin.ts'] });
    expect(heard()).toBe('one');
    expect(of('reload:rolled-back')).toMatchObject([{ cause: 'revert', from: { number: 2 }, errors: 0 }]);
    expect(refused(await t.host.sync())).toMatchObject([{ code: 'BARRED' }]);
    committed(await t.change({ 'goblin.ts': good('three') }));
    expect(heard()).toBe('three');
  });

  it('is the one before that, the second time', async () => {
    const { t, heard } = await game({ 'goblin.ts': good('one') });
    for (const name of ['two', 'three']) committed(await t.change({ 'goblin.ts': good(name) }));
    committed(await t.host.revert());
    expect(heard()).toBe('two');
    committed(await t.host.revert());
    expect(heard()).toBe('one');
    expect(refused(await t.host.revert())).toMatchObject([
      { code: 'UNKNOWN_RELEASE', message: 'There is no release to go back to.', hint: 'There are: 3, 2.' },
    ]);
    committed(await t.change({ 'goblin.ts': good('four') }));
    committed(await t.host.revert());
    expect(heard()).toBe('one');
  });

  it('is not the one that probation took back', async () => {
    const { t, ticks, heard } = await game({ 'goblin.ts': good('one') });
    committed(await t.change({ 'goblin.ts': good('two') }));
    const outcome = committed(await t.change({ 'goblin.ts': bad }));
    ticks(6);
    expect(await outcome.settled).toBe('rolled-back');
    expect(heard()).toBe('two');
    committed(await t.host.revert());
    expect(heard()).toBe('one');
    expect(codes(refused(await t.host.sync()))).toEqual(['BARRED']);
  });

  it('is the one that ran before, after a later one was named', async () => {
    const { t, heard } = await game({ 'goblin.ts': good('1') });
    for (const name of ['2', '3', '4']) committed(await t.change({ 'goblin.ts': good(name) }));
    committed(await t.host.revert(2));
    committed(await t.host.revert(4));
    const back = [];
    for (let time = 0; time < 2; time += 1) {
      committed(await t.host.revert());
      back.push(heard());
    }
    expect(back).toEqual(['2', '1']);
  });

  it('is that of a number, or one that was seen, and a later one again', async () => {
    const { t, heard } = await game({ 'goblin.ts': good('1') });
    const first = t.host.release;
    for (const name of ['2', '3', '4']) committed(await t.change({ 'goblin.ts': good(name) }));
    committed(await t.host.revert(2));
    expect(heard()).toBe('2');
    committed(await t.host.revert(first));
    expect(heard()).toBe('1');
    committed(await t.host.revert(4));
    expect(heard()).toBe('4');
    expect(await t.host.sync()).toMatchObject({ status: 'unchanged' });
  });

  it('has the modules that were deleted since, and not those that came', async () => {
    const modules = { 'main.ts': "import './a.ts'; export {};", 'a.ts': 'export const a = 1;' };
    const t = await hostOf(modules, { entries: ['main.ts'] });
    committed(
      await t.change({ 'main.ts': "import './b.ts'; export {};", 'a.ts': null, 'b.ts': 'export const b = 1;' }),
    );
    committed(await t.host.revert());
    expect(t.host.modules().map(({ id }) => id)).toEqual(['a.ts', 'main.ts']);
  });

  it('is refused where it has not run here', async () => {
    const { t } = await game({ 'goblin.ts': good('one') });
    expect(refused(await t.host.revert())).toMatchObject([{ code: 'UNKNOWN_RELEASE' }]);
    committed(await t.change({ 'goblin.ts': good('two') }));
    expect(refused(await t.host.revert(77))).toMatchObject([
      { code: 'UNKNOWN_RELEASE', message: 'Release 77 has not run here lately.', hint: 'There are: 1.' },
    ]);
  });

  it('is refused by a slot that cannot go back, and nothing has happened', async () => {
    const text = (version: number) =>
      `import { state } from 'rekindle/script'; export const s = state('s', () => ({ n: 1 }), { version: ${version}, ` +
      'up: { 2: (old: object) => ({ ...old }) } });';
    const t = await hostOf({ 'main.ts': text(1) }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': text(2) }));
    const { s } = await t.import<{ s: object }>('main.ts');
    expect(codes(refused(await t.host.revert()))).toEqual(['MIGRATION_MISSING']);
    expect((await t.import<{ s: object }>('main.ts')).s).toBe(s);
    expect(t.host.release.number).toBe(2);
  });
});

describe('what the game evaluated since', () => {
  it('stands in no release: it runs on, with its state', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    const live = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': main(2) }));
    const tool = (await t.host.evaluate('let calls = 0; export const call = () => (calls += 1);', {
      id: 'console/1.ts',
    })) as Calls<'call'>;
    tool.call();
    committed(await t.host.revert());
    expect([live.n, tool.call()]).toEqual([1, 2]);
    expect(idsOf(t.host)).toEqual(['main.ts', 'console/1.ts']);
    committed(await t.change({ 'main.ts': main(3) }));
    expect([live.n, tool.call()]).toEqual([3, 3]);
  });

  it('and imports what only the later release has, refuses with its own line', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': main(2), 'extra.ts': 'export const extra = 1;' }));
    const text = "// a look\nimport { extra } from '../extra.ts'; export const seen = extra;";
    await t.host.evaluate(text, { id: 'console/1.ts' });
    expect(refused(await t.host.revert())).toMatchObject([{ code: 'DELETED_IMPORT', module: 'console/1.ts', line: 2 }]);
    expect(t.host.release.number).toBe(2);
    committed(await t.host.unload('console/1.ts'));
    committed(await t.host.revert());
    expect(idsOf(t.host)).toEqual(['main.ts']);
  });

  it('reads what runs after going back', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': main(2) }));
    const text = "import { n } from '../main.ts'; export const now = () => n; export const then = n;";
    const tool = (await t.host.evaluate(text, { id: 'console/1.ts' })) as { now(): number; then: number };
    committed(await t.host.revert());
    expect([tool.now(), tool.then]).toEqual([1, 1]);
  });

  it('in the place of a module of the release, goes: the earlier release has its own', async () => {
    const modules = { 'main.ts': "export { price } from './price.ts';", 'price.ts': 'export const price = 1;' };
    const t = await hostOf(modules, { entries: ['main.ts'] });
    const live = await t.import<{ price: number }>('main.ts');
    committed(await t.change({ 'price.ts': 'export const price = 2;' }));
    await t.host.evaluate('export const price = 20;', { id: 'price.ts' });
    expect(live.price).toBe(20);
    committed(await t.host.revert());
    expect(live.price).toBe(1);
  });

  it('and before, comes back as it was', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    const tool = (await t.host.evaluate(main(10), { id: 'console/1.ts' })) as { n: number };
    committed(await t.change({ 'main.ts': main(2) }));
    await t.host.evaluate(main(20), { id: 'console/1.ts' });
    committed(await t.host.revert());
    expect(tool.n).toBe(10);
  });

  it('and unloaded since, does not come back', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    await t.host.evaluate(main(10), { id: 'console/1.ts' });
    committed(await t.change({ 'main.ts': main(2) }));
    committed(await t.host.unload('console/1.ts'));
    committed(await t.host.revert());
    expect(idsOf(t.host)).toEqual(['main.ts']);
  });

  it('does not keep probation from taking a release back', async () => {
    const tick = createHook<() => void>('tick');
    const t = await hostOf(
      { 'main.ts': main(1) },
      { entries: ['main.ts'], modules: { '@game/api': { onTick: tick.add } } },
    );
    const bad = "import { onTick } from '@game/api'; onTick(() => { throw new Error('no'); }); export const n = 2;";
    const outcome = committed(await t.change({ 'main.ts': bad }));
    const tool = (await t.host.evaluate(main(10), { id: 'console/1.ts' })) as { n: number };
    for (let call = 0; call < 6; call += 1) tick.call();
    expect(await outcome.settled).toBe('rolled-back');
    expect([t.host.release.number, tool.n]).toEqual([1, 10]);
  });
});

describe('what the game imported since', () => {
  it('and the earlier release lacks, refuses, and says what to do; nothing has happened', async () => {
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    const live = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': main(2), 'extra.ts': 'export const e = 1;' }));
    const extra = await t.import<{ e: number }>('extra.ts');
    expect(refused(await t.host.revert())).toMatchObject([
      {
        code: 'DELETED_ROOT',
        module: 'extra.ts',
        message: "'extra.ts' is not in release 1, and the game itself has imported it since.",
        hint: "Let the game unload 'extra.ts' first, then go back.",
      },
    ]);
    expect([live.n, extra.e, t.host.release.number]).toEqual([2, 1, 2]);
    committed(await t.host.unload('extra.ts'));
    committed(await t.host.revert());
    expect(live.n).toBe(1);
  });

  it('and the earlier release has too, goes back with it', async () => {
    const t = await hostOf({ 'main.ts': main(1), 'extra.ts': main(10) }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': main(2), 'extra.ts': main(20) }));
    const extra = await t.import<{ n: number }>('extra.ts');
    committed(await t.host.revert());
    expect(extra.n).toBe(10);
  });

  it('by a script with import(), leaves with it', async () => {
    const later = "export const n = 2; export const more = () => import('./extra.ts');";
    const t = await hostOf({ 'main.ts': main(1) }, { entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': later, 'extra.ts': 'export const e = 1;' }));
    await (await t.import<Calls<'more', Promise<object>>>('main.ts')).more();
    expect(idsOf(t.host)).toEqual(['main.ts', 'extra.ts']);
    committed(await t.host.revert());
    expect(idsOf(t.host)).toEqual(['main.ts']);
  });

  it('from stores that cannot list what they have, stays: an earlier view need not have known of it', async () => {
    const texts = new Map([
      ['main.ts', main(1)],
      ['extra.ts', "export { h } from './helper.ts'; export let calls = 0; export const call = () => (calls += 1);"],
      ['helper.ts', 'export const h = 1;'],
    ]);
    const host = createHost({
      stores: [defineStore({ read: async (id) => texts.get(id) })],
      clock: new VirtualClock(),
      cache: false,
    });
    onTestFinished(() => host.close());
    const live = (await host.import('main.ts')) as { n: number };
    texts.set('main.ts', main(2));
    committed(await host.sync());
    const extra = (await host.import('extra.ts')) as Calls<'call'> & { h: number };
    extra.call();
    committed(await host.revert());
    expect([live.n, extra.h, extra.call()]).toEqual([1, 1, 2]);
    texts.set('main.ts', main(3));
    committed(await host.sync());
    expect([live.n, extra.call()]).toEqual([3, 3]);
  });

  it('holds a release that probation would take back', async () => {
    const tick = createHook<() => void>('tick');
    const t = await hostOf(
      { 'main.ts': main(1) },
      { entries: ['main.ts'], modules: { '@game/api': { onTick: tick.add } } },
    );
    const bad = "import { onTick } from '@game/api'; onTick(() => { throw new Error('no'); }); export const n = 2;";
    const outcome = committed(await t.change({ 'main.ts': bad, 'extra.ts': 'export const e = 1;' }));
    await t.import('extra.ts');
    for (let call = 0; call < 6; call += 1) tick.call();
    expect(await outcome.settled).toBe('held');
    await settled();
    const held = t.events.filter(({ type }) => type === 'reload:held');
    expect(held).toMatchObject([{ diagnostics: [{ code: 'DELETED_ROOT', module: 'extra.ts' }] }]);
  });
});

describe('old code that throws now', () => {
  it('refuses: the later release runs on, and following and going back go on from there', async () => {
    const doors = { open: true };
    const enter = () => {
      if (!doors.open) throw new Error('the door is shut');
    };
    const one = "import { enter } from '@game/api';\nenter();\nexport const n = 1;";
    const t = await hostOf({ 'main.ts': one }, { entries: ['main.ts'], modules: { '@game/api': { enter } } });
    const live = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': main(2) }));
    const { release } = t.host;
    doors.open = false;
    expect(refused(await t.host.revert())).toMatchObject([
      { code: 'BODY_THREW', module: 'main.ts', line: 2, message: expect.stringContaining('the door is shut') },
    ]);
    await settled();
    expect(t.events.at(-1)).toMatchObject({ type: 'reload:refused', cause: 'revert', release: { number: 2 } });
    expect([live.n, t.host.release]).toEqual([2, release]);
    expect(await t.host.sync()).toMatchObject({ status: 'unchanged' }); // nobody has barred what runs
    doors.open = true;
    committed(await t.host.revert());
    expect([live.n, codes(refused(await t.host.sync()))]).toEqual([1, ['BARRED']]);
  });

  it('refuses a chain of ways back alike, and each of them can be had afterwards', async () => {
    const isBroken = { value: false };
    const check = () => {
      if (isBroken.value) throw new Error('not now');
    };
    const text = (n: number) => `import { check } from '@game/api'; check(); export const n = ${n};`;
    const t = await hostOf({ 'main.ts': text(1) }, { entries: ['main.ts'], modules: { '@game/api': { check } } });
    const live = await t.import<{ n: number }>('main.ts');
    for (const n of [2, 3]) committed(await t.change({ 'main.ts': text(n) }));
    isBroken.value = true;
    for (const number of [1, 2]) expect(codes(refused(await t.host.revert(number)))).toEqual(['BODY_THREW']);
    isBroken.value = false;
    for (const number of [1, 2, 3]) {
      committed(await t.host.revert(number));
      expect([live.n, t.host.release.number]).toEqual([number, number]);
    }
  });
});
