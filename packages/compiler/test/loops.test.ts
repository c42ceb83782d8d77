import { parse } from 'acorn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoopCounter } from '../src/index.ts';
import { rewrite } from '../src/rewrite/rewrite.ts';
import { artifactOf, run } from './run.ts';

/** Counts the turns of a text's loops; throws at the turn after the last one. */
function counter(turns = Number.POSITIVE_INFINITY): LoopCounter & { readonly counted: number } {
  let counted = 0;
  return {
    left: 0,
    check() {
      this.left = 0;
      counted += 1;
      if (counted > turns) throw new RangeError('too many turns');
    },
    get counted() {
      return counted;
    },
  };
}

describe('each turn of each loop is counted, and does what it did', () => {
  it.each([
    ['for', 'const end = 3; for (let i = 0; i < end; i++) { sum += i; }', 3, 3],
    ['for without braces', 'const end = 3; for (let i = 0; i < end; i++) sum += i;', 3, 3],
    ['for without a body', 'for (; sum < 3; sum++);', 3, 3],
    ['for without a semicolon', 'const end = 3; for (let i = 0; i < end; i++) sum += i\nsum += 0', 3, 3],
    ['while', 'while (sum < 3) sum++;', 3, 3],
    ['do', 'do sum++; while (sum < 3);', 3, 3],
    ['do without a semicolon', 'do sum++\nwhile (sum < 3)', 3, 3],
    ['for of', 'for (const x of [1, 2]) sum += x;', 2, 3],
    ['for in', 'for (const key in { a: 1, b: 2 }) sum += key.length;', 2, 2],
    ['for await', 'for await (const x of [1, 2]) sum += x;', 2, 3],
    ['continue to a label', 'outer: for (const a of [1, 2]) { for (;;) { sum += a; continue outer; } }', 4, 3],
    ['a loop in a loop, both without braces', 'for (const a of [1, 2]) for (const b of [1, 2]) sum += a * b;', 6, 9],
    ['if in a loop, with an else outside', 'if (sum === 0) while (sum < 2) sum++; else sum = 9;', 2, 2],
    ['a head that assigns an export', 'for (sum of [1, 2]) ;', 2, 2],
    ['a head that assigns an export, with a body', 'for (sum of [1, 2]) { other += sum; }', 2, 2],
    ['using, whose helper has a loop, too', 'for (using x of [{ [Symbol.dispose]() { sum += 1; } }]) sum += 1;', 2, 2],
  ])('%s', async (_, text, turns, sum) => {
    const loops = counter();
    const namespace = await run(`export let sum = 0; export let other = 0;\n${text}`, { loops });
    expect({ turns: loops.counted, sum: namespace['sum'] }).toEqual({ turns, sum });
  });

  it('in functions, methods, generators and static blocks', async () => {
    const loops = counter();
    const source = `
      export function f() { for (const x of [1]) x; }
      export class A { static { for (const x of [1]) x; } method() { while (true) break; } }
      export function* g() { for (;;) yield 1; }
      f(); new A().method(); const it = g(); it.next(); it.next();`;
    await run(source, { loops });
    expect(loops.counted).toBe(5);
  });

  it('a text without a loop pays nothing', () => {
    expect(artifactOf('export const f = (list) => list.map((x) => x + 1);').code).not.toContain('.loops');
  });
});

describe('a loop that counts to a number that it names, and calls nobody, is not counted', () => {
  it.each([
    ['for (let i = 0; i < 3; i++) sum += i;', 3],
    ['for (let i = 3; i > 0; i -= 1) { if (i === 2) continue; sum += Math.max(i, 1); }', 4],
    ['for (let i = -4; i <= 4; i += 4) { const part = [i][0]; sum += part > 0 ? part : 0; }', 4],
    ['for (let i = 0; i < 1000; i++) sum++;', 1000],
  ])('%s', async (text, sum) => {
    const loops = counter();
    const namespace = await run(`export let sum = 0;\n${text}`, { loops });
    expect({ turns: loops.counted, sum: namespace['sum'] }).toEqual({ turns: 0, sum });
  });

  it.each([
    ['which may not end', 'for (let i = 0; i < 3; i--) if (i < -5) break;'],
    ['whose step is nothing', 'for (let i = 0; i < 3; i += 0) { if (turns++ > 2) break; }'],
    ['whose body sets the variable', 'for (let i = 0; i < 3; i++) { if (turns++ > 2) break; i = 0; }'],
    ['… or counts it back', 'for (let i = 0; i < 3; i++) { if (turns++ > 2) break; i--; }'],
    ['… or takes it apart', 'for (let i = 0; i < 3; i++) { if (turns++ > 2) break; [i] = [0]; }'],
    ['of more turns', 'for (let i = 0; i < 1001; i++) if (i > 2) break;'],
    ['that reaches numbers which do not grow', 'for (let i = 1e20; i < 1e21; i++) { if (turns++ > 2) break; }'],
    ['that calls', 'const f = () => {}; for (let i = 0; i < 3; i++) f();'],
    ['that makes', 'for (let i = 0; i < 3; i++) new Object();'],
    ['that spreads what may not end', 'for (let i = 0; i < 3; i++) [...[]];'],
    ['with a function in it', 'for (let i = 0; i < 3; i++) () => i--;'],
    ['with a loop in it', 'for (let i = 0; i < 3; i++) for (let j = 0; j < 1; j++) ;'],
    ['over a variable from outside', 'let i = 0; for (; i < 3; i++) ;'],
    ['of a var', 'for (var i = 0; i < 3; i++) ;'],
    ['with an await in it', 'for (let i = 0; i < 3; i++) await 0;'],
  ])('but one %s is', async (_, text) => {
    const loops = counter();
    await run(`let turns = 0;\n${text}`, { loops });
    expect(loops.counted).toBeGreaterThan(0);
  });
});

describe('what the counter throws ends the loop', () => {
  it.each([
    ['a catch in the loop', 'for (;;) { try { throw 1; } catch {} }'],
    ['a finally that goes on', 'outer: for (;;) { try { throw 1; } finally { continue outer; } }'],
    ['a loop in a try in a loop', 'for (;;) { try { for (;;); } catch {} }'],
    ['an await', 'for (;;) { try { await 0; } catch {} }'],
    ['a generator', '[...(function* () { for (;;) yield; })()];'],
    ['a body without braces', 'while (true) try { throw 1; } catch {}'],
  ])('%s', async (_, text) => {
    await expect(run(text, { loops: counter(50) })).rejects.toThrow('too many turns');
  });
});

it('lines stay where they are', () => {
  const loop = fc.constantFrom('for (;;)', 'while (1)', 'for (const x of [])', 'for (const x in {})');
  const body = fc.constantFrom(' ;', ' {}', '\n{\n}', '\nbreak;', ' {\n// a comment }\n}', '\n\nf()\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(loop, body), { minLength: 1, maxLength: 5 }), (loops) => {
      const source = `function f() {}\n${loops.map(([head, text]) => head + text).join('\n')}`;
      const { code } = rewrite(source, parse(source, { ecmaVersion: 'latest', sourceType: 'module' })).rewritten;
      expect(code.slice(0, code.lastIndexOf('\n')).split('\n')).toHaveLength(source.split('\n').length);
    }),
  );
});
