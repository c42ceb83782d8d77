import type { Outcome } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, deferred, evaluated, hostOf, refused, rejection, settled } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('wishes that wait', () => {
  it('become one: many calls of sync() are one transaction', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    const outcomes = await Promise.all([
      t.change({ 'main.ts': 'export const a = 2;' }),
      ...Array.from({ length: 20 }, () => t.host.sync()),
    ]);
    const commits = outcomes.filter(({ status }) => status === 'committed');
    expect(new Set(commits).size).toBe(1);
    expect(t.events.filter(({ type }) => type === 'reload:committed')).toHaveLength(1);
  });

  it('a release that hangs gives way to the one that mends it, and who asked for it is told of that', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' }, { probation: false });
    const main = await t.import<{ a: number }>('main.ts');
    const hangs = "setInterval(() => {}, 10); await new Promise(() => {}); export const a = 'hangs';";
    const first = t.change({ 'main.ts': hangs });
    await settled();
    const second = t.change({ 'main.ts': hangs.replace('10', '20') });
    await settled();
    const third = t.change({ 'main.ts': 'export const a = 4;' });
    await settled();
    expect(main.a).toBe(4);
    expect(committed(await first).release.number).toBe(4);
    expect(await first).toBe(await third);
    expect(await second).toBe(await third);
    await t.clock.advance(0);
    expect(t.clock.due).toEqual([]);
  });

  it('releases that come faster than their bodies end do not put each other off for ever', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 0;' }, { limits: { prepare: 1_000 } });
    const main = await t.import<{ a: number }>('main.ts');
    const slow = (a: number) => `await new Promise((go) => setTimeout(go, 100)); export const a = ${a};`;
    const outcomes: Promise<Outcome>[] = [];
    for (let n = 1; n <= 30; n += 1) {
      outcomes.push(t.change({ 'main.ts': slow(n) }));
      await settled();
      await t.clock.advance(50);
      await settled();
    }
    expect(main.a).toBeGreaterThan(15);
    await t.clock.advance(500);
    for (const outcome of outcomes) committed(await outcome);
    expect(main.a).toBe(30);
  });

  it('a load that waits for a preparation comes after it', async () => {
    const gate = deferred();
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;', 'other.ts': "import { a } from './main.ts'; export const b = a;" },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    await t.import('main.ts');
    const change = t.change({ 'main.ts': "import { gate } from '@game/gate'; await gate; export const a = 2;" });
    await settled();
    const other = t.import<{ b: number }>('other.ts');
    await settled();
    gate.resolve();
    committed(await change);
    expect((await other).b).toBe(2);
  });
});

describe('what is asked for in one tick is done in that order', () => {
  it('a sync, and an unload of what the newest release no longer imports', async () => {
    const t = await hostOf({ 'main.ts': "import './old.ts';", 'old.ts': '' });
    await t.import('main.ts');
    await t.import('old.ts');
    await t.publish({ 'main.ts': '' });
    const [sync, unload] = [t.host.sync(), t.host.unload('old.ts')];
    committed(await sync);
    committed(await unload);
  });

  it('a sync, and a load of what the newest release brings', async () => {
    const t = await hostOf({ 'main.ts': '' });
    await t.import('main.ts');
    await t.publish({ 'new.ts': 'export const n = 1;' });
    const [sync, load] = [t.host.sync(), t.import('new.ts')];
    committed(await sync);
    expect(await load).toMatchObject({ n: 1 });
  });

  it('a sync, and a revert to what ran before it', async () => {
    const t = await hostOf({ 'main.ts': 'export const n = 1;' });
    const main = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': 'export const n = 2;' }));
    await t.publish({ 'main.ts': 'export const n = 3;' });
    const [sync, revert] = [t.host.sync(), t.host.revert(2)];
    expect([committed(await sync).release.number, committed(await revert).release.number]).toEqual([3, 2]);
    expect(main.n).toBe(2);
  });

  it('an unload, and a load of the same module', async () => {
    const t = await hostOf({ 'main.ts': 'let n = 0; export const next = () => (n += 1);' });
    (await t.import<Calls<'next'>>('main.ts')).next();
    const [unload, load] = [t.host.unload('main.ts'), t.import<Calls<'next'>>('main.ts')];
    committed(await unload);
    const main = await load;
    expect(loaded(t)).toEqual(['main.ts']);
    expect(main.next()).toBe(1);
  });

  it('a revert, and one back again', async () => {
    const t = await hostOf({ 'main.ts': 'export const n = 1;' });
    const main = await t.import<{ n: number }>('main.ts');
    committed(await t.change({ 'main.ts': 'export const n = 2;' }));
    for (const outcome of await Promise.all([t.host.revert(1), t.host.revert(2)])) committed(outcome);
    expect(main.n).toBe(2);
  });
});

