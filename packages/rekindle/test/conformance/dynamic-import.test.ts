/**
 * `import()` (ECMA-262 13.3.10): what it takes, what it gives, and how several of them settle.
 */
import { describe, expect, it } from 'vitest';
import { type Calls, committed, deferred, rejection, settled } from '../stories.ts';
import { rulesOfValues, world } from './cases.ts';

const a = { 'a.js': 'export const x = 1; export default 2;' };
const caught = (call: string) => `export const result = () => ${call}.then(() => 'loaded', (error) => error.name);`;

describe('import() is', () => {
  rulesOfValues([
    {
      rule: 'a promise of the namespace object, a new one each time',
      of: {
        'main.js':
          "import * as ns from './a.js'; const one = import('./a.js'), two = import('./a.js'); export const result = [one instanceof Promise, one === two, await one === ns, await two === ns];",
        ...a,
      },
      gives: [true, false, true, true],
    },
    {
      rule: 'called with any expression',
      of: {
        'main.js':
          "const all = [import('./' + 'a.js'), import(`./a.js`), import((() => './a.js')()), import(true ? './a.js' : ''), import({ toString: () => './a.js' }), import(await './a.js'), import(['./a.js'])]; export const result = (await Promise.all(all)).map((ns) => ns.x);",
        ...a,
      },
      gives: [1, 1, 1, 1, 1, 1, 1],
    },
    {
      rule: 'an expression everywhere',
      of: {
        'main.js':
          "class A { static field = import('./a.js'); async method() { return (await import('./a.js')).x; } } const arrow = async (p = import('./a.js')) => (await p).default; export const result = [(await A.field).x, await new A().method(), await arrow(), typeof import('./a.js'), await import('./a.js').then((ns) => ns.x)];",
        ...a,
      },
      gives: [1, 1, 2, 'object', 1],
    },
    {
      rule: 'relative to the module in whose text it stands',
      of: {
        'main.js': "import { load } from './deep/load.js'; export const result = async () => (await load()).x;",
        'deep/load.js': "export const load = () => import('./a.js');",
        'deep/a.js': 'export const x = 3;',
        ...a,
      },
      gives: 3,
    },
    {
      rule: 'allowed a comma at the end',
      of: { 'main.js': "export const result = [(await import('./a.js',)).x, (await import('./a.js', {},)).x];", ...a },
      gives: [1, 1],
    },
    {
      rule: 'of a module that exports then: it is called',
      of: {
        'main.js': "export const result = () => import('./a.js');",
        'a.js': "export const then = (resolve) => resolve('then');",
      },
      gives: 'then',
    },
    {
      rule: 'of a module that runs once, though it is asked for twice',
      of: {
        'main.js': "await Promise.all([import('./a.js'), import('./a.js')]); export const result = globalThis.runs;",
        'a.js': 'globalThis.runs = (globalThis.runs ?? 0) + 1;',
      },
      gives: 1,
    },
    {
      rule: 'of the module itself, later',
      of: "export const x = 1; export const result = async () => (await import('./main.js')).x;",
      gives: 1,
    },
  ]);
});

