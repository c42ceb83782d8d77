/**
 * Whose it is: what a helper module sets up for another belongs to that other, through any number of helpers and barrels;
 * what nobody is running for belongs to the module in whose text the call stands.
 */
import { EventEmitter } from 'node:events';
import { createHook, createRegistry, own } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { committed, evaluated, hostOf, refused, settled } from './stories.ts';

const MINUTE = 60_000;

/** Sets up one of everything for whoever calls. */
const INNER = `import { effect, listen, live, schedule, state, task } from 'rekindle/script';
import { bus, note, onChat, onTick, items } from '@game';
export function everything(who: string) {
  setInterval(() => note(who + ' interval'), 60_000);
  setTimeout(() => note(who + ' timeout'), 90_000);
  task('loop', async ({ sleep }) => { for (;;) { await sleep(60_000); note(who + ' task'); } });
  onTick(() => note(who + ' hook'));
  items.set(who, { who });
  effect(() => { note(who + ' set up'); return () => note(who + ' cleaned up'); });
  listen(bus, 'chat', () => note(who + ' listener'));
  onChat(() => note(who + ' own'));
  const slot = state('slot', () => ({ who, count: 0 }), { dispose: () => note(who + ' disposed') });
  slot.count += 1;
  return { slot, later: schedule('later', () => note(who + ' schedule')), living: live(function living() { return who; }) };
}`;
const OUTER =
  "import { everything as inner } from './inner.ts';\nexport const everything = (who: string) => inner(who);";
const BARREL = "export * from './outer.ts';\nexport { everything as all } from './outer.ts';";
const user = (name: string, edit = 0) => `import { all } from './lib/index.ts';
export const made = all('${name}${edit === 0 ? '' : edit}');`;

interface Made {
  readonly made: {
    readonly slot: { readonly who: string; readonly count: number };
    readonly later: { after(ms: number): number };
    readonly living: () => string;
  };
}

async function game() {
  const bus = new EventEmitter();
  const onTick = createHook<() => void>('tick');
  const items = createRegistry<{ who: string }>('items');
  const notes: string[] = [];
  const api = {
    bus,
    onTick: onTick.add,
    items,
    note: (text: string) => void notes.push(text),
    onChat: (fn: () => void) =>
      own(() => {
        bus.on('own', fn);
        return () => bus.off('own', fn);
      }),
  };
  const modules = { 'lib/inner.ts': INNER, 'lib/outer.ts': OUTER, 'lib/index.ts': BARREL };
  const t = await hostOf(
    { ...modules, 'a.ts': user('a'), 'b.ts': user('b') },
    { modules: { '@game': api }, entries: ['a.ts', 'b.ts'] },
  );
  const noted = () => notes.splice(0).sort();
  /** What hears of a tick, a chat and a minute. */
  const heard = async () => {
    noted();
    onTick.call();
    bus.emit('chat');
    bus.emit('own');
    await t.clock.advance(MINUTE);
    return noted();
  };
  return { t, noted, heard, items };
}

const all = (who: string) => ['hook', 'interval', 'listener', 'own', 'task'].map((what) => `${who} ${what}`);

