import { createHook, createRegistry } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { codes, committed, hostOf, refused } from './stories.ts';

/** A hook that collects who was called, in order. */
function roll() {
  const hook = createHook<(called: string[]) => void>('roll');
  const call = (): string[] => {
    const called: string[] = [];
    hook.call(called);
    return called;
  };
  return { hook, call, modules: { '@game/api': { onRoll: hook.add } } };
}

const says = (...names: string[]) =>
  `import { onRoll } from '@game/api'; ${names.map((name) => `onRoll((called) => called.push('${name}'));`).join(' ')}`;

describe('callbacks of a hook', () => {
  it('stand in evaluation order, and keep their places over edits', async () => {
    const { hook, call, modules } = roll();
    const t = await hostOf(
      {
        'a.ts': says('a'),
        'b.ts': says('b1', 'b2'),
        'c.ts': says('c'),
        'main.ts': "import './a.ts'; import './b.ts'; import './c.ts';",
      },
      { modules, entries: ['main.ts'] },
    );
    expect(call()).toEqual(['a', 'b1', 'b2', 'c']);
    committed(await t.change({ 'a.ts': says('A1', 'A2') }));
    expect(call()).toEqual(['A1', 'A2', 'b1', 'b2', 'c']);
    committed(await t.change({ 'b.ts': says('B') }));
    committed(await t.change({ 'b.ts': 'export {};' }));
    committed(await t.change({ 'b.ts': says('B again') }));
    expect(call()).toEqual(['A1', 'A2', 'B again', 'c']);
    expect(hook.size).toBe(4);
  });

  it('of a module that comes in between stand in between', async () => {
    const { call, modules } = roll();
    const t = await hostOf(
      { 'a.ts': says('a'), 'c.ts': says('c'), 'main.ts': "import './a.ts'; import './c.ts';" },
      { modules, entries: ['main.ts'] },
    );
    committed(await t.change({ 'b.ts': says('b'), 'main.ts': "import './a.ts'; import './b.ts'; import './c.ts';" }));
    expect(call()).toEqual(['a', 'b', 'c']);
    committed(await t.change({ 'first.ts': says('first'), 'a.ts': `import './first.ts'; ${says('a')}` }));
    expect(call()).toEqual(['first', 'a', 'b', 'c']);
    committed(await t.change({ 'main.ts': "import './c.ts'; import './b.ts'; import './a.ts';" }));
    expect(call()).toEqual(['c', 'b', 'first', 'a']);
    committed(await t.change({ 'main.ts': "import './c.ts'; import './a.ts';" }));
    expect(call()).toEqual(['c', 'first', 'a']);
  });

  it('of what bodies import with import() stand behind all others, on which nothing is said by texts', async () => {
    const { call, modules } = roll();
    const t = await hostOf(
      {
        'a.ts': says('a'),
        'plugin.ts': says('plugin'),
        'main.ts': `import './a.ts'; await import('./plugin.ts'); ${says('main')}`,
        'z.ts': says('z'),
      },
      { modules, entries: ['main.ts', 'z.ts'] },
    );
    expect(call()).toEqual(['a', 'main', 'z', 'plugin']);
    committed(await t.change({ 'a.ts': says('A'), 'plugin.ts': says('Plugin') }));
    expect(call()).toEqual(['A', 'main', 'z', 'Plugin']);
  });

  it('are untouched by refusals of every kind', async () => {
    const { hook, call, modules } = roll();
    const t = await hostOf(
      { 'a.ts': says('a'), 'b.ts': says('b'), 'main.ts': "import './a.ts'; import './b.ts';" },
      { modules, entries: ['main.ts'], limits: { activate: 50 } },
    );
    for (const wrong of [
      "throw new Error('no');",
      'const = 1;',
      "import { nothing } from './b.ts'; nothing;",
      'for (;;);',
      "import { effect } from 'rekindle/script'; effect(() => { throw new Error('no'); });",
      "await null; throw new Error('no');",
    ]) {
      refused(await t.change({ 'a.ts': `${says('A', 'A2')} ${wrong}`, 'b.ts': says('B') }));
      expect(call()).toEqual(['a', 'b']);
      expect(hook.size).toBe(2);
    }
  });

  it('that a helper makes for others belong to the others', async () => {
    const { call, modules } = roll();
    const t = await hostOf(
      {
        'helper.ts':
          "import { onRoll } from '@game/api'; export const say = (name: string) => onRoll((called) => called.push(name));",
        'a.ts': "import { say } from './helper.ts'; say('a');",
        'b.ts': "import { say } from './helper.ts'; say('b');",
        'main.ts': "import './a.ts'; import './b.ts';",
      },
      { modules, entries: ['main.ts'] },
    );
    committed(await t.change({ 'a.ts': "import { say } from './helper.ts'; say('A');" }));
    expect(call()).toEqual(['A', 'b']);
    committed(await t.change({ 'a.ts': 'export {};' }));
    expect(call()).toEqual(['b']);
  });

  it('are left alone by an edit below them: to add is not to call', async () => {
    const { call, modules } = roll();
    const t = await hostOf(
      {
        'name.ts': "export const name = 'v1';",
        'a.ts':
          "import { onRoll } from '@game/api'; import { name } from './name.ts'; onRoll((called) => called.push(name));",
      },
      { modules, entries: ['a.ts'] },
    );
    const outcome = committed(await t.change({ 'name.ts': "export const name = 'v2';" }));
    expect(outcome.evaluated).toEqual(['name.ts']);
    expect(call()).toEqual(['v2']);
  });
});

describe('definitions in a registry', () => {
  it('are replaced in their place; two modules with one key are refused with both names', async () => {
    const items = createRegistry<number>('items');
    const sets = (entries: Record<string, number>) =>
      `import { item } from '@game/api'; ${Object.entries(entries)
        .map(([key, value]) => `item('${key}', ${value});`)
        .join(' ')}`;
    const t = await hostOf(
      {
        'a.ts': sets({ sword: 1, shield: 2 }),
        'b.ts': sets({ bow: 3 }),
        'main.ts': "import './a.ts'; import './b.ts';",
      },
      { modules: { '@game/api': { item: items.set } }, entries: ['main.ts'] },
    );
    committed(await t.change({ 'a.ts': sets({ axe: 4, sword: 5 }) }));
    expect([...items.entries()]).toEqual([
      ['axe', 4],
      ['sword', 5],
      ['bow', 3],
    ]);
    const diagnostics = refused(await t.change({ 'b.ts': sets({ bow: 6, sword: 7 }) }));
    expect(codes(diagnostics)).toEqual(['REGISTRY_CONFLICT']);
    expect(diagnostics[0]?.message).toContain("'b.ts' and 'a.ts' both set 'sword'");
    expect([...items.entries()]).toEqual([
      ['axe', 4],
      ['sword', 5],
      ['bow', 3],
    ]);
  });
});
