import { createHook } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, evaluated, hostOf, refused, rejection } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('a top level that throws', () => {
  const modules = {
    'lib.ts': "export const level = 1; export const name = () => 'lib 1';",
    'user.ts': "import { level, name } from './lib.ts'; export const seen = level; export const call = () => name();",
    'main.ts': "export * from './user.ts'; export { level } from './lib.ts';",
  };

  it('refuses everything that came with it, exactly as before', async () => {
    const t = await hostOf(modules);
    const main = await t.import<{ seen: number; level: number; call(): string }>('main.ts');
    const before = Object.getOwnPropertyDescriptors(main);
    const infos = t.host.modules();
    const diagnostics = refused(
      await t.change({
        'lib.ts': "export const level = 2; export const name = () => 'lib 2'; export const extra = 1;",
        'user.ts':
          "import { level, name } from './lib.ts'; export const seen = level; throw new TypeError('bad ' + name());",
      }),
    );
    expect(diagnostics).toMatchObject([{ code: 'BODY_THREW', module: 'user.ts', message: 'TypeError: bad lib 2' }]);
    expect(diagnostics[0]?.cause).toBeInstanceOf(TypeError);
    expect([main.seen, main.level, main.call()]).toEqual([1, 1, 'lib 1']);
    expect(Object.getOwnPropertyDescriptors(main)).toEqual(before);
    expect(t.host.modules()).toEqual(infos);
    expect(t.host.release.number).toBe(1);
  });

  it('can be mended, or taken back by its author', async () => {
    const t = await hostOf(modules);
    const main = await t.import<{ seen: number; level: number }>('main.ts');
    refused(await t.change({ 'lib.ts': "export const level = 2; export const name = () => ''; throw 'plain';" }));
    expect(codes(refused(await t.change({ 'main.ts': `${modules['main.ts']} export {};` })))).toEqual(['BODY_THREW']);
    expect((await t.change({ 'lib.ts': modules['lib.ts'], 'main.ts': modules['main.ts'] })).status).toBe('unchanged');
    refused(await t.change({ 'lib.ts': "export const level = 2; export const name = () => ''; throw 'plain';" }));
    expect(evaluated(await t.change({ 'lib.ts': 'export const level = 3; export const name = () => "";' }))).toEqual([
      'lib.ts',
      'user.ts',
    ]);
    expect([main.seen, main.level]).toEqual([3, 3]);
  });

  it('leaves what unchanged modules saw meanwhile as it was', async () => {
    const t = await hostOf({
      'rate.ts': 'export const rate = 1;',
      'price.ts':
        "import { rate } from './rate.ts'; import * as all from './rate.ts'; export const price = () => [rate, all.rate, Object.values(all)];",
      'shop.ts': "import { price } from './price.ts'; export const first = price();",
    });
    const shop = await t.import<{ first: unknown }>('shop.ts');
    const { price } = await t.import<Calls<'price'>>('price.ts');
    refused(
      await t.change({
        'rate.ts': 'export const rate = 2;',
        'shop.ts': "import { price } from './price.ts'; throw new Error(JSON.stringify(price()));",
      }),
    );
    expect(price()).toEqual([1, 1, [1]]);
    const diagnostics = refused(await t.host.sync());
    expect(diagnostics[0]?.message).toBe('Error: [2,2,[2]]'); // the body did see the new value through them
    expect(shop.first).toEqual([1, 1, [1]]);
  });

  it('is told whatever it throws', async () => {
    const t = await hostOf({ 'main.ts': 'export {};' });
    await t.import('main.ts');
    const messages: unknown[] = [];
    for (const thrown of ['undefined', 'null', '42', "'text'", 'Object.create(null)', 'Symbol("s")']) {
      const [diagnostic] = refused(await t.change({ 'main.ts': `throw ${thrown};` }));
      expect(diagnostic).toMatchObject({ code: 'BODY_THREW', module: 'main.ts' });
      messages.push(diagnostic?.message);
    }
    expect(messages.slice(0, 4)).toEqual(['Thrown: undefined', 'Thrown: null', 'Thrown: 42', 'Thrown: text']);
  });
});

