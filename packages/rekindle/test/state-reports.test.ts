/** What happened to others with waits, chimes and clean-ups, in scripts as authors write them: R11, R15, R17. */
import { createHook } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, refused, settled } from './stories.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Goes to a moment of the story, counted from its beginning. */
async function until(t: TestHost, start: number, time: number): Promise<void> {
  await t.clock.advance(start + time - t.clock.now());
}

describe('R11: a clean-up that takes time does not run into the next set-up', () => {
  const save = (how: string, edit = 0) => `import { effect, state } from 'rekindle/script';
import { flush, lock, unlock } from '@game';
export const edit = ${edit};
${how}`;
  const awaiting = `effect(() => {
  lock('save');
  return async () => {
    await flush();
    unlock('save');
  };
});`;
  const slot =
    "state('save', () => { lock('save'); return {}; }, { dispose: () => flush().then(() => unlock('save')) });";

  function game() {
    const locked = new Set<string>();
    let flushes: (() => void)[] = [];
    return {
      locked,
      flushed() {
        for (const flush of flushes) flush();
        flushes = [];
      },
      modules: {
        '@game': {
          flush: () => new Promise<void>((resolve) => void flushes.push(resolve)),
          lock(name: string) {
            if (locked.has(name)) throw new Error(`${name} is locked`);
            locked.add(name);
          },
          unlock: (name: string) => void locked.delete(name),
        },
      },
    };
  }

  it('is refused by line, with the way out; the old effects stand', async () => {
    const { locked, modules } = game();
    const t = await hostOf({ 'save.ts': save(awaiting) }, { modules, entries: ['save.ts'] });
    const [told] = refused(await t.change({ 'save.ts': save(awaiting, 1) }));
    expect(told).toMatchObject({ code: 'EFFECT_ASYNC_CLEANUP', module: 'save.ts', line: 4 });
    expect(told?.hint).toContain("slot with 'dispose'");
    expect([...locked]).toEqual(['save']);
    expect(await t.import('save.ts')).toMatchObject({ edit: 0 });
  });

  it('goes the way that is named: a slot with dispose, over any number of edits', async () => {
    const { locked, modules, flushed } = game();
    const t = await hostOf({ 'save.ts': save(slot) }, { modules, entries: ['save.ts'] });
    for (let edit = 1; edit < 5; edit++) committed(await t.change({ 'save.ts': save(slot, edit) }));
    expect([...locked]).toEqual(['save']);
    committed(await t.change({ 'save.ts': save('', 5) }));
    expect([...locked]).toEqual(['save']);
    flushed();
    await settled();
    expect([...locked]).toEqual([]);
    expect(t.events.filter(({ type }) => type === 'script:error')).toEqual([]);
  });

  it('a clean-up that rejects is effect:failed, and no rejection that nobody handles', async () => {
    const failing = "effect(() => () => flush().then(() => { throw new Error('disk full'); }));";
    const { modules, flushed } = game();
    const t = await hostOf({ 'save.ts': save(failing) }, { modules, entries: ['save.ts'] });
    await t.change({ 'save.ts': save(failing, 1) });
    flushed();
    await settled();
    expect(t.events.filter(({ type }) => type === 'effect:failed')).toMatchObject([
      { module: 'save.ts', when: 'cleanup', error: { message: 'disk full' } },
    ]);
  });
});

