import { describe, expect, it } from 'vitest';
import { MiniLinker } from './mini-linker.ts';
import { artifactOf, run, runAll, warningsOf } from './run.ts';

const counter = 'export let n = 0; export const inc = () => { n += 1; return n; }; export default 7;';

describe('an import is a live view', () => {
  it.each([
    ['a named import', "import { n, inc } from 'a.js'; inc(); export const r = n;", 1],
    ['a renamed import', "import { n as m, inc } from 'a.js'; inc(); export const r = m;", 1],
    ['a default import', "import d from 'a.js'; export const r = d;", 7],
    ['a default import by name', "import { default as d } from 'a.js'; export const r = d;", 7],
    ['a namespace import', "import * as a from 'a.js'; a.inc(); export const r = a.n;", 1],
    ['a member by a computed name', "import * as a from 'a.js'; a['inc'](); export const r = a['n'];", 1],
    ['a shorthand property', "import { n, inc } from 'a.js'; inc(); export const r = { n }.n;", 1],
    ['a shorthand namespace', "import * as a from 'a.js'; export const r = { a }.a.n;", 0],
    ['in a template', "import { inc } from 'a.js'; export const r = `$" + '{inc()}`;', '1'],
    ['in typeof', "import { inc } from 'a.js'; export const r = typeof inc;", 'function'],
    ['in a default value', "import { inc } from 'a.js'; const { r = inc() } = {}; export { r };", 1],
    ['in a computed key', "import { n } from 'a.js'; export const r = { [n]: 5 }[0];", 5],
    ['in a class heritage', "import { K } from 'k.js'; export const r = new (class extends K {})().k;", 4],
    ['in new', "import { K } from 'k.js'; export const r = new K().k;", 4],
    ['in new of a member', "import * as ns from 'k.js'; export const r = new ns.K().k;", 4],
    ['in new of a call', "import { make } from 'k.js'; export const r = new (make())().k;", 4],
    ['in an optional call', "import { inc } from 'a.js'; export const r = inc?.();", 1],
    ['in a chain', "import { K } from 'k.js'; export const r = K?.name.length;", 1],
    ['in an arrow', "import { n } from 'a.js'; export const r = (() => n)();", 0],
    ['in delete', "import { o } from 'k.js'; delete o.p; export const r = Object.keys(o).length;", 0],
    [
      'as a target member',
      "import { o } from 'k.js'; o.q = 1; [o.q] = [2]; ({ a: o.q } = { a: 3 }); o.q++; export const r = o.q;",
      4,
    ],
    ['as a for target member', "import { o } from 'k.js'; for (o.q of [1, 2]); export const r = o.q;", 2],
    ['without a semicolon before a call', "import { inc } from 'a.js'\nlet x = 1\ninc()\nexport const r = x", 1],
  ])('%s', async (_, main, expected) => {
    const kit = 'export class K { k = 4 } export const make = () => K; export const o = { p: 1 };';
    expect((await runAll({ 'a.js': counter, 'k.js': kit, 'main.ts': main })).r).toEqual(expected);
  });

  it.each([
    ['{ let n = 5; r = n; }', 5],
    ['((n) => { r = n; })(6)', 6],
    ['try { throw 7 } catch (n) { r = n }', 7],
    ['for (const n of [8]) r = n', 8],
    ['(function n() { r = typeof n; })()', 'function'],
    ['(class n { static { r = typeof n } })', 'function'],
    ['function f() { r = n; var n = 1 } f()', undefined],
    ['{ function n() {} r = typeof n }', 'function'],
    ['r = (({ n }) => n)({ n: 9 })', 9],
    ['r = ((a = n, n) => a)(3, 4)', 3],
    ['switch (1) { case 1: let n = 2; r = n }', 2],
    ['r = { n() { return n } }.n()', 0],
    ['r = { n: 3 }.n', 3],
    ['n: for (;;) { r = 1; break n }', 1],
  ])('but not where %s', async (statement, expected) => {
    const main = `import { n } from 'a.js'; export let r; ${statement}; export { n as keep };`;
    expect((await runAll({ 'a.js': counter, 'main.ts': main })).r).toEqual(expected);
  });

  it('a namespace import is shadowed as well', async () => {
    const main = "import * as a from 'a.js'; export const r = ((a) => a.n)({ n: 5 }); export const s = a.n;";
    expect({ ...(await runAll({ 'a.js': counter, 'main.ts': main })) }).toEqual({ r: 5, s: 0 });
  });
});

describe('`this` of a call', () => {
  const kit = 'export function self() { return this; } export function tag() { return this; }';

  it.each([
    ['a named import is called without one', "import { self } from 'k.js'; export const r = self() === undefined;"],
    ['an imported tag is called without one', "import { tag } from 'k.js'; export const r = tag`x` === undefined;"],
    ['a member is called on the namespace', "import * as k from 'k.js'; export const r = k.self() === k;"],
    ['a member with arguments', "import * as k from 'k.js'; export const r = k.self(1, ...[2]) === k;"],
    ['an optional call of a member', "import * as k from 'k.js'; export const r = k.self?.() === k;"],
    ['an optional member', "import * as k from 'k.js'; export const r = k?.self() === k;"],
    ['a parenthesised member', "import * as k from 'k.js'; export const r = (k.self)() === k;"],
    ['a member as a tag', "import * as k from 'k.js'; export const r = k.tag`x` === k;"],
    ['a missing member, optionally', "import * as k from 'k.js'; export const r = k.nothing?.() === undefined;"],
    ['a free name is called without one', 'export const r = self() === undefined;'],
  ])('%s', async (_, main) => {
    const globals = {
      self() {
        return this;
      },
    };
    expect((await runAll({ 'k.js': kit, 'main.ts': main }, { globals })).r).toBe(true);
  });
});

