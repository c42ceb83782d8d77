import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, deferred, evaluated, hostOf, refused, rejection, settled } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('a first load whose modules await', () => {
  it('runs in the order of the specification: siblings at the same time, importers after', async () => {
    const one = deferred();
    const two = deferred();
    const log: string[] = [];
    const t = await hostOf(
      {
        'one.ts': "import { log, one } from '@game/log'; log.push('one'); await one; log.push('one done');",
        'two.ts': "import { log, two } from '@game/log'; log.push('two'); await two; log.push('two done');",
        'sync.ts': "import { log } from '@game/log'; log.push('sync');",
        'main.ts':
          "import './one.ts'; import './two.ts'; import './sync.ts'; import { log } from '@game/log'; log.push('main');",
      },
      { modules: { '@game/log': { log, one: one.promise, two: two.promise } } },
    );
    const importing = t.import('main.ts');
    await settled();
    expect(log).toEqual(['one', 'two', 'sync']);
    two.resolve();
    await settled();
    one.resolve();
    await importing;
    expect(log).toEqual(['one', 'two', 'sync', 'two done', 'one done', 'main']);
  });

  it('leaves nothing when one of them rejects', async () => {
    const t = await hostOf({
      'fails.ts': "setInterval(() => {}, 10); await null; throw new Error('too late');",
      'main.ts': "import './fails.ts'; setInterval(() => {}, 10);",
    });
    const error = await rejection(t.import('main.ts'));
    expect(error).toMatchObject({ name: 'ScriptLoadError', code: 'BODY_THREW' });
    expect(error.message).toContain('fails.ts');
    await t.clock.advance(0);
    expect(loaded(t)).toEqual([]);
    expect(t.clock.due).toEqual([]);
    committed(await t.change({ 'fails.ts': 'await null; export {};' }));
    await t.import('main.ts');
    expect(loaded(t)).toEqual(['fails.ts', 'main.ts']);
  });

  it('is stopped when it never ends: what awaits, and a loop in a module beside it', async () => {
    const t = await hostOf(
      {
        'never.ts': 'await new Promise(() => {});',
        'awaits.ts': 'await null;',
        'loops.ts': "import './awaits.ts'; for (;;);",
        'loops-at-once.ts': 'for (;;); await null;',
      },
      { limits: { prepare: 100 } },
    );
    const never = rejection(t.import('never.ts'));
    await settled();
    await t.clock.advance(99);
    await t.clock.advance(1);
    expect(await never).toMatchObject({ code: 'AWAIT_TIME_LIMIT' });
    expect((await never).message).toContain("The top level of 'never.ts' still awaits after 100 ms.");
    const stopped = { code: expect.stringMatching(/^(LOOP|TIME)_LIMIT$/) }; // on a busy machine the second may be first
    expect(await rejection(t.import('loops.ts'))).toMatchObject(stopped);
    expect(await rejection(t.import('loops-at-once.ts'))).toMatchObject(stopped);
    expect(loaded(t)).toEqual([]);
  });
});

