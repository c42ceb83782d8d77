import { createHook, type StateDropped } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, refused, settled } from './stories.ts';

const SCRIPT = "import { effect, state } from 'rekindle/script';\n";
const DAY = 24 * 60 * 60 * 1_000;

function dropped(t: TestHost): StateDropped[] {
  return t.events.filter((event) => event.type === 'state:dropped');
}

describe('a slot that is asked for in a wrong way refuses the release, with the line and what to do', () => {
  const first = `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 }));`;
  const step = (text: string, version = 2) =>
    `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 }), {\n  version: ${version},\n  up: { 2: ${text} },\n});`;

  it.each<[string, string, object, RegExp]>([
    [
      'a step is missing',
      step('(old) => ({ ...old })', 3),
      { code: 'MIGRATION_MISSING', line: 2 },
      /Add it: up: \{ 3: \(old: …\) => … \}/,
    ],
    [
      'no step at all',
      `${SCRIPT}\n\nexport const bounty = state('bounty', () => ({}), { version: 2 });`,
      { code: 'MIGRATION_MISSING', line: 4 },
      /Add it: up: \{ 2: /,
    ],
    [
      'a step returns nothing',
      step('(old) => { old.gold; }'),
      { code: 'MIGRATION_EMPTY', line: 2 },
      /an arrow function with braces needs a return/,
    ],
    [
      'a step is asynchronous',
      step('async (old) => { throw new Error(old.gold); }'),
      { code: 'MIGRATION_ASYNC', line: 2 },
      /done at once/,
    ],
    [
      'a step returns what it was given',
      step('(old) => { old.silver = 0; return old; }'),
      { code: 'MIGRATION_IN_PLACE', line: 2 },
      /returns a new value and leaves the old one alone/,
    ],
    [
      'a step returns a primitive',
      step('(old) => old.gold'),
      { code: 'SLOT_PRIMITIVE', line: 2 },
      /Wrap it: state\('bounty', \(\) => \(\{ value: 5 \}\)\)/,
    ],
    [
      'a step throws: the line of the throw',
      step('(old) => {\n    if (old.gold > 3) throw new Error("too rich");\n    return {};\n  }'),
      { code: 'MIGRATION_FAILED', line: 5 },
      /keeps the value and the version/,
    ],
    [
      'the name is used twice: the line of the second',
      `${first}\nexport const other = 1;\nexport const again = state('bounty', () => ({}));`,
      { code: 'SLOT_TWICE', line: 4 },
      /another name, or keep the object/,
    ],
    [
      'a primitive',
      `${SCRIPT}export const count =\n  state('count', () => 0);`,
      { code: 'SLOT_PRIMITIVE', line: 3 },
      /Wrap it: state\('count', \(\) => \(\{ value: 0 \}\)\)/,
    ],
    [
      'a text',
      `${SCRIPT}export const name = state('name', () => 'snag');`,
      { code: 'SLOT_PRIMITIVE', line: 2 },
      /\{ value: 'snag' \}/,
    ],
    [
      'in the set-up of an effect',
      `${first}\neffect(() => {\n  state('late', () => ({}));\n});`,
      { code: 'SLOT_OUTSIDE_TOP_LEVEL', line: 4 },
      /in the body of the module, and keep the object in a constant/,
    ],
    [
      'a function of another module asks for it at top level: the line there',
      `import { make } from './lib.ts';\n${SCRIPT}make();\nmake();`,
      { code: 'SLOT_TWICE', line: 4 },
      /another name/,
    ],
    [
      'a version that is none',
      `${SCRIPT}state('bounty', () => ({}), { version: 1.5 });`,
      { code: 'INVALID_ARGUMENT', line: 2 },
      /^$/,
    ],
    [
      'a place to take over from that names no slot',
      `${SCRIPT}state('orcs', () => ({}), { from: 'npc/orc.ts' });`,
      { code: 'INVALID_ARGUMENT', line: 2 },
      /^$/,
    ],
  ])('%s', async (_what, text, diagnostic, hint) => {
    const lib = "import { state } from 'rekindle/script';\nexport const make = () => state('made', () => ({}));";
    const t = await hostOf({ 'npc.ts': first, 'lib.ts': lib }, { entries: ['npc.ts'] });
    const npc = await t.import<{ bounty: object }>('npc.ts');
    const { bounty } = npc;
    const [told, ...others] = refused(await t.change({ 'npc.ts': text }));
    expect(others).toEqual([]);
    expect(told).toMatchObject({ module: 'npc.ts', ...diagnostic });
    expect(told?.hint ?? '').toMatch(hint);
    expect(npc.bounty).toBe(bounty);
  });

  it('while the game runs: an error with the line, and the slot is not made', async () => {
    const onTick = createHook<() => void>('tick');
    const text = `${SCRIPT}import { onTick } from '@game';\nonTick(() => {\n  state('late', () => ({}));\n});`;
    const t = await hostOf({ 'npc.ts': text }, { modules: { '@game': { onTick: onTick.add } }, entries: ['npc.ts'] });
    onTick.call();
    await settled();
    expect(t.events.filter(({ type }) => type === 'script:error')).toMatchObject([
      { module: 'npc.ts', place: { module: 'npc.ts', line: 4 }, error: { code: 'SLOT_OUTSIDE_TOP_LEVEL' } },
    ]);
  });
});

describe("a slot that moves: from: 'npc/orc.ts#orcs'", () => {
  const orc = `${SCRIPT}export const orcs = state('orcs', () => ['urk']);`;
  const taker = `${SCRIPT}export const all = state('all', () => [], {\n  from: 'npc/orc.ts#orcs',\n});`;

  it('is the same value in another module and under another name', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': "import './orc.ts';" }, { entries: ['npc/index.ts'] });
    const { orcs } = await t.import<{ orcs: string[] }>('npc/orc.ts');
    committed(await t.change({ 'npc/orc.ts': 'export {};', 'npc/index.ts': `import './orc.ts';\n${taker}` }));
    const index = await t.import<{ all: string[] }>('npc/index.ts');
    expect(index.all).toBe(orcs);
    expect(dropped(t)).toEqual([]);
    committed(await t.change({ 'npc/index.ts': `import './orc.ts';\n${taker}\nexport const n = 1;` })); // 'from' may stay
    expect(index.all).toBe(orcs);
  });

  it('also of a module that is deleted in the same release', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': "import './orc.ts';" }, { entries: ['npc/index.ts'] });
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': taker }));
    expect(await t.import('npc/index.ts')).toMatchObject({ all: ['urk'] });
  });

  it('is refused while its module goes on naming it, with the line', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': "import './orc.ts';" }, { entries: ['npc/index.ts'] });
    const [told] = refused(await t.change({ 'npc/index.ts': `import './orc.ts';\n${taker}` }));
    expect(told).toMatchObject({ code: 'SLOT_FROM_IN_USE', module: 'npc/index.ts', line: 3 });
    expect(told?.hint).toBe("Take the slot out of 'npc/orc.ts' in the same release.");
  });

  it('is refused where the other module asks for it after it has gone, with the line', async () => {
    const t = await hostOf(
      { 'npc/orc.ts': orc, 'npc/index.ts': 'export {};' },
      { entries: ['npc/index.ts', 'npc/orc.ts'] },
    );
    const [told] = refused(await t.change({ 'npc/index.ts': taker, 'npc/orc.ts': `\n${orc}\nexport const n = 1;` }));
    expect(told).toMatchObject({ code: 'SLOT_MOVED', module: 'npc/orc.ts', line: 3 });
    expect(told?.hint).toBe("Take one of the two out: 'from' in 'npc/index.ts', or the slot in 'npc/orc.ts'.");
  });

  it('goes back with a release that is refused', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': "import './orc.ts';" }, { entries: ['npc/index.ts'] });
    const { orcs } = await t.import<{ orcs: string[] }>('npc/orc.ts');
    refused(await t.change({ 'npc/orc.ts': 'export {};', 'npc/index.ts': `import './orc.ts';\n${taker}\nthrow 1;` }));
    expect(await t.import('npc/orc.ts')).toMatchObject({ orcs });
  });

  const imports = "import { orcs } from './orc.ts';\nexport const seen = orcs;";
  const listed = `${SCRIPT}export const seen = state('all', () => ({ list: [] }), {
  from: 'npc/orc.ts#orcs', version: 2,
  up: { 2: (old: string[]) => ({ list: [...old] }) }, down: { 2: (now) => [...now.list] },
});`;

  it('goes back with a release that is taken back, whose code says nothing of it, and forth again', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': imports }, { entries: ['npc/index.ts'] });
    const index = await t.import<{ seen: string[]; all: string[] }>('npc/index.ts');
    const { seen: orcs } = index;
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': taker }));
    expect(index.all).toBe(orcs);
    committed(await t.host.revert());
    expect(index.seen).toBe(orcs);
    committed(await t.host.revert(2));
    expect(index.all).toBe(orcs);
    expect(dropped(t)).toEqual([]);
  });

  it('goes back where the old text is saved again, and no code is told that anything is taken back', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': imports }, { entries: ['npc/index.ts'] });
    const index = await t.import<{ seen: string[] }>('npc/index.ts');
    const { seen: orcs } = index;
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': taker }));
    refused(await t.change({ 'npc/orc.ts': orc, 'npc/index.ts': `${imports}\nthrow 1;` }));
    committed(await t.change({ 'npc/orc.ts': orc, 'npc/index.ts': imports }));
    expect(index.seen).toBe(orcs);
    expect(dropped(t)).toEqual([]);
  });

  it('with another module, another name and a version at once; and down again', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': imports }, { entries: ['npc/index.ts'] });
    const index = await t.import<{ seen: object }>('npc/index.ts');
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': listed }));
    expect(index.seen).toEqual({ list: ['urk'] });
    (index.seen as { list: string[] }).list.push('snaga');
    committed(await t.host.revert());
    expect(index.seen).toEqual(['urk', 'snaga']);
  });

  it('over several modules, and back to the first at once', async () => {
    const move = (from: string, name: string) =>
      `${SCRIPT}export const seen = state('${name}', () => [], { from: '${from}' });`;
    const t = await hostOf(
      { 'a.ts': `${SCRIPT}export const seen = state('a', () => ['urk']);` },
      { entries: ['a.ts'] },
    );
    const { seen } = await t.import<{ seen: string[] }>('a.ts');
    committed(await t.change({ 'a.ts': move('a.ts#a', 'b') }));
    committed(await t.change({ 'a.ts': move('a.ts#b', 'c') }));
    expect((await t.import<{ seen: string[] }>('a.ts')).seen).toBe(seen);
    committed(await t.change({ 'a.ts': move('a.ts#a', 'd') })); // the author has forgotten to say from 'c'
    expect((await t.import<{ seen: string[] }>('a.ts')).seen).toBe(seen);
    committed(await t.host.revert(1));
    expect((await t.import<{ seen: string[] }>('a.ts')).seen).toBe(seen);
  });

  it('stays where it is when its old place gets another slot of the name', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': imports }, { entries: ['npc/index.ts'] });
    const index = await t.import<{ seen: string[]; all: string[]; other: string[] }>('npc/index.ts');
    const { seen: orcs } = index;
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': taker }));
    const other = `import { orcs } from './orc.ts';\n${taker.replace(/\{\s+from.*\s+\}/, '{}')}\nexport const other = orcs;`;
    committed(await t.change({ 'npc/orc.ts': orc, 'npc/index.ts': other }));
    expect(index.all).toBe(orcs);
    expect(index.other).not.toBe(orcs);
  });

  it('is refused for the second of two that would take it over in one release, with the line', async () => {
    const t = await hostOf(
      { 'npc/orc.ts': orc, 'npc/index.ts': 'export {};', 'b.ts': 'export {};' },
      { entries: ['npc/index.ts', 'b.ts', 'npc/orc.ts'] },
    );
    const change = { 'npc/orc.ts': 'export {};', 'npc/index.ts': taker, 'b.ts': taker };
    const [told] = refused(await t.change(change));
    expect(told).toMatchObject({ code: 'SLOT_FROM_IN_USE', module: 'b.ts', line: 2 });
    expect(told?.message).toContain("'npc/index.ts' has taken it over in this release");
    expect(told?.hint).toBe("One value has one place: take 'from' out here or in 'npc/index.ts'.");
    expect(await t.import('npc/orc.ts')).toMatchObject({ orcs: ['urk'] });
  });

  it('is rehearsed as a way back, too', async () => {
    const t = await hostOf({ 'npc/orc.ts': orc, 'npc/index.ts': imports }, { entries: ['npc/index.ts'] });
    committed(await t.change({ 'npc/orc.ts': null, 'npc/index.ts': listed }));
    const rehearsal = await t.host.rehearse(1);
    expect(rehearsal.slots).toMatchObject([
      { module: 'npc/orc.ts', name: 'orcs', from: 'npc/index.ts#all', before: { version: 2 }, after: { version: 1 } },
    ]);
    expect(await t.import('npc/index.ts')).toMatchObject({ seen: { list: ['urk'] } });
  });
});

