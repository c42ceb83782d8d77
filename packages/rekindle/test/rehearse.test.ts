import { EventEmitter } from 'node:events';
import { createHook, createRegistry } from 'rekindle';
import { describe, expect, it, vi } from 'vitest';
import { type Calls, codes, committed, deferred, hostOf, settled } from './stories.ts';

const SCRIPT = "import { effect, listen, live, schedule, state, task } from 'rekindle/script';\n";

const bounty = (options = '', more = '') =>
  `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 5 })${options});\n${more}`;
const raised = `, {
  version: 2,
  up: { 2: (old) => ({ gold: old.gold, silver: 0 }) },
}`;

describe('namespace.rehearse()', () => {
  it('tells what the newest release would come to, and nothing of it comes', async () => {
    const t = await hostOf({
      'npc.ts': bounty(),
      'user.ts': "import { bounty } from './npc.ts'; export const all = [bounty];",
    });
    const npc = await t.import<{ bounty: { gold: number } }>('npc.ts');
    await t.import('user.ts');
    npc.bounty.gold = 7;
    t.forget();
    await t.publish({ 'npc.ts': bounty(raised) });
    const rehearsal = await t.host.rehearse();
    expect(rehearsal).toMatchObject({
      status: 'committed',
      release: { number: 2 },
      modules: ['npc.ts'],
      evaluated: ['npc.ts', 'user.ts'],
      reasons: { 'npc.ts': 'was edited' },
      diagnostics: [],
      lost: [],
      shared: [],
    });
    expect(rehearsal.slots).toEqual([
      {
        module: 'npc.ts',
        name: 'bounty',
        change: 'migrated',
        before: { version: 1, shape: { kind: 'Object', keys: { gold: { kind: 'number' } } } },
        after: {
          version: 2,
          shape: { kind: 'Object', keys: { gold: { kind: 'number' }, silver: { kind: 'number' } } },
        },
        duration: expect.any(Number),
        writes: [],
      },
    ]);
    await settled();
    expect([t.events, npc.bounty, t.host.release.number]).toEqual([[], { gold: 7 }, 1]);
    const outcome = committed(await t.host.sync());
    expect(outcome.evaluated).toEqual(rehearsal.evaluated);
    expect(npc.bounty).toEqual({ gold: 7, silver: 0 });
  });

  it('is unchanged where the newest runs', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    expect(await t.host.rehearse()).toMatchObject({ status: 'unchanged', slots: [], evaluated: [] });
    expect(await t.host.rehearse(t.host.release)).toMatchObject({ status: 'unchanged' });
  });

  it.each([
    ['a text that is none', 'export const = 1;', 'SYNTAX_ERROR'],
    ['a name that is missing', "import { no } from './user.ts'; export const a = no;", 'MISSING_EXPORT'],
    ['a body that throws', `${bounty()}throw new Error('no');`, 'BODY_THREW'],
    ['a step that is missing', bounty(', { version: 3, up: { 2: (old) => ({ ...old }) } }'), 'MIGRATION_MISSING'],
    ['a step that throws', bounty(', { version: 2, up: { 2: () => { throw new Error("no"); } } }'), 'MIGRATION_FAILED'],
  ])('says why it would be refused: %s', async (_what, text, code) => {
    const t = await hostOf(
      { 'npc.ts': bounty(), 'user.ts': 'export const a = 1;' },
      { entries: ['npc.ts', 'user.ts'] },
    );
    await t.publish({ 'npc.ts': text });
    const rehearsal = await t.host.rehearse();
    expect([rehearsal.status, codes(rehearsal.diagnostics), rehearsal.evaluated]).toEqual(['refused', [code], []]);
    expect(rehearsal.diagnostics[0]).toMatchObject({ module: 'npc.ts' });
    expect(t.events.filter(({ type }) => type === 'reload:refused')).toEqual([]);
    expect(await t.host.sync()).toMatchObject({ status: 'refused', diagnostics: [{ code }] });
  });

  it('ends a loop that would not end', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'], limits: { activate: 200 } });
    await t.publish({ 'npc.ts': `${bounty()}for (;;);` });
    expect(codes((await t.host.rehearse()).diagnostics)[0]).toMatch(/^(?:LOOP|TIME)_LIMIT$/);
  });

  it('names the slot whose migration fails, with its line', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    await t.publish({ 'npc.ts': bounty(',\n{ version: 2, up: {\n2: (old) => {} } }') });
    const { slots } = await t.host.rehearse();
    expect(slots).toMatchObject([
      {
        name: 'bounty',
        change: 'failed',
        before: { version: 1 },
        error: { code: 'MIGRATION_EMPTY', module: 'npc.ts', line: 2 },
      },
    ]);
  });

  it('two registrations of one key are found, too', async () => {
    const items = createRegistry<object>('items');
    const text = (module: string) => `import { set } from '@game';\nset('sword', { from: '${module}' });`;
    const t = await hostOf(
      { 'a.ts': text('a'), 'b.ts': 'export {};' },
      { modules: { '@game': { set: items.set } }, entries: ['a.ts', 'b.ts'] },
    );
    await t.publish({ 'b.ts': text('b') });
    expect(codes((await t.host.rehearse()).diagnostics)).toEqual(['REGISTRY_CONFLICT']);
    expect([...items.keys()]).toEqual(['sword']);
  });
});

