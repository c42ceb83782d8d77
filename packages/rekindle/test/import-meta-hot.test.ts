import { createHook } from 'rekindle';
import type { TestHostOptions } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { type Calls, committed, evaluated, hostOf, type Modules, refused, settled } from './stories.ts';

/** A host whose scripts write into a log. */
async function logged(modules: Modules, { entries = ['main.ts'], ...options }: TestHostOptions = {}) {
  const log: unknown[] = [];
  const t = await hostOf(modules, {
    ...options,
    modules: { '@game/api': { log: (value: unknown) => void log.push(value) } },
    entries,
  });
  return {
    t,
    log,
    /** What was logged since the last look. */
    news: () => log.splice(0),
  };
}

const LOG = "import { log } from '@game/api';";

const types = (t: { readonly events: readonly { readonly type: string }[] }) => t.events.map(({ type }) => type);

describe('import.meta.hot', () => {
  it('is one object for a version, with all members, in every script module', async () => {
    const t = await hostOf({
      'main.ts': `
        export const members: string[] = [];
        if (import.meta.hot) {
          for (const name of ['accept', 'acceptExports', 'dispose', 'prune', 'decline', 'invalidate', 'on', 'off', 'send']) {
            if (typeof import.meta.hot[name] === 'function') members.push(name);
          }
        }
        export const same = import.meta.hot === import.meta.hot;
        export const data = import.meta.hot.data;
      `,
    });
    const main = await t.import<{ members: string[]; same: boolean; data: object }>('main.ts');
    expect(main.members).toHaveLength(9);
    expect([main.same, main.data]).toEqual([true, {}]);
  });

  it('is a property as all of import.meta are', async () => {
    const t = await hostOf({
      'main.ts': "export const hot = Object.getOwnPropertyDescriptor(import.meta, 'hot');",
    });
    const { hot } = await t.import<{ hot: PropertyDescriptor }>('main.ts');
    expect(hot).toMatchObject({ writable: true, enumerable: true, configurable: true });
  });

  it('refuses what it cannot understand, at the line', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' }, { entries: ['main.ts'] });
    for (const [call, says] of [
      ['import.meta.hot.accept(5)', 'takes a callback, or imports'],
      ["import.meta.hot.accept(['./a.ts', 5])", 'takes a callback, or imports'],
      ["import.meta.hot.accept('./other.ts', 5)", 'was given 5 as a callback'],
      ['import.meta.hot.acceptExports(5)', 'takes names of exports'],
      ['import.meta.hot.dispose()', 'was given undefined as a callback'],
      ["import.meta.hot.on('event', {})", 'as a callback'],
    ] as const) {
      const [first] = refused(await t.change({ 'main.ts': `export const a = 2;\n${call};`, 'other.ts': '' }));
      expect(first).toMatchObject({ code: 'INVALID_ARGUMENT', module: 'main.ts', line: 2 });
      expect(first?.message).toContain(says);
    }
    const [first] = refused(await t.change({ 'main.ts': "export const a = 2; import.meta.hot.accept('./gone.ts');" }));
    expect(first).toMatchObject({ code: 'UNRESOLVED_IMPORT', module: 'main.ts', line: 1 });
  });

  it('of a version that has ended takes nothing any more', async () => {
    const t = await hostOf({
      'main.ts':
        'const { hot } = import.meta; export const late = () => hot.on("event", () => {}); export const a = 1;',
    });
    const { late } = { ...(await t.import<Calls<'late'>>('main.ts')) };
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    expect(late).toThrow(expect.objectContaining({ code: 'VERSION_ENDED' }));
  });
});

