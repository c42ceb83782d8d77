import { createHost, memoryStore, type Outcome } from 'rekindle';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { codes, committed, deferred, hostOf, refused, settled } from './stories.ts';

type Apply = () => Outcome;

async function atMoments(modules: Record<string, string>, entry = 'main.ts') {
  const moments: Apply[] = [];
  const t = await hostOf(modules, { activate: (apply) => void moments.push(apply) });
  const main = await t.import<Record<string, number>>(entry);
  return { t, main, moments };
}

describe('the moment of the swap', () => {
  it("is the game's: nothing changes before it", async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    expect([moments.length, main['a'], t.host.release.number]).toEqual([1, 1, 1]);
    const outcome = moments[0]?.();
    expect(main['a']).toBe(2);
    expect(outcome?.status).toBe('committed');
    expect(await change).toBe(outcome);
  });

  it('that comes twice answers the same twice', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1; globalThis.runs = 0;' });
    const change = t.change({ 'main.ts': 'globalThis.runs += 1; export const a = globalThis.runs;' });
    await settled();
    const outcome = moments[0]?.();
    expect(moments[0]?.()).toBe(outcome);
    await change;
    expect(moments[0]?.()).toBe(outcome);
    expect(main['a']).toBe(1);
  });

  it('of a release that fails answers the refusal', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const change = t.change({ 'main.ts': "throw new Error('no');" });
    await settled();
    expect(moments[0]?.().status).toBe('refused');
    expect(codes(refused(await change))).toEqual(['BODY_THREW']);
    expect(main['a']).toBe(1);
  });

  it('is not asked for where nothing is replaced: a first load', async () => {
    const { t, moments } = await atMoments({ 'main.ts': '', 'other.ts': 'export const b = 1;' });
    expect(await t.import('other.ts')).toMatchObject({ b: 1 });
    expect(moments).toEqual([]);
  });

  it('that never comes gives way to a newer release, and answers `superseded`', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const first = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    const second = t.change({ 'main.ts': 'export const a = 3;' });
    await settled();
    expect(moments).toHaveLength(2);
    expect(moments[0]?.()).toMatchObject({ status: 'superseded', by: { number: 3 } });
    expect(main['a']).toBe(1);
    moments[1]?.();
    expect(main['a']).toBe(3);
    // who asked for the first one is told of what took its place
    expect(committed(await first).release.number).toBe(3);
    expect(await second).toBe(await first);
  });

  it('of one that asked for more comes again behind the newer one', async () => {
    const { t, main, moments } = await atMoments({
      'main.ts': "import './side.ts'; export const a = 1;",
      'side.ts': 'globalThis.side = (globalThis.side ?? 0) + 1; export const runs = globalThis.side;',
    });
    const side = await t.import<{ runs: number }>('side.ts');
    const reload = t.host.reload('side.ts');
    await settled();
    const change = t.change({ 'main.ts': "import './side.ts'; export const a = 2;" });
    await settled();
    expect(moments[0]?.()).toMatchObject({ status: 'superseded' });
    moments[1]?.();
    expect(committed(await change).evaluated).toEqual(['main.ts']);
    await settled();
    moments[2]?.();
    expect(committed(await reload).evaluated).toEqual(['side.ts']);
    expect([main['a'], side.runs]).toEqual([2, 2]);
  });

  it('gives way also to what was asked for while it was still prepared', async () => {
    const gate = deferred();
    const moments: Apply[] = [];
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;' },
      {
        activate: (apply) => void moments.push(apply),
        transforms: { '.slow': (text) => gate.promise.then(() => text) },
      },
    );
    const main = await t.import<Record<string, number>>('main.ts');
    const first = t.change({ 'main.ts': "export { a } from './a.slow';", 'a.slow': 'export const a = 2;' });
    await settled();
    const second = t.change({ 'main.ts': 'export const a = 3;' });
    await settled();
    gate.resolve();
    await settled();
    moments.at(-1)?.();
    expect(main['a']).toBe(3);
    expect(await first).toBe(await second);
  });

  it('gives way to what comes after a look that found nothing new', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const first = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    const look = t.host.sync();
    await settled();
    const second = t.change({ 'main.ts': 'export const a = 3;' });
    await settled();
    expect(moments[0]?.()).toMatchObject({ status: 'superseded', by: { number: 3 } });
    moments[1]?.();
    expect(main['a']).toBe(3);
    expect(await first).toBe(await second);
    expect(await look).toBe(await second);
  });

  it('of a release is not taken by a look that has become that very release', async () => {
    const store = memoryStore({ modules: { 'main.ts': 'export const a = 1;' } });
    const head = store.head.bind(store);
    const gates: Promise<void>[] = [];
    store.head = async (options) => {
      await gates.shift();
      return head(options);
    };
    const moments: Apply[] = [];
    const host = createHost({ stores: [store], cache: false, activate: (apply) => void moments.push(apply) });
    onTestFinished(() => host.close());
    const main = (await host.import('main.ts')) as { a: number };
    const publish = (a: number) => store.publish(new Map([['main.ts', `export const a = ${a};`]]), { expected: a - 1 });
    await publish(2);
    const first = host.sync();
    await settled();
    const slow = deferred();
    gates.push(slow.promise);
    const second = host.sync(); // looks whether it may take the place of the first, and the store is slow to answer
    await settled();
    await publish(3);
    moments[0]?.();
    await settled();
    await publish(4);
    slow.resolve();
    await settled();
    expect(moments[1]?.().status).toBe('committed');
    expect([committed(await first).release.number, committed(await second).release.number]).toEqual([2, 3]);
    expect(main.a).toBe(3);
  });

  it('of a revert does not give way to the release that it leaves', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    moments[0]?.();
    await change;
    const revert = t.host.revert();
    await settled();
    const sync = t.host.sync(); // nothing is new in the stores
    await settled();
    expect(moments[1]?.().status).toBe('committed');
    committed(await revert);
    await sync;
    expect(main['a']).toBe(1);
  });

  it('is waited for by a load, too, where a module that runs would run again', async () => {
    const moments: Apply[] = [];
    const t = await hostOf(
      {
        'main.ts': "export const dyn = import('./dyn.ts');",
        'dyn.ts': 'export const seen = globalThis.seen; let n = 0; export const next = () => (n += 1);',
        'late.ts': 'globalThis.seen = 5;',
      },
      { activate: (apply) => void moments.push(apply) },
    );
    const { dyn } = await t.import<{ dyn: Promise<{ seen?: number; next(): number }> }>('main.ts');
    const view = await dyn;
    view.next();
    t.forget();
    const late = t.import('late.ts'); // an entry: it stands before what running code has imported
    await settled();
    expect([view.seen, moments.length]).toEqual([undefined, 1]);
    moments[0]?.();
    await late;
    expect(view.seen).toBe(5);
    expect(t.events.map(({ type }) => type)).toEqual([
      'reload:started',
      'module:loaded',
      'reload:committed',
      'state:lost',
      'script:warning',
    ]);
  });

  it('stays the same moment where the stores only say again what they said', async () => {
    const { t, main, moments } = await atMoments({ 'main.ts': 'export const a = 1;' });
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    const again = t.host.sync();
    await settled();
    expect(moments).toHaveLength(1);
    moments[0]?.();
    expect((await change).status).toBe('committed');
    expect((await again).status).toBe('unchanged');
    expect(main['a']).toBe(2);
  });

  it('that throws before it applies refuses the release', async () => {
    let fail = true;
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;' },
      {
        activate: (apply) => {
          if (fail) throw new Error('the physics are busy');
          apply();
        },
      },
    );
    const main = await t.import<{ a: number }>('main.ts');
    const diagnostics = refused(await t.change({ 'main.ts': 'export const a = 2; setInterval(() => {}, 1);' }));
    expect(diagnostics).toMatchObject([{ code: 'ACTIVATE_THREW' }]);
    expect(diagnostics[0]?.message).toContain('the physics are busy');
    await t.clock.advance(0);
    expect([main.a, t.clock.due]).toEqual([1, []]);
    fail = false;
    committed(await t.host.sync());
    expect(main.a).toBe(2);
  });

  it('that throws after it applied is told; the commit stands', async () => {
    const warnings: string[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
    try {
      const t = await hostOf(
        { 'main.ts': 'export const a = 1;' },
        {
          activate: (apply) => {
            apply();
            throw new Error('too late');
          },
        },
      );
      const main = await t.import<{ a: number }>('main.ts');
      committed(await t.change({ 'main.ts': 'export const a = 2;' }));
      expect(main.a).toBe(2);
      expect(warnings).toEqual([expect.stringContaining('too late')]);
    } finally {
      warn.mockRestore();
    }
  });

  it('cannot be called by the code that it runs', async () => {
    let apply: Apply | undefined;
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;' },
      {
        activate: (given) => {
          apply = given;
          given();
        },
        modules: { '@game/api': { again: () => apply?.() } },
      },
    );
    const main = await t.import<{ a: unknown }>('main.ts');
    committed(
      await t.change({
        'main.ts':
          "import { again } from '@game/api'; let code; try { again(); } catch (error: any) { code = error.code; } export const a = code;",
      }),
    );
    expect(main.a).toBe('REENTRANT');
  });

  it('a module that the game asks for, and that the waiting release would take out, is loaded again behind it', async () => {
    const { t, moments } = await atMoments({
      'main.ts': "import './extra.ts'; export const a = 1;",
      'extra.ts': 'export const e = 1;',
    });
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    const importing = t.import<{ e: number }>('extra.ts');
    await settled();
    moments[0]?.();
    committed(await change);
    const extra = await importing;
    expect(extra.e).toBe(1);
    expect(t.host.modules().map(({ id }) => id)).toEqual(['main.ts', 'extra.ts']);
    const next = t.change({ 'extra.ts': 'export const e = 2;' });
    await settled();
    moments.at(-1)?.();
    await next;
    expect(extra.e).toBe(2);
  });
});
