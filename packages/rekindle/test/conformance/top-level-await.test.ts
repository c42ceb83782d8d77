/**
 * Modules that await (ECMA-262 16.2.1.6.5, with [[HasTLA]]): where `await` may stand, and the order in which they go on.
 */
import { describe, expect, it } from 'vitest';
import { type Calls, rejection } from '../stories.ts';
import { rulesOfOrder, rulesOfValues, world } from './cases.ts';

describe('await stands at the top level', () => {
  const forms: Record<string, readonly [string, unknown]> = {
    'as a statement': ['let r = 0; await (r = 1); export const result = r;', 1],
    'in a declaration': ['export const result = await 1;', 1],
    'in a pattern': [
      'const { a, b = await 2, [await "c"]: c } = await { a: 1, c: 3 }; export const result = [a, b, c];',
      [1, 2, 3],
    ],
    'as a default export': [
      "import value from './main.js'; export default await 1; export const result = () => value;",
      1,
    ],
    'in a default function call': [
      "import value from './main.js'; export default (await (async () => 1)()); export const result = () => value;",
      1,
    ],
    'in operators': [
      'export const result = [1 + await 2, await 1 + 2, !await 0, void await 1, typeof await 1, -await 1, (await 2) ** 2].map(String);',
      ['3', '3', 'true', 'undefined', 'number', '-1', '4'],
    ],
    'in calls': ['const f = (...all) => all; export const result = f(await 1, ...await [2, 3]);', [1, 2, 3]],
    'in a member': [
      'export const result = [(await { a: 1 }).a, { k: 2 }[await "k"], (await null)?.a];',
      [1, 2, undefined],
    ],
    'in a template': [`export const result = \`\${await 1}-\${await 2}\`;`, '1-2'],
    'in a tagged template': [
      `const tag = (strings, ...values) => values; export const result = tag\`\${await 1}\`;`,
      [1],
    ],
    'in literals': [
      'export const result = [await 1, { a: await 2, [await "b"]: 3, ...await { c: 4 } }];',
      [1, { a: 2, b: 3, c: 4 }],
    ],
    'in new': ['export const result = new (await Set)([await 1]).size;', 1],
    'in a conditional': ['export const result = await true ? await 1 : 2;', 1],
    'in logical operators': [
      'export const result = [await 0 || await 1, await null ?? await 2, await 1 && await 3];',
      [1, 2, 3],
    ],
    'in an assignment': [
      'let a = 1; a += await 2; let o = {}; o[await "k"] = await 3; export const result = [a, o.k];',
      [3, 3],
    ],
    'in an assignment to an export': [
      "import { a as seen } from './main.js'; export let a = 1; a = await 2; a += await 3; export const result = () => [a, seen];",
      [5, 5],
    ],
    'in a pattern of an export': [
      "import { a as seen } from './main.js'; export let a = 1; [a = await 5] = [await undefined]; export const result = () => [a, seen];",
      [5, 5],
    ],
    'in a class': [
      'class A extends (await Array) { static [await "a"] = 1; } export const result = [A.a, new A() instanceof Array];',
      [1, true],
    ],
    'in if': ['let r; if (await true) r = await 1; else r = 2; export const result = r;', 1],
    'in for': ['let n = 0; for (let i = await 0; i < await 3; i += await 1) n += i; export const result = n;', 3],
    'in for-of and for-in': [
      'const r = []; for (const a of await [1, 2]) r.push(await a); for (const k in await { x: 1 }) r.push(k); export const result = r;',
      [1, 2, 'x'],
    ],
    'in for-await': [
      'const r = []; for await (const a of [Promise.resolve(1), 2]) r.push(a); for await (const a of (async function* () { yield 3; })()) r.push(a); export const result = r;',
      [1, 2, 3],
    ],
    'in while and do': [
      'let n = 0; while (await (n < 2)) n++; do n++; while (await (n < 5)); export const result = n;',
      5,
    ],
    'in switch': [
      'let r; switch (await 1) { case await 1: r = await "one"; break; default: r = "none"; } export const result = r;',
      'one',
    ],
    'in try': [
      'let r = []; try { await Promise.reject(1); } catch (e) { r.push(e, await 2); } finally { r.push(await 3); } export const result = r;',
      [1, 2, 3],
    ],
    'in a block and behind a label': [
      'let r = 0; { await 1; r = 1; } a: { await 1; break a; } export const result = r;',
      1,
    ],
    'in throw, which is caught': ['let r; try { throw await 1; } catch (e) { r = e; } export const result = r;', 1],
    'before a regular expression': ['export const result = (await /a/).source;', 'a'],
    twice: ['export const result = await await Promise.resolve(Promise.resolve(1));', 1],
    'in the parameter of a catch': [
      'let r; try { throw {}; } catch ({ a = await 1 }) { r = a; } export const result = r;',
      1,
    ],
    'in an awaiting loop over import()s, until one rejects': [
      "const seen = []; try { for await (const ns of [import('./a.js'), import('./throws.js'), import('./a.js')]) seen.push(ns.x); } catch (error) { seen.push(error); } export const result = seen;",
      ['a', 'thrown'],
    ],
    'of an import() that loads on and on': [
      "let n = 0; while (n < 3) n = (await import('./count.js')).count(); export const result = n;",
      3,
    ],
    'of a thenable whose then throws': [
      "let r; try { await { then() { throw 'then'; } }; } catch (e) { r = e; } export const result = r;",
      'then',
    ],
    'of a thenable whose then is a getter that throws': [
      "let r; try { await { get then() { throw 'getter'; } }; } catch (e) { r = e; } export const result = r;",
      'getter',
    ],
    'of new, and new of await in parentheses': [
      "let r; try { await new (class { constructor() { throw 'new'; } })(); } catch (e) { r = e; } export const result = [r, new (await Array)(2).length];",
      ['new', 2],
    ],
    'of every literal': [
      "export const result = [await 0, await '', await null, await /a/.source, await `t`, await [1], await { a: 1 }, await this, await (() => 2)(), await (async () => 3)(), (await function () {}).name];",
      [0, '', null, 'a', 't', [1], { a: 1 }, undefined, 2, 3, ''],
    ],
    'of a promise that is exported, which stays one': [
      "import { a as seen } from './main.js'; export const a = Promise.resolve(1); export const result = async () => [seen instanceof Promise, await seen];",
      [true, 1],
    ],
    'of a thenable': ['export const result = await { then(resolve) { resolve(1); } };', 1],
    'of what has a then that is no function': ['export const result = (await { then: 1 }).then;', 1],
    'in using': [
      'const log = []; { await using a = { async [Symbol.asyncDispose]() { log.push("disposed"); } }; log.push("body"); } export const result = log;',
      ['body', 'disposed'],
    ],
  };
  const others = {
    'a.js': "export const x = 'a';",
    'throws.js': "throw 'thrown';",
    'count.js': 'let n = 0; export const count = () => ++n;',
  };
  rulesOfValues(
    Object.entries(forms).map(([rule, [of, gives]]) => ({ rule, of: { 'main.js': of, ...others }, gives })),
  );
});

