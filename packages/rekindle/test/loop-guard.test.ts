import inspector from 'node:inspector';
import { createHook } from 'rekindle';
import { afterEach, describe, expect, it } from 'vitest';
import { committed, hostOf, refused } from './stories.ts';

const LIMITS = { limits: { loop: 30, activate: 1_000, prepare: 10_000 } };
const endless = 'for (;;) {}';

/** A host with a hook `tick`, and a script whose callback is `callback`, on line 3. */
async function ticking(callback: string, limits = LIMITS) {
  const tick = createHook<() => void>('tick');
  const text = `import { onTick } from '@game/api';\n\nonTick(${callback});\n`;
  const t = await hostOf({ 'goblin.ts': text }, { ...limits, modules: { '@game/api': { onTick: tick.add } } });
  await t.import('goblin.ts');
  const stopped = async () => {
    for (;;) {
      const found = t.events.filter((event) => event.type === 'script:error');
      if (found.length > 0) return found;
      await new Promise(setImmediate);
    }
  };
  return { t, tick, stopped };
}

const told = (line: number, where = "hook 'tick'") => [
  { module: 'goblin.ts', where, error: { code: 'LOOP_LIMIT' }, place: { module: 'goblin.ts', line } },
];

describe('an endless loop in a running game is stopped, with module and line, and the process goes on', () => {
  it.each([
    ['in a tick', `() => {\n  ${endless}\n}`, 4],
    ['while', '() => {\n\n  let n = 0;\n  while (true) n += 1;\n}', 6],
    ['do', '() => {\n  do {} while (true);\n}', 4],
    ['around a try and a catch', '() => {\n  for (;;) { try { throw 1; } catch {} }\n}', 4],
    ['around a finally that goes on', '() => {\n  out: for (;;) { try { throw 1; } finally { continue out; } }\n}', 4],
    ['in a function that it calls', '() => {\n  const spin = () => {\n    for (;;);\n  };\n  spin();\n}', 5],
    ['in a generator', '() => {\n  const g = (function* () {\n    for (;;) yield 1;\n  })();\n  Array.from(g);\n}', 5],
    ['in a method', 'new (class {\n  run = () => {\n    for (;;);\n  };\n})().run', 5],
    ['after an await', `async () => {\n  await null;\n  ${endless}\n}`, 5],
    ['that awaits', 'async () => {\n  for (;;) await 0;\n}', 4],
    ['that awaits, around a catch', 'async () => {\n  for (;;) { try { await 0; } catch {} }\n}', 4],
    [
      'over an iterator that never ends',
      '() => {\n  const it = { next: () => ({ done: false, value: 1 }), [Symbol.iterator]: () => it };\n  for (const x of it as Iterable<number>) x;\n}',
      5,
    ],
  ])('%s', async (_, callback, line) => {
    const { tick, stopped } = await ticking(callback);
    tick.call();
    expect(await stopped()).toMatchObject(told(line));
  });

  it('also where the script throws what throws when it is looked at', async () => {
    const text = `() => {
  throw new Proxy({}, { getPrototypeOf() { throw new Error('do not look'); } });
}`;
    const { t, tick, stopped } = await ticking(text);
    let calls = 0;
    tick.add(() => {
      calls += 1;
    });
    tick.call();
    expect(await stopped()).toMatchObject([{ module: 'goblin.ts' }]);
    expect(calls).toBe(1);
    expect(t.host.release.number).toBe(1);
  });

  it('also where the script catches the error and says nothing', async () => {
    const { tick, stopped } = await ticking('() => {\n  try { for (;;); } catch {}\n}');
    tick.call();
    expect(await stopped()).toMatchObject(told(4, 'loop limit'));
  });

  it('also in timers, tasks, listeners, effects and living functions', async () => {
    const text = `import { task, live } from 'rekindle/script';
      import { keep } from '@game/api';
      setTimeout(() => { for (;;); }, 10);
      task('work', async ({ sleep }) => { await sleep(10); for (;;); });
      keep(live(() => { for (;;); }));`;
    let kept: (() => void) | undefined;
    const keep = (fn: () => void) => {
      kept = fn;
    };
    const t = await hostOf({ 'main.ts': text }, { ...LIMITS, modules: { '@game/api': { keep } } });
    await t.import('main.ts');
    kept?.();
    t.clock.advance(20);
    const errors = () => t.events.filter((event) => event.type === 'script:error');
    while (errors().length < 3) await new Promise(setImmediate);
    expect(errors().map(({ where, place }) => [where, place?.line])).toEqual(
      expect.arrayContaining([
        ['setTimeout', 3],
        ["task 'work'", 4],
        ['live function', 5],
      ]),
    );
  });

  it('the other callbacks of the tick run, and so does the next version', async () => {
    const { t, tick } = await ticking('() => { for (;;); }');
    let calls = 0;
    tick.add(() => {
      calls += 1;
    });
    tick.call();
    committed(await t.change({ 'goblin.ts': 'export const mended = true;' }));
    tick.call();
    expect(calls).toBe(2);
  });
});