describe('what is written in place', () => {
  const herd = (step: string) => `${SCRIPT}class Goblin { hp = 1; }
export const herd = state('herd', () => new Map([[1, new Goblin()]]), {
  version: 2,
  up: {
    2: (old) => {
${step}
    },
  },
});`;
  const before = `${SCRIPT}class Goblin { hp = 1; }\nexport const herd = state('herd', () => new Map([[1, new Goblin()]]));`;

  it.each([
    ['a property of an element', 'for (const goblin of old.values()) goblin.hp = 2;\n return new Map(old);', '1.hp', 7],
    ['an element', '\n old.set(2, {});\n return new Map(old);', '2', 8],
    ['all of it', 'const all = new Map(old);\n old.clear();\n return all;', '', 8],
    ['through forEach', 'old.forEach((goblin) => {\n delete goblin.hp;\n });\n return new Map(old);', '1.hp', 8],
    ['and returned as it is', 'old.set(3, {});\n return old;', '3', 7],
  ])('%s is told with the line, and the real value is as it was', async (_what, step, path, line) => {
    const t = await hostOf({ 'npc.ts': before });
    const npc = await t.import<{ herd: Map<number, { hp: number }> }>('npc.ts');
    await t.publish({ 'npc.ts': herd(step) });
    const [slot] = (await t.host.rehearse()).slots;
    expect(slot?.writes).toMatchObject([{ code: 'MIGRATION_WRITES', module: 'npc.ts', line }]);
    if (path !== '') expect(slot?.writes[0]?.message).toContain(`at '${path}'`);
    expect([...npc.herd]).toEqual([[1, { hp: 1 }]]);
  });

  it.each([
    [
      'a new map of new objects',
      'return new Map([...old].map(([id, it]) => [id, Object.assign(new Goblin(), it, { mood: 1 })]));',
    ],
    ['a structured clone that is changed', 'const all = structuredClone(old); all.get(1).hp = 5; return all;'],
    ['a new map of the same objects', 'return new Map(old);'],
  ])('none for %s', async (_what, step) => {
    const t = await hostOf({ 'npc.ts': before }, { entries: ['npc.ts'] });
    await t.publish({ 'npc.ts': herd(step) });
    expect(await t.host.rehearse()).toMatchObject({ status: 'committed', slots: [{ change: 'migrated', writes: [] }] });
  });

  it('in a step of another module is told with the line there', async () => {
    const steps = 'export const two = (old) => {\n  old.get(1).hp = 5;\n  return new Map(old);\n};';
    const t = await hostOf(
      { 'npc.ts': `${SCRIPT}export const herd = state('herd', () => new Map([[1, { hp: 1 }]]));` },
      { entries: ['npc.ts'] },
    );
    await t.publish({
      'steps.ts': steps,
      'npc.ts': `${SCRIPT}import { two } from './steps.ts';
export const herd = state('herd', () => new Map([[1, { hp: 1 }]]), { version: 2, up: { 2: two } });`,
    });
    const { slots } = await t.host.rehearse();
    expect(slots[0]?.writes).toMatchObject([{ code: 'MIGRATION_WRITES', module: 'steps.ts', line: 2, column: 17 }]);
    expect(slots[0]?.writes[0]?.message).toContain("the slot 'herd' of 'npc.ts'");
    expect(slots[0]?.writes[0]?.frame).toContain('> 2 |   old.get(1).hp = 5;');
  });

  it('what a body does to the migrated value afterwards is no write of the step', async () => {
    const t = await hostOf({ 'npc.ts': before });
    const npc = await t.import<{ herd: Map<number, { hp: number }> }>('npc.ts');
    await t.publish({ 'npc.ts': `${herd('return new Map(old);')}\nfor (const it of herd.values()) it.hp = 9;` });
    expect((await t.host.rehearse()).slots).toMatchObject([{ change: 'migrated', writes: [] }]);
    expect(npc.herd.get(1)).toEqual({ hp: 1 });
  });
});

