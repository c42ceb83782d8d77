import { describe, expect, it } from 'vitest';
import type { Artifact, Mention } from '../src/index.ts';
import { areSame, artifactOf } from './run.ts';

interface Readable {
  observes: string[];
  runs: string[];
  mentions: Record<string, string[]>;
  callbacks: { import: string | null; region: string }[];
}

/** Facts with the local names of import entries in place of their indexes, and callbacks numbered in place of offsets. */
function readable({ facts, imports }: Artifact): Readable {
  const regions = new Map(facts.callbacks.map(({ region }, index) => [region, `callback ${index}`]));
  const name = (mention: Mention) => (typeof mention === 'number' ? (imports[mention]?.local ?? '?') : mention);
  const names = (mentions: readonly Mention[]) => mentions.map(name).map((text) => regions.get(text) ?? text);
  return {
    observes: names(facts.observes),
    runs: names(facts.runs),
    mentions: Object.fromEntries(
      Object.entries(facts.mentions).map(([region, mentions]) => [regions.get(region) ?? region, names(mentions)]),
    ),
    callbacks: facts.callbacks.map((callback) => ({
      import: callback.import === null ? null : name(callback.import),
      region: regions.get(callback.region) ?? callback.region,
    })),
  };
}

const IMPORTS = "import { a, b, f, onTick } from 'x';\nimport * as ns from 'y';\n";

function factsOf(source: string): Readable {
  // the trailing export keeps what is imported without being mentioned elsewhere out of the facts' way
  return readable(artifactOf(IMPORTS + source, { id: 'main.js' }));
}

describe('what the top level observes', () => {
  it.each([
    ['a value that it reads', 'export const x = a;', ['a'], []],
    ['nothing that only stored code reads', 'export const x = () => a;', [], []],
    ['nothing that a declared function reads', 'export function x() { return a; }', [], []],
    ['what it may run', 'export const x = f();', ['f'], ['f']],
    ['the arguments of what it runs', 'export const x = f(!a);', ['f', 'a'], ['f', 'a']],
    ['what it gives away by name', 'export const x = f(a);', ['f', 'a'], ['f']],
    ['what a conversion may run', 'export const x = a + 1;', ['a'], ['a']],
    ['what a comparison cannot run', 'export const x = a === b;', ['a', 'b'], []],
    ['what a getter may run', 'export const x = a.b;', ['a'], ['a']],
    ['a member of a namespace by its name', 'export const x = ns.p;', ['ns.p'], ['ns.p']],
    ['a whole namespace', 'export const x = ns;', ['ns'], []],
    ['a computed member of a namespace', 'export const x = ns[a];', ['ns', 'a'], ['ns', 'a']],
    ['code in a function that is called at once', 'export const x = (() => a)();', ['a'], ['a']],
    ['code in a function that is given away', 'export const x = [1].map(() => a);', ['a'], ['a']],
    ['a heritage', 'export class X extends a {}', ['a'], ['a']],
    ['a static field', 'export class X { static s = a; }', ['a'], []],
    ['a static block', 'export class X { static { f(); } }', ['f'], ['f']],
    ['no instance field', 'export class X { i = a; m() { return b; } }', [], []],
    ['a computed key', 'export const x = { [a]: 1 };', ['a'], ['a']],
    ['an object of stored functions not', 'export const x = { m() { return a; }, n: () => b };', [], []],
    ['a frozen object of stored functions not', 'export const x = Object.freeze({ m: () => a });', [], []],
    ['a branch of stored functions not', 'export const x = ns.p ? () => a : () => b;', ['ns.p'], ['ns.p']],
    ['a write', 'let y; y = a;', ['y', 'a'], []],
    ['a global that is not a standard one', 'export const x = registry;', ['g:registry'], []],
    ['a member of globalThis', 'export const x = globalThis.registry;', ['g:registry'], ['g:registry']],
    ['any global', 'export const x = f(globalThis);', ['f', 'g:*'], ['f', 'g:*']],
    ['no standard global', 'export const x = [console, Math, setTimeout, URL];', [], []],
    ['an import in a loop', 'for (const y of a) f(y);', ['a', 'f'], ['a', 'f']],
    ['default values of a pattern', 'export const { x = a } = b;', ['a', 'b'], ['a', 'b']],
    ['a default export', 'export default a;', ['a'], []],
    ['nothing that a default function reads', 'export default () => a;', [], []],
    ['a tag', 'export const x = f`$' + '{a}`;', ['f', 'a'], ['f', 'a']],
    ['an inert construction', 'export const x = new Map();', [], []],
    ['a construction with arguments', 'export const x = new Map(a);', ['a'], ['a']],
  ])('%s: %s', (_, source, observes, runs) => {
    const facts = factsOf(source);
    expect({ observes: facts.observes, runs: facts.runs }).toEqual({ observes, runs });
  });

  it('its own bindings, through which code is reached', () => {
    const facts = factsOf('const g = () => a; export const x = g();');
    expect(facts).toMatchObject({ observes: ['g'], runs: ['g'], mentions: { g: ['a'], x: ['g'] } });
  });
});

