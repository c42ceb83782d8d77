/**
 * Generated modules run as they do natively: the same values, the same order, the same errors.
 *
 * Native is Node's own loader, given the module as a `data:` URL.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { MiniLinker } from './mini-linker.ts';

/** Node's own `import()`: the test runner's gives something around the namespace object. */
const helper = 'data:text/javascript,export const load = (url) => import(url)';
const { load } = (await import(/* @vite-ignore */ helper)) as {
  load(url: string): Promise<Record<string, unknown>>;
};
let modules = 0;

/** What a module is seen to do: the values of its exports, before and after each of its steps, and what it throws. */
async function behaviour(load: () => Promise<Record<string, unknown>>): Promise<unknown> {
  // the text of a function or a class is that of the emitted module
  const textOf = Function.prototype.toString;
  Function.prototype.toString = () => 'code';
  try {
    return await behaviourOf(load);
  } finally {
    Function.prototype.toString = textOf;
  }
}

async function behaviourOf(load: () => Promise<Record<string, unknown>>): Promise<unknown> {
  let namespace: Record<string, unknown>;
  try {
    namespace = await load();
  } catch (error) {
    return { thrown: describeError(error) };
  }
  const seen: unknown[] = [snapshot(namespace)];
  for (let step = 0; typeof namespace[`step${step}`] === 'function'; step += 1) {
    try {
      seen.push(await (namespace[`step${step}`] as () => unknown)());
    } catch (error) {
      seen.push(describeError(error));
    }
    seen.push(snapshot(namespace));
  }
  return seen;
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function snapshot(namespace: Record<string, unknown>): unknown {
  return Object.keys(namespace).map((name) => {
    try {
      return [name, plain(namespace[name])];
    } catch (error) {
      return [name, describeError(error)];
    }
  });
}

function plain(value: unknown): unknown {
  // SWC renames what it takes for a conflict: an outer function `e` beside a `let e` in a switch becomes `e1`
  if (typeof value === 'function') return `function ${value.name.replace(/\d+$/, '')}`;
  const text = JSON.stringify(value, (_, inner) => (inner === undefined ? 'undefined' : inner));
  return JSON.parse(text ?? 'null');
}

async function natively(source: string): Promise<unknown> {
  modules += 1;
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(`${source}\n// ${modules}`)}`;
  return behaviour(() => load(url));
}

async function compiled(source: string): Promise<unknown> {
  return behaviour(async () => new MiniLinker({ 'main.js': source }).evaluate('main.js'));
}

/** A program that the compiler refuses because SWC would confuse its names: see `confused-exports.ts`. */
function isRefused(source: string): boolean {
  const result = compile(source, { id: 'main.js' });
  return !result.ok && result.diagnostics[0]?.code === 'UNSUPPORTED_SYNTAX';
}

// ---- programs: a few bindings that are written in every way that the language has

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const name = fc.constantFrom(...NAMES);
const number = fc.integer({ min: -3, max: 9 });

const { statement } = fc.letrec<{ expression: string; target: string; statement: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    number.map((n) => `(${n})`),
    name,
    fc.tuple(name, tie('expression')).map(([n, e]) => `(${n} = ${e})`),
    fc
      .tuple(name, fc.constantFrom('+=', '*=', '||=', '&&=', '??='), tie('expression'))
      .map(([n, op, e]) => `(${n} ${op} ${e})`),
    name.map((n) => `${n}++`),
    name.map((n) => `--${n}`),
    fc.tuple(tie('target'), tie('expression')).map(([t, e]) => `(${t} = ${e})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('+', '-', ',', '&&', '||', '??'), tie('expression'))
      .map(([l, op, r]) => `((${l}) ${op} (${r}))`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `((${n}) => ${e})(7)`),
    tie('expression').map((e) => `(() => ${e})()`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `(function ${n}() { return ${e}; })()`),
    fc.tuple(name, name).map(([n, m]) => `({ ${n}, x: ${m} }).x`),
    name.map((n) => `typeof ${n}`),
    tie('expression').map((e) => `\`$\{${e}}\``),
    tie('expression').map((e) => `log(${e})`),
  ),
  target: fc.oneof(
    { maxDepth: 2 },
    name.map((n) => `[${n}]`),
    fc.tuple(name, name).map(([n, m]) => `[${n}, ...${m}]`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `[${n} = ${e}]`),
    name.map((n) => `{ ${n} }`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `{ ${n} = ${e} }`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `{ [${e}]: ${n} }`),
    fc.tuple(name, name).map(([n, m]) => `{ ${n}, ...${m} }`),
    tie('target').map((t) => `[${t}]`),
  ),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('expression').map((e) => `;${e};`),
    fc.tuple(name, tie('expression')).map(([n, e]) => `${n} = ${e};`),
    name.map((n) => `${n}++;`),
    fc.tuple(tie('target'), tie('expression')).map(([t, e]) => `(${t} = ${e});`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `{ let ${n} = 5; ${s} }`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `for (${n} of [1, 2]) ${s}`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `for (const ${n} of [1, 2]) { ${s} }`),
    fc.tuple(tie('target'), tie('statement')).map(([t, s]) => `for (${t} of [[1], { a: 2 }]) ${s}`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `for (${n} in { p: 1 }) ${s}`),
    fc
      .tuple(name, name, tie('statement'))
      .map(([n, m, s]) => `for (${n} = 0, ${m} = 0; ${n} < 2 && ${m} < 9; ${n}++, ${m}++) { ${s} break; }`),
    fc.tuple(tie('expression'), tie('statement'), tie('statement')).map(([e, s, t]) => `if (${e}) ${s} else ${t}`),
    fc
      .tuple(name, tie('statement'), tie('statement'))
      .map(([n, s, t]) => `try { ${s} throw 3; } catch (${n}) { ${t} }`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `try { ${s} } finally { ${n} += 1; }`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `(function (${n}) { ${s} })(4);`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `(function () { ${s} var ${n} = 1; })();`),
    fc
      .tuple(name, tie('expression'))
      .map(([n, e]) => `new (class ${n} { static s = (${e}); static { log(typeof ${n}); } f = (${e}); })();`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `switch (1) { case 1: let ${n} = 2; ${s} }`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `${n}1: for (;;) { ${s} break ${n}1; }`),
    fc.tuple(name, tie('statement')).map(([n, s]) => `{ function ${n}() {} ${s} }`),
    name.map((n) => `[${n}, log] = [${n}, log];`.replace(', log] =', '] =')),
  ),
}));