describe('nothing changes', () => {
  it('not the state that bodies write to at top level, be it shared between slots', async () => {
    const text = (more: string) => `${SCRIPT}
      export const one = state('one', () => ({ hp: 1, list: [1] }));
      export const two = state('two', () => ({ one }));
      ${more}`;
    const t = await hostOf({ 'npc.ts': text('') });
    const npc = await t.import<{ one: { hp: number; list: number[] }; two: { one: object } }>('npc.ts');
    await t.publish({
      'npc.ts': text('one.hp = 2; one.list.push(2); if (two.one !== one) throw new Error("torn"); two.one = {};'),
    });
    expect(await t.host.rehearse()).toMatchObject({ status: 'committed' });
    expect(npc.two.one).toBe(npc.one);
    expect(npc.one).toEqual({ hp: 1, list: [1] });
  });

  it('no timer, listener, task, effect, hook, schedule or event comes of it', async () => {
    const bus = new EventEmitter();
    const hook = createHook<() => void>('tick');
    const calls = vi.fn();
    const setUps = vi.fn();
    const text = (n: number) => `${SCRIPT}import { bus, calls, onTick, setUps } from '@game';
      export let version = ${n};
      onTick(() => calls(${n}));
      setInterval(() => calls('timer ${n}'), 10);
      listen(bus, 'chat', () => calls('chat ${n}'));
      effect(() => { setUps('up ${n}'); return () => setUps('down ${n}'); });
      task('loop', async ({ sleep }) => { for (;;) { await sleep(10); calls('task ${n}'); } });
      const respawn = schedule('respawn', () => calls('respawn ${n}'));
      respawn.after(10);
      console.log('version ${n}');
      import.meta.hot?.dispose(() => setUps('disposed ${n}'));
      export const data = import.meta.hot?.data;`;
    const modules = { '@game': { bus, calls, onTick: hook.add, setUps } };
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const t = await hostOf({ 'npc.ts': text(1) }, { modules, entries: ['npc.ts'] });
    const npc = await t.import<{ version: number }>('npc.ts');
    await settled();
    t.forget();
    setUps.mockClear();
    await t.publish({ 'npc.ts': text(2) });
    expect(await t.host.rehearse()).toMatchObject({ status: 'committed', evaluated: ['npc.ts'] });
    await settled();
    expect([t.events, setUps.mock.calls, npc.version, bus.listenerCount('chat')]).toEqual([[], [], 1, 1]);
    hook.call();
    bus.emit('chat');
    await t.clock.advance(11);
    await settled();
    expect(calls.mock.calls.flat().sort()).toEqual([1, 'chat 1', 'respawn 1', 'task 1', 'timer 1']);
    vi.restoreAllMocks();
  });

  it('living objects are of the class that runs, and bodies meet those of the new one', async () => {
    const text = (says: string, more = '') => `${SCRIPT}
      export class Goblin { says() { return '${says}'; } }
      export const all = state('all', () => [new Goblin()]);
      ${more}`;
    const t = await hostOf({ 'npc.ts': text('old') });
    const npc = await t.import<{ all: { says(): string }[]; Goblin: new () => object }>('npc.ts');
    const [one] = npc.all;
    await t.publish({ 'npc.ts': text('new', "if (all[0].says() !== 'new') throw new Error('old');") });
    expect((await t.host.rehearse()).diagnostics).toEqual([]);
    expect([one?.says(), one instanceof npc.Goblin, npc.all[0] === one]).toEqual(['old', true, true]);
    committed(await t.host.sync());
    expect(one?.says()).toBe('new');
  });

  it('a slot that is made is disposed of, and not there', async () => {
    const closed = vi.fn();
    const t = await hostOf({ 'npc.ts': 'export {};' }, { modules: { '@game': { closed } }, entries: ['npc.ts'] });
    await t.publish({
      'npc.ts': `${SCRIPT}import { closed } from '@game';
        state('server', () => ({ port: 1 }), { dispose: closed });`,
    });
    expect((await t.host.rehearse()).slots).toMatchObject([
      { name: 'server', change: 'made', after: { version: 1, shape: { keys: { port: { kind: 'number' } } } } },
    ]);
    expect(closed).toHaveBeenCalledTimes(1);
    committed(await t.host.sync());
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('a slot that is moved or left is where it was', async () => {
    const t = await hostOf({
      'orc.ts': `${SCRIPT}export const orcs = state('orcs', () => [1]); export const rest = state('rest', () => [2]);`,
      'npc.ts': 'export {};',
    });
    const orc = await t.import<{ orcs: number[] }>('orc.ts');
    await t.import('npc.ts');
    await t.publish({
      'orc.ts': 'export const orcs = 1;',
      'npc.ts': `${SCRIPT}export const all = state('all', () => [], { from: 'orc.ts#orcs' });`,
    });
    const { slots } = await t.host.rehearse();
    expect(slots).toMatchObject([
      { module: 'npc.ts', name: 'all', change: 'kept', from: 'orc.ts#orcs' },
      { module: 'orc.ts', name: 'rest', change: 'left', before: { shape: { kind: 'Array', size: 1 } } },
    ]);
    expect(orc.orcs).toEqual([1]);
    committed(await t.host.sync());
    expect(await t.import<{ all: number[] }>('npc.ts')).toMatchObject({ all: [1] });
  });

  it('what cannot be copied is handed on as it is, and named', async () => {
    class Connection {
      #open = true;
      get isOpen() {
        return this.#open;
      }
    }
    const text = (more = '') => `${SCRIPT}import { Connection } from '@game';
      class Secret { #hp = 1; hit() { return this.#hp; } }
      export const db = state('db', () => ({ it: new Connection(), secret: new Secret(), hp: 1 }));
      ${more}`;
    const t = await hostOf({ 'npc.ts': text() }, { modules: { '@game': { Connection } }, entries: ['npc.ts'] });
    await t.publish({ 'npc.ts': text('db.hp = db.secret.hit() + 1;') });
    const rehearsal = await t.host.rehearse();
    expect(rehearsal.diagnostics).toEqual([]);
    expect([...rehearsal.shared].sort()).toEqual(['Connection', 'Secret']);
  });

  it('objects of a class of the game are copied where they are nothing but their properties', async () => {
    class Entity {
      hp = 10;
      hit(by: number) {
        this.hp -= by;
      }
    }
    const text = (more = '') => `${SCRIPT}import { Entity } from '@game';
      export const all = state('all', () => [new Entity()]);
      ${more}`;
    const t = await hostOf({ 'npc.ts': text() }, { modules: { '@game': { Entity } }, entries: ['npc.ts'] });
    const { all } = await t.import<{ all: Entity[] }>('npc.ts');
    await t.publish({ 'npc.ts': text("all[0].hit(3); if (!(all[0] instanceof Entity)) throw new Error('no');") });
    expect(await t.host.rehearse()).toMatchObject({ status: 'committed', shared: [] });
    expect(all[0]?.hp).toBe(10);
  });
});

describe('bodies that await', () => {
  it('are rehearsed, too, while the running version goes on', async () => {
    const gate = deferred();
    const text = (n: number, more = '') => `${SCRIPT}import { gate } from '@game';
      export const at = state('at', () => ({ n: 0 }));
      export const add = () => { at.n += 1; };
      export const version = ${n};
      ${more}`;
    const t = await hostOf({ 'npc.ts': text(1) }, { modules: { '@game': { gate: gate.promise } } });
    const npc = await t.import<Calls<'add'> & { at: { n: number }; version: number }>('npc.ts');
    await t.publish({ 'npc.ts': text(2, 'await gate; at.n = 100;') });
    const rehearsing = t.host.rehearse();
    await settled();
    npc.add();
    gate.resolve();
    expect(await rehearsing).toMatchObject({ status: 'committed', evaluated: ['npc.ts'] });
    expect([npc.at.n, npc.version]).toEqual([1, 1]);
  });

  it('what they bring and let go is named, as it will be', async () => {
    const list = (...ids: string[]) => `for (const id of ${JSON.stringify(ids)}) await import(id);`;
    const plugins = { 'a.ts': '', 'b.ts': '', 'c.ts': '' };
    const t = await hostOf({ 'main.ts': list('./a.ts', './b.ts'), ...plugins }, { entries: ['main.ts'] });
    await t.publish({ 'main.ts': list('./a.ts', './c.ts') });
    const { modules } = await t.host.rehearse();
    expect(modules).toEqual(['main.ts', 'c.ts', 'b.ts']);
    expect(committed(await t.host.sync()).modules).toEqual(modules);
  });

  it('a migration beside them is refused as it would be', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    await t.publish({ 'npc.ts': `await null;\n${bounty(raised)}` });
    expect(codes((await t.host.rehearse()).diagnostics)).toEqual(['AWAIT_AND_MIGRATION']);
    expect(await t.host.sync()).toMatchObject({ diagnostics: [{ code: 'AWAIT_AND_MIGRATION' }] });
  });
});

describe('a given release', () => {
  it('one that ran here is rehearsed as a way back, down steps included', async () => {
    const down = `${raised.slice(0, -2)}\n  down: { 2: (now) => ({ gold: now.gold }) },\n}`;
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    committed(await t.change({ 'npc.ts': bounty(down) }));
    const rehearsal = await t.host.rehearse(1);
    expect(rehearsal).toMatchObject({
      status: 'committed',
      release: { number: 1 },
      slots: [{ change: 'migrated', before: { version: 2 }, after: { version: 1 } }],
    });
    expect(t.host.release.number).toBe(2);
    expect(committed(await t.host.revert(1)).evaluated).toEqual(rehearsal.evaluated);
  });

  it('a way back that is missing is told before somebody needs it', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    committed(await t.change({ 'npc.ts': bounty(raised) }));
    expect(codes((await t.host.rehearse(1)).diagnostics)).toEqual(['MIGRATION_MISSING']);
  });

  it('one that nobody knows', async () => {
    const t = await hostOf({ 'npc.ts': bounty() }, { entries: ['npc.ts'] });
    expect(codes((await t.host.rehearse(7)).diagnostics)).toEqual(['UNKNOWN_RELEASE']);
    expect(codes((await t.host.rehearse({ number: 7, hash: '0'.repeat(64) })).diagnostics)).toEqual([
      'UNKNOWN_RELEASE',
    ]);
  });

  it('waits for the transaction that is under way, and refuses to be asked by a body', async () => {
    const t = await hostOf(
      { 'npc.ts': bounty() },
      { entries: ['npc.ts'], modules: { '@game': { ask: () => t.host.rehearse() } } },
    );
    const outcome = await t.change({ 'npc.ts': `import { ask } from '@game';\nawait ask();\n${bounty()}` });
    expect(outcome).toMatchObject({ status: 'refused', diagnostics: [{ code: 'REENTRANT' }] });
  });
});