describe('what a binding mentions', () => {
  it('code of functions, methods and fields', () => {
    const { mentions } = factsOf(`
      export function one() { return a + two(); }
      const two = () => b;
      export class Three { i = f(); m() { return new Three(); } static s = () => ns.q; }`);
    expect(mentions).toEqual({ one: ['a', 'two'], two: ['b'], Three: ['f', 'Three', 'ns.q'] });
  });

  it('what its value was made of', () => {
    expect(factsOf('const p = f(a); export const { q, r } = p;').mentions).toEqual({
      'callback 0': ['a'],
      p: ['f', 'a'],
      q: ['p'],
      r: ['p'],
    });
  });

  it('no shadowing name', () => {
    expect(factsOf('export const x = (a) => { const b = a; return b; };').mentions).toEqual({});
  });

  it('the code of whatever writes it', () => {
    const { mentions } = factsOf(
      'let handler; export function set() { handler = () => a; } export const call = () => handler();',
    );
    expect(mentions).toEqual({ set: ['handler', 'a'], handler: ['set'], call: ['handler'] });
  });

  it('of a decorated class: the class behind it', () => {
    const facts = readable(artifactOf("import { d, a } from 'x'; @d export class X { m() { return a; } }"));
    expect(facts.mentions['X']).toContain('a');
    expect(facts.mentions['_X']).toContain('X');
  });

  it('under any name', () => {
    const source = "import { a } from 'x'; export const __proto__ = () => a; export const constructor = () => a;";
    const { mentions } = artifactOf(source, { id: 'main.js' }).facts;
    expect(Object.keys(mentions)).toEqual(['__proto__', 'constructor']);
    expect(JSON.parse(JSON.stringify(mentions))).toEqual(mentions);
  });
});