/** A module that logs its beginning, awaits so many times, and logs its end. */
const awaiting = (name: string, times: number, ...imports: string[]) =>
  `import { log } from 'log'; ${imports.map((id) => `import './${id}.js';`).join(' ')} log('${name}'); ${'await null; '.repeat(times)} ${times > 0 ? `log('${name} end');` : ''}`;

describe('modules that await', () => {
  rulesOfOrder([
    {
      rule: 'keep their importer waiting, and not their siblings',
      of: {
        'main.js': awaiting('main', 0, 'a', 'b', 'c'),
        'a.js': awaiting('a', 3),
        'b.js': awaiting('b', 1),
        'c.js': awaiting('c', 0),
      },
      logs: ['a', 'b', 'c', 'b end', 'a end', 'main'],
    },
    {
      rule: 'keep their importers waiting through modules that do not await',
      of: {
        'main.js': awaiting('main', 0, 'mid', 'other'),
        'mid.js': awaiting('mid', 0, 'a'),
        'a.js': awaiting('a', 2),
        'other.js': awaiting('other', 0),
      },
      logs: ['a', 'other', 'a end', 'mid', 'main'],
    },
    {
      rule: 'go on in the order in which they were met, when one was waited for by several',
      of: {
        'main.js': awaiting('main', 0, 'x', 'y', 'z'),
        'x.js': awaiting('x', 0, 'a'),
        'y.js': awaiting('y', 0, 'a'),
        'z.js': awaiting('z', 1, 'a'),
        'a.js': awaiting('a', 1),
      },
      logs: ['a', 'a end', 'x', 'y', 'z', 'z end', 'main'],
    },
    {
      rule: 'wait for all that they import',
      of: {
        'main.js': awaiting('main', 1, 'a', 'b'),
        'a.js': awaiting('a', 1),
        'b.js': awaiting('b', 4),
      },
      logs: ['a', 'b', 'a end', 'b end', 'main', 'main end'],
    },
    {
      rule: 'in a cycle run once, each after what it met first',
      of: {
        'main.js': awaiting('main', 0, 'a'),
        'a.js': awaiting('a', 1, 'b'),
        'b.js': awaiting('b', 1, 'c'),
        'c.js': awaiting('c', 1, 'a'),
      },
      logs: ['c', 'c end', 'b', 'b end', 'a', 'a end', 'main'],
    },
    {
      rule: 'of a cycle keep those outside waiting for the whole cycle',
      of: {
        'main.js': awaiting('main', 0, 'a', 'outside'),
        'a.js': awaiting('a', 1, 'b'),
        'b.js': awaiting('b', 1, 'a'),
        'outside.js': awaiting('outside', 0, 'b'),
      },
      logs: ['b', 'b end', 'a', 'a end', 'outside', 'main'],
    },
    {
      rule: 'take a turn for each await, and none where nobody awaits',
      of: {
        'main.js':
          "import { log } from 'log'; import './ticks.js'; import './sync.js'; log('main'); await null; log('main end');",
        'ticks.js':
          "import { log } from 'log'; Promise.resolve().then(() => log('turn 1')).then(() => log('turn 2')); await null; log('awaited 1'); await null; log('awaited 2');",
        'sync.js': "import { log } from 'log'; log('sync');",
      },
      logs: ['sync', 'turn 1', 'awaited 1', 'turn 2', 'awaited 2', 'main', 'main end'],
    },
    {
      rule: 'that import themselves go on as others do',
      of: {
        'main.js':
          "import * as self from './main.js'; import { log } from 'log'; log('main'); Promise.resolve().then(() => log('turn')); await null; log(typeof self); ",
      },
      logs: ['main', 'turn', 'object'],
    },
    {
      rule: 'are not run again by an import() that comes while they wait, which waits for them',
      of: {
        'main.js': "import './slow.js'; import './asks.js'; import { log } from 'log'; log('main'); await loading;",
        'slow.js': "import { log } from 'log'; log('slow'); await null; await null; await null; log('slow end');",
        'asks.js':
          "import { log } from 'log'; globalThis.loading = import('./slow.js').then(() => log('import() has it')); log('asks'); await null; log('asks end');",
      },
      logs: ['slow', 'asks', 'asks end', 'slow end', 'main', 'import() has it'],
    },
    {
      rule: 'may import each other with import()',
      of: {
        'main.js': "import { log } from 'log'; log('main'); await import('./a.js'); log('main end');",
        'a.js': awaiting('a', 1, 'b'),
        'b.js': awaiting('b', 1),
      },
      logs: ['main', 'b', 'b end', 'a', 'a end', 'main end'],
    },
  ]);

  it('that reject stop their importers, and let their siblings end', async () => {
    const { t, logged } = await world({
      'main.js': awaiting('main', 0, 'a', 'b'),
      'a.js': "import { log } from 'log'; log('a'); await null; throw new Error('a');",
      'b.js': awaiting('b', 3),
    });
    const error = await rejection(t.import('main.js'));
    expect(error).toMatchObject({ code: 'BODY_THREW', cause: { message: 'a' } });
    expect(logged.slice(0, 2)).toEqual(['a', 'b']);
    expect(logged).not.toContain('main');
  });

  it('reject their importers, in the turn after them', async () => {
    const { t, logged } = await world({
      'main.js':
        "import { log } from 'log'; export const go = () => import('./importer.js').catch((error) => log('importer: ' + error.message));",
      'importer.js': "import './rejects.js'; import { log } from 'log'; log('never');",
      'rejects.js':
        "import { log } from 'log'; log('begin'); await null; Promise.resolve().then(() => log('turn')); throw new Error('rejects');",
    });
    const { go } = await t.import<Calls<'go', Promise<unknown>>>('main.js');
    await go();
    expect(logged).toEqual(['begin', 'turn', 'importer: rejects']);
  });

  it('reject with the first error, and no rejection is left unhandled', async () => {
    const { t } = await world({
      'main.js': "import './slow.js'; import './fast.js';",
      'slow.js': "await null; await null; await null; throw new Error('slow');",
      'fast.js': "await null; throw new Error('fast');",
    });
    expect(await rejection(t.import('main.js'))).toMatchObject({ cause: { message: 'fast' } });
  });

  it('let import()s settle in the order of their modules, leaf before root', async () => {
    const { t, logged } = await world({
      'main.js':
        "import { log } from 'log'; export const go = () => Promise.allSettled([import('./leaf.js').finally(() => log('leaf')), import('./root.js').finally(() => log('root'))]);",
      'root.js': "import './leaf.js';",
      'leaf.js': 'await null; await null; await null;',
    });
    const { go } = await t.import<Calls<'go', Promise<unknown>>>('main.js');
    await go();
    expect(logged).toEqual(['leaf', 'root']);
  });
});
