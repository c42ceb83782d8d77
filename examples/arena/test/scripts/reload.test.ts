import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ScriptArena, scriptArena } from '../support/script-arena.ts';

let arena: ScriptArena;

beforeEach(async () => {
  arena = await scriptArena();
});
afterEach(() => arena[Symbol.asyncDispose]());

describe('an edit while the arena is played', () => {
  test('of a limit changes how fast everybody is, in the next tick', async () => {
    const ann = arena.player();
    Object.assign(ann, { x: 100, y: 100, score: 12 });
    Object.assign(ann.intent, { moveX: 1 });
    await arena.play(1);
    const outcome = await arena.edit('rules/limits.ts', 'maxSpeed = 170', 'maxSpeed = 420');
    expect(outcome).toMatchObject({ status: 'committed', evaluated: ['rules/limits.ts'] });
    await arena.play(1);
    expect(ann.vx).toBeGreaterThan(400);
    expect(ann.score).toBe(12);
  });

  test('of movement runs that module alone', async () => {
    const outcome = await arena.edit('rules/movement.ts', 'grip = 7', 'grip = 0.6');
    expect(outcome).toMatchObject({ status: 'committed', evaluated: ['rules/movement.ts'] });
  });

  test('of what does not fit is refused, with the place, and changes nothing', async () => {
    const ann = arena.player();
    Object.assign(ann, { x: 100, y: 100 });
    Object.assign(ann.intent, { moveX: 1 });
    const outcome = await arena.edit('rules/movement.ts', /maxSpeed/g, 'topSpeed');
    if (outcome.status !== 'refused') throw new Error(outcome.status);
    expect(outcome.diagnostics[0]).toMatchObject({ code: 'MISSING_EXPORT', module: 'rules/movement.ts', line: 11 });
    await arena.play(2);
    expect(ann.vx).toBeGreaterThan(160);
    expect(ann.vx).toBeLessThanOrEqual(170);
  });

  test('of the spawner leaves one timer, not two', async () => {
    await arena.play(1.2);
    for (let save = 0; save < 5; save++) await arena.edit('items/spawner.ts', 'atOnce = ', 'atOnce = 0 + ');
    const spawned = vi.spyOn(arena.world, 'spawnItem');
    await arena.play(1.2);
    expect(spawned).toHaveBeenCalledTimes(4 * 3);
  });

  test('of a helper that sets timers for others doubles none of them', async () => {
    let phases = 0;
    arena.bus.on('phase', () => phases++);
    await arena.edit('lib/every.ts', 'seconds * 1000', '1000 * seconds');
    await arena.edit('lib/every.ts', '1000 * seconds', 'seconds * 1000');
    await arena.play(9);
    expect(phases).toBe(2);
  });

  test('of the announcer: its words are new, and are said once', async () => {
    const lines: string[] = [];
    arena.bus.on('say', ({ text }) => lines.push(text));
    for (const word of ['starts', 'opens', 'is on']) {
      const old = word === 'starts' ? 'begins' : word === 'opens' ? 'starts' : 'opens';
      await arena.edit('chat/announcer.ts', `} ${old}\``, `} ${word}\``);
    }
    await arena.play(10);
    expect(lines).toEqual(['Round 1: warm up', 'Round 1 is on']);
    expect(arena.bus.listenerCount('phase')).toBe(1);
    expect(arena.bus.listenerCount('kill')).toBe(1);
  });

  test('of what goblins want reaches those that are alive, and leaves them where they are', async () => {
    await arena.play(12);
    const bodies = [...arena.world.npcs.values()];
    const places = bodies.map(({ x, y, size }) => ({ x, y, size }));
    await arena.edit(
      'npc/behaviour.ts',
      'const { body } = goblin;',
      "const { body } = goblin;\n  body.mood = 'lazy';\n  return;",
    );
    await arena.play(1);
    expect([...arena.world.npcs.values()]).toEqual(bodies);
    expect(bodies.map(({ x, y, size }) => ({ x, y, size }))).toEqual(places);
    expect(bodies.every(({ mood }) => mood === 'lazy')).toBe(true);
  });

  test('of the table shows in what spawns next', async () => {
    await arena.edit('items/table.json', '"share": 70', '"share": 0');
    await arena.play(3);
    const kinds = [...arena.world.items.values()].map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds).not.toContain('gem');
  });

  test('of a phase does not move the match that is on', async () => {
    await arena.play(20);
    const { endsAt } = arena.world.match;
    await arena.edit('match/phases.ts', 'seconds: 120', 'seconds: 30');
    await arena.play(1);
    expect(arena.world.match).toMatchObject({ phase: 'playing', round: 1, endsAt });
  });

  test('of who may join greets those who are there, once', async () => {
    const ann = arena.player();
    await arena.edit(
      'rules/scoring.ts',
      'onLeave((player) =>',
      'onJoin((player) => award(player, 0));\nonLeave((player) =>',
    );
    await arena.edit('rules/scoring.ts', 'onDeath, onLeave', 'onDeath, onJoin, onLeave');
    await arena.edit('rules/scoring.ts', 'award(player, 0)', '{ player.score += 100; }');
    expect(ann.score).toBe(0);
    expect(arena.player('Bob').score).toBe(100);
  });
});