describe('import() evaluates its arguments', () => {
  rulesOfValues([
    {
      rule: 'in their order, and throws what they throw',
      of: "const log = []; try { import((log.push('specifier'), './a.js'), (() => { log.push('options'); throw 1; })()); } catch { log.push('threw'); } export const result = log;",
      gives: ['specifier', 'options', 'threw'],
    },
    {
      rule: 'then makes a string of the specifier, whose error is a rejection',
      of: "export const result = () => import({ toString() { throw 'no string'; } }).catch((error) => error);",
      gives: 'no string',
    },
    { rule: 'a symbol is no string', of: caught("import(Symbol('a'))"), gives: 'TypeError' },
    { rule: 'a meta object is no string', of: caught('import(import.meta)'), gives: 'TypeError' },
    {
      rule: 'options may be left out as undefined',
      of: { 'main.js': caught("import('./a.js', undefined)"), ...a },
      gives: 'loaded',
    },
    {
      rule: 'options are an object: null',
      of: { 'main.js': caught("import('./a.js', null)"), ...a },
      gives: 'TypeError',
    },
    {
      rule: 'options are an object: text',
      of: { 'main.js': caught("import('./a.js', 'with')"), ...a },
      gives: 'TypeError',
    },
    {
      rule: 'options may be a function',
      of: { 'main.js': caught("import('./a.js', () => {})"), ...a },
      gives: 'loaded',
    },
    {
      rule: 'attributes are an object',
      of: { 'main.js': caught("import('./a.js', { with: 1 })"), ...a },
      gives: 'TypeError',
    },
    {
      rule: 'attributes may be left out as undefined',
      of: { 'main.js': caught("import('./a.js', { with: undefined })"), ...a },
      gives: 'loaded',
    },
    {
      rule: 'an attribute is a string',
      of: { 'main.js': caught("import('./a.js', { with: { type: 1 } })"), ...a },
      gives: 'TypeError',
    },
    {
      rule: 'an attribute that nobody knows is refused',
      of: { 'main.js': caught("import('./a.js', { with: { flavour: 'sweet' } })"), ...a },
      gives: 'TypeError',
    },
    {
      rule: 'attributes are the enumerable names of the object itself',
      of: {
        'main.js':
          "const own = Object.defineProperty(Object.create({ flavour: 'sweet' }), 'hidden', { value: 1 }); own[Symbol('s')] = 1; export const result = async () => (await import('./a.js', { with: own })).x;",
        ...a,
      },
      gives: 1,
    },
    {
      rule: 'what a getter of the options throws is a rejection',
      of: {
        'main.js':
          "export const result = () => import('./a.js', { get with() { throw 'no with'; } }).catch((error) => error);",
        ...a,
      },
      gives: 'no with',
    },
  ]);
});

describe('import() rejects', () => {
  rulesOfValues([
    {
      rule: 'with a SyntaxError where the text is none',
      of: { 'main.js': caught("import('./b.js')"), 'b.js': 'const = 1;' },
      gives: 'SyntaxError',
    },
    {
      rule: 'with a SyntaxError where a dependency is none',
      of: { 'main.js': caught("import('./b.js')"), 'b.js': "import './c.js';", 'c.js': 'const = 1;' },
      gives: 'SyntaxError',
    },
    {
      rule: 'with a SyntaxError where a name leads nowhere',
      of: { 'main.js': caught("import('./b.js')"), 'b.js': "import { nowhere } from './a.js'; nowhere;", ...a },
      gives: 'SyntaxError',
    },
    {
      rule: 'with a SyntaxError where a name is ambiguous',
      of: {
        'main.js': caught("import('./b.js')"),
        'b.js': "export { x } from './c.js';",
        'c.js': "export * from './a.js'; export * from './d.js';",
        'd.js': 'export const x = 3;',
        ...a,
      },
      gives: 'SyntaxError',
    },
    {
      rule: 'with an error where nothing is found',
      of: "export const result = () => import('./nothing.js').catch((error) => error instanceof Error);",
      gives: true,
    },
    {
      rule: 'with what the body threw',
      of: {
        'main.js': "export const result = () => import('./b.js').catch((error) => error);",
        'b.js': "throw 'thrown';",
      },
      gives: 'thrown',
    },
    {
      rule: 'with what the body threw after an await',
      of: {
        'main.js': "export const result = () => import('./b.js').catch((error) => error);",
        'b.js': "await null; throw 'thrown';",
      },
      gives: 'thrown',
    },
    {
      rule: 'with the same error when the module is imported again',
      of: {
        'main.js':
          "const again = (id) => import(id).catch((error) => error); export const result = async () => { const one = await again('./b.js'); return [one === await again('./b.js'), one === await again('./c.js')]; };",
        'b.js': 'throw new Error();',
        'c.js': "import './b.js';",
      },
      gives: [true, true],
    },
    {
      rule: 'with the same error though a later module of the cycle had run',
      of: {
        'main.js':
          "const again = (id) => import(id).catch((error) => error); export const result = async () => (await again('./b.js')) === await again('./c.js');",
        'b.js': "import './c.js'; await null; throw new Error();",
        'c.js': "import './b.js'; await null;",
      },
      gives: true,
    },
  ]);
});