describe('accept()', () => {
  it('lets the module run again on a change below it, also through bare imports', async () => {
    const { t, news } = await logged({
      'deep.ts': 'export const deep = 1;',
      'middle.ts': "import './deep.ts'; export const middle = 1;",
      'main.ts': `${LOG} import './middle.ts'; log('main'); import.meta.hot?.accept();`,
    });
    const outcome = committed(await t.change({ 'deep.ts': 'export const deep = 2;' }));
    expect(outcome.evaluated).toEqual(['deep.ts', 'main.ts']);
    expect(outcome.reasons['main.ts']).toBe("accepts itself, and is above 'deep.ts'");
    expect(news()).toEqual(['main', 'main']);
    expect((await t.host.explain('deep.ts')).onChange.map(({ module }) => module)).toEqual(['deep.ts', 'main.ts']);
  });

  it('through import() too', async () => {
    const { t } = await logged({
      'plugin.ts': 'export const plugin = 1;',
      'main.ts': "import.meta.hot.accept(); export const load = () => import('./plugin.ts');",
    });
    await (await t.import<Calls<'load', Promise<unknown>>>('main.ts')).load();
    expect(evaluated(await t.change({ 'plugin.ts': 'export const plugin = 2;' }))).toEqual(['main.ts', 'plugin.ts']);
  });

  it('ends the way up: what stands above need not run', async () => {
    const { t } = await logged({
      'deep.ts': 'export const deep = 1;',
      'middle.ts': "import './deep.ts'; import.meta.hot.accept();",
      'main.ts': "import './middle.ts'; import.meta.hot.accept();",
    });
    expect(evaluated(await t.change({ 'deep.ts': 'export const deep = 2;' }))).toEqual(['deep.ts', 'middle.ts']);
  });

  it('ends the way up in the changed module itself; importers see the new exports all the same', async () => {
    const { t } = await logged({
      'deep.ts': 'export const deep = 1; import.meta.hot.accept();',
      'main.ts': "import { deep } from './deep.ts'; import.meta.hot.accept(); export const read = () => deep;",
    });
    const main = await t.import<Calls<'read'>>('main.ts');
    expect(evaluated(await t.change({ 'deep.ts': 'export const deep = 2; import.meta.hot.accept();' }))).toEqual([
      'deep.ts',
    ]);
    expect(main.read()).toBe(2);
  });

  it('changes nothing of what a fresh start gives: who could have observed the change runs too', async () => {
    const { t } = await logged({
      'deep.ts': 'export const deep = 1; import.meta.hot.accept();',
      'main.ts': "import { deep } from './deep.ts'; export const twice = deep * 2;",
    });
    const main = await t.import<{ twice: number }>('main.ts');
    committed(await t.change({ 'deep.ts': 'export const deep = 2; import.meta.hot.accept();' }));
    expect(main.twice).toBe(4);
  });

  it('goes by what the running version has said: an edit of it counts from the next change', async () => {
    const { t } = await logged({
      'deep.ts': 'export const deep = 1;',
      'main.ts': "import './deep.ts'; import.meta.hot.accept();",
    });
    committed(await t.change({ 'main.ts': "import './deep.ts';" }));
    expect(evaluated(await t.change({ 'deep.ts': 'export const deep = 2;' }))).toEqual(['deep.ts']);
  });

  it('comes to an end in a cycle', async () => {
    const { t } = await logged({
      'a.ts': "import './b.ts'; export const a = 1;",
      'b.ts': "import './a.ts'; export const b = 1;",
      'main.ts': "import './a.ts'; import.meta.hot.accept();",
    });
    expect(evaluated(await t.change({ 'b.ts': "import './a.ts'; export const b = 2;" }))).toEqual(['b.ts', 'main.ts']);
  });

  it('does nothing for an edit of comments or types alone', async () => {
    const { t } = await logged({
      'deep.ts': 'export const deep = 1;',
      'main.ts': "import './deep.ts'; import.meta.hot.accept();",
    });
    expect(evaluated(await t.change({ 'deep.ts': '// one\nexport const deep = 1;' }))).toEqual([]);
  });

  it('concerns nobody when a module comes or nothing accepts', async () => {
    const { t } = await logged({ 'deep.ts': 'export const deep = 1;', 'main.ts': "import './deep.ts';" });
    expect(evaluated(await t.change({ 'deep.ts': 'export const deep = 2;' }))).toEqual(['deep.ts']);
  });
});

