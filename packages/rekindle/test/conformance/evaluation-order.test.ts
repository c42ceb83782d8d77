/**
 * Evaluate (ECMA-262 16.2.1.6.5): every module runs once, what it imports first, in the order of the text.
 */
import { describe, expect, it } from 'vitest';
import { rulesOfOrder, rulesOfValues, world } from './cases.ts';

/** A module that imports these and then logs its name. */
const module = (name: string, ...imports: string[]) =>
  `import { log } from 'log';\n${imports.map((id) => `import './${id}.js';`).join('\n')}\nlog('${name}');`;

describe('modules run', () => {
  rulesOfOrder([
    {
      rule: 'depth first, in the order of their imports',
      of: { 'main.js': module('main', 'a', 'b'), 'a.js': module('a', 'c'), 'b.js': module('b'), 'c.js': module('c') },
      logs: ['c', 'a', 'b', 'main'],
    },
    {
      rule: 'once, though several import them',
      of: {
        'main.js': module('main', 'a', 'b', 'a'),
        'a.js': module('a', 'c'),
        'b.js': module('b', 'c'),
        'c.js': module('c'),
      },
      logs: ['c', 'a', 'b', 'main'],
    },
    {
      rule: 'before their importers whatever the form: export from, export *, an empty list',
      of: {
        'main.js': `import { log } from 'log'; export { x } from './a.js'; export * from './b.js'; export * as c from './c.js'; export {} from './d.js'; import {} from './e.js'; log('main');`,
        'a.js': `${module('a')} export const x = 1;`,
        'b.js': module('b'),
        'c.js': module('c'),
        'd.js': module('d'),
        'e.js': module('e'),
      },
      logs: ['a', 'b', 'c', 'd', 'e', 'main'],
    },
    {
      rule: 'before the first statement, though the import stands last',
      of: { 'main.js': "import { log } from 'log'; log('main'); import './a.js';", 'a.js': module('a') },
      logs: ['a', 'main'],
    },
    {
      rule: 'in a cycle, the one that was entered first last',
      of: {
        'main.js': module('main', 'a'),
        'a.js': module('a', 'b'),
        'b.js': module('b', 'c'),
        'c.js': module('c', 'a'),
      },
      logs: ['c', 'b', 'a', 'main'],
    },
    {
      rule: 'in two cycles that meet',
      of: {
        'main.js': module('main', 'a', 'c'),
        'a.js': module('a', 'b'),
        'b.js': module('b', 'a', 'c'),
        'c.js': module('c', 'd'),
        'd.js': module('d', 'c', 'b'),
      },
      logs: ['d', 'c', 'b', 'a', 'main'],
    },
    { rule: 'though they import themselves', of: { 'main.js': module('main', 'main') }, logs: ['main'] },
    {
      rule: 'in a chain of a thousand',
      of: Object.fromEntries([
        ['main.js', module('main', 'm0')],
        ...Array.from({ length: 1000 }, (_, index) => [
          `m${index}.js`,
          index === 999 ? module('deepest') : `import './m${index + 1}.js';`,
        ]),
      ]),
      logs: ['deepest', 'main'],
    },
  ]);
});

describe('a body that throws', () => {
  it('stops what comes after it, and the import rejects with what it threw', async () => {
    const { t, logged } = await world({
      'main.js': module('main', 'a', 'b', 'c'),
      'a.js': module('a'),
      'b.js': `${module('b')} throw { what: 'any value' };`,
      'c.js': module('c'),
    });
    await expect(t.import('main.js')).rejects.toMatchObject({ code: 'BODY_THREW', cause: { what: 'any value' } });
    expect(logged).toEqual(['a', 'b']);
    expect(t.host.modules()).toEqual([]);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ["''", ''],
    ["'text'", 'text'],
  ])('may throw %s', async (text, value) => {
    const { t } = await world(`throw ${text};`);
    const error = await t.import('main.js').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ScriptLoadError', code: 'BODY_THREW' });
    expect(error).toHaveProperty('cause', value);
  });

  rulesOfValues([
    {
      rule: 'is what import() rejects with',
      of: {
        'main.js':
          "export const result = () => import('./a.js').catch((error) => [error.constructor === globalThis.Thrown, error.what]);",
        'a.js': 'globalThis.Thrown = class {}; throw Object.assign(new Thrown(), { what: 1 });',
      },
      gives: [true, 1],
    },
  ]);
});
