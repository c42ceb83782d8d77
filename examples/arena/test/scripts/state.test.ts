import type { Outcome } from 'rekindle';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ScriptArena, scriptArena } from '../support/script-arena.ts';

let arena: ScriptArena;
afterEach(() => arena[Symbol.asyncDispose]());

const STREAK = /interface Streak \{[\s\S]*?\n\}\n/;

/** `rules/scoring.ts` as it was when a streak was a number. */
const scoringBefore = (text: string) =>
  text
    .replace(STREAK, '')
    .replace(/new Map<number, Streak>\(\), \{[\s\S]*?\n\}\);/, 'new Map<number, number>());')
    .replace('streaks.get(player.id)?.now ?? 0', 'streaks.get(player.id) ?? 0')
    .replace('Math.max(0, ...[...streaks.values()].map(({ best }) => best))', '0')
    .replace(/ {2}const ended[\s\S]*?now = 0;\n/, '  streaks.delete(victim.id);\n')
    .replace(
      /const streak = streaks\.get[\s\S]*?streak\.best, streak\.now\);\n/,
      'const streak = { now: streakOf(by) + 1 };\n  streaks.set(by.id, streak.now);\n',
    );

/** `match/index.ts` as it was when overtimes were not counted. */
const matchBefore = (text: string) =>
  text
    .replace(/endsAt: 0, overtimes: 0 \}\), \{[\s\S]*?\n\}\);/, 'endsAt: 0 }));')
    .replace(/ {2}if \(name === 'overtime'\).*\n/, '')
    .replace(/ {4}course\.overtimes = 0;\n/, '')
    .replace(/ {2}if \(course\.overtimes.*\n/, '');

/** `rules/combat.ts` as it was when it kept the waits itself, which were long. */
const combatBefore = (text: string) =>
  text
    .replace("import { fired, mayFire } from './cooldown.ts';\n", "import { state } from 'rekindle/script';\n")
    .replace('import { arena,', 'import { arena, now,')
    .replace(
      'const barrels',
      `const readyAt = state('readyAt', () => new Map<number, number>());
const mayFire = (player: Player) => now() >= (readyAt.get(player.id) ?? 0);
const fired = (player: Player) => readyAt.set(player.id, now() + 60_000);
const barrels`,
    );

describe('what scripts keep', () => {
  test('comes up from the versions before, and goes back down', async () => {
    arena = await scriptArena({ before: { 'rules/scoring.ts': scoringBefore, 'match/index.ts': matchBefore } });
    const [ann, bob] = [arena.player('Ann'), arena.player('Bob')];
    await arena.play(9);
    const defeat = () => arena.world.hit({ target: bob, by: ann, damage: 1_000 });
    const migrated: unknown[] = [];
    arena.t.host.on('state:migrated', ({ module, slot, from, to }) => migrated.push([module, slot, from, to]));
    const score = () => {
      Object.assign(bob, { alive: true, hp: 100, safeUntil: 0 }); // he is back at once
      const before = ann.score;
      defeat();
      return ann.score - before;
    };
    expect(score()).toBe(5);
    const { round } = arena.world.match;
    const [scoring = '', match = ''] = [arena.texts['rules/scoring.ts'], arena.texts['match/index.ts']];
    committed(await arena.t.change({ 'rules/scoring.ts': scoring, 'match/index.ts': match }));
    expect(score()).toBe(6); // the second in a row
    committed(
      await arena.t.change({ 'rules/scoring.ts': scoringBefore(scoring), 'match/index.ts': matchBefore(match) }),
    );
    expect(score()).toBe(7);
    expect(migrated.sort()).toEqual([
      ['match/index.ts', 'course', 1, 2],
      ['match/index.ts', 'course', 2, 1],
      ['rules/scoring.ts', 'streaks', 1, 2],
      ['rules/scoring.ts', 'streaks', 2, 1],
    ]);
    expect(arena.world.match.round).toBe(round);
  });

  test('moves to another module with its name', async () => {
    arena = await scriptArena({ before: { 'rules/combat.ts': combatBefore, 'rules/cooldown.ts': () => '' } });
    const shoot = vi.spyOn(arena.world, 'shoot');
    const ann = arena.player();
    Object.assign(ann.intent, { fire: true });
    await arena.play(10);
    expect(shoot).toHaveBeenCalledTimes(1);
    const { 'rules/combat.ts': combat = '', 'rules/cooldown.ts': cooldown = '' } = arena.texts;
    committed(await arena.t.change({ 'rules/combat.ts': combat, 'rules/cooldown.ts': cooldown }));
    await arena.play(2);
    expect(shoot).toHaveBeenCalledTimes(1); // she waits on
  });
});

describe('what a version sets up', () => {
  const trophies = () => [...arena.world.items.values()].filter(({ kind }) => kind === 'trophy');

  test('is taken back by its cleanup, and by a refusal put up again', async () => {
    arena = await scriptArena();
    expect(trophies()).toMatchObject([{ size: 20 }]);
    committed(await arena.edit('items/trophy.ts', 'size: 20', 'size: 30'));
    expect(trophies()).toMatchObject([{ size: 30 }]);
    const refused = await arena.edit(
      'items/trophy.ts',
      'effect(() => {',
      "effect(() => {\n  throw new Error('no trophy');",
    );
    expect(refused.status).toBe('refused');
    expect(trophies()).toMatchObject([{ size: 30 }]);
  });

  test('is one definition for each item, and two are refused', async () => {
    arena = await scriptArena();
    const outcome = await arena.edit('items/trophy.ts', "defineItem('trophy'", "defineItem('gem'");
    expect(outcome).toMatchObject({ status: 'refused', diagnostics: [{ code: 'REGISTRY_CONFLICT' }] });
  });
});

function committed({ status, ...rest }: Outcome): void {
  expect({ status, ...rest }).toMatchObject({ status: 'committed' });
}
