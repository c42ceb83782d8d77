import { describe, expect, it } from 'vitest';
import { artifactOf, warningsOf } from './run.ts';

const SCRIPT = "import { state, task, effect, listen, live, signal } from 'rekindle/script';\n";

function told(source: string, id = 'main.ts') {
  return warningsOf(source, id).map(({ code, line, column }) => [code, line, column]);
}

describe('a listener of the top level that nothing takes back', () => {
  it.each([
    ["import { bus } from '@arena/api';\nbus.on('chat', (text) => text);", 2, 5],
    ["import { game } from '@arena/api';\ngame.bus.on('chat', hear);\nfunction hear() {}", 2, 10],
    ["import * as api from '@arena/api';\napi.bus.addListener('chat', hear);\nfunction hear() {}", 2, 9],
    ["import bus from 'bus';\nbus?.subscribe((text: string) => text);", 2, 6],
    ["process.on('SIGUSR2', () => 1);", 1, 9],
    ["import { page } from 'page';\nif (page) {\n  page.addEventListener('x', () => 1);\n}", 3, 8],
    ["import { interval } from 'rxjs';\ninterval(1_000).subscribe(() => 1);", 2, 17],
    ["import { bus } from 'bus';\nsetUp();\nfunction setUp() { bus.on('chat', () => 1); }", 3, 24],
    ["import { bus } from 'bus';\n(() => { bus.on('chat', () => 1); })();", 2, 14],
    ["import { bus } from 'bus';\nconst it = bus.subscribe(() => 1);\nexport const at = () => it;", 2, 16],
    [`${SCRIPT}const bus = state('bus', () => make());\nbus.on('chat', () => 1);\nconst make = () => ({});`, 3, 5],
  ])('%s', (source, line, column) => {
    expect(told(source)).toEqual([['LISTENER_LEFT', line, column]]);
  });

  it('says what to write instead', () => {
    const [warning] = warningsOf("import { bus } from 'bus';\nbus.on('chat', () => 1);", 'main.ts');
    expect(warning?.message).toBe(
      "'bus.on' at top level is not taken back when this version ends: after an edit, both versions hear it",
    );
    expect(warning?.hint).toContain('listen(bus, …)');
    expect(warning?.frame).toContain('> 2 | bus.on');
  });

  it.each([
    `${SCRIPT}import { bus } from 'bus';\nlisten(bus, 'chat', () => 1);`,
    `${SCRIPT}import { bus } from 'bus';\neffect(() => { bus.on('chat', () => 1); });`,
    `${SCRIPT}import { bus } from 'bus';\nbus.addEventListener('chat', () => 1, { signal });`,
    "import.meta.hot?.on('weather', () => 1);",
    "if (import.meta.hot) import.meta.hot.on('weather', () => 1);",
    "const hot = import.meta.hot;\nhot.on('weather', () => 1);",
    // its emitter goes with the version
    "import { EventEmitter } from 'node:events';\nconst own = new EventEmitter();\nown.on('x', () => 1);",
    // taken back by its author
    "import { bus } from 'bus';\nconst f = () => 1;\nbus.on('x', f);\nimport.meta.hot?.dispose(() => bus.off('x', f));",
    // not at top level
    "import { bus } from 'bus';\nexport const later = () => bus.on('x', () => 1);",
    "import { bus } from 'bus';\nexport class A { a() { bus.on('x', () => 1); } }",
    "import { api } from 'api';\napi.onTick(() => bus());\nfunction bus() {}",
    // a condition of a query
    "import { query } from 'query';\nquery.on('a.id', 'b.id');",
    // somebody else of the same name
    "import { bus } from 'bus';\nfor (const bus of []) bus.on('x', () => 1);",
  ])('none for %s', (source) => {
    expect(told(source)).toEqual([]);
  });

  it('leaves to the host whether what is imported takes itself back', () => {
    const [warning] = artifactOf("import * as api from 'api';\napi.game.chat.on('x', () => 1);").warnings ?? [];
    expect(warning?.receiver).toEqual({ import: 1, path: ['chat'], method: 'on' });
  });
});