describe('an error of a module is the same', () => {
  const modules = {
    'main.js': 'export const load = () => import("./b.js");',
    'b.js': "import { ok } from './c.js'; if (!ok) throw new Error('b');",
    'c.js': 'export const ok = false;',
  };

  it('until a release changes what led to it', async () => {
    const { t } = await world(modules);
    const { load } = await t.import<Calls<'load', Promise<object>>>('main.js');
    const error = await rejection(load());
    expect(await rejection(load())).toBe(error);
    await t.change({ 'other.js': 'export {};' });
    expect(await rejection(load())).toBe(error);
    await t.change({ 'c.js': 'export const ok = true;' });
    await load();
  });

  it('for the version that imported it: the next one tries, and so does the game', async () => {
    const { t } = await world(modules);
    const { load } = await t.import<Calls<'load', Promise<object>>>('main.js');
    const error = await rejection(load());
    const byGame = await rejection(t.import('b.js'));
    expect(byGame.cause).toMatchObject({ message: 'b' });
    expect(byGame.cause).not.toBe(error);
    committed(await t.change({ 'main.js': 'export const load = async () => import("./b.js");' }));
    const { load: next } = await t.import<Calls<'load', Promise<object>>>('main.js');
    expect(await rejection(next())).not.toBe(error);
  });
});