describe('what a helper sets up for another, through two helpers and a barrel', () => {
  it('goes with an edit of that other: nothing doubled, nothing lost, and the one beside it keeps its own', async () => {
    const { t, noted, heard, items } = await game();
    expect(await heard()).toEqual([...all('a'), ...all('b')]);
    noted();
    expect(evaluated(await t.change({ 'a.ts': user('a', 2) }))).toEqual(['a.ts']);
    expect(noted()).toEqual(['a cleaned up', 'a2 set up']);
    expect(await heard()).toEqual([...all('a2'), 'a2 timeout', ...all('b'), 'b timeout'].sort());
    expect([...items.keys()].sort()).toEqual(['a2', 'b']);
    const { made } = await t.import<Made>('a.ts');
    expect(made.slot).toEqual({ who: 'a', count: 2 }); // the slot is the module's, over its versions
  });

  it('stays as it is when that other is refused', async () => {
    const { t, noted, heard, items } = await game();
    noted();
    refused(await t.change({ 'a.ts': `${user('a', 2)}\nthrow new Error('no');` }));
    expect(noted()).toEqual([]);
    expect(await heard()).toEqual([...all('a'), ...all('b')]);
    expect([...items.keys()].sort()).toEqual(['a', 'b']);
  });

  it('goes when that other is unloaded, though the helper lives on', async () => {
    const { t, noted, heard, items } = await game();
    const { made } = await t.import<Made>('a.ts');
    made.later.after(30_000);
    noted();
    committed(await t.host.unload('a.ts'));
    expect(noted()).toEqual(['a cleaned up', 'a disposed']);
    expect(await heard()).toEqual(all('b'));
    expect([...items.keys()]).toEqual(['b']);
    expect(() => made.living()).toThrow(expect.objectContaining({ code: 'VERSION_ENDED' }));
  });

  it('is set up anew for all when the helper is edited, because their top levels ran its code', async () => {
    const { t, heard, items } = await game();
    const outcome = await t.change({ 'lib/inner.ts': INNER.replaceAll("' hook'", "' new hook'") });
    expect(evaluated(outcome)).toEqual(['lib/inner.ts', 'a.ts', 'b.ts']);
    const anew = (who: string) => all(who).map((text) => text.replace(' hook', ' new hook'));
    expect(await heard()).toEqual([...anew('a'), ...anew('b')].sort());
    expect([...items.keys()].sort()).toEqual(['a', 'b']);
  });

  it('a living function and a schedule are those of the owner, over its versions', async () => {
    const { t, noted } = await game();
    const { made } = await t.import<Made>('a.ts');
    made.later.after(MINUTE / 2);
    committed(await t.change({ 'a.ts': user('a', 2) }));
    expect(made.living()).toBe('a2');
    noted();
    await t.clock.advance(MINUTE / 2);
    expect(noted()).toEqual(['a2 schedule']);
  });

  it('blames the owner for what its callbacks throw', async () => {
    const { t } = await game();
    committed(
      await t.change({
        'lib/inner.ts': INNER.replace("note(who + ' interval')", "{ throw new Error('for ' + who); }"),
      }),
    );
    await t.clock.advance(MINUTE);
    await settled();
    const errors = t.events.flatMap((event) => (event.type === 'script:error' ? [event] : []));
    expect(errors.map(({ module, place }) => [module, place?.module])).toEqual([
      ['a.ts', 'lib/inner.ts'],
      ['b.ts', 'lib/inner.ts'],
    ]);
  });
});

describe('what nobody is running for', () => {
  it('belongs to the module in whose text the call stands', async () => {
    const notes: string[] = [];
    const lib = `import { note } from '@game';
export const start = async (who: string) => { await null; setInterval(() => note(who), 60_000); };`;
    const modules = { '@game': { note: (text: string) => void notes.push(text) } };
    const text = (who: string) => `import { start } from './lib.ts';\nvoid start('${who}');`;
    const keeper = "import './lib.ts';";
    const t = await hostOf(
      { 'lib.ts': lib, 'a.ts': text('a'), 'keeper.ts': keeper },
      { modules, entries: ['a.ts', 'keeper.ts'] },
    );
    await settled();
    committed(await t.host.unload('a.ts'));
    await t.clock.advance(MINUTE);
    expect(notes).toEqual(['a']); // it is not that of a.ts, which had ended its body
    committed(await t.change({ 'lib.ts': `${lib}\nexport const edit = 1;` }));
    await t.clock.advance(MINUTE);
    expect(notes).toEqual(['a']);
  });
});

describe('what a helper sets up with the timers of Node, and what it gives a signal to', () => {
  const HELPER = `import { signal } from 'rekindle/script';
import { setImmediate, setInterval as every } from 'node:timers';
import { setInterval as beats } from 'node:timers/promises';
import { bus, note } from '@game';
export function everything(who: string) {
  every(() => note(who + ' interval'), 60_000);
  setImmediate(() => note(who + ' immediate'));
  void (async () => { for await (const _ of beats(60_000)) note(who + ' beat'); })();
  bus.addEventListener('chat', () => note(who + ' heard'), { signal });
}`;

  it('ends with the version of who called it', async () => {
    const notes: string[] = [];
    const bus = new EventTarget();
    const api = { bus, note: (text: string) => void notes.push(text) };
    const user = (who: string) => `import { everything } from './lib/index.ts';\neverything('${who}');`;
    const t = await hostOf(
      { 'lib/helper.ts': HELPER, 'lib/index.ts': "export * from './helper.ts';", 'a.ts': user('a'), 'b.ts': user('b') },
      { modules: { '@game': api }, entries: ['a.ts', 'b.ts'] },
    );
    const heard = async () => {
      bus.dispatchEvent(new Event('chat'));
      await t.clock.advance(MINUTE);
      return notes.splice(0).sort();
    };
    const each = (who: string) => ['beat', 'heard', 'interval'].map((what) => `${who} ${what}`);
    expect(await heard()).toEqual([...each('a'), 'a immediate', ...each('b'), 'b immediate'].sort());
    committed(await t.change({ 'a.ts': user('a2') }));
    expect(await heard()).toEqual([...each('a2'), 'a2 immediate', ...each('b')].sort());
    refused(await t.change({ 'a.ts': `${user('a3')}\nthrow new Error('no');` }));
    expect(await heard()).toEqual([...each('a2'), ...each('b')]);
    committed(await t.host.unload('a.ts'));
    expect(await heard()).toEqual(each('b'));
  });
});