describe('a body that asks for a transaction', () => {
  const api = (t: () => Awaited<ReturnType<typeof hostOf>>) => ({
    '@game/api': {
      sync: () => t().host.sync(),
      reload: () => t().host.reload('main.ts'),
      load: (id: string) => t().import(id),
    },
  });

  it.each(['sync()', 'reload()', "load('other.ts')"])(
    'is told that it would wait for itself: await %s',
    async (call) => {
      let host: Awaited<ReturnType<typeof hostOf>> | undefined;
      const t = await hostOf(
        { 'main.ts': 'export const a = 1;', 'other.ts': '' },
        { modules: api(() => host as NonNullable<typeof host>) },
      );
      host = t;
      await t.import('main.ts');
      const diagnostics = refused(
        await t.change({ 'main.ts': `import { sync, reload, load } from '@game/api'; await null; await ${call};` }),
      );
      expect(codes(diagnostics)).toEqual(['REENTRANT']);
      expect(diagnostics[0]?.message).toContain(
        "'main.ts' asks for a reload or a load while a transaction runs its top level",
      );
    },
  );

  it.each(['sync()', 'reload()', "load('other.ts')"])('and so is one that does not await: %s', async (call) => {
    let host: Awaited<ReturnType<typeof hostOf>> | undefined;
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;', 'other.ts': '' },
      { modules: api(() => host as NonNullable<typeof host>) },
    );
    host = t;
    const main = await t.import<{ code: Promise<string> }>('main.ts');
    committed(
      await t.change({
        'main.ts': `import { sync, reload, load } from '@game/api'; export const code = ${call}.then(() => 'none', (error: any) => error.code);`,
      }),
    );
    expect(await main.code).toBe('REENTRANT');
  });

  it('may ask for a module that is loaded', async () => {
    let host: Awaited<ReturnType<typeof hostOf>> | undefined;
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;', 'other.ts': 'export const b = 5;' },
      { modules: api(() => host as NonNullable<typeof host>) },
    );
    host = t;
    await t.import('other.ts');
    const main = await t.import<{ b: number }>('main.ts');
    committed(
      await t.change({ 'main.ts': "import { load } from '@game/api'; export const { b } = await load('other.ts');" }),
    );
    expect(main.b).toBe(5);
  });

  it('may not ask from an effect, which is part of the transaction', async () => {
    let host: Awaited<ReturnType<typeof hostOf>> | undefined;
    const t = await hostOf(
      { 'main.ts': '' },
      { modules: api(() => host as NonNullable<typeof host>), entries: ['main.ts'] },
    );
    host = t;
    const main = await t.import<{ codes: string[] }>('main.ts');
    committed(
      await t.change({
        'main.ts': `import { effect } from 'rekindle/script'; import { sync } from '@game/api';
export const codes: string[] = [];
effect(() => void sync().catch((error: any) => codes.push(error.code)));`,
      }),
    );
    await settled();
    expect(main.codes).toEqual(['REENTRANT']);
  });

  it('may ask later: from a timer', async () => {
    let host: Awaited<ReturnType<typeof hostOf>> | undefined;
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;' },
      { modules: api(() => host as NonNullable<typeof host>) },
    );
    host = t;
    const main = await t.import<{ outcomes: { status: string }[] }>('main.ts');
    committed(
      await t.change({
        'main.ts':
          "import { sync } from '@game/api'; export const outcomes: any[] = []; setTimeout(async () => { outcomes.push(await sync()); }, 10);",
      }),
    );
    await t.clock.advance(10);
    await settled();
    expect(main.outcomes.map(({ status }) => status)).toEqual(['unchanged']);
  });
});

describe('import()s of one module by the game', () => {
  it('at the same time share one load', async () => {
    const t = await hostOf({
      'main.ts': 'globalThis.runs = (globalThis.runs ?? 0) + 1; export const runs = globalThis.runs;',
    });
    const [one, two, three] = await Promise.all([
      t.import<{ runs: number }>('main.ts'),
      t.import('main.ts'),
      t.import('main'),
    ]);
    expect(two).toBe(one);
    expect(three).toBe(one);
    expect(one.runs).toBe(1);
  });

  it('that fail share the failure: the body runs once', async () => {
    const ran: number[] = [];
    const t = await hostOf(
      { 'main.ts': "import { ran } from '@game/ran'; ran.push(1); throw new Error('no');" },
      { modules: { '@game/ran': { ran } } },
    );
    const [one, two] = await Promise.all([rejection(t.import('main.ts')), rejection(t.import('main.ts'))]);
    expect(two).toBe(one);
    expect(ran).toEqual([1]);
    await rejection(t.import('main.ts'));
    expect(ran).toEqual([1, 1]);
  });
});