describe('an endless asynchronous loop outside of a task', () => {
  const body = 'await wait();';
  it.each([
    [`for (;;) { ${body} }\nasync function wait() {}`, 1, 1],
    [`async function loop() {\n  while (true) { ${body} }\n}\nloop();\nasync function wait() {}`, 2, 3],
    [`const loop = async () => {\n  do { ${body} } while (true);\n};\nvoid loop();\nasync function wait() {}`, 2, 3],
    [`void (async () => { for (;;) { ${body} } })();\nasync function wait() {}`, 1, 21],
    [
      `start();\nfunction start() { loop(); }\nasync function loop() { for (;;) ${body} }\nasync function wait() {}`,
      3,
      25,
    ],
    [`for (;;) { for (const a of [1]) { if (a) break; } ${body} }\nasync function wait() {}`, 1, 1],
  ])('%s', (source, line, column) => {
    expect(told(source)).toEqual([['ENDLESS_LOOP', line, column]]);
  });

  it.each([
    `${SCRIPT}task('x', async ({ sleep }) => { for (;;) { await sleep(1); } });`,
    `${SCRIPT}task('x', loop);\nasync function loop({ sleep }) { for (;;) { await sleep(1); } }`,
    `async function loop() { while (true) { if (await done()) return; } }\nloop();\nasync function done() {}`,
    `async function loop() { while (true) { if (await done()) break; } }\nloop();\nasync function done() {}`,
    `${SCRIPT}async function loop() { while (true) { signal.throwIfAborted(); await 1; } }\nloop();`,
    'export async function loop() { for (;;) { await 1; } }',
    'let n = 3;\nwhile (n) { n -= 1; await 1; }',
    'for (let i = 0; i < 3; i += 1) { await 1; }',
    'function* ids() { for (;;) yield 1; }\nids();',
  ])('none for %s', (source) => {
    expect(told(source)).toEqual([]);
  });
});

describe('a slot that is made with what belongs to one version', () => {
  it.each([
    ["state('x', () => ({ timer: setInterval(() => 1, 5) }));", 'SLOT_HOLDS_TIMER', "in 'timer'", 28],
    ["state('x', () => setTimeout(() => 1, 5));", 'SLOT_HOLDS_TIMER', "'x' holds a timer,", 18],
    ["export const x = state('x', () => ({ on: { hit: () => 1 } }));", 'SLOT_HOLDS_CODE', "in 'on.hit'", 49],
    ["state('x', () => ({ hit() { return 1; } }));", 'SLOT_HOLDS_CODE', "in 'hit'", 21],
    ["state('x', () => () => 1);", 'SLOT_HOLDS_CODE', "'x' holds a function,", 18],
    ["state('x', () => { const a = 1; return { hit: () => a }; });", 'SLOT_HOLDS_CODE', "in 'hit'", 47],
  ])('%s', (source, code, words, column) => {
    const [warning, ...others] = warningsOf(`${SCRIPT}${source}`, 'main.ts');
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ code, line: 2, column });
    expect(warning?.message).toContain(words);
  });

  it('also through a namespace import and under another name', () => {
    expect(told("import * as r from 'rekindle/script';\nr.state('x', () => ({ f: () => 1 }));")).toHaveLength(1);
    expect(told("import { state as slot } from 'rekindle/script';\nslot('x', () => ({ f: () => 1 }));")).toHaveLength(
      1,
    );
  });

  it.each([
    `${SCRIPT}state('x', () => ({ gold: 0, at: [1], names: new Map() }));`,
    `${SCRIPT}const f = live(() => 1);\nstate('x', () => ({ f }));`,
    `${SCRIPT}state('server', () => make(live(() => 1)));\nfunction make(it: unknown) { return { it }; }`,
    "import { state } from './my-state.ts';\nstate('x', () => ({ f: () => 1 }));",
    'const state = (name: string, init: () => object) => init();\nstate("x", () => ({ f: () => 1 }));',
  ])('none for %s', (source) => {
    expect(told(source)).toEqual([]);
  });
});

describe('the slots of a module', () => {
  it('are told with place, version and shape', () => {
    const source = `${SCRIPT}export const bounty = state('bounty', () => ({ gold: 0, by: { name: '' }, all: [] }), {
  version: 2,
  up: { 2: (old) => old },
});
state('herd', () => new Map<string, number>());
state('made', make);
state('open', () => ({ hp: -1, ready: !1, who: make() }), options);
state('given', given);
function make() { return {}; }
declare const given: () => object;
declare const options: object;`;
    expect(artifactOf(source).slots).toEqual([
      {
        name: 'bounty',
        at: { line: 2, column: 23 },
        version: 2,
        shape: {
          kind: 'Object',
          keys: {
            gold: { kind: 'number' },
            by: { kind: 'Object', keys: { name: { kind: 'string' } } },
            all: { kind: 'Array' },
          },
        },
      },
      { name: 'herd', at: { line: 6, column: 1 }, version: 1, shape: { kind: 'Map' } },
      { name: 'made', at: { line: 7, column: 1 }, version: 1, shape: { kind: 'Object', keys: {} } },
      {
        name: 'open',
        at: { line: 8, column: 1 },
        version: null,
        shape: {
          kind: 'Object',
          keys: { hp: { kind: 'number' }, ready: { kind: 'boolean' }, who: { kind: 'unknown' } },
        },
      },
      { name: 'given', at: { line: 9, column: 1 }, version: 1, shape: null },
    ]);
  });
});
