/**
 * Effects that are set up again alone: what only a set-up could observe runs that set-up again, and not its module.
 */
import { createHook, type HostOptions } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { codes, committed, hostOf, type Modules, refused } from './stories.ts';

/** A host whose scripts log; `take` gives what they have logged since the last time. */
async function loggingHost(modules: Modules, given: HostOptions['modules'] = {}) {
  const log: string[] = [];
  const take = () => log.splice(0).join(' ');
  const t = await hostOf(modules, {
    modules: { '@game/log': { log: (text: string) => void log.push(text) }, ...given },
  });
  return { t, take };
}

const script = (body: string) => `import { effect } from 'rekindle/script'; import { log } from '@game/log'; ${body}`;

const up = (name: string, value: string) =>
  `effect(() => { const at = ${value}; log('+${name}' + at); return () => log('-${name}' + at); });`;

describe('an effect that mentions what changed', () => {
  it('is cleaned up and set up again with the newest bindings; its module does not run, and keeps its variables', async () => {
    const { t, take } = await loggingHost({
      'port.ts': 'export const port = 1;',
      'main.ts': script(`
          import { port } from './port.ts';
          log('body');
          export let clients = 0;
          export const come = () => (clients += 1);
          ${up('server', 'port')}
          ${up('other', "''")}
        `),
    });
    const main = await t.import<{ clients: number; come(): void }>('main.ts');
    expect(take()).toBe('body +server1 +other');
    main.come();
    const outcome = committed(await t.change({ 'port.ts': 'export const port = 2;' }));
    expect(take()).toBe('-server1 +server2');
    expect(main.clients).toBe(1);
    expect(outcome).toMatchObject({
      evaluated: ['port.ts'],
      lost: [],
      effects: { 'main.ts': "observes 'port' of 'port.ts'" },
    });
    expect(t.events.findLast(({ type }) => type === 'reload:committed')).toMatchObject({
      effects: { 'main.ts': "observes 'port' of 'port.ts'" },
    });
    committed(await t.change({ 'port.ts': 'export const port = 3;' }));
    expect(take()).toBe('-server2 +server3');
  });

  it("also through functions that it may call, its own module's and others', and from then on through theirs", async () => {
    const { t, take } = await loggingHost({
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 10;',
      'sum.ts': "import { a } from './a.ts'; export const sum = () => a;",
      'main.ts': script(`import { sum } from './sum.ts'; const value = () => sum(); ${up('it', 'value()')}`),
      'idle.ts': script(`import { sum } from './sum.ts'; export const idle = () => sum(); ${up('idle', "''")}`),
    });
    await t.import('b.ts');
    await t.import('main.ts');
    await t.import('idle.ts');
    expect(take()).toBe('+it1 +idle');
    committed(await t.change({ 'a.ts': 'export const a = 2;' }));
    expect(take()).toBe('-it1 +it2');
    committed(await t.change({ 'sum.ts': "import { b } from './b.ts'; export const sum = () => b;" }));
    expect(take()).toBe('-it2 +it10');
    committed(await t.change({ 'a.ts': null }));
    expect(take()).toBe('');
    committed(await t.change({ 'b.ts': 'export const b = 20;' }));
    expect(take()).toBe('-it10 +it20');
  });

  it('also where a barrel leads elsewhere, or a global is written', async () => {
    const { t, take } = await loggingHost({
      'one.ts': "export const name = 'one';",
      'two.ts': "export const name = 'two'; export const more = 1;",
      'barrel.ts': "export * from './one.ts'; export { more } from './two.ts';",
      'global.ts': "globalThis.mood = 'calm';",
      'main.ts': script(`
          import { name } from './barrel.ts';
          import './global.ts';
          ${up('barrel:', 'name')}
          ${up('global:', 'globalThis.mood')}
        `),
    });
    await t.import('main.ts');
    expect(take()).toBe('+barrel:one +global:calm');
    committed(await t.change({ 'barrel.ts': "export { name, more } from './two.ts';" }));
    expect(take()).toBe('-barrel:one +barrel:two');
    committed(await t.change({ 'global.ts': "globalThis.mood = 'wild';" }));
    expect(take()).toBe('-global:calm +global:wild');
  });

  it('keeps the order of all: clean-ups importers first, then set-ups imports first', async () => {
    const { t, take } = await loggingHost({
      'n.ts': script(`export const n = 1; ${up('n', 'n')}`),
      'mid.ts': script(`import { n } from './n.ts'; ${up('x', 'n')} ${up('y', "''")} ${up('z', 'n')}`),
      'top.ts': script(
        `import './mid.ts'; import { n } from './n.ts'; export const twice = n * 2; ${up('top', 'twice')}`,
      ),
    });
    await t.import('top.ts');
    expect(take()).toBe('+n1 +x1 +y +z1 +top2');
    const outcome = committed(await t.change({ 'n.ts': script(`export const n = 2; ${up('n', 'n')}`) }));
    expect(take()).toBe('-top2 -z1 -x1 -n1 +n2 +x2 +z2 +top4');
    expect(outcome.evaluated).toEqual(['n.ts', 'top.ts']);
    expect(Object.keys(outcome.effects)).toEqual(['mid.ts']);
  });

  it('in a loop or under a condition: each that stands is set up again, and none that does not', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'main.ts': script(`
          import { n } from './n.ts';
          for (const name of ['a', 'b']) effect(() => { log('+' + name + n); return () => log('-' + name); });
        `),
      'none.ts': script(`import { n } from './n.ts'; if (Math.random() > 1) { ${up('never', 'n')} }`),
    });
    await t.import('main.ts');
    await t.import('none.ts');
    expect(take()).toBe('+a1 +b1');
    const { effects } = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect(take()).toBe('-b -a +a2 +b2');
    expect(Object.keys(effects)).toEqual(['main.ts']);
  });

  it('has what it made by the way made anew: entries of hooks, timers and effects inside it', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'main.ts': script(`
          import { n } from './n.ts';
          effect(() => {
            const at = n;
            setInterval(() => log('beat' + at), 1_000);
            effect(() => { log('+in' + at); return () => log('-in' + at); });
            return () => log('-out' + at);
          });
        `),
    });
    await t.import('main.ts');
    await t.clock.advance(600);
    committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect(take()).toBe('+in1 -in1 -out1 +in2');
    await t.clock.advance(400);
    expect(take()).toBe('beat2');
  });
});