describe('accept(callback)', () => {
  it('hands over from the version that goes to the one that has come', async () => {
    const version = (number: number) => `
      ${LOG}
      export const name = 'version ${number}';
      import.meta.hot.accept((next) => log([name, next.name]));
    `;
    const { t, news } = await logged({ 'main.ts': version(1) });
    expect(news()).toEqual([]);
    committed(await t.change({ 'main.ts': version(2) }));
    expect(news()).toEqual([['version 1', 'version 2']]);
    committed(await t.host.reload('main.ts'));
    expect(news()).toEqual([['version 2', 'version 2']]);
  });

  it('is given the exact namespace object', async () => {
    const { t, news } = await logged({
      'main.ts': `
        ${LOG}
        import * as self from './main.ts';
        export const a = 1;
        import.meta.hot.accept((next) => log([Object.keys(next), next[Symbol.toStringTag], next === self]));
      `,
    });
    committed(await t.change({ 'main.ts': 'export const a = 1; export const b = 2;' }));
    expect(news()).toEqual([[['a', 'b'], 'Module', false]]);
  });

  it('gets an object that goes on to show the newest exports, as an import does', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export let damage = 1;',
      'main.ts': `
        ${LOG}
        import './rules.ts';
        let kept;
        export const look = () => kept.damage;
        import.meta.hot.accept('./rules.ts', (rules) => { log(kept === rules); kept ??= rules; });
      `,
    });
    const { look } = await t.import<Calls<'look'>>('main.ts');
    committed(await t.change({ 'rules.ts': 'export let damage = 2;' }));
    expect(look()).toBe(2);
    committed(await t.change({ 'rules.ts': 'export let damage = 3;' }));
    expect([look(), news()]).toEqual([3, [false, true]]);
  });

  it('that throws refuses the release, with its line, and everything is as before', async () => {
    const hook = createHook<(called: string[]) => void>('roll');
    const log: string[] = [];
    const t = await hostOf(
      {
        'deep.ts': 'export let deep = 1;',
        'main.ts': `
import { effect } from 'rekindle/script';
import { log, onRoll } from '@game/api';
import { deep } from './deep.ts';
effect(() => { log('up'); return () => log('down'); });
onRoll((called) => called.push('main'));
export const read = () => deep;
import.meta.hot.accept('./deep.ts', () => {
  throw new Error('not that');
});
`,
      },
      { modules: { '@game/api': { log: (text: string) => void log.push(text), onRoll: hook.add } } },
    );
    const main = await t.import<Calls<'read'>>('main.ts');
    const [first, ...more] = refused(await t.change({ 'deep.ts': 'export let deep = 2;' }));
    expect(first).toMatchObject({ code: 'BODY_THREW', message: 'Error: not that', module: 'main.ts', line: 9 });
    expect(more).toEqual([]);
    expect(main.read()).toBe(1);
    const called: string[] = [];
    hook.call(called);
    expect([called, log]).toEqual([['main'], ['up']]);
    expect(types(t)).toContain('reload:refused');
  });

  it('of a version that goes is named by its own line', async () => {
    const { t } = await logged({
      'main.ts': 'export const a = 1;\nimport.meta.hot.accept(() => { throw new Error("no"); });',
    });
    const [first] = refused(await t.change({ 'main.ts': 'export const a = 2;' }));
    expect(first).toMatchObject({ module: 'main.ts', line: 2, message: 'Error: no' });
    expect(first?.frame).toContain('import.meta.hot.accept');
  });

  it('may take its time; nobody waits, and its rejection is told', async () => {
    const { t } = await logged({
      'main.ts': 'export const a = 1; import.meta.hot.accept(async () => { await null; throw new Error("late"); });',
    });
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    await settled();
    expect(t.events.at(-1)).toMatchObject({ type: 'script:error', module: 'main.ts', where: 'hot.accept' });
  });
});