const declarations = fc.tuple(
  fc.constantFrom(
    'export let a = 1;',
    'let a = 1; export { a, a as aa };',
    'export var a = 1;',
    'export { a }; var a = 1; var a = 2;',
  ),
  fc.constantFrom('export let b;', 'let b = 2; export { b as default };', 'export let [b] = [3];', 'let b = 4;'),
  fc.constantFrom(
    'export const c = 3;',
    'export function c() {}',
    'export let { c, ...cc } = { c: 1, x: 2 };',
    'export class c {}',
  ),
  fc.constantFrom(
    'let d = 4;',
    'export var d;',
    'export let d = log(4), d2 = d;',
    'export let d = (() => d2)(), d2 = 1;',
  ),
  fc.constantFrom(
    'var e;',
    'export let e = [1];',
    'function e() {} export { e };',
    'for (var e of [1, 2]); export { e };',
  ),
);

const program = fc
  .tuple(
    declarations,
    fc.array(statement, { maxLength: 3 }),
    fc.array(fc.tuple(fc.boolean(), statement), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([declared, body, steps, early]) => {
    const lines = [
      'export const seen = []; function log(value) { seen.push(String(value)); return value; }',
      ...steps.map(([waits, step], index) =>
        waits
          ? `export async function step${index}() { ${step.replace(/= /, '= await ')} }`
          : `export function step${index}() { ${step} }`,
      ),
    ];
    // V8 answers a write to a module's `const` in its dead zone with a TypeError; the specification has a ReferenceError
    if (early) return [...lines, ...body, ...declared].join('\n').replace('export const c', 'export let c');
    return [...lines, ...declared, ...body].join('\n');
  });

describe('generated modules', { timeout: 120_000 }, () => {
  it('behave as they do natively', async () => {
    let ended = 0;
    const runs = 400;
    await fc.assert(
      fc.asyncProperty(program, async (source) => {
        fc.pre(!isRefused(source));
        const seen = await natively(source);
        if (Array.isArray(seen)) ended += 1;
        expect(await compiled(source)).toEqual(seen);
      }),
      { numRuns: runs },
    );
    // the generator must not starve: many of its programs run to their end
    expect(ended).toBeGreaterThan(runs / 5);
  });
});