describe('an effect is set up again alone, however it is asked for', () => {
  const it1 = "() => { const at = n; log('+it' + at); return () => log('-it' + at); }";
  const SCRIPT = "from 'rekindle/script'";
  it.each([
    ['under another name', `import { effect as fx } ${SCRIPT}; fx(${it1});`],
    ['through the namespace', `import * as rk ${SCRIPT}; rk.effect(${it1});`],
    ['as the value of a variable', `import { effect } ${SCRIPT}; export const stop = effect(${it1});`],
    ['through a barrel', `import { effect } from './barrel.ts'; effect(${it1});`],
    ['through a barrel under another name', `import { effect as fx } from './barrel.ts'; fx(${it1});`],
    ['through the namespace of a barrel', `import * as all from './barrel.ts'; all.effect(${it1});`],
    ['through a barrel of barrels', `import { effect } from './all.ts'; effect(${it1});`],
    ['through a barrel that renames it', `import { watch } from './renamed.ts'; watch(${it1});`],
    ['through the namespace of one that does', `import * as all from './renamed.ts'; all.watch(${it1});`],
    ['with a constant through one', `import { watch } from './renamed.ts'; const setUp = ${it1}; watch(setUp);`],
    ['with a constant', `import { effect } ${SCRIPT}; const setUp = ${it1}; effect(setUp);`],
    ['with an exported constant', `import { effect } ${SCRIPT}; export const setUp = ${it1}; effect(setUp);`],
    ['with a function below', `import { effect } ${SCRIPT}; effect(setUp); function setUp() { return (${it1})(); }`],
    [
      'with a function that is the default export',
      `import { effect } ${SCRIPT}; const setUp = ${it1}; effect(setUp); export { setUp as default };`,
    ],
    ['with a constant through a barrel', `import { own } from './barrel.ts'; const setUp = ${it1}; own(setUp);`],
  ])('%s', async (_, body) => {
    const modules = {
      'barrel.ts': "export { effect, own } from 'rekindle/script';",
      'renamed.ts': "export { effect as watch } from './barrel.ts';",
      'all.ts': "export * from './barrel.ts';",
      'n.ts': 'export const n = 1;',
      'main.ts': `import { log } from '@game/log'; import { n } from './n.ts'; log('body'); ${body}`,
    };
    const { t, take } = await loggingHost(modules);
    await t.import('main.ts');
    expect(take()).toBe('body +it1');
    const { evaluated, effects } = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect([evaluated, effects]).toEqual([['n.ts'], { 'main.ts': "observes 'n' of 'n.ts'" }]);
    expect(take()).toBe('-it1 +it2');
  });

  it('each effect that one function sets up, and those of the others not', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'main.ts': script(`
          import { n } from './n.ts';
          const setUp = ${it1};
          const other = () => log('+other');
          effect(setUp);
          effect(other);
          effect(setUp);
        `),
    });
    await t.import('main.ts');
    expect(take()).toBe('+it1 +other +it1');
    committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect(take()).toBe('-it1 -it1 +it2 +it2');
  });

  it('runs the module where the function comes from another one that ran', async () => {
    const { t, take } = await loggingHost({
      'set-up.ts': "import { log } from '@game/log'; export const setUp = () => log('+one');",
      'main.ts': script("import { setUp } from './set-up.ts'; effect(setUp);"),
    });
    await t.import('main.ts');
    const next = "import { log } from '@game/log'; export const setUp = () => log('+two');";
    const { evaluated } = committed(await t.change({ 'set-up.ts': next }));
    expect([evaluated, take()]).toEqual([['set-up.ts', 'main.ts'], '+one +two']);
  });

  it('runs the module where the barrel gives another effect', async () => {
    const { t, take } = await loggingHost({
      'barrel.ts': "export { effect } from 'rekindle/script';",
      'n.ts': 'export const n = 1;',
      'main.ts': `import { log } from '@game/log'; import { n } from './n.ts'; import { effect } from './barrel.ts'; effect(${it1});`,
    });
    await t.import('main.ts');
    const mine =
      "import { log } from '@game/log'; export const effect = (setUp: () => unknown) => { log('mine'); setUp(); };";
    const { evaluated, effects } = committed(await t.change({ 'barrel.ts': mine }));
    expect([evaluated, effects, take()]).toEqual([['barrel.ts', 'main.ts'], {}, '+it1 mine +it1 -it1']);
    const again = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect([again.evaluated, take()]).toEqual([['n.ts', 'main.ts'], 'mine +it2']);
  });
});