describe('callbacks', () => {
  it('are function literals that the top level gives to an import', () => {
    const facts = factsOf('onTick(() => a); onTick(function () { b; }, 1);');
    expect(facts).toEqual({
      observes: ['onTick'],
      runs: ['onTick'],
      mentions: { 'callback 0': ['a'], 'callback 1': ['b'] },
      callbacks: [
        { import: 'onTick', region: 'callback 0' },
        { import: 'onTick', region: 'callback 1' },
      ],
    });
  });

  it('may be names: their values are observed at once, their code where the callee calls', () => {
    const facts = factsOf('const step = () => a; onTick(step);');
    expect(facts).toMatchObject({ observes: ['onTick', 'step'], runs: ['onTick'] });
    expect(facts.mentions).toEqual({ step: ['a'], 'callback 0': ['step'] });
    expect(facts.callbacks).toEqual([{ import: 'onTick', region: 'callback 0' }]);
  });

  it('are marked by name where the function is written in the module and stays what it is', () => {
    const marksOf = (body: string) => {
      const { code, facts } = artifactOf(`import { effect } from './barrel.ts'; ${body}`);
      const marks = facts.callbacks.flatMap(({ mark }) => mark ?? []);
      expect(code.match(/\/\*arg@\d+\*\//g) ?? []).toEqual(marks);
      return marks.length;
    };
    expect(marksOf('const setUp = () => 1; effect(setUp);')).toBe(1);
    expect(marksOf('effect(setUp); effect(setUp); export function setUp() {}')).toBe(2);
    expect(marksOf('let setUp = () => 1; effect(setUp);')).toBe(0);
    expect(marksOf('function setUp() {} setUp = null; effect(setUp);')).toBe(0);
    expect(marksOf('function setUp() {} const other = () => { [setUp] = []; }; effect(setUp);')).toBe(0);
    expect(marksOf('const setUp = () => 1; { const setUp = () => 2; effect(setUp); }')).toBe(0);
    expect(marksOf('const setUp = make(() => 1); effect(setUp);')).toBe(0);
  });

  it('have a mark in their text where they set up an effect, by which the function is known', () => {
    const source = `import { effect as on, own } from 'rekindle/script';\n${IMPORTS}
      on(() => ({ a })); if (a) { own(function () { f(() => b); }); f(() => a); } onTick(() => b);
      const later = () => on(() => a);`;
    const { code, facts } = artifactOf(source, { id: 'main.js' });
    const marked = facts.callbacks.flatMap(({ mark }) => mark ?? []);
    expect(marked).toHaveLength(2);
    expect(code).toContain(`on.v)(() => (${marked[0]}{ a:$a.v }))`);
    expect(code).toContain(`own.v)(function () ${marked[1]}{`);
    expect(code.match(/\/\*arg@\d+\*\//g)).toEqual(marked);
  });

  it('also in an object or an array', () => {
    const facts = factsOf('export const s = f("bounty", () => a, { up: { 2: (old) => b }, other: ns });');
    expect(facts.observes).toEqual(['f', 'ns']);
    expect(facts.callbacks.map((callback) => callback.import)).toEqual(['f', 'f']);
    expect(facts.mentions).toMatchObject({ 'callback 0': ['a'], 'callback 1': ['b'] });
  });

  it('also through a namespace', () => {
    expect(factsOf('ns.onTick(() => a);')).toMatchObject({
      observes: ['ns.onTick'],
      mentions: { 'callback 0': ['a'] },
      callbacks: [{ import: 'ns.onTick', region: 'callback 0' }],
    });
  });

  it.each(['setTimeout(() => a, 1)', 'queueMicrotask(() => a)', 'import.meta.hot?.accept(() => a)'])(
    'of %s never run at once',
    (statement) => {
      const facts = factsOf(`${statement};`);
      expect(facts.observes).toEqual([]);
      expect(facts.callbacks).toEqual([{ import: null, region: 'callback 0' }]);
      expect(facts.mentions).toEqual({ 'callback 0': ['a'] });
    },
  );

  it.each([
    'import.meta.hot.accept(() => a)',
    'if (import.meta.hot) { import.meta.hot.dispose(() => a); }',
    'if (import.meta.hot) import.meta.hot.accept(["x", "y"], () => a)',
    'import.meta.hot?.on("event", function () { a; })',
    '(import.meta.hot).accept(() => a)',
    'const hot = import.meta.hot; hot.accept(() => a)',
    'const hot = import.meta.hot; if (hot) { hot.accept("x", () => a); }',
    'export const hot = (import.meta.hot); hot?.prune(() => a)',
    'const { hot } = import.meta; hot.accept(() => a)',
    'const { url, hot: warm } = import.meta; warm?.on("event", () => a)',
  ])('of import.meta.hot never run at once: %s', (statement) => {
    const { observes, runs, callbacks, mentions } = factsOf(`${statement};`);
    expect([...observes, ...runs].filter((name) => !/^(?:hot|warm)$/.test(name))).toEqual([]);
    expect(callbacks).toEqual([{ import: null, region: 'callback 0' }]);
    expect(mentions['callback 0']).toEqual(['a']);
  });

  it.each([
    'let hot = import.meta.hot; hot.accept(() => a)',
    'const warm = import.meta.hot; const hot = warm; hot.accept(() => a)',
    'const { hot = f } = import.meta; hot.accept(() => a)',
    'const hot = import.meta.hot; { const hot = f; hot.accept(() => a); }',
    'const accept = import.meta.hot.accept; accept(() => a)',
    'import.meta.hot.accept((() => a)())',
    'import.meta.hot["accept"](() => a)',
  ])('count as run where nothing is known of who takes them: %s', (statement) => {
    expect(factsOf(`${statement};`).observes).toContain('a');
  });

  it('of import.meta.hot may be given by name: the function is stored, and runs nothing', () => {
    const { observes, runs } = factsOf('function stop() { f(); } import.meta.hot.dispose(stop);');
    expect([observes, runs]).toEqual([['stop'], []]);
    expect(factsOf('import.meta.hot.dispose(f);')).toMatchObject({ observes: ['f'], runs: [] });
    expect(factsOf('import.meta.hot.data.x = f();')).toMatchObject({ runs: ['f'] });
  });

  it.each([
    'const setTimeout = f; setTimeout(() => a);',
    '{ var queueMicrotask = f; } queueMicrotask(() => a);',
    'function on() { f(() => a); } on();',
    'const onTick2 = onTick; onTick2(() => a);',
  ])('not: %s', (source) => {
    expect(factsOf(source).callbacks.filter((callback) => callback.import !== null)).toEqual([]);
    const { observes, mentions } = factsOf(source);
    expect([...observes, ...(mentions['on'] ?? [])]).toContain('a');
  });

  it('stay the same when comments and types change', () => {
    const plain = "import { on } from 'x'; let y = 1; on(() => y);";
    const typed = "// hello\nimport { on } from 'x';\n\ntype Y = number;\nlet y: Y = 1; /* there */\n\non((): Y => y);";
    expect(areSame(plain, typed)).toBe(true);
  });
});

describe('globals', () => {
  it.each([
    ['export const f = () => [process, registry, globalThis.shared, Math];', ['registry', 'shared']],
    ['made = 1; globalThis.more = 2;', ['made', 'more']],
    ['export const f = (x) => Object.assign(globalThis, x);', ['*']],
    ['export const f = (x) => globalThis[x];', ['*']],
    ['fetch = 1;', ['fetch']],
    ['console.log(1); setTimeout(() => {});', []],
  ])('are those that only scripts supply: %s', (source, globals) => {
    expect([...artifactOf(source, { id: 'a.js' }).facts.globals].sort()).toEqual(globals);
  });
});

describe('assigned', () => {
  it('are top-level bindings that functions assign', () => {
    const { facts } = artifactOf(
      `let a = 1, b, c = 3; var d; const e = {}; function f() { a = 2; d++; e.x = 1; }
       b = 2; [c] = [4]; export const set = (x) => { ({ b } = x); for (c of x); let d; d = 1; };
       class K { static { c = 1 } m() { f = null } }`,
      { id: 'main.js' },
    );
    expect([...facts.assigned].sort()).toEqual(['a', 'b', 'c', 'd', 'f']);
  });

  it('are none where only the top level assigns, or SWC does', () => {
    const source =
      'let x; if (Math.random()) x = 1; else x = 2; namespace N { export const a = 1 } enum E { A } console.log(N, E);';
    expect(artifactOf(source).facts.assigned).toEqual([]);
  });
});

describe('unbounded', () => {
  it.each([
    'export const a = 1, b = -1, c = 60 * 1000, d = `x`, e = a + b, f = !a, g = c > 1 ? "x" : "y";',
    'export const x = { a: [1, 2], f: () => { for (;;); }, m() { g(); } };',
    'export function f() { while (true); } export class C { m() { f(); } i = f(); }',
    'export const s = new Set(), m = new Map(), d = new Date(5), a = new Array(10), y = Symbol("y"), p = Math.PI / 2;',
    'export const o = Object.freeze({ f: () => g() });',
    "import { a } from 'x'; export const b = a; export { a };",
  ])('not: %s', (source) => {
    expect(artifactOf(source, { id: 'main.js' }).facts.unbounded).toBe(false);
  });

  it.each([
    'f();',
    'for (;;);',
    'while (x);',
    'do {} while (x);',
    'for (const x of y);',
    'new Foo();',
    'export const x = y.z;',
    'export const x = y + 1;',
    'f`x`;',
    'export const [x] = y;',
    'export class C extends D {}',
    'export class C { static x = f(); }',
    'await x;',
    'const Map = f; export const m = new Map();',
    'function Symbol() { for (;;); } export const m = Symbol("x");',
    'const Object = { freeze: f }; export const o = Object.freeze({ f: () => g() });',
    'export const x = [...y];',
    'delete x.y;',
  ])('%s', (source) => {
    expect(artifactOf(source, { id: 'main.js' }).facts.unbounded).toBe(true);
  });
});

describe('what becomes of the modules that import() gives', () => {
  it.each([
    ['a function returns them', 'export const load = (id) => import(id);', true],
    [
      'a declaration does, from a folder',
      'export async function load(id) { return await import("./" + id + ".js"); }',
      true,
    ],
    [
      'a function of its own inside does',
      'export const load = (id) => { const f = () => import(id); return f(); };',
      true,
    ],
    ['there are none', 'export const load = (id) => id;', false],
    ['a variable keeps them', 'const kept = {}; export const load = (id) => (kept[id] ??= import(id));', false],
    ['a property of the function does', 'export function load(id) { return (load[id] ??= import(id)); }', false],
    ['a global does', 'export const load = (id) => (globalThis.kept[id] ??= import(id));', false],
    [
      'another function does',
      'const kept = {}; export const load = (id) => import(id); export const keep = (id) => (kept[id] = load(id));',
      false,
    ],
    [
      'a function of its own name does',
      'export const load = function own(id) { const f = own; return (f[id] ??= import(id)); };',
      false,
    ],
    ['an import does', 'export const load = (id) => f(import(id));', false],
    [
      'an object with methods may',
      'export const loader = { kept: {}, load(id) { return (this.kept[id] ??= import(id)); } };',
      false,
    ],
    [
      'a class may',
      'export class Loader { static kept = {}; static load(id) { return (this.kept[id] ??= import(id)); } }',
      false,
    ],
    [
      'a closure does',
      'export const load = (() => { const kept = {}; return (id) => (kept[id] ??= import(id)); })();',
      false,
    ],
    ['the top level does', "export const ready = import('./x.js');", false],
    ['a variable may be another function', 'export let load = (id) => import(id);', false],
    [
      'a default parameter does',
      'const all = {}; export const load = (id, kept = all) => (kept[id] ??= import(id));',
      false,
    ],
  ])('%s', (_, source, passes) => {
    expect(artifactOf(IMPORTS + source, { id: 'main.js' }).facts.passesImports).toBe(passes);
  });
});
