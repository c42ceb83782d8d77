import { EventEmitter } from 'node:events';
import { createHook, scoped } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, hostOf, settled } from './stories.ts';

const SCRIPT = "import { effect, listen, live, state, task } from 'rekindle/script';\n";

/** What a change is warned of. */
async function warned(t: TestHost, modules: Readonly<Record<string, string | null>>) {
  return committed(await t.change(modules)).warnings;
}

/** Saves the same text again, with a trace of an edit. */
const again = (text: string) => `${text}\nexport const edited = 1;`;

describe('a listener of the top level', () => {
  const bus = () => new EventEmitter();
  const text = "import { bus } from '@game';\nbus.on('chat', () => 1);\n";

  it('is told with its line when the module comes, in an event, and when it is edited, in the outcome', async () => {
    const t = await hostOf({ 'main.ts': text }, { modules: { '@game': { bus: bus() } }, entries: ['main.ts'] });
    const events = t.events.filter((event) => event.type === 'script:warning');
    expect(events).toMatchObject([{ module: 'main.ts', diagnostic: { code: 'LISTENER_LEFT', line: 2, column: 5 } }]);
    const [warning] = await warned(t, { 'main.ts': `\n${text}export const n = 1;` });
    expect(warning).toMatchObject({ code: 'LISTENER_LEFT', module: 'main.ts', line: 3, column: 5 });
    expect(warning?.message).toBe(
      "'bus.on' at top level is not taken back when this version ends: after an edit, both versions hear it.",
    );
    expect(warning?.hint).toContain('listen(bus, …)');
    expect(warning?.frame).toContain("> 3 | bus.on('chat'");
  });

  it('it is right that it warns: after the edit both versions hear it', async () => {
    const emitter = bus();
    const t = await hostOf({ 'main.ts': text }, { modules: { '@game': { bus: emitter } }, entries: ['main.ts'] });
    await t.change({ 'main.ts': again(text) });
    expect(emitter.listenerCount('chat')).toBe(2);
  });

  it.each([
    ['listen', `${SCRIPT}import { bus } from '@game';\nlisten(bus, 'chat', () => 1);`],
    ['an effect', `${SCRIPT}import { bus } from '@game';\neffect(() => { bus.on('chat', () => 1); });`],
    ['import.meta.hot', "import.meta.hot?.on('weather', () => 1);"],
    ['a hook of the game', "import { on } from '@game';\non.on(() => 1);"],
    ['what the game owns for its scripts', "import { owned } from '@scoped';\nowned.on('chat', () => 1);"],
  ])('silent: %s', async (_what, source) => {
    const modules = {
      '@game': { bus: bus(), on: { on: createHook<() => void>('x').add } },
      '@scoped': scoped(({ own }) => ({ owned: { on: (_event: string, _fn: () => void) => own(() => () => {}) } })),
    };
    const t = await hostOf({ 'main.ts': source }, { modules, entries: ['main.ts'] });
    expect(await warned(t, { 'main.ts': again(source) })).toEqual([]);
    expect(t.events.filter(({ type }) => type === 'script:warning')).toEqual([]);
  });

  it('is not told of a module that runs again and was not edited', async () => {
    const user =
      "import { bus } from '@game';\nimport { a } from './a.ts';\nbus.on('chat', () => a);\nexport const b = a;";
    const t = await hostOf(
      { 'a.ts': 'export const a = 1;', 'main.ts': user },
      { modules: { '@game': { bus: bus() } }, entries: ['main.ts'] },
    );
    const outcome = committed(await t.change({ 'a.ts': 'export const a = 2;' }));
    expect(outcome.evaluated).toEqual(['a.ts', 'main.ts']);
    expect(outcome.warnings).toEqual([]);
  });
});

describe('an endless loop', () => {
  const wait = "import { wait } from '@game';\n";
  it('outside of a task is told with its line', async () => {
    const source = `${wait}async function loop() {\n  for (;;) { await wait(60_000); }\n}\nvoid loop();`;
    const modules = { '@game': { wait: () => new Promise(() => {}) } };
    const t = await hostOf({ 'main.ts': 'export {};' }, { modules, entries: ['main.ts'] });
    const [warning, ...others] = await warned(t, { 'main.ts': source });
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ code: 'ENDLESS_LOOP', module: 'main.ts', line: 3, column: 3 });
    expect(warning?.hint).toContain("task('name'");
  });

  it('silent: a task', async () => {
    const source = `${SCRIPT}task('loop', async ({ sleep }) => { for (;;) { await sleep(60_000); } });`;
    const t = await hostOf({ 'main.ts': 'export {};' }, { entries: ['main.ts'] });
    expect(await warned(t, { 'main.ts': source })).toEqual([]);
  });
});