describe('a slot that nobody claims any more', () => {
  const text = `${SCRIPT}export const hoard = state('hoard', () => ({ gold: 0 }));`;

  it('is told, kept for a day, and then told again when it goes', async () => {
    const t = await hostOf({ 'npc.ts': text });
    (await t.import<{ hoard: { gold: number } }>('npc.ts')).hoard.gold = 7;
    await t.clock.advance(1_000);
    committed(await t.change({ 'npc.ts': 'export {};' }));
    await settled();
    const until = t.clock.time() + DAY;
    expect(dropped(t)).toMatchObject([{ module: 'npc.ts', slot: 'hoard', until }]);
    await t.clock.advance(DAY - 1);
    expect(dropped(t)).toHaveLength(1);
    await t.clock.advance(1);
    expect(dropped(t)).toHaveLength(2);
    expect(dropped(t)[1]).not.toHaveProperty('until');
    committed(await t.change({ 'npc.ts': text }));
    expect(await t.import('npc.ts')).toMatchObject({ hoard: { gold: 0 } });
  });

  it('is found again within the day, by an edit or after an unload', async () => {
    const t = await hostOf({ 'npc.ts': text });
    (await t.import<{ hoard: { gold: number } }>('npc.ts')).hoard.gold = 7;
    committed(await t.change({ 'npc.ts': 'export {};' }));
    await t.clock.advance(DAY - 1);
    committed(await t.change({ 'npc.ts': text }));
    await t.clock.advance(DAY);
    expect(await t.import('npc.ts')).toMatchObject({ hoard: { gold: 7 } });
    committed(await t.host.unload('npc.ts'));
    await t.clock.advance(DAY - 1);
    expect(await t.import('npc.ts')).toMatchObject({ hoard: { gold: 7 } });
  });
});