it('warnings about slots are told before the release comes', async () => {
  const text = (shape: string, step: string) => `${SCRIPT}
class Goblin { hp = 1; }
export const bounty = state('bounty', () => (${shape}));
export const one = state('one', () => new Goblin()${step});`;
  const t = await hostOf({ 'npc.ts': text('{ gold: 0 }', '') }, { entries: ['npc.ts'] });
  await t.publish({ 'npc.ts': text('{ gold: 0, silver: 0 }', ', { version: 2, up: { 2: (old) => ({ ...old }) } }') });
  const { warnings } = await t.host.rehearse();
  const said = (told: typeof warnings) => told.map(({ code, line, message }) => [code, line, message]);
  expect(codes(warnings)).toEqual(['SLOT_SHAPE_CHANGED', 'SLOT_INSTANCES_LOST']);
  expect(said(warnings)).toEqual(said(committed(await t.host.sync()).warnings));
});

it('what would be lost and warned of is told', async () => {
  const text = (more = '') => `let kills = 0;\nexport const kill = () => { kills += 1; };\n${more}`;
  const bus = new EventEmitter();
  const t = await hostOf({ 'npc.ts': text() }, { modules: { '@game': { bus } } });
  (await t.import<Calls<'kill'>>('npc.ts')).kill();
  await t.publish({ 'npc.ts': text("import { bus } from '@game';\nif (bus.x) bus.on('chat', kill);") });
  const rehearsal = await t.host.rehearse();
  expect(rehearsal.lost).toEqual([{ module: 'npc.ts', name: 'kills', value: 1 }]);
  expect(codes(rehearsal.warnings)).toEqual(['LISTENER_LEFT', 'STATE_LOSS']);
});