describe('a function in a slot', () => {
  it('that the game code put there is told at the edit, with the line of the function, once', async () => {
    const source = `${SCRIPT}export const npc = state('npc', () => ({ hp: 1 }));
export const anger = () => {
  npc.onHit = (by) => by;
};`;
    const t = await hostOf({ 'npc.ts': source });
    (await t.import<Calls<'anger'>>('npc.ts')).anger();
    const warnings = await warned(t, { 'npc.ts': again(source) });
    expect(warnings).toMatchObject([{ code: 'SLOT_HOLDS_CODE', module: 'npc.ts', line: 4, column: 15 }]);
    expect(warnings[0]?.message).toBe(
      "The slot 'npc' of 'npc.ts' holds a function in 'onHit' that stays the code of the version before.",
    );
    expect(await warned(t, { 'npc.ts': again(again(source).replace('edited', 'more')) })).toEqual([]);
  });

  it('is found in maps and arrays, too', async () => {
    const source = `${SCRIPT}export const npcs = state('npcs', () => new Map());
export const add = () => npcs.set('snag', { hit: () => 1 });`;
    const t = await hostOf({ 'npc.ts': source });
    (await t.import<Calls<'add'>>('npc.ts')).add();
    const [warning] = await warned(t, { 'npc.ts': again(source) });
    expect(warning?.message).toContain("in 'snag.hit'");
  });

  it.each([
    ['the body gives it in every version', "const npc = state('npc', () => ({}));\nnpc.hit = () => 1;"],
    ['a living function', "const hit = live(function hit() {});\nstate('npc', () => ({ hit }));"],
    ['a class', "class Goblin {}\nstate('npc', () => ({ kind: Goblin }));"],
    ['methods of objects', "class Goblin { hit() {} }\nstate('npc', () => ({ snag: new Goblin() }));"],
    ['a function of the game', "import { hit } from '@game';\nstate('npc', () => ({ hit }));"],
  ])('silent: %s', async (_what, source) => {
    const modules = { '@game': { hit: () => 'of the game' } };
    const t = await hostOf({ 'npc.ts': SCRIPT + source }, { modules, entries: ['npc.ts'] });
    expect(await warned(t, { 'npc.ts': again(SCRIPT + source) })).toEqual([]);
  });
});

describe('a timer in a slot', () => {
  it('is told where the text says so', async () => {
    const source = `${SCRIPT}export const npc = state('npc', () => ({\n  timer: setInterval(() => 1, 1_000),\n}));`;
    const t = await hostOf({ 'npc.ts': source }, { entries: ['npc.ts'] });
    expect(t.events.find(({ type }) => type === 'script:warning')).toMatchObject({
      diagnostic: { code: 'SLOT_HOLDS_TIMER', line: 3, column: 10 },
    });
  });

  it('that has ended with its version is told at the edit', async () => {
    const source = `${SCRIPT}export const npc = state('npc', () => ({ all: [] }));\nexport const start = () => npc.all.push(setInterval(() => 1, 5_000));`;
    const t = await hostOf({ 'npc.ts': source });
    (await t.import<Calls<'start'>>('npc.ts')).start();
    const warnings = await warned(t, { 'npc.ts': again(source) });
    expect(warnings).toMatchObject([{ code: 'SLOT_HOLDS_TIMER', module: 'npc.ts', line: 2, column: 20 }]);
    expect(warnings[0]?.message).toContain("in 'all.0'");
  });

  it('silent: a one-shot that was set later fires when it is due', async () => {
    const source = `${SCRIPT}export const npc = state('npc', () => ({}));\nexport const start = () => { npc.back = setTimeout(() => 1, 5_000); };`;
    const t = await hostOf({ 'npc.ts': source });
    (await t.import<Calls<'start'>>('npc.ts')).start();
    expect(await warned(t, { 'npc.ts': again(source) })).toEqual([]);
  });
});