describe('accept(dependency, callback)', () => {
  it('takes the update: nobody above runs, the callback of the version that stays gets the new exports', async () => {
    const { t, news } = await logged(
      {
        'rules.ts': 'export const damage = (n: number) => n;',
        'main.ts': `
        ${LOG}
        import { damage } from './rules.ts';
        log('main');
        let hits = 0;
        export const hit = () => damage(++hits);
        import.meta.hot.accept('./rules.ts', (rules) => log(['rules', rules.damage(10), hits]));
      `,
        'top.ts': "import './main.ts'; import.meta.hot.accept();",
      },
      { entries: ['top.ts'] },
    );
    const main = await t.import<Calls<'hit'>>('main.ts');
    expect(main.hit()).toBe(1);
    expect(evaluated(await t.change({ 'rules.ts': 'export const damage = (n: number) => n * 2;' }))).toEqual([
      'rules.ts',
    ]);
    expect(news()).toEqual(['main', ['rules', 20, 1]]);
    expect(main.hit()).toBe(4); // the binding is live without the callback
  });

  it('takes what changes below the import as well', async () => {
    const { t, news } = await logged({
      'deep.ts': 'export let deep = 1;',
      'rules.ts': "import { deep } from './deep.ts'; export const read = () => deep;",
      'main.ts': `${LOG} import './rules.ts'; import.meta.hot.accept('./rules.ts', (rules) => log(rules.read()));`,
    });
    expect(evaluated(await t.change({ 'deep.ts': 'export let deep = 2;' }))).toEqual(['deep.ts']);
    expect(news()).toEqual([2]);
  });

  it('is not asked where the import accepts itself', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const a = 1; import.meta.hot.accept();',
      'main.ts': `${LOG} import './rules.ts'; import.meta.hot.accept('./rules.ts', () => log('asked'));`,
    });
    committed(await t.change({ 'rules.ts': 'export const a = 2; import.meta.hot.accept();' }));
    expect(news()).toEqual([]);
  });

  it('where the importer could have observed the change it runs, and the callback of its new version is called', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const damage = 1;',
      'main.ts': `
        ${LOG}
        import { damage } from './rules.ts';
        log(['main', damage]);
        import.meta.hot.accept('./rules.ts', (rules) => log(['callback', damage, rules.damage]));
      `,
    });
    news();
    expect(evaluated(await t.change({ 'rules.ts': 'export const damage = 2;' }))).toEqual(['rules.ts', 'main.ts']);
    expect(news()).toEqual([
      ['main', 2],
      ['callback', 2, 2],
    ]);
  });

  it('understands the specifier as the import does, with aliases and without extension', async () => {
    const { t, news } = await logged(
      {
        'lib/rules.ts': 'export const a = 1;',
        'lib/data.json': '{"a": 1}',
        'main.ts': `
          ${LOG}
          import '#lib/rules';
          import data from './lib/data.json' with { type: 'json' };
          import.meta.hot.accept('#lib/rules', () => log('rules'));
          import.meta.hot.accept('./lib/data.json', (json) => log(json.default));
          export const read = () => data;
        `,
      },
      { aliases: { '#lib/*': 'lib/*' } },
    );
    committed(await t.change({ 'lib/rules.ts': 'export const a = 2;' }));
    committed(await t.change({ 'lib/data.json': '{"a": 2}' }));
    expect(news()).toEqual(['rules', { a: 2 }]);
  });

  it('of a list gives what changed, and undefined for the rest: once for one release', async () => {
    const { t, news } = await logged({
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 1;',
      'c.ts': 'export const c = 1;',
      'main.ts': `
        ${LOG} import './a.ts'; import './b.ts'; import './c.ts';
        import.meta.hot.accept(['./a.ts', './b.ts', './c.ts'], ([a, b, c]) => log([a?.a, b?.b, c?.c]));
      `,
    });
    committed(await t.change({ 'b.ts': 'export const b = 2;' }));
    committed(await t.change({ 'a.ts': 'export const a = 3;', 'c.ts': 'export const c = 3;' }));
    expect(news()).toEqual([
      [undefined, 2, undefined],
      [3, undefined, 3],
    ]);
  });

  it('may set things up: they belong to the version', async () => {
    const hook = createHook<(called: string[]) => void>('roll');
    const t = await hostOf(
      {
        'rules.ts': 'export const a = 1;',
        'main.ts': `
          import { effect } from 'rekindle/script';
          import { a } from './rules.ts';
          import { log, onRoll } from '@game/api';
          const value = a;
          import.meta.hot.accept('./rules.ts', (rules) => {
            onRoll((called) => called.push(rules.a));
            effect(() => { log('up'); return () => log('down'); });
          });
        `,
      },
      {
        modules: { '@game/api': { onRoll: hook.add, log: (text: string) => void log.push(text) } },
        entries: ['main.ts'],
      },
    );
    const log: string[] = [];
    const called = () => {
      const list: unknown[] = [];
      hook.call(list as string[]);
      return list;
    };
    committed(await t.change({ 'rules.ts': 'export const a = 2;' }));
    expect([called(), log]).toEqual([[2], ['up']]);
    committed(await t.change({ 'rules.ts': 'export const a = 3;' }));
    expect([called(), log]).toEqual([[3], ['up', 'down', 'up']]);
    committed(await t.host.unload('main.ts'));
    expect([called(), log]).toEqual([[], ['up', 'down', 'up', 'down']]);
  });
});