describe('a reload whose modules await', () => {
  it('runs them while the old version runs on, and swaps in one step', async () => {
    const gate = deferred<string>();
    const t = await hostOf(
      {
        'config.ts': "export const name = 'old'; export const both = () => name + name;",
        'user.ts':
          "import { name } from './config.ts'; export const greet = 'hi ' + name; export const live = () => name;",
      },
      { modules: { '@game/gate': { gate: gate.promise } }, entries: ['user.ts'] },
    );
    const user = await t.import<{ greet: string; live(): string }>('user.ts');
    const config = await t.import<{ name: string; both(): string }>('config.ts');
    const outcome = t.change({
      'config.ts':
        "import { gate } from '@game/gate'; export const name = await gate; export const both = () => name + name;",
    });
    await settled();
    expect([user.greet, user.live(), config.both()]).toEqual(['hi old', 'old', 'oldold']);
    gate.resolve('new');
    expect(evaluated(await outcome)).toEqual(['config.ts', 'user.ts']);
    expect([user.greet, user.live(), config.both()]).toEqual(['hi new', 'new', 'newnew']);
  });

  it('gives them the new versions of what they need, and unchanged modules that they call, too', async () => {
    const t = await hostOf({
      'base.ts': 'export const base = 1;',
      'helper.ts': "import { base } from './base.ts'; export const twice = () => base * 2;",
      'user.ts': "import { twice } from './helper.ts'; await null; export const four = twice() * 2;",
    });
    const user = await t.import<{ four: number }>('user.ts');
    expect(user.four).toBe(4);
    const outcome = committed(await t.change({ 'base.ts': 'export const base = 5;' }));
    expect(user.four).toBe(20);
    expect(outcome.evaluated.at(-1)).toBe('user.ts');
  });

  it('shows those that do not await the new versions through unchanged namespaces, too', async () => {
    const t = await hostOf({
      'main.ts': "import './awaits.ts'; import { show } from './show.ts'; export const said = show();",
      'awaits.ts': "await null; export * from './n.ts';",
      'show.ts': "import * as barrel from './barrel.ts'; export const show = () => Object.values(barrel)[0];",
      'barrel.ts': "export * from './n.ts';",
      'n.ts': 'export const n = 1;',
      'other.ts': "import { show } from './show.ts'; export const said = show();",
    });
    const other = await t.import<{ said: number }>('other.ts');
    await t.import('main.ts');
    const next = { 'n.ts': 'export const n = 2;', 'awaits.ts': "await null; export * from './n.ts'; 2;" };
    committed(await t.change(next));
    expect(other.said).toBe(2);
  });

  it('is refused by a rejection, exactly as before', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1; setInterval(() => {}, 100);' });
    const main = await t.import<{ a: number }>('main.ts');
    await t.clock.advance(30);
    const due = [...t.clock.due];
    const diagnostics = refused(
      await t.change({ 'main.ts': "export const a = 2; setInterval(() => {}, 7); await null; throw new Error('no');" }),
    );
    expect(diagnostics).toMatchObject([{ code: 'BODY_THREW', module: 'main.ts', message: 'Error: no' }]);
    expect(main.a).toBe(1);
    await t.clock.advance(0);
    expect(t.clock.due).toEqual(due);
  });

  it('is refused by the limit, and what runs on of it reaches nobody', async () => {
    const gate = deferred();
    const t = await hostOf(
      { 'main.ts': 'export let a = 1; export const read = () => a;' },
      { limits: { prepare: 200 }, modules: { '@game/gate': { gate: gate.promise } } },
    );
    const main = await t.import<{ a: number; read(): number }>('main.ts');
    const outcome = t.change({
      'main.ts':
        "import { gate } from '@game/gate'; export let a = 2; export const read = () => a; await gate; a = 3; setInterval(() => {}, 5);",
    });
    await settled();
    await t.clock.advance(200);
    expect(codes(refused(await outcome))).toEqual(['AWAIT_TIME_LIMIT']);
    gate.resolve();
    await settled();
    await t.clock.advance(0);
    expect([main.a, main.read()]).toEqual([1, 1]);
    expect(t.clock.due).toEqual([]);
  });

  it('cannot migrate a slot that the running version still changes', async () => {
    const slot = (version: number, more = '') =>
      `import { state } from 'rekindle/script';
       export const bag = state('bag', () => ({ gold: 0 }), { version: ${version}, up: { 2: (old: any) => ({ ...old, silver: 0 }) } });
       ${more}`;
    const t = await hostOf({ 'main.ts': slot(1) });
    const main = await t.import<{ bag: object }>('main.ts');
    const { bag } = main;
    const diagnostics = refused(await t.change({ 'main.ts': slot(2, 'await null;') }));
    expect(codes(diagnostics)).toEqual(['AWAIT_AND_MIGRATION']);
    expect(main.bag).toBe(bag);
    expect(main.bag).toEqual({ gold: 0 });
    committed(await t.change({ 'main.ts': slot(2) }));
    expect(main.bag).toEqual({ gold: 0, silver: 0 });
  });

  it('says so of a module that an awaiting one imports, and that it is this one which awaits', async () => {
    const slot = (version: number) =>
      `import { state } from 'rekindle/script';
       export const bag = state('bag', () => ({ gold: 0 }), { version: ${version}, up: { 2: (old: any) => ({ ...old }) } });`;
    const t = await hostOf({
      'main.ts': "const { bag } = await import('./bag.ts'); export { bag };",
      'bag.ts': slot(1),
    });
    await t.import('main.ts');
    const [diagnostic] = refused(await t.change({ 'bag.ts': slot(2) }));
    expect(diagnostic).toMatchObject({ code: 'AWAIT_AND_MIGRATION', module: 'bag.ts' });
    expect(diagnostic?.hint).toContain('A module that imports this one awaits');
  });
});