describe('a slot whose shape changed and whose version did not', () => {
  const slot = (init: string, more = '') => `${SCRIPT}export const bounty = state('bounty', () => (${init})${more});`;

  it.each([
    ['{ gold: 0 }', '{ gold: 0, silver: 0 }', "the value that is there has no 'silver'"],
    ['{ by: { name: "" } }', '{ by: { name: "", id: 1 } }', "the value that is there has no 'by.id'"],
    ['{ all: {} }', '{ all: [] }', "'all' of the value that is there is an Object, not an Array"],
    ['{ gold: 0 }', 'new Map()', 'the value that is there is an Object, not a Map'],
    ['{ gold: 0 }', '{ gold: "0" }', "'gold' of the value that is there is a number, not a string"],
  ])('%s → %s', async (before, after, words) => {
    const t = await hostOf({ 'npc.ts': slot(before) }, { entries: ['npc.ts'] });
    const warnings = await warned(t, { 'npc.ts': slot(after) });
    expect(warnings).toMatchObject([{ code: 'SLOT_SHAPE_CHANGED', module: 'npc.ts', line: 2, column: 23 }]);
    expect(warnings[0]?.message).toBe(
      `The shape of the slot 'bounty' of 'npc.ts' changed and its version did not: ${words}.`,
    );
    expect(warnings[0]?.hint).toContain('version: 2');
    expect(await warned(t, { 'npc.ts': again(slot(after)) })).toEqual([]); // an edit later it is no news
  });

  it.each([
    ['a function of its own', '() => { return VALUE; }'],
    ['a constant in it', '() => { const made = VALUE; return made; }'],
    ['a function of the top level by name', 'make);\nfunction make() { return VALUE; } (0'],
    ['a constant of the top level by name', 'make);\nexport const unused = (0', 'const make = () => (VALUE);\n'],
  ])('where init is %s', async (_what, init, before = '') => {
    const text = (value: string) =>
      `${SCRIPT}${before}export const bounty = state('bounty', ${init});`.replace('VALUE', value);
    const t = await hostOf({ 'npc.ts': text('{ gold: 0 }') }, { entries: ['npc.ts'] });
    expect(await warned(t, { 'npc.ts': text('{ gold: 0, silver: 0 }') })).toMatchObject([
      { code: 'SLOT_SHAPE_CHANGED', line: before === '' ? 2 : 3, column: 23 },
    ]);
  });

  it.each([
    [
      'the version was raised',
      '{ gold: 0, silver: 0 }',
      ', { version: 2, up: { 2: (old) => ({ ...old, silver: 0 }) } }',
    ],
    ['the body gives it', '{ gold: 0, silver: 0 }', ');\n(bounty.silver ??= 0'],
    ['a key went', '{}', ''],
    ['a value is another one of its kind', '{ gold: 7 }', ''],
    [
      'a function by name that does more',
      'make()',
      ');\nfunction make() { if (bounty) return {}; return { silver: 0 }; } (0',
    ],
    ['what cannot be known', '{ gold: 0, ...more() }', ');\nfunction more() { return {}; } (0'],
  ])('silent: %s', async (_what, init, more) => {
    const t = await hostOf({ 'npc.ts': slot('{ gold: 0 }') }, { entries: ['npc.ts'] });
    expect(await warned(t, { 'npc.ts': slot(init, more) })).toEqual([]);
  });

  it('silent: objects of a class get new fields by themselves', async () => {
    const text = (fields: string) =>
      `${SCRIPT}class Goblin { ${fields} }\nexport const one = state('one', () => new Goblin());`;
    const t = await hostOf({ 'npc.ts': text('hp = 1;') }, { entries: ['npc.ts'] });
    expect(await warned(t, { 'npc.ts': text('hp = 1; mood = "calm";') })).toEqual([]);
  });
});

