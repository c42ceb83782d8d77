import { describe, expect, it } from 'vitest';
import { type Calls, committed, deferred, hostOf, refused, settled } from './stories.ts';

describe('code in flight', () => {
  it('an async function finishes in its own version, with the imports of that version', async () => {
    const gate = deferred();
    const t = await hostOf(
      {
        'names.ts': "export const name = () => 'old name';",
        'flow.ts': `
          import { gate } from '@game/gate';
          import { name } from './names.ts';
          const own = 'old own';
          export async function flow() { const before = name(); await gate; return [before, name(), own]; }
        `,
        'main.ts': "export { flow } from './flow.ts';",
      },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    const main = await t.import<Calls<'flow', Promise<string[]>>>('main.ts');
    const running = main.flow();
    committed(
      await t.change({
        'names.ts': "export const name = () => 'new name';",
        'flow.ts':
          "import { name } from './names.ts'; const own = 'new own'; export async function flow() { return [name(), own]; }",
      }),
    );
    gate.resolve();
    expect(await running).toEqual(['old name', 'old name', 'old own']);
    expect(await main.flow()).toEqual(['new name', 'new own']);
  });

  it('sees the newest of modules that did not change with it', async () => {
    const gate = deferred();
    const t = await hostOf(
      {
        'names.ts': "export const name = () => 'v1';",
        'flow.ts':
          "import { gate } from '@game/gate'; import { name } from './names.ts'; export async function flow() { await gate; return name(); }",
      },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    const { flow } = await t.import<Calls<'flow', Promise<string>>>('flow.ts');
    const running = flow();
    committed(await t.change({ 'names.ts': "export const name = () => 'v2';" }));
    gate.resolve();
    expect(await running).toBe('v2');
  });

  it('a generator goes on where it was', async () => {
    const t = await hostOf({
      'count.ts': "export let step = 1; export function* count() { let n = 0; for (;;) { yield ['old', n += step]; } }",
    });
    const module = await t.import<{ step: number; count(): Generator<[string, number]> }>('count.ts');
    const counting = module.count();
    expect(counting.next().value).toEqual(['old', 1]);
    committed(
      await t.change({ 'count.ts': "export let step = 100; export function* count() { yield ['new', step]; }" }),
    );
    expect(counting.next().value).toEqual(['old', 2]);
    expect(module.count().next().value).toEqual(['new', 100]);
    expect(counting.next().value).toEqual(['old', 3]);
  });

  it('cannot write into the exports of the version after it: neither at once nor over an await', async () => {
    const gate = deferred<number>();
    const t = await hostOf(
      {
        'score.ts': `
          import { gate } from '@game/gate';
          export let score = 0;
          export async function late() { score = await gate; return score; }
          export function bump() { score += 1; return score; }
        `,
        'main.ts': "import { score } from './score.ts'; export const read = () => score;",
      },
      { modules: { '@game/gate': { gate: gate.promise } } },
    );
    const old = { ...(await t.import<{ late(): Promise<number>; bump(): number }>('score.ts')) };
    const { read } = await t.import<Calls<'read'>>('main.ts');
    const running = old.late();
    committed(await t.change({ 'score.ts': 'export let score = 100; export const late = 0; export const bump = 0;' }));
    gate.resolve(7);
    expect(await running).toBe(7);
    expect(old.bump()).toBe(8);
    expect(read()).toBe(100);
  });

  it('keeps what it wrote while a refused release had its place', async () => {
    const t = await hostOf(
      {
        'score.ts': 'export let score = 0; export const bump = () => { score += 1; return score; };',
        'user.ts': 'export {};',
        'main.ts': "import './score.ts'; import './user.ts';",
      },
      { entries: ['main.ts'] },
    );
    const score = await t.import<{ score: number; bump(): number }>('score.ts');
    const { bump } = score;
    // the effect runs when the new version stands already; its throw takes everything back
    refused(
      await t.change({
        'score.ts': 'export let score = 50; export const bump = () => { score += 10; return score; };',
        'user.ts':
          "import { effect } from 'rekindle/script'; import { bump } from '@game/old'; effect(() => { bump(); throw new Error('no'); });",
      }),
    );
    expect(bump()).toBe(1);
    expect([score.score, score.bump()]).toEqual([1, 2]);
  });

  it('versions of three releases run beside each other, each with its own', async () => {
    const gates = [deferred(), deferred(), deferred()];
    const text = (n: number) => `
      import { gates } from '@game/gates';
      import { name } from './names.ts';
      export async function flow() { await gates[${n}]; return name + ${n}; }
    `;
    const t = await hostOf(
      { 'names.ts': "export const name = 'a';", 'flow.ts': text(0) },
      { modules: { '@game/gates': { gates: gates.map(({ promise }) => promise) } } },
    );
    const module = await t.import<Calls<'flow', Promise<string>>>('flow.ts');
    const first = module.flow();
    committed(await t.change({ 'names.ts': "export const name = 'b';", 'flow.ts': text(1) }));
    const second = module.flow();
    committed(await t.change({ 'names.ts': "export const name = 'c';", 'flow.ts': text(2) }));
    const third = module.flow();
    for (const gate of gates) gate.resolve();
    expect(await Promise.all([first, second, third])).toEqual(['a0', 'b1', 'c2']);
  });
});

describe('a function of a module that was taken out', () => {
  it("works as far as it is its own; its imports throw with a code and the module's name", async () => {
    const t = await hostOf({
      'rules.ts': 'export const max = 5;',
      'potion.ts':
        "import { max } from './rules.ts'; import * as rules from './rules.ts'; export const plain = () => 1; export const heal = () => max; export const whole = () => Object.keys(rules);",
      'main.ts': "import './potion.ts';",
    });
    await t.import('main.ts');
    const kept = { ...(await t.import<Calls<'plain' | 'heal' | 'whole'>>('potion.ts')) };
    expect([kept.plain(), kept.heal(), kept.whole()]).toEqual([1, 5, ['max']]);
    committed(await t.host.unload('potion.ts', { cascade: true }));
    expect(kept.plain()).toBe(1);
    for (const call of [kept.heal, kept.whole]) {
      expect(call).toThrow(
        expect.objectContaining({ code: 'MODULE_UNLOADED', message: expect.stringContaining('potion.ts') }),
      );
    }
    await settled();
  });
});
