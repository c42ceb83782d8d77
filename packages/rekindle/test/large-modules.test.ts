import { setImmediate } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { committed, evaluated, hostOf, refused, rejection } from './stories.ts';

/** About 30,000 characters, in statements of about a hundred. */
function large(version: number): string {
  const functions = Array.from(
    { length: 300 },
    (_, n) =>
      `export function f${n}(of: number): string {\n  return \`\${of + ${n}} of ${version}\`; // as it was\n}\n`,
  );
  return `${functions.join('')}export const version: number = ${version};\n`;
}

/** Turns of the event loop that begin before something has come to its end. */
async function turnsDuring<Result>(what: () => Promise<Result>): Promise<{ turns: number; result: Result }> {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    turns += 1;
    setImmediate(turn);
  };
  const running = what();
  setImmediate(turn);
  const result = await running;
  isOver = true;
  return { turns, result };
}

describe('a large module', () => {
  it('leaves turns to the game while it is prepared, a small one needs none', async () => {
    const t = await hostOf({ 'large.ts': large(1), 'small.ts': 'export const a = 1;' });
    const module = await t.import<{ version: number }>('large.ts');
    await t.import('small.ts');
    const small = await turnsDuring(() => t.change({ 'small.ts': 'export const a = 2;' }));
    committed(small.result);
    const changed = await turnsDuring(() => t.change({ 'large.ts': large(2) }));
    expect(evaluated(committed(changed.result))).toEqual(['large.ts']);
    expect(module.version).toBe(2);
    expect(changed.turns).toBeGreaterThanOrEqual(small.turns + 2);
  });

  it('leaves turns where only its comments were edited, and where the game evaluates it', async () => {
    const t = await hostOf({ 'large.ts': large(1) });
    await t.import('large.ts');
    const comments = await turnsDuring(() => t.change({ 'large.ts': large(1).replaceAll('as it was', 'as it is') }));
    expect(evaluated(committed(comments.result))).toEqual([]);
    expect(comments.turns).toBeGreaterThanOrEqual(4);
    const text = await turnsDuring(() => t.host.evaluate(large(3)));
    expect(text.result).toMatchObject({ version: 3 });
    expect(text.turns).toBeGreaterThanOrEqual(2);
  });

  it('gives way to what was published while it was prepared', async () => {
    const t = await hostOf({ 'large.ts': large(1) });
    const module = await t.import<{ version: number }>('large.ts');
    const changes: ReturnType<typeof t.change>[] = [];
    for (const version of [2, 3, 4]) {
      changes.push(t.change({ 'large.ts': large(version) }));
      await nextTurn(); // in the middle of a compilation
    }
    for (const change of changes) committed(await change);
    expect(module.version).toBe(4);
  });

  it('is refused with the same fault as ever, and the next edit is taken', async () => {
    const t = await hostOf({ 'large.ts': large(1) });
    const module = await t.import<{ version: number }>('large.ts');
    const diagnostics = refused(await t.change({ 'large.ts': `${large(2)}export const broken = ;\n` }));
    expect(diagnostics).toMatchObject([{ code: 'SYNTAX_ERROR', module: 'large.ts', line: 902 }]);
    committed(await t.change({ 'large.ts': large(3) }));
    expect(module.version).toBe(3);
  });

  it('does not keep a host from closing in the middle', async () => {
    const t = await hostOf({ 'large.ts': large(1) });
    await t.import('large.ts');
    const change = rejection(t.change({ 'large.ts': large(2) }));
    await nextTurn();
    await t.host.close();
    expect(await change).toMatchObject({ code: 'CLOSED' });
  });
});