describe('R15: a wait outlives what is saved elsewhere', () => {
  it.each([
    ['a timer', 'onOpen(() => { setTimeout(close, 20 * 60_000); });'],
    [
      'a promise',
      "import { setTimeout as wait } from 'node:timers/promises';\nonOpen(() => void wait(20 * 60_000).then(close));",
    ],
    [
      'a schedule',
      "import { schedule } from 'rekindle/script';\nconst later = schedule('close', close);\nonOpen(() => later.after(20 * 60_000));",
    ],
    [
      'a task',
      "import { task } from 'rekindle/script';\ntask('close', async ({ sleep }) => { await sleep(20 * 60_000); close(); });",
    ],
    ['a timer of a helper', "import { soon } from './lib.ts';\nonOpen(() => soon(close));"],
  ])('%s: once, at 20:00, and its module ran once', async (_what, door) => {
    const open = createHook<() => void>('open');
    const closed: number[] = [];
    const run: string[] = [];
    let start = 0;
    const modules = {
      '@game': {
        onOpen: open.add,
        close: () => void closed.push(t.clock.now() - start),
        ran: (id: string) => void run.push(id),
      },
    };
    const chat = (minute: number) => `export const minute = ${minute};`;
    const t = await hostOf(
      {
        'door.ts': `import { close, onOpen, ran } from '@game';\n${door}\nran('door');`,
        'lib.ts': 'export const soon = (fn: () => void) => setTimeout(fn, 20 * 60_000);',
        'chat.ts': chat(0),
      },
      { modules, entries: ['door.ts', 'chat.ts'] },
    );
    start = t.clock.now();
    open.call();
    for (let minute = 1; minute < 20; minute++) {
      await until(t, start, minute * MINUTE);
      if (minute % 9 === 0) refused(await t.change({ 'chat.ts': 'export const minute = ;' }));
      else committed(await t.change({ 'chat.ts': chat(minute) }));
    }
    await until(t, start, 2 * HOUR);
    expect(closed).toEqual([20 * MINUTE]);
    expect(run).toEqual(['door']);
  });
});

describe('R17: a clock strikes on the hour, however often it is saved', () => {
  const script = (lines: string, edit: number) =>
    `import { chime, pay } from '@game';\nimport { task } from 'rekindle/script';\nexport const edit = ${edit};\n${lines}`;
  const hour = "setInterval(() => chime('hour'), 3_600_000);";
  const half = "setInterval(() => chime('half'), 3_600_000);";

  async function clock(lines: string) {
    const struck: string[] = [];
    let start = 0;
    const chime = (what: string) => void struck.push(`${what} ${(t.clock.now() - start) / HOUR}`);
    const pay = () => void struck.push(`${(t.clock.now() - start) / MINUTE}`);
    const t = await hostOf(
      { 'clock.ts': script(lines, 0) },
      { modules: { '@game': { chime, pay } }, entries: ['clock.ts'] },
    );
    start = t.clock.now();
    let edit = 0;
    const save = async (next: string) => committed(await t.change({ 'clock.ts': script(next, ++edit) }));
    return { struck, save, until: (time: number) => until(t, start, time) };
  }

  it('saved at 0:50 it chimes at 1:00 and 2:00', async () => {
    const { struck, save, until: go } = await clock(hour);
    await go(50 * MINUTE);
    await save(hour);
    await go(2 * HOUR);
    expect(struck).toEqual(['hour 1', 'hour 2']);
  });

  it('saved every 50 minutes of a day it chimes 24 times', async () => {
    const { struck, save, until: go } = await clock(hour);
    for (let minute = 50; minute < 24 * 60; minute += 50) {
      await go(minute * MINUTE);
      await save(hour);
    }
    await go(24 * HOUR);
    expect(struck).toEqual(Array.from({ length: 24 }, (_, index) => `hour ${index + 1}`));
  });

  it('another of the same length, put above it, does not take its place', async () => {
    const { struck, save, until: go } = await clock(hour);
    await go(2.5 * HOUR);
    await save(`${half}\n${hour}`);
    await go(3.5 * HOUR);
    expect(struck).toEqual(['hour 1', 'hour 2', 'hour 3', 'half 3.5']);
  });

  it('a task pays ten times in ten minutes, saved every 50 seconds', async () => {
    const paying = "task('pay', async ({ sleep }) => { for (;;) { await sleep(60_000); pay(); } });";
    const { struck, save, until: go } = await clock(paying);
    for (let second = 50; second < 600; second += 50) {
      await go(second * 1_000);
      await save(paying);
    }
    await go(10 * MINUTE);
    expect(struck).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 1}`));
  });
});