describe('a top level that never ends', () => {
  it('is stopped by the limit, named, and refused', async () => {
    const t = await hostOf(
      { 'lib.ts': 'export const a = 1;', 'main.ts': "import { a } from './lib.ts'; export const read = () => a;" },
      { limits: { activate: 400 } }, // as short as on a machine that does nothing else, V8's own limit may be first
    );
    const { read } = await t.import<Calls<'read'>>('main.ts');
    const start = performance.now();
    const diagnostics = refused(
      await t.change({
        'lib.ts': 'export const a = 2; for (;;) { try { while (true); } catch {} finally { continue; } }',
      }),
    );
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(diagnostics).toMatchObject([{ code: 'LOOP_LIMIT', module: 'lib.ts', line: 1 }]);
    expect(read()).toBe(1);
    expect(evaluated(await t.change({ 'lib.ts': 'export const a = 3;' }))).toEqual(['lib.ts']);
    expect(read()).toBe(3);
  });

  it('in a regular expression, a sort, or a function of the game that it calls', async () => {
    const spin = () => {
      for (;;);
    };
    const t = await hostOf(
      { 'main.ts': 'export {};' },
      { limits: { activate: 50 }, modules: { '@game/spin': { spin } }, entries: ['main.ts'] },
    );
    for (const body of [
      "/^(a+)+$/.test('a'.repeat(40) + 'b');",
      'new Array(1e7).fill(0).map(Math.random).sort((a, b) => a - b);',
      "import { spin } from '@game/spin'; spin();",
    ]) {
      expect(codes(refused(await t.change({ 'main.ts': body })))).toEqual(['TIME_LIMIT']);
    }
    committed(await t.change({ 'main.ts': 'export const ok = true;' }));
  });

  it('does not leave the stopped body as the owner of what the game does next', async () => {
    const tick = createHook<() => void>('tick');
    const t = await hostOf(
      { 'main.ts': 'export const add = () => {};' },
      { limits: { activate: 50 }, modules: { '@game/api': { onTick: tick.add } }, entries: ['main.ts'] },
    );
    refused(await t.change({ 'main.ts': "import { onTick } from '@game/api'; onTick(() => {}); for (;;);" }));
    expect(tick.size).toBe(0);
    tick.add(() => {});
    expect(tick.size).toBe(1);
    await t.close();
    expect(tick.size).toBe(1); // the game's own
  });
});

describe('a first load that fails', () => {
  it('leaves nothing: no module, no timer, no callback; and works after a fix', async () => {
    const tick = createHook<() => void>('tick');
    const t = await hostOf(
      {
        'timers.ts': 'setInterval(() => {}, 10); setTimeout(() => {}, 10); export const t = 1;',
        'hooks.ts': "import { onTick } from '@game/api'; onTick(() => {}); export const h = 1;",
        'main.ts': "import './timers.ts'; import './hooks.ts'; throw new Error('not yet');",
      },
      { modules: { '@game/api': { onTick: tick.add } } },
    );
    expect(await rejection(t.import('main.ts'))).toMatchObject({ name: 'ScriptLoadError', code: 'BODY_THREW' });
    await t.clock.advance(0);
    expect([loaded(t), t.clock.due, tick.size]).toEqual([[], [], 0]);
    await t.change({ 'main.ts': "import './timers.ts'; import './hooks.ts'; export const ok = true;" });
    expect(await t.import('main.ts')).toMatchObject({ ok: true });
    await t.clock.advance(0);
    expect([loaded(t).length, t.clock.due.length, tick.size]).toEqual([3, 2, 1]);
  });

  it('of start() rejects with every fault, and start() can be called again', async () => {
    const t = await hostOf({ 'a.ts': 'const = 1;', 'b.ts': "import './c.ts';" });
    const error = await rejection(t.host.start({ entries: ['a.ts', 'b.ts'] }));
    expect(
      (error as unknown as { diagnostics: { code: string }[] }).diagnostics.map(({ code }) => code).sort(),
    ).toEqual(['SYNTAX_ERROR', 'UNRESOLVED_IMPORT']);
    await t.change({ 'a.ts': 'export const a = 1;', 'b.ts': 'export const b = 1;' });
    await t.host.start({ entries: ['a.ts', 'b.ts'] });
    expect(loaded(t)).toEqual(['a.ts', 'b.ts']);
    expect(await rejection(t.host.start({ entries: [] }))).toMatchObject({ code: 'HOST_STARTED' });
  });
});

describe('a broken module that nobody loads', () => {
  it('refuses nothing until somebody wants it', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    const main = await t.import<{ a: number }>('main.ts');
    committed(await t.change({ 'draft.ts': 'const = 1;', 'main.ts': 'export const a = 2;' }));
    expect(main.a).toBe(2);
    expect(codes(refused(await t.change({ 'main.ts': "import './draft.ts'; export const a = 3;" })))).toEqual([
      'SYNTAX_ERROR',
    ]);
    expect(main.a).toBe(2);
  });
});

describe('a module of the game that fails to make its exports', () => {
  it('refuses the release; nothing escapes', async () => {
    const { scoped } = await import('rekindle');
    let broken = false;
    const t = await hostOf(
      { 'main.ts': "import { log } from '@game/log'; export const a = log;" },
      {
        modules: {
          '@game/log': scoped(() => {
            if (broken) throw new Error('no log today');
            return { log: 1 };
          }),
        },
      },
    );
    const main = await t.import<{ a: number }>('main.ts');
    broken = true;
    const diagnostics = refused(
      await t.change({ 'main.ts': "import { log } from '@game/log'; export const a = log + 1;" }),
    );
    expect(diagnostics).toMatchObject([{ module: 'main.ts' }]);
    expect(diagnostics[0]?.message).toContain('no log today');
    expect(main.a).toBe(1);
    broken = false;
    committed(await t.host.sync());
    expect(main.a).toBe(2);
  });
});
