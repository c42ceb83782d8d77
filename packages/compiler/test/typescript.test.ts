import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompilerOptionsSubset } from '../src/index.ts';
import { MiniLinker } from './mini-linker.ts';
import { areSame, artifactOf, faultOf, run, runAll } from './run.ts';

/** The helpers that compiled decorators import, out of the package that the loader takes them from. */
async function withHelpers(source: string, tsconfig: CompilerOptionsSubset = {}): Promise<Record<string, unknown>> {
  const linker = new MiniLinker({ 'main.ts': source }, { tsconfig });
  return linker.evaluate('main.ts');
}

describe('types leave nothing behind', () => {
  it.each([
    'export const x: number = 1; interface A { b: string } type C = A | null; declare const q: number;',
    'import type { A } from "a"; import { type B } from "b"; let y: A | B; export const x = 1;',
    'export const x = 1 as const; let z = <any>x; let w = z!; let v = x satisfies number;',
    'abstract class A<T> { abstract m(): void; declare d: T; private p?: number; constructor(protected readonly n = 1) {} } export const x = 1;',
    'export function f(a: string): void; export function f(a: number): void; export function f(this: void, a?: unknown) {} export const x = 1;',
    'declare global { interface Window { q: 1 } } declare module "x" {} export const x = 1; export type { A } from "a";',
    'const g = <T,>(a: T) => a; export const x = g<number>(1); let h = g<string>;',
    'class A { static #c = 1; static get c(): number { return this.#c } override(): asserts this is B {} [key: string]: any } export const x = A.c;',
  ])('%s', async (source) => {
    expect((await run(source)).x).toBe(1);
  });

  it('and edits of types or comments give an artifact that does the same', () => {
    const plain = "import { a } from 'a';\nexport const x = a + 1;\nexport function f(y) {\n  return y;\n}";
    const edited =
      "/** Docs */\nimport { a, type A } from 'a';\ntype Y = {\n  z: A;\n};\n\n\nexport const x: number = a /* plus */ + 1; // one\nexport function f(y: Y): Y { return y; }";
    expect(areSame(plain, edited)).toBe(true);
  });

  it('but an edit that only looks like one of layout is none', () => {
    const returned = (text: string) => `export function f(x: number) { return${text}x; }`;
    expect(areSame(returned(' '), returned('  /* the answer */ '))).toBe(true);
    expect(areSame(returned(' '), returned('\n'))).toBe(false);
    const literals = (spaces: string) => `export const t = 'a${spaces}b'; export const r = /a${spaces}b/;`;
    expect(areSame(literals(' '), literals('  '))).toBe(false);
    expect(areSame('export const t = `a, b`;', 'export const t = `a b`;')).toBe(false);
    const statements = (end: string) => `let a = 1${end}\nlet b = 2${end}\nexport { a, b }${end}`;
    expect(areSame(statements(''), statements(';'))).toBe(true);
    expect(areSame('export const f = x => {}; (1);', 'export const f = x => {} (1);'.replace('} (', '}\n;('))).toBe(
      true,
    );
    expect(areSame('export const a = [1, 2];', 'export const a = [1, , 2];')).toBe(false);
    expect(areSame('export const a = [,];', 'export const a = [];')).toBe(false);
    expect(areSame('export const a = b => {};\nq;(c);', 'export const a = b => {};\nq(c);')).toBe(false);
  });

  it('an import that only types use goes, with or without the word type', () => {
    const requests = (text: string) => artifactOf(text).requests.map(({ specifier }) => specifier);
    expect(requests("import { A } from 'a'; import B, { type C, d } from 'b'; export const x: A = d as B;")).toEqual([
      'b',
    ]);
    expect(
      requests("import { type A } from 'a'; import 'b'; import type C from 'c'; import * as D from 'd'; let x: D.E;"),
    ).toEqual(['b']);
    const { imports } = artifactOf("import B, { C, d } from 'b'; export const x = { C: 1 }.C + d, y: B = x as C;");
    expect(imports.map(({ name }) => name)).toEqual(['d']);
    expect(
      areSame("import { d, T } from 'b'; export const x: T = d;", "import { d } from 'b'; export const x = d;"),
    ).toBe(true);
  });

  it('an export of a type goes, too', () => {
    const names = (text: string) => artifactOf(text).locals.map(({ name }) => name);
    expect(names('interface A { a: 1 } const b = 1; export { A, b };')).toEqual(['b']);
    expect(names('interface A { a: 1 } export const b = 1; export default A;')).toEqual(['b']);
    expect(names('type A = 1; class B {} export { type A, B };')).toEqual(['B']);
  });
});