describe('reload and reloadAll', () => {
  const modules = {
    'a.ts': 'globalThis.a = (globalThis.a ?? 0) + 1; export const a = globalThis.a;',
    'b.ts':
      "import { a } from './a.ts'; globalThis.b = (globalThis.b ?? 0) + 1; export const b = a * 100 + globalThis.b;",
    'c.ts': "import './a.ts'; globalThis.c = (globalThis.c ?? 0) + 1; export const c = globalThis.c;",
    'main.ts': "import './b.ts'; import './c.ts';",
  };

  it('runs the named module again, and who observes it', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    const b = await t.import<{ b: number }>('b.ts');
    const outcome = committed(await t.host.reload('a.ts'));
    expect(outcome.evaluated).toEqual(['a.ts', 'b.ts']);
    expect(outcome.reasons['a.ts']).toBe('was asked to run');
    expect(outcome.modules).toEqual([]);
    expect(b.b).toBe(202);
    expect(evaluated(await t.host.reload(['c.ts', 'main.ts']))).toEqual(['c.ts', 'main.ts']);
  });

  it('runs everything in one transaction, in order', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    expect(evaluated(await t.host.reloadAll())).toEqual(['a.ts', 'b.ts', 'c.ts', 'main.ts']);
    expect(await t.import('c.ts')).toMatchObject({ c: 2 });
  });

  it('takes the newest release along', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    await rejection(t.change({ 'b.ts': 'export const b = 0;' }).then(() => Promise.reject(new Error('applied'))));
    const outcome = committed(await t.host.reload('c.ts'));
    expect(outcome.evaluated).toEqual(['c.ts']);
    expect(outcome.release.number).toBe(2);
  });

  it('names a module that is not loaded', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    const diagnostics = refused(await t.host.reload(['a.ts', 'd.ts']));
    expect(diagnostics).toMatchObject([{ code: 'NOT_LOADED' }]);
    expect(diagnostics[0]?.message).toContain("'d.ts'");
  });

  it('refuses as one: a body that throws takes all of it back', async () => {
    const t = await hostOf({
      'a.ts': 'globalThis.n = (globalThis.n ?? 0) + 1; export const n = globalThis.n;',
      'b.ts': "if (globalThis.n === 2) throw new Error('second time'); export const b = 1;",
      'main.ts': "import './a.ts'; import './b.ts';",
    });
    await t.import('main.ts');
    const a = await t.import<{ n: number }>('a.ts');
    expect(codes(refused(await t.host.reloadAll()))).toEqual(['BODY_THREW']);
    expect(a.n).toBe(1);
    committed(await t.host.reloadAll());
    expect(a.n).toBe(3);
    expect(loaded(t)).toEqual(['a.ts', 'b.ts', 'main.ts']);
  });
});

describe('a store that fails while it is read', () => {
  it('rejects sync() once, and nothing escapes beside it', async () => {
    const { createHost, defineStore } = await import('rekindle');
    const texts: Record<string, string> = {
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 1;',
      'main.ts': "import './a.ts'; import './b.ts'; export const ok = 1;",
    };
    let down = false;
    const store = defineStore({
      read: async (id) => {
        if (down) throw new Error(`cannot read ${id}`);
        return texts[id];
      },
      list: async () => Object.keys(texts),
    });
    const host = createHost({ stores: [store] });
    try {
      const main = (await host.import('main.ts')) as { ok: number };
      for (const id of Object.keys(texts)) texts[id] += ' export const more = 1;';
      down = true;
      await rejection(host.sync());
      await settled(); // an unhandled rejection fails the test run
      expect(main.ok).toBe(1);
      down = false;
      committed(await host.sync());
    } finally {
      await host.close();
    }
  });
});

describe('evaluate', () => {
  it('takes its moment like any other change, and shows what stands afterwards', async () => {
    const moments: (() => unknown)[] = [];
    const t = await hostOf({ 'main.ts': 'export const a = 1;' }, { activate: (apply) => void moments.push(apply) });
    await t.import('main.ts');
    const evaluating = t.host.evaluate("import { a } from './main.ts'; export const seen = () => a;", {
      id: 'console.ts',
    });
    await settled();
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    await settled();
    moments.at(-1)?.(); // the newer release
    committed(await change);
    await settled();
    moments.at(-1)?.(); // the text, again behind it
    const { seen } = (await evaluating) as Calls<'seen'>;
    expect(seen()).toBe(2);
  });
});