describe('a write to an import', () => {
  it.each([
    ['n = 1', TypeError],
    ['n += 1', TypeError],
    ['n++', TypeError],
    ['[n] = [1]', TypeError],
    ['({ n } = { n: 1 })', TypeError],
    ['for (n of [1]);', TypeError],
    ['a = 1', TypeError],
    ['a.n = 1', TypeError],
  ])('%s throws what the language throws', async (statement, kind) => {
    const main = `import { n } from 'a.js'; import * as a from 'a.js'; export let e; try { ${statement} } catch (x) { e = x }`;
    const namespace = await runAll({ 'a.js': counter, 'main.js': main, 'main.ts': "export { e } from 'main.js'" });
    expect(namespace.e).toBeInstanceOf(kind);
    if (!statement.startsWith('a.')) expect((namespace.e as Error).message).toBe('Assignment to constant variable.');
  });

  it('by a logical assignment throws only if it assigns', async () => {
    const main = "import { n, inc } from 'a.js'; inc(); export const r = (n ||= 5);";
    expect((await runAll({ 'a.js': counter, 'main.js': main, 'main.ts': "export * from 'main.js'" })).r).toBe(1);
  });

  it('is a warning with its place', () => {
    const [warning] = warningsOf("import { n } from 'a.js';\n\nfunction f() { n = 1; }");
    expect(warning).toMatchObject({ code: 'ASSIGNMENT_TO_IMPORT', line: 3, column: 16 });
    expect(warning?.message).toBe("'n' is an import and cannot be assigned");
  });
});

describe('import.meta and import()', () => {
  it('come from the context', async () => {
    const meta = { url: 'rekindle:main.ts' };
    const namespace = await runAll(
      { 'a.js': counter, 'main.ts': "export const url = import.meta.url; export const a = await import('a.js');" },
      { meta },
    );
    expect(namespace.url).toBe(meta.url);
    expect((namespace.a as { default: number }).default).toBe(7);
  });

  it('passes the options of import()', () => {
    expect(artifactOf("export const a = import('a', { with: { type: 'json' } });").code).toContain('$0m.import(');
  });
});

describe('the entries', () => {
  it('one for each import, and one for each member that is read', () => {
    const { imports } = artifactOf(
      "import d, { x as y } from 'a';\nimport * as ns from 'b';\nns.f(); ns.f; ns.g = 1;\nlet q = [d, y];",
      { id: 'main.js' },
    );
    expect(imports.map(({ request, name, local, optional }) => [request, name, local, optional])).toEqual([
      [0, 'default', 'd', undefined],
      [0, 'x', 'y', undefined],
      [1, null, 'ns', undefined],
      [1, 'f', 'ns.f', true],
    ]);
    expect(imports.map(({ at }) => `${at.line}:${at.column}`)).toEqual(['1:8', '1:13', '2:8', '3:1']);
  });

  it('never meet names of the author', async () => {
    const sources = {
      'a.js': 'export const $n = 1, n = 2, $0m = 3; export const f = 4;',
      'b.js': 'export const a_f = 6;',
      'main.ts': `
        import { $n, n, $0m } from 'a.js'; import * as a from 'a.js'; import { a_f } from 'b.js'; import * as b from 'b.js';
        const $0e0 = 10, $f = 20, $0a_f = 30, $0g = 40, $$ = 50, \\u0024\\u0024x = 60;
        export const r = [$n, n, $0m, a.f, a_f, b.a_f, $0e0, $f, $0a_f, $0g, $$, $$x, typeof structuredClone];`,
    };
    expect((await runAll(sources)).r).toEqual([1, 2, 3, 4, 6, 6, 10, 20, 30, 40, 50, 60, 'function']);
  });

  it('names beyond ASCII', async () => {
    const sources = {
      'a.js': 'export const é = 1; export const 漢字 = 2; export const $é = 3;',
      'main.ts':
        "import { é, 漢字, $é } from 'a.js'; import * as a from 'a.js'; export const r = [é, 漢字, $é, a.漢字, a.é];",
    };
    expect((await runAll(sources)).r).toEqual([1, 2, 3, 2, 1]);
  });

  it('a missing member of a namespace is undefined, not an error', async () => {
    const main = "import * as a from 'a.js'; export const r = [a.nothing, typeof a.nothing];";
    expect((await runAll({ 'a.js': counter, 'main.ts': main })).r).toEqual([undefined, 'undefined']);
  });
});

describe('the body', () => {
  it('is strict, and has no `this`', async () => {
    const namespace = await run('export const r = [this, (function () { return this; })()];');
    expect(namespace.r).toEqual([undefined, undefined]);
  });

  it('is asynchronous only if it awaits at top level', () => {
    expect(artifactOf('async function f() { await 1; for await (const x of y); }').async).toBe(false);
    expect(artifactOf('class C { static async m() { await 1 } }').async).toBe(false);
    for (const source of [
      'await 1',
      'for await (const x of []);',
      'if (x) { await 1 }',
      'class C { [await 1]() {} }',
    ]) {
      expect([source, artifactOf(source, { id: 'main.js' }).async]).toEqual([source, true]);
    }
  });

  it('waits at a top-level await', async () => {
    const seen: unknown[] = [];
    const look = () => seen.push(linker.namespace('main.ts').x);
    const linker = new MiniLinker(
      { 'main.ts': 'export let x = 1; look(); await 0; x = 2; look();' },
      { globals: { look } },
    );
    await linker.evaluate('main.ts');
    expect(seen).toEqual([1, 2]);
  });

  it('may begin with a hashbang and with directives', async () => {
    expect(await run('#!/usr/bin/env node\n"use client";\nexport const x = 1;')).toEqual({ x: 1 });
  });
});