describe('a callback that is given by name', () => {
  it('to a hook does not run its module again when only it could observe a change', async () => {
    const tick = createHook<() => void>('tick');
    const { t, take } = await loggingHost(
      {
        'n.ts': 'export const n = 1;',
        'main.ts': script(
          "import { n } from './n.ts'; import { onTick } from '@game/tick'; const step = () => log('n' + n); onTick(step);",
        ),
      },
      { '@game/tick': { onTick: tick.add } },
    );
    await t.import('main.ts');
    tick.call();
    const { evaluated } = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    tick.call();
    expect([evaluated, take()]).toEqual([['n.ts'], 'n1 n2']);
  });

  it('to a timer neither; to a function that calls at once it does', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'call.ts': 'export const call = (fn: () => void) => fn();',
      'timer.ts': script("import { n } from './n.ts'; function step() { log('t' + n); } setInterval(step, 100);"),
      'now.ts': script(
        "import { n } from './n.ts'; import { call } from './call.ts'; const step = () => log('now' + n); call(step);",
      ),
    });
    await t.import('timer.ts');
    await t.import('now.ts');
    const { evaluated } = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    await t.clock.advance(100);
    expect([evaluated, take()]).toEqual([['n.ts', 'now.ts'], 'now1 now2 t2']);
  });

  it('from another module runs its module again when that one runs, and the hook has the new one', async () => {
    const tick = createHook<() => void>('tick');
    const { t, take } = await loggingHost(
      {
        'step.ts': "import { log } from '@game/log'; export const step = () => log('one');",
        'main.ts': "import { step } from './step.ts'; import { onTick } from '@game/tick'; onTick(step);",
      },
      { '@game/tick': { onTick: tick.add } },
    );
    await t.import('main.ts');
    const next = "import { log } from '@game/log'; export const step = () => log('two');";
    const { evaluated } = committed(await t.change({ 'step.ts': next }));
    tick.call();
    expect([evaluated, take()]).toEqual([['step.ts', 'main.ts'], 'two']);
  });

  it('an alias of what another module exports is the new one, too', async () => {
    const tick = createHook<() => void>('tick');
    const { t, take } = await loggingHost(
      {
        'step.ts': "import { log } from '@game/log'; export const step = () => log('one');",
        'main.ts':
          "import { step } from './step.ts'; import { onTick } from '@game/tick'; let mine; mine = step; const again = mine; onTick(again);",
      },
      { '@game/tick': { onTick: tick.add } },
    );
    await t.import('main.ts');
    committed(await t.change({ 'step.ts': "import { log } from '@game/log'; export const step = () => log('two');" }));
    tick.call();
    expect(take()).toBe('two');
  });
});