describe('modules that await are loaded beside each other', () => {
  const stories = async () => {
    const gates = { slow: deferred(), other: deferred() };
    const { t, logged } = await world(
      {
        'main.js': 'export const load = (id) => import(id);',
        'slow.js':
          "import { slow } from 'gates'; import { log } from 'log'; log('slow'); await slow; log('slow done'); export const x = 1;",
        'other.js':
          "import { other } from 'gates'; import { log } from 'log'; log('other'); await other; log('other done'); export const x = 2;",
        'fast.js': "import { log } from 'log'; log('fast'); export const x = 3; setInterval(() => log('tick'), 10);",
        'both.js': "import './fast.js'; import './slow.js'; import { log } from 'log'; log('both');",
        'fails.js': "import './fast.js'; setInterval(() => {}, 10); await null; throw new Error('fails');",
      },
      { limits: { prepare: 1_000 }, modules: { gates: { slow: gates.slow.promise, other: gates.other.promise } } },
    );
    const { load } = await t.import<{ load(id: string): Promise<{ x: number }> }>('main.js');
    const loaded = () => t.host.modules().map(({ id }) => id);
    return { t, load, loaded, logged, gates };
  };

  it('each settles when it has run, and all are there when the last has', async () => {
    const { load, loaded, logged, gates } = await stories();
    const slow = load('./slow.js');
    await settled();
    const other = load('./other.js');
    expect((await load('./fast.js')).x).toBe(3);
    gates.other.resolve();
    expect((await other).x).toBe(2);
    expect(logged).toEqual(['slow', 'other', 'fast', 'other done']);
    gates.slow.resolve();
    expect((await slow).x).toBe(1);
    await settled();
    expect(loaded().sort()).toEqual(['fast.js', 'main.js', 'other.js', 'slow.js']);
  });

  it('though they were asked for at once', async () => {
    const { load, gates } = await stories();
    const [slow, fast, same] = [load('./slow.js'), load('./fast.js'), load('./slow.js')];
    expect((await fast).x).toBe(3);
    gates.slow.resolve();
    expect(await slow).toBe(await same);
  });

  it('and share what they have in common', async () => {
    const { load, logged, gates } = await stories();
    const slow = load('./slow.js');
    await settled();
    const both = load('./both.js');
    await settled();
    expect(logged).toEqual(['slow', 'fast']);
    gates.slow.resolve();
    await Promise.all([slow, both]);
    expect(logged).toEqual(['slow', 'fast', 'slow done', 'both']);
  });

  it('one that fails takes no other with it, and leaves nothing', async () => {
    const { t, load, loaded, gates } = await stories();
    const slow = load('./slow.js');
    await settled();
    expect(await rejection(load('./fails.js'))).toMatchObject({ message: 'fails' });
    gates.slow.resolve();
    await slow;
    await settled();
    await t.clock.advance(0);
    expect(loaded().sort()).toEqual(['main.js', 'slow.js']);
    expect(t.clock.due).toEqual([]);
  });

  it('the first of them as well', async () => {
    const { t, load, loaded, logged, gates } = await stories();
    const fails = rejection(load('./fails.js'));
    const slow = load('./slow.js');
    expect(await fails).toMatchObject({ message: 'fails' });
    gates.slow.resolve();
    await slow;
    await settled();
    expect(loaded().sort()).toEqual(['main.js', 'slow.js']);
    await t.clock.advance(20);
    expect(logged).toEqual(['fast', 'slow', 'slow done']);
  });

  it('and nothing is left where all of them fail', async () => {
    const { t, load, loaded } = await stories();
    const errors = await Promise.all([rejection(load('./fails.js')), rejection(load('./fails.js'))]);
    expect(errors[0]).toBe(errors[1]);
    await settled();
    await t.clock.advance(0);
    expect(loaded()).toEqual(['main.js']);
    expect(t.clock.due).toEqual([]);
  });

  it('the last one settles with the commit, which may be refused', async () => {
    const { t } = await world({
      'main.js': 'export const load = (id) => import(id);',
      'effect.js':
        "import { effect } from 'rekindle/script'; await null; effect(() => { throw new Error('no effect'); });",
      'slow.js': 'await null; await null; await null; await null; await null;',
      'timer.js': "import { log } from 'log'; await null; setTimeout(() => log('fired'), 5);",
    });
    const { load } = await t.import<{ load(id: string): Promise<object> }>('main.js');
    expect(await rejection(load('./effect.js'))).toMatchObject({ message: 'no effect' });
    expect(t.events.map(({ type }) => type)).not.toContain('reload:refused');
    await load('./timer.js');
    expect(t.host.modules().map(({ id }) => id)).toEqual(['main.js', 'timer.js']);

    const both = [load('./effect.js'), rejection(load('./slow.js'))] as const;
    await both[0];
    expect(await both[1]).toMatchObject({ message: 'no effect' });
    expect(t.events.filter(({ type }) => type === 'reload:refused')).toMatchObject([
      { cause: 'import', diagnostics: [{ message: 'Error: no effect', module: 'effect.js' }] },
    ]);
  });

  it('each has a limit of its own', async () => {
    const { t, load, loaded, gates } = await stories();
    const slow = rejection(load('./slow.js'));
    await settled();
    await t.clock.advance(600);
    const other = load('./other.js');
    await settled();
    await t.clock.advance(400);
    expect(await slow).toMatchObject({ code: 'AWAIT_TIME_LIMIT' });
    gates.other.resolve();
    expect((await other).x).toBe(2);
    await settled();
    expect(loaded().sort()).toEqual(['main.js', 'other.js']);
    gates.slow.resolve();
    expect((await load('./slow.js')).x).toBe(1); // it is tried again
  });

  it('a release that comes meanwhile waits for them', async () => {
    const { t, load, gates } = await stories();
    const slow = load('./slow.js');
    await settled();
    const change = t.change({
      'fast.js': 'export const x = 30;',
      'main.js': 'export const load = (id) => import(id); export const v = 2;',
    });
    expect((await load('./fast.js')).x).toBe(3);
    gates.slow.resolve();
    await slow;
    expect(committed(await change).evaluated).toEqual(['main.js', 'fast.js']);
    expect((await load('./fast.js')).x).toBe(30);
  });

  it('closing the host ends them', async () => {
    const { t, load } = await stories();
    const [slow, other] = [rejection(load('./slow.js')), rejection(load('./other.js'))];
    await settled();
    await t.close();
    expect(await slow).toMatchObject({ code: 'CLOSED' });
    expect(await other).toMatchObject({ code: 'CLOSED' });
    expect(t.clock.due).toEqual([]);
  });

  it('a loaded module may load for one that awaits', async () => {
    const { t } = await world({
      'main.js': "import { load } from './loader.js'; export const go = () => load('./awaits.js');",
      'loader.js': 'export const load = (id) => import(id);',
      'awaits.js': "import { load } from './loader.js'; export const { x } = await load('./a.js');",
      ...a,
    });
    const { go } = await t.import<Calls<'go', Promise<{ x: number }>>>('main.js');
    expect((await go()).x).toBe(1);
  });
});