describe('objects of a class that a migration made plain', () => {
  const text = (more: string) => `${SCRIPT}class Goblin { hp = 1; hit() { this.hp -= 1; } }
export const all = state('all', () => new Map([[1, new Goblin()]])${more});
export const one = state('one', () => new Goblin());`;
  const copying = (step: string) =>
    `, { version: 2, up: { 2: (old) => new Map([...old].map(([id, it]) => [id, ${step}])) } }`;

  it('are told with the line of the slot', async () => {
    const t = await hostOf({ 'npc.ts': text('') }, { entries: ['npc.ts'] });
    const warnings = await warned(t, { 'npc.ts': text(copying('{ ...it }')) });
    expect(warnings).toMatchObject([{ code: 'SLOT_INSTANCES_LOST', module: 'npc.ts', line: 3, column: 20 }]);
    expect(warnings[0]?.message).toContain("what were objects of 'Goblin'");
    expect(warnings[0]?.hint).toContain('Object.assign(new Goblin(), old)');
  });

  it('also where there are very many of them', async () => {
    const many = (step: string) => `${SCRIPT}class Goblin { hp = 1; }
export const all = state('all', () => Object.fromEntries(Array.from({ length: 10_000 }, (_, id) => [id, new Goblin()]))${step});`;
    const t = await hostOf({ 'npc.ts': many('') }, { entries: ['npc.ts'] });
    committed(await t.change({ 'npc.ts': again(many('')) })); // it has been looked at before
    const step = '{ 2: (old) => Object.fromEntries(Object.entries(old).map(([id, it]) => [id, { ...it }])) }';
    const next = many(`, { version: 2, up: ${step} }`);
    expect(codes(await warned(t, { 'npc.ts': next }))).toEqual(['SLOT_INSTANCES_LOST']);
  });

  it('also where the slot holds one', async () => {
    const t = await hostOf({ 'npc.ts': text('') }, { entries: ['npc.ts'] });
    const next = text('').replace('new Goblin());', 'new Goblin(), { version: 2, up: { 2: (old) => ({ ...old }) } });');
    expect(codes(await warned(t, { 'npc.ts': next }))).toEqual(['SLOT_INSTANCES_LOST']);
  });

  it.each([
    ['they are objects of the class', copying('Object.assign(new Goblin(), it)')],
    ['they are the same', copying('it')],
    ['they are something else altogether', copying('it.hp')],
  ])('silent: %s', async (_what, more) => {
    const t = await hostOf({ 'npc.ts': text('') }, { entries: ['npc.ts'] });
    expect(await warned(t, { 'npc.ts': text(more) })).toEqual([]);
  });
});

describe('what is told in other ways, too', () => {
  it('a plain variable: with name, value and the line in the new text', async () => {
    const text = 'let kills = 0;\nexport const kill = () => { kills += 1; };';
    const t = await hostOf({ 'main.ts': text });
    (await t.import<Calls<'kill'>>('main.ts')).kill();
    const outcome = committed(await t.change({ 'main.ts': `// edited\nexport const v = 2;\n${text}` }));
    expect(outcome.warnings).toMatchObject([{ code: 'STATE_LOSS', module: 'main.ts', line: 3, column: 5 }]);
    expect(outcome.warnings[0]?.message).toBe("'kills' of 'main.ts' held 1, which this reload has dropped.");
    expect(outcome.warnings[0]?.hint).toContain("const kills = state('kills', () => ({ value: … }))");
    expect(outcome.lost).toEqual([{ module: 'main.ts', name: 'kills', value: 1 }]);
  });

  it('silent: a variable that the new text no longer has', async () => {
    const t = await hostOf({ 'main.ts': 'let kills = 0;\nexport const kill = () => { kills += 1; };' });
    (await t.import<Calls<'kill'>>('main.ts')).kill();
    const outcome = committed(await t.change({ 'main.ts': 'export const kill = () => {};' }));
    expect([outcome.warnings, outcome.lost.length]).toEqual([[], 1]);
  });

  it('#private members: the event has the line and the way out', async () => {
    const text = (says: string) => `export class Goblin {\n  #hp = 1;\n  hit() { return '${says}' + this.#hp; }\n}`;
    const t = await hostOf({ 'npc.ts': text('a') }, { entries: ['npc.ts'] });
    await t.change({ 'npc.ts': text('b') });
    await settled();
    const [event] = t.events.filter((one) => one.type === 'instances:upgraded');
    expect(event?.kept).toMatchObject([
      { class: 'Goblin', diagnostic: { code: 'CLASS_PRIVATE', module: 'npc.ts', line: 2, column: 3 } },
    ]);
    expect(event?.kept[0]?.diagnostic.hint).toContain('ordinary members');
  });

  it('a statement that a package remembers: the refusal has the line as a slot', async () => {
    const names = new Set<string>();
    const define = (name: string) => {
      if (names.has(name)) throw new Error(`Cannot overwrite '${name}'`);
      names.add(name);
      return { name };
    };
    const text = "import { define } from 'models';\nconst Player = define('player');\n";
    const t = await hostOf({ 'main.ts': text }, { modules: { models: { define } }, entries: ['main.ts'] });
    const outcome = await t.change({ 'main.ts': again(text) });
    expect(outcome).toMatchObject({ status: 'refused', diagnostics: [{ code: 'BODY_THREW', line: 2 }] });
    const [diagnostic] = outcome.status === 'refused' ? outcome.diagnostics : [];
    expect(diagnostic?.hint).toContain("const Player = state('Player', () => define('player'));");
  });
});