describe('a module runs again after all', () => {
  it.each([
    ['where its top level observes it too', "import { n } from './n.ts'; export const twice = n * 2;", 'n'],
    [
      'where a function that is not written in its text sets up',
      "import { n } from './n.ts'; const made = () => () => log('+it' + n); effect(made());",
      '',
    ],
    [
      'where the function that sets up may be another one by then',
      "import { n } from './n.ts'; function setUp() { log('+it' + n); } if (n > 5) setUp = () => {}; effect(setUp);",
      '',
    ],
    [
      'where a helper of its own sets up',
      `import { n } from './n.ts'; const helper = () => { ${up('it', 'n')} }; helper();`,
      '',
    ],
  ])('%s', async (_, body, value) => {
    const main = script(`${body} ${value === '' ? '' : up('it', value)}`);
    const { t } = await loggingHost({ 'n.ts': 'export const n = 1;', 'main.ts': main });
    await t.import('main.ts');
    const { evaluated, effects } = committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect([evaluated, effects]).toEqual([['n.ts', 'main.ts'], {}]);
  });
});

describe('a set-up that fails when it runs again', () => {
  const main = script(`
    import { n } from './n.ts';
    ${up('first', 'n')}
    effect(() => {
      if (n === 2) throw new Error('port in use');
      const at = n;
      log('+second' + at);
      return () => log('-second' + at);
    });
  `);

  it('refuses the release with its line; what was there is set up again', async () => {
    const { t, take } = await loggingHost({ 'n.ts': 'export const n = 1;', 'main.ts': main });
    await t.import('main.ts');
    take();
    const [diagnostic] = refused(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect(diagnostic).toMatchObject({ module: 'main.ts', line: 5 });
    expect(diagnostic?.message).toContain('port in use');
    expect(take()).toBe('-second1 -first1 +first2 -first2 +first1 +second1');
    expect(t.events.filter(({ type }) => type === 'effect:restarted')).toHaveLength(2);
    committed(await t.change({ 'n.ts': 'export const n = 3;' }));
    expect(take()).toBe('-second1 -first1 +first3 +second3');
  });

  it('leaves entries of hooks single and due times as they were, wherever in it that was', async () => {
    const tick = createHook<() => void>('tick');
    const { t, take } = await loggingHost(
      {
        'n.ts': 'export const n = 1;',
        'main.ts': script(`
          import { n } from './n.ts';
          import { onTick } from '@game/tick';
          effect(() => {
            const at = n;
            onTick(() => log('tick' + at));
            effect(() => void setInterval(() => log('beat' + at), 1_000));
            if (at === 2) throw new Error('port in use');
          });
          onTick(() => log('own'));
        `),
      },
      { '@game/tick': { onTick: tick.add } },
    );
    await t.import('main.ts');
    await t.clock.advance(600);
    refused(await t.change({ 'n.ts': 'export const n = 2;' }));
    tick.call();
    await t.clock.advance(400);
    expect(take()).toBe('own tick1 beat1');
    committed(await t.change({ 'n.ts': 'export const n = 3;' }));
    tick.call();
    await t.clock.advance(1_000);
    expect(take()).toBe('own tick3 beat3');
  });

  it('and one whose clean-up takes time is refused only where it is that which would be set up again', async () => {
    const slow = script(`
      import { m } from './m.ts';
      import { n } from './n.ts';
      effect(() => { log('+slow' + n); return async () => {}; });
      ${up('quick', 'm')}
    `);
    const { t, take } = await loggingHost({
      'm.ts': 'export const m = 1;',
      'n.ts': 'export const n = 1;',
      'main.ts': slow,
    });
    await t.import('main.ts');
    take();
    committed(await t.change({ 'm.ts': 'export const m = 2;' }));
    expect(take()).toBe('-quick1 +quick2');
    expect(codes(refused(await t.change({ 'n.ts': 'export const n = 2;' })))).toEqual(['EFFECT_ASYNC_CLEANUP']);
    expect(take()).toBe('');
  });
});

describe('beforehand', () => {
  it('explain and rehearse say what would be set up again, and nothing is', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'main.ts': script(`import { n } from './n.ts'; ${up('it', 'n')}`),
    });
    await t.import('main.ts');
    take();
    const main = await t.host.namespace('main');
    const { onChange, effectsOnChange } = await main.explain('n.ts');
    expect(onChange.map(({ module }) => module)).toEqual(['n.ts']);
    expect(effectsOnChange).toEqual([{ module: 'main.ts', reason: "observes 'n' of 'n.ts'" }]);
    await t.publish({ 'n.ts': 'export const n = 2;' });
    const { evaluated, effects } = await main.rehearse();
    expect([evaluated, effects]).toEqual([['n.ts'], { 'main.ts': "observes 'n' of 'n.ts'" }]);
    expect(take()).toBe('');
  });

  it('an edit of comments changes nothing of that', async () => {
    const main = script(`import { n } from './n.ts'; ${up('it', 'n')}`);
    const { t, take } = await loggingHost({ 'n.ts': 'export const n = 1;', 'main.ts': main });
    await t.import('main.ts');
    committed(await t.change({ 'main.ts': `// a comment\n${main.replace('const at', '/* at */ const at')}` }));
    take();
    committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    expect(take()).toBe('-it1 +it2');
  });

  it('a way back sets up again as the way there did', async () => {
    const { t, take } = await loggingHost({
      'n.ts': 'export const n = 1;',
      'main.ts': script(`import { n } from './n.ts'; ${up('it', 'n')}`),
    });
    await t.import('main.ts');
    committed(await t.change({ 'n.ts': 'export const n = 2;' }));
    take();
    const main = await t.host.namespace('main');
    committed(await main.revert());
    expect(take()).toBe('-it2 +it1');
  });
});