describe('close() while something is prepared', () => {
  it('ends a load whose body awaits', async () => {
    const t = await hostOf({ 'main.ts': 'setInterval(() => {}, 10); await new Promise(() => {});' });
    const importing = rejection(t.import('main.ts'));
    await settled();
    await t.close();
    expect(await importing).toMatchObject({ code: 'CLOSED' });
    expect(t.clock.due).toEqual([]);
  });

  it.each(['head', 'manifest', 'read'] as const)('does not wait for a store whose %s never comes', async (what) => {
    const { createHost, memoryStore } = await import('rekindle');
    const store = memoryStore({ modules: { 'main.ts': 'export const a = 1;' } });
    const never = new Set<string>();
    const slow = <Args extends unknown[], Value>(name: string, call: (...args: Args) => Promise<Value>) => {
      return (...args: Args) => (never.has(name) ? new Promise<Value>(() => {}) : call(...args));
    };
    const host = createHost({
      cache: false,
      stores: [
        {
          name: store.name,
          head: slow('head', (options) => store.head(options)),
          manifest: slow('manifest', (hash, options) => store.manifest(hash, options)),
          read: slow('read', (id, revision, options) => store.read(id, revision, options)),
          watch: (wake, options) => store.watch(wake, options),
          [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        },
      ],
    });
    await host.import('main.ts');
    await store.publish(new Map([['main.ts', 'export const a = 2;']]), { expected: 1 });
    never.add(what);
    const syncing = rejection(host.sync());
    await settled();
    await host.close();
    expect(await syncing).toMatchObject({ code: 'CLOSED' });
  });

  it('ends a release that waits for its moment; the moment that comes later changes nothing', async () => {
    const moments: (() => { status: string })[] = [];
    const t = await hostOf({ 'main.ts': 'export const a = 1;' }, { activate: (apply) => void moments.push(apply) });
    const main = await t.import<{ a: number }>('main.ts');
    const changing = rejection(t.change({ 'main.ts': 'export const a = 2;' }));
    await settled();
    await t.close();
    expect(await changing).toMatchObject({ code: 'CLOSED' });
    expect(moments[0]?.().status).toBe('refused');
    expect(main.a).toBe(1);
    expect(t.events.map(({ type }) => type)).not.toContain('reload:refused');
  });

  it('is safe to call twice, and leaves no timer', async () => {
    const log: string[] = [];
    const t = await hostOf(
      {
        'main.ts': `
          import { effect, state } from 'rekindle/script';
          import { log } from '@game/log';
          setInterval(() => {}, 10);
          setTimeout(() => {}, 10);
          state('kept', () => ({}));
          state('closed', () => ({}), { dispose: () => log.push('disposed') });
          effect(() => () => log.push('cleaned up'));
        `,
      },
      { modules: { '@game/log': { log } } },
    );
    await t.import('main.ts');
    const closing = t.close();
    expect(t.close()).toBe(closing);
    await closing;
    await t.close();
    expect(log).toEqual(['cleaned up', 'disposed']);
    expect(t.clock.due).toEqual([]);
    expect(await rejection(t.import('main.ts'))).toMatchObject({ code: 'HOST_CLOSED' });
  });
});

describe('the loops of a version that awaits', () => {
  it('may use timers: they fire while the release is prepared', async () => {
    const t = await hostOf({
      'main.ts': 'await new Promise((resolve) => setTimeout(resolve, 50)); export const done = true;',
    });
    const importing = t.import<Calls<never> & { done: boolean }>('main.ts');
    await settled();
    await t.clock.advance(50);
    expect((await importing).done).toBe(true);
  });
});

describe('a cycle below a module that awaits', () => {
  it('is entered where a fresh start enters it: by the first root that leads to it', async () => {
    const files = {
      'game.ts': "import { rules } from './rules.ts'; export const game = rules + ', game';",
      'rules.ts': "import { base } from './base.ts'; export const rules = base + ', rules';",
      'base.ts': "import './game.ts'; export const base = 'base 1';",
      'late.ts': "import { rules } from './rules.ts'; await null; export const late = rules + ', late';",
    };
    const t = await hostOf(files);
    const game = await t.import<{ game: string }>('game.ts');
    const late = await t.import<{ late: string }>('late.ts');

    const next = { ...files, 'base.ts': files['base.ts'].replace('base 1', 'base 2') };
    const outcome = committed(await t.change(next));

    expect(outcome.evaluated).toEqual(['base.ts', 'rules.ts', 'game.ts', 'late.ts']);
    expect([game.game, late.late]).toEqual(['base 2, rules, game', 'base 2, rules, late']);
  });

  it('is entered where a fresh start enters it: also where that is an unchanged module', async () => {
    const t = await hostOf({
      'main.ts': "import './first.ts'; import './shop.ts';",
      'first.ts': "import './core.ts';",
      'core.ts': "import './main.ts'; export const price = 1;",
      'shop.ts': "import { price } from './core.ts'; export const double = price * 2;",
      'top.ts': "import { price } from './core.ts'; await null; export const said = price;",
    });
    await t.import('main.ts');
    const top = await t.import<{ said: number }>('top.ts');
    const outcome = await t.change({ 'core.ts': "import './main.ts'; export const price = 2;" });
    expect([evaluated(outcome), top.said]).toEqual([['core.ts', 'shop.ts', 'top.ts'], 2]);
  });
});