describe('layout', () => {
  const source = `import { a, type B } from 'a'; export let n: number = 1, m = { x: 1, y: [1, 2] };
    export function f(x: B, { y, z = 2 }: { y: number; z?: number } = {}, ...rest: unknown[]): number { if (x) { n++; } else { return y; } for (const k of rest) { a(k, n, m.x, z); } return n; }
    export class C<T> extends a { #p = 1; static s: string = 'q'; constructor(private readonly w: T, v?: number) { super(w, v); } get g(): number { return this.#p; } async *h(): AsyncGenerator<T> { yield this.w; } }
    enum E { A, B = 4, } export default (b: E): boolean => b === E.A && [b, E.B].every((c) => c > 0); switch (n) { case 1: { f(a); break; } default: n = 2; } try { n = await a(); } catch { n = 0; }`;

  it('of a text without anything to lower decides nothing either', () => {
    const plain = source
      .replace('constructor(private readonly w: T, v?', 'w: T; constructor(w: T, v?')
      .replace('enum E { A, B = 4, }', 'const E = { A: 0, B: 4, };')
      .replace('b: E)', 'b: number)');
    expect(artifactOf(plain).plain).toBe(true);
    const places = [...plain.matchAll(/[;{},(]/g)].map(({ index }) => index + 1);
    const filler = fc.constantFrom('\n', ' ', '/* a; ( */', '// b {\n', '\t\t', '\r\n', '/**\n * c\n */');
    fc.assert(
      fc.property(fc.subarray(places), filler, (at, text) => {
        let edited = '';
        let from = 0;
        for (const place of at) {
          edited += plain.slice(from, place) + text;
          from = place;
        }
        expect(areSame(plain, edited + plain.slice(from))).toBe(true);
      }),
    );
  });

  it('of the author decides nothing: neither lines, nor comments, nor spaces', () => {
    const plain = artifactOf(source);
    const places = [...source.matchAll(/[;{},(]/g)].map(({ index }) => index + 1);
    const filler = fc.constantFrom(
      '\n',
      ' ',
      '/* a */',
      '// b\n',
      '\n\n\n',
      '/** @type {c} */',
      '/* @__PURE__ */',
      '/*! d */',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), filler), { maxLength: 12 }), (insertions) => {
        let text = source;
        for (const [at, inserted] of [...insertions].sort(([a], [b]) => b - a)) {
          text = text.slice(0, at) + inserted + text.slice(at);
        }
        expect(artifactOf(text)).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });
});

describe('imports that are used as types alone', () => {
  const source =
    "import { Goblin, GoblinProps } from 'g'; import { Unused } from 'u'; import 'bare'; let p: GoblinProps; new Goblin(p);";

  it('are dropped', () => {
    const { requests, imports } = artifactOf(source);
    expect(requests.map(({ specifier }) => specifier)).toEqual(['g', 'bare']);
    expect(imports.map(({ local }) => local)).toEqual(['Goblin']);
  });

  it('stay with verbatimModuleSyntax', () => {
    const { requests, imports } = artifactOf(source, { tsconfig: { verbatimModuleSyntax: true } });
    expect(requests.map(({ specifier }) => specifier)).toEqual(['g', 'u', 'bare']);
    expect(imports.map(({ local }) => local)).toEqual(['Goblin', 'GoblinProps', 'Unused']);
  });

  it('stay in JavaScript', () => {
    expect(artifactOf("import { Unused } from 'u';", { id: 'a.js' }).imports).toHaveLength(1);
  });
});

describe('syntax that is more than types', () => {
  it('enums', async () => {
    const namespace = await run(`
      export enum E { A, B = 5, C, D = 'd' } const enum K { X = 1 << 3 } export const enum L { Y = K.X }
      export const r = [E.A, E.C, E[5], E.D, K.X, L.Y];`);
    expect(namespace.r).toEqual([0, 6, 'B', 'd', 8, 8]);
    expect(namespace.E).toMatchObject({ A: 0, 0: 'A', D: 'd' });
  });

  it('namespaces, merged and nested', async () => {
    const namespace = await run(`
      export namespace N { export let a = 1; export function inc() { a++ } export namespace M { export const b = 2 } }
      export namespace N { export const c = a + 1 }
      N.inc(); import B = N.M; export const r = [N.a, B.b, N.c];`);
    expect(namespace.r).toEqual([2, 2, 2]);
    expect((namespace.N as { a: number }).a).toBe(2);
  });

  it('parameter properties', async () => {
    expect(
      (await run('class A { constructor(private x: number, readonly y = x) {} } export const r = { ...new A(3) };')).r,
    ).toEqual({ x: 3, y: 3 });
  });

  it('accessors', async () => {
    expect(
      (
        await run(
          'class A { accessor x = 1; static accessor y = 2 } const a = new A(); a.x++; export const r = [a.x, A.y];',
        )
      ).r,
    ).toEqual([2, 2]);
  });

  it('an abstract default class, a default interface', async () => {
    expect((await run('export default abstract class A { x = 1 }')).default).toHaveProperty('name', 'A');
    expect({ ...(await run('export default interface A {}')) }).toEqual({});
  });
});

describe('tsconfig', () => {
  const fields =
    'class A { set x(v) { log.push(v) } } class B extends A { x = 1 } const log = []; new B(); export const r = log.length;';

  it.each([
    [{}, 0],
    [{ target: 'esnext' }, 0],
    [{ target: 'ES2022' }, 0],
    [{ target: 'es2021' }, 1],
    [{ target: 'es5' }, 1],
    [{ target: 'es2021', useDefineForClassFields: true }, 0],
    [{ useDefineForClassFields: false }, 1],
  ] satisfies [CompilerOptionsSubset, number][])('%j decides how fields are made', async (tsconfig, calls) => {
    expect((await withHelpers(fields, tsconfig)).r).toBe(calls);
  });

  it('no target lowers syntax', () => {
    const { code } = artifactOf('export const f = async () => a?.b ?? (await c) ** 2;', {
      tsconfig: { target: 'es5' },
    });
    expect(code).toMatch(/async \(\)=>.*\?\.b \?\? \(await .*\) \*\* 2/);
  });

  const decorated = `
    const log = []; const note = (what) => (...args) => { log.push([what, args.length]) };
    @note('class') class A { @note('method') m() {} @note('field') f = 1 }
    new A(); export const r = log.map(([what, count]) => what + count);`;

  it('decorators are those of the language', async () => {
    expect((await withHelpers(decorated)).r).toEqual(['method2', 'field2', 'class2']);
  });

  it('or TypeScript’s own with experimentalDecorators', async () => {
    expect((await withHelpers(decorated, { experimentalDecorators: true })).r).toEqual(['method3', 'field3', 'class1']);
  });

  it('with metadata', () => {
    const source =
      "import { S } from 's'; const d: any = 0; class A { constructor(@d s: S) {} @d m(): string { return '' } }";
    const tsconfig = { experimentalDecorators: true, emitDecoratorMetadata: true };
    const { code, requests } = artifactOf(source, { tsconfig });
    expect(code).toContain('design:paramtypes');
    expect(requests.map(({ specifier }) => specifier)).toContain('s');
    expect(artifactOf(source, { tsconfig: { experimentalDecorators: true } }).code).not.toContain('design:');
  });

  it('parameter decorators need experimentalDecorators, and the message says so', () => {
    const fault = faultOf('const d: any = 0;\nclass A {\n  m(@d x: number) {}\n}');
    expect(fault).toMatchObject({ code: 'UNSUPPORTED_SYNTAX', line: 3, column: 5 });
    expect(fault.hint).toContain('experimentalDecorators');
  });

  it('decorators of exported classes keep the export live', async () => {
    const source =
      'const twice = (C) => class extends C { two = 2 }; @twice export class A { one = 1 } export default A;';
    for (const tsconfig of [{}, { experimentalDecorators: true }]) {
      const namespace = await withHelpers(source, tsconfig);
      const A = namespace.A as new () => object;
      expect({ ...new A() }).toEqual({ one: 1, two: 2 });
    }
  });
});

describe('decorators in JavaScript', () => {
  it('work as in TypeScript', async () => {
    const source =
      'const up = (value) => () => value() + 1; class A { @up m() { return 1 } } export const r = new A().m();';
    const namespace = await runAll({
      'main.ts': "export * from 'a.js';",
      'a.js': source.replace('() => value() + 1', 'function () { return value.call(this) + 1 }'),
    });
    expect(namespace.r).toBe(2);
  });
});

describe('CommonJS forms of TypeScript', () => {
  it.each([
    ['import x = require("x"); x();', "'import … = require(…)' belongs to CommonJS"],
    ['const x = 1; export = x;', "'export =' belongs to CommonJS"],
  ])('%s', (source, message) => {
    expect(faultOf(source)).toMatchObject({
      code: 'UNSUPPORTED_SYNTAX',
      message,
      hint: expect.stringContaining('ES module'),
    });
  });
});