describe('what an accept callback has set up', () => {
  it('in the version that goes belongs to the one that has come', async () => {
    const hook = createHook<(called: unknown[]) => void>('roll');
    const log: string[] = [];
    const version = (number: number) => `
      import { effect } from 'rekindle/script';
      import { log, onRoll } from '@game/api';
      export const number = ${number};
      import.meta.hot.accept(({ number }) => {
        onRoll((called) => called.push(number));
        setInterval(() => {}, number * 100);
        effect(() => { log('up ' + number); return () => log('down ' + number); });
      });
    `;
    const t = await hostOf(
      { 'main.ts': version(1), 'late.ts': '' },
      {
        modules: { '@game/api': { onRoll: hook.add, log: (text: string) => void log.push(text) } },
        entries: ['main.ts', 'late.ts'],
        probation: false,
      },
    );
    const look = async () => {
      const called: unknown[] = [];
      hook.call(called);
      await t.clock.advance(0);
      return [called, t.clock.due, log.splice(0)];
    };
    committed(await t.change({ 'main.ts': version(2) }));
    expect(await look()).toEqual([[2], [200], ['up 2']]);
    refused(await t.change({ 'main.ts': version(3), 'late.ts': 'import.meta.hot.accept("./nobody.ts")' }));
    expect(await look()).toEqual([[2], [200], []]);
    committed(await t.change({ 'main.ts': version(3), 'late.ts': '' }));
    expect(await look()).toEqual([[3], [300], ['down 2', 'up 3']]);
    committed(await t.change({ 'main.ts': 'export const number = 4;' }));
    expect(await look()).toEqual([[4], [400], ['down 3', 'up 4']]);
    committed(await t.change({ 'main.ts': 'export const number = 5;' }));
    expect(await look()).toEqual([[], [], ['down 4']]);
  });

  it('in a version that does not come is cleaned up', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const damage = 1;',
      'main.ts': `
        ${LOG}
        import { effect } from 'rekindle/script';
        import { damage } from './rules.ts';
        export const twice = damage * 2;
        import.meta.hot.accept('./rules.ts', ({ damage }) => {
          effect(() => { log('up'); return () => log('down'); });
          if (damage > 5) throw new Error('too much');
        });
      `,
    });
    refused(await t.change({ 'rules.ts': 'export const damage = 6;' }));
    expect(news()).toEqual([]); // what follows the throw is not set up
    const strict = "import './main.ts'; import.meta.hot.accept('./main.ts', () => { throw new Error('no'); });";
    committed(await t.change({ 'strict.ts': strict, 'rules.ts': 'export const damage = 1;' }));
    await t.import('strict.ts');
    refused(await t.change({ 'rules.ts': 'export const damage = 2;' }));
    expect(news()).toEqual(['up', 'down']);
    expect(await t.import('main.ts')).toMatchObject({ twice: 2 });
  });
});

describe('acceptExports(names, callback)', () => {
  const modules = (importer: string) => ({
    'rules.ts': "export const a = 1; export const b = 1; import.meta.hot.acceptExports(['a']);",
    'main.ts': `${importer} import.meta.hot.accept();`,
  });

  it.each([
    ["import { a } from './rules.ts'; export const use = () => a;", false],
    ["import * as rules from './rules.ts'; export const use = () => rules.a;", true], // as Vite has it
    ["import './rules.ts';", false],
    ["export { a } from './rules.ts';", false],
    ["import { a, b } from './rules.ts'; export const use = () => [a, b];", true],
    ["export * from './rules.ts';", true],
    ["export { b } from './rules.ts';", true],
  ])('above it: %s', async (imports, isAsked) => {
    const { t } = await logged(modules(imports));
    const ran = evaluated(await t.change({ 'rules.ts': 'export const a = 2; export const b = 1;' }));
    expect(ran).toEqual(isAsked ? ['rules.ts', 'main.ts'] : ['rules.ts']);
  });

  it('accepts what is below it, and tells the version that goes', async () => {
    const { t, news } = await logged({
      'deep.ts': 'export const deep = 1;',
      'main.ts': `${LOG} import './deep.ts'; export const a = 1; import.meta.hot.acceptExports('a', (next) => log(next.a));`,
    });
    expect(evaluated(await t.change({ 'deep.ts': 'export const deep = 2;' }))).toEqual(['deep.ts', 'main.ts']);
    expect(news()).toEqual([1]);
  });
});