describe('what ends is left alone', () => {
  it('each callback of a tick, each timer, has its own time', async () => {
    const callback = '() => { const end = performance.now() + 12; while (performance.now() < end); }';
    const { t, tick } = await ticking(callback);
    for (let call = 0; call < 10; call += 1) tick.call();
    expect(t.events.filter((event) => event.type === 'script:error')).toEqual([]);
  });

  it('work in parts, with turns of the event loop between them', async () => {
    const turn = () => new Promise(setImmediate);
    const text = `import { turn } from '@game/api';
    export async function build() {
      let sum = 0;
      for (let part = 0; part < 10; part += 1) {
        const end = performance.now() + 12;
        while (performance.now() < end) sum += 1;
        await turn();
      }
      return sum > 0;
    }`;
    const t = await hostOf({ 'main.ts': text }, { ...LIMITS, modules: { '@game/api': { turn } } });
    const { build } = await t.import<{ build(): Promise<boolean> }>('main.ts');
    expect(await build()).toBe(true);
  });

  it('a first load may take longer than a swap, awaiting or not', async () => {
    const work = 'const end = performance.now() + 1_500; while (performance.now() < end);';
    const t = await hostOf({ 'a.ts': `${work} export {};`, 'b.ts': `await null; ${work} export {};` }, LIMITS);
    await t.import('a.ts');
    await t.import('b.ts');
    expect(refused(await t.change({ 'a.ts': `${work} export const edited = true;` }))).toMatchObject([
      { code: 'LOOP_LIMIT', module: 'a.ts', line: 1 },
    ]);
  });
});

describe('an endless loop at top level is refused', () => {
  it.each([
    ['plain', '\nfor (;;);', 2],
    ['caught', '\ntry {\n  for (;;);\n} catch {}', 3],
    ['in a function of another module', "import { spin } from './lib.ts';\nspin();", 2],
    ['after an await', '\nawait null;\nfor (;;);', 3],
    ['that awaits', '\n\nfor (;;) await 0;', 3],
  ])('%s', async (_, text, line) => {
    const lib = 'export function spin() { for (;;); }';
    const t = await hostOf({ 'main.ts': 'export const read = () => 1;', 'lib.ts': lib }, LIMITS);
    const { read } = await t.import<{ read(): number }>('main.ts');
    const [diagnostic] = refused(await t.change({ 'main.ts': `${text}\nexport const read = () => 2;` }));
    expect(diagnostic).toMatchObject({ code: 'LOOP_LIMIT', line });
    expect(diagnostic?.message).toMatch(/^A loop was stopped/);
    expect(diagnostic?.frame).toContain(`> ${line} |`);
    expect(read()).toBe(1);
  });
});

describe('while the inspector of the process listens, limits rest', () => {
  afterEach(() => inspector.close());

  it('in a tick and at top level, and one event says so', async () => {
    const work = 'const end = performance.now() + 1_500; while (performance.now() < end);';
    const { t, tick } = await ticking(`() => { ${work} }`);
    inspector.open(0, '127.0.0.1');
    tick.call();
    committed(await t.change({ 'goblin.ts': `${work} export const slow = true;` }));
    committed(await t.change({ 'goblin.ts': `await null; ${work} export const slower = true;` }));
    expect(t.events.filter((event) => event.type === 'script:error')).toEqual([]);
    expect(t.events.filter((event) => event.type === 'limits:resting')).toMatchObject([{ reason: 'inspector' }]);
  });

  it('a top level that awaits has all the time that it needs', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const t = await hostOf(
      { 'main.ts': 'export {};' },
      { limits: { prepare: 100 }, modules: { '@game/gate': { gate } } },
    );
    await t.import('main.ts');
    inspector.open(0, '127.0.0.1');
    const changed = t.change({ 'main.ts': "import { gate } from '@game/gate'; await gate; export const a = 1;" });
    for (let count = 0; count < 50; count += 1) {
      t.clock.advance(100);
      await new Promise(setImmediate);
    }
    go();
    committed(await changed);
  });

  it('and are there again when it is closed', async () => {
    const { tick, stopped } = await ticking('() => { for (;;); }');
    inspector.open(0, '127.0.0.1');
    inspector.close();
    tick.call();
    expect(await stopped()).toMatchObject(told(3));
  });
});
