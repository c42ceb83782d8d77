import { forModule, ofType, type RekindleEvent } from 'rekindle';
import { describe, expect, it, vi } from 'vitest';
import { committed, hostOf, refused, settled } from './stories.ts';

const types = (events: readonly RekindleEvent[]) => events.map(({ type }) => type);

describe('events', () => {
  it('of a reload come after the step, in order', async () => {
    const t = await hostOf({
      'old.ts': 'export const o = 1;',
      'main.ts': "import './old.ts'; export const a = 1;",
    });
    await t.import('main.ts');
    await settled();
    expect(t.events).toMatchObject([
      { type: 'module:loaded', module: 'old.ts' },
      { type: 'module:loaded', module: 'main.ts' },
    ]);
    const before = t.events.length;
    const seen: unknown[] = [];
    t.host.on('reload:committed', (event) => seen.push([event.release.number, t.host.release.number]));
    committed(
      await t.change({
        'old.ts': null,
        'new.ts': 'export const n = 1;',
        'main.ts': "import './new.ts'; export const a = 2;",
      }),
    );
    await settled();
    expect(t.events.slice(before)).toMatchObject([
      { type: 'reload:started', cause: 'sync', modules: ['main.ts', 'new.ts', 'old.ts'] },
      { type: 'module:loaded', module: 'new.ts' },
      { type: 'module:unloaded', module: 'old.ts' },
      {
        type: 'reload:committed',
        modules: ['main.ts', 'new.ts', 'old.ts'],
        evaluated: ['new.ts', 'main.ts'],
        reasons: { 'new.ts': 'is new', 'main.ts': 'was edited' },
        kept: 0,
      },
    ]);
    expect(seen).toEqual([[2, 2]]);
    for (const event of t.events) expect(event).toMatchObject({ namespace: 'main', time: t.clock.time() });
  });

  it('of the step itself name the release that runs after it', async () => {
    const slot = (version: number) => `
      import { state } from 'rekindle/script';
      export const bag = state('bag', () => ({}), { version: ${version}, up: { 2: () => ({ more: true }) } });
    `;
    const t = await hostOf({ 'main.ts': slot(1) });
    await t.import('main.ts');
    committed(await t.change({ 'main.ts': slot(2) }));
    await settled();
    const [migrated] = t.events.filter(({ type }) => type === 'state:migrated');
    expect(migrated?.release.number).toBe(2);
  });

  it('of a refusal say what is wrong and what runs on', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    refused(await t.change({ 'main.ts': "throw new Error('no');" }));
    await settled();
    expect(t.events.at(-1)).toMatchObject({
      type: 'reload:refused',
      cause: 'sync',
      modules: ['main.ts'],
      diagnostics: [{ code: 'BODY_THREW' }],
      release: { number: 1 },
    });
  });

  it('are delivered after the synchronous step: not while the swap runs', async () => {
    let inside = false;
    const during: string[] = [];
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;' },
      {
        activate: (apply) => {
          inside = true;
          apply();
          inside = false;
        },
      },
    );
    await t.import('main.ts');
    t.host.events$.subscribe(({ type }) => {
      if (inside) during.push(type);
    });
    committed(
      await t.change({ 'main.ts': "import { effect } from 'rekindle/script'; effect(() => {}); export const a = 2;" }),
    );
    await settled();
    expect(during).toEqual([]);
  });

  it('go to every subscriber once, and end with the host', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    const one: RekindleEvent[] = [];
    const two: RekindleEvent[] = [];
    let completed = 0;
    t.host.events$.subscribe({ next: (event) => one.push(event), complete: () => completed++ });
    await t.import('main.ts');
    await settled();
    const late = t.host.events$.subscribe((event) => two.push(event));
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    await settled();
    expect(types(one)).toEqual(['module:loaded', 'reload:started', 'reload:committed']);
    expect(types(two)).toEqual(['reload:started', 'reload:committed']); // nothing is replayed
    late.unsubscribe();
    await t.close();
    expect(completed).toBe(1);
  });

  it('reach a handler until it is taken off, by its function or by a signal', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    const controller = new AbortController();
    const counts = { off: 0, signal: 0, never: 0 };
    const off = t.host.on('reload:committed', () => counts.off++);
    t.host.on('reload:committed', () => counts.signal++, { signal: controller.signal });
    t.host.on('reload:committed', () => counts.never++, { signal: AbortSignal.abort() });
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    await settled();
    off();
    controller.abort();
    committed(await t.change({ 'main.ts': 'export const a = 3;' }));
    await settled();
    expect(counts).toEqual({ off: 1, signal: 1, never: 0 });
  });

  it('handlers that throw or reject are told of and stop nobody', async () => {
    const warnings: string[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
    try {
      const t = await hostOf({ 'main.ts': 'export const a = 1;' });
      await t.import('main.ts');
      let reached = 0;
      t.host.on('reload:committed', () => {
        throw new Error('in a handler');
      });
      t.host.on('reload:committed', async () => {
        await null;
        throw new Error('in a flow');
      });
      t.host.on('reload:committed', () => reached++);
      committed(await t.change({ 'main.ts': 'export const a = 2;' }));
      await settled();
      expect(reached).toBe(1);
      expect(warnings).toEqual([expect.stringContaining('in a handler'), expect.stringContaining('in a flow')]);
    } finally {
      warn.mockRestore();
    }
  });

  it('can be asked for by type and by module', async () => {
    const t = await hostOf({
      'npc/goblin.ts': 'export const g = 1;',
      'npc/deep/orc.ts': 'export const o = 1;',
      'shop.ts': 'export const s = 1;',
      'main.ts': "import './npc/goblin.ts'; import './npc/deep/orc.ts'; import './shop.ts';",
    });
    await t.import('main.ts');
    await settled();
    const evaluated: (readonly string[])[] = [];
    const direct: string[] = [];
    const all: string[] = [];
    t.host.events$.pipe(ofType('reload:committed')).subscribe((event) => evaluated.push(event.evaluated));
    t.host.events$.pipe(forModule('npc/*')).subscribe(({ type }) => direct.push(type));
    t.host.events$.pipe(forModule('npc/**')).subscribe(({ type }) => all.push(type));
    committed(await t.change({ 'shop.ts': 'export const s = 2;' }));
    committed(await t.change({ 'npc/deep/orc.ts': 'export const o = 2;' }));
    committed(await t.change({ 'npc/goblin.ts': 'export const g = 2;' }));
    await settled();
    expect(evaluated).toEqual([['shop.ts'], ['npc/deep/orc.ts'], ['npc/goblin.ts']]);
    expect(direct).toEqual(['reload:started', 'reload:committed']);
    expect(all).toEqual(['reload:started', 'reload:committed', 'reload:started', 'reload:committed']);
  });

  it('of an error that escapes a callback name the module', async () => {
    const t = await hostOf({ 'main.ts': "setTimeout(() => { throw new Error('in a timer'); }, 10);" });
    await t.import('main.ts');
    await t.clock.advance(10);
    expect(t.events.filter(({ type }) => type === 'script:error')).toMatchObject([
      { module: 'main.ts', where: 'setTimeout', error: { message: 'in a timer' } },
    ]);
  });
});
