import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Player } from '../../src/entities.ts';
import { type ScriptArena, scriptArena } from '../support/script-arena.ts';

let arena: ScriptArena;

beforeEach(async () => {
  arena = await scriptArena();
});
afterEach(() => arena[Symbol.asyncDispose]());

/** Into the part of the match in which shots hurt. */
const begin = () => arena.play(9);
const stand = (player: Player, x: number, y: number) => Object.assign(player, { x, y, vx: 0, vy: 0, safeUntil: 0 });
const want = (player: Player, intent: Partial<Player['intent']>) => Object.assign(player.intent, intent);

describe('movement', () => {
  test('approaches the highest speed and does not pass it', async () => {
    const ann = arena.player();
    stand(ann, 100, 100);
    want(ann, { moveX: 1 });
    await arena.play(2);
    expect(ann.vx).toBeGreaterThan(160);
    expect(ann.vx).toBeLessThanOrEqual(170);
    expect(ann.y).toBe(100);
  });

  test('is faster with a bolt, until it is used up', async () => {
    const ann = arena.player();
    stand(ann, 100, 100);
    want(ann, { moveX: 1 });
    ann.boostUntil = arena.world.now + 1500;
    await arena.play(1.5);
    expect(ann.vx).toBeGreaterThan(250);
    await arena.play(1.5);
    expect(ann.vx).toBeLessThan(180);
  });

  test('ends at the walls and at pillars', async () => {
    const { width, pillars } = arena.world;
    const ann = arena.player('Ann');
    stand(ann, width - 40, 600);
    want(ann, { moveX: 1 });
    const bob = arena.player('Bob');
    const pillar = pillars[0];
    if (!pillar) throw new Error('There is no pillar');
    stand(bob, pillar.x - 120, pillar.y);
    want(bob, { moveX: 1 });
    await arena.play(3);
    expect(ann.x).toBeCloseTo(width - ann.size, 0);
    expect(Math.hypot(bob.x - pillar.x, bob.y - pillar.y)).toBeGreaterThanOrEqual(pillar.radius + bob.size - 0.01);
  });
});

describe('combat', () => {
  test('shots fly, hit, and are gone', async () => {
    await begin();
    const [ann, bob] = [arena.player('Ann'), arena.player('Bob')];
    stand(ann, 100, 560);
    stand(bob, 250, 560);
    want(ann, { aim: 0, fire: true });
    await arena.play(0.1);
    want(ann, { fire: false });
    await arena.play(1);
    expect(bob.hp).toBe(87);
    expect(ann.hp).toBe(100);
    expect(arena.world.shots.size).toBe(0);
  });

  test('nobody is hurt while the match warms up', async () => {
    await arena.play(1);
    const [ann, bob] = [arena.player('Ann'), arena.player('Bob')];
    stand(ann, 100, 560);
    stand(bob, 180, 560);
    want(ann, { aim: 0, fire: true });
    await arena.play(2);
    expect(arena.world.match.phase).toBe('warm-up');
    expect(bob.hp).toBe(100);
  });

  test('a shield takes three hits', async () => {
    await begin();
    const [ann, bob] = [arena.player('Ann'), arena.player('Bob')];
    bob.shield = 3;
    for (let blow = 0; blow < 4; blow++) arena.world.hit({ target: bob, by: ann, damage: 13 });
    expect(bob).toMatchObject({ shield: 0, hp: 87 });
  });

  test('a defeat is worth more with each in a row', async () => {
    await begin();
    const ann = arena.player('Ann');
    for (const victim of [arena.player('Bob'), arena.player('Cleo')]) {
      arena.world.hit({ target: victim, by: ann, damage: 1000 });
    }
    expect(ann.score).toBe(5 + 6);
  });

  test('whoever was defeated comes back', async () => {
    await begin();
    const bob = arena.player('Bob');
    arena.world.hit({ target: bob, by: undefined, damage: 1000 });
    expect(bob.alive).toBe(false);
    await arena.play(1);
    expect(bob.alive).toBe(false);
    await arena.play(1);
    expect(bob).toMatchObject({ alive: true, hp: 100 });
  });
});

describe('items', () => {
  test('appear until there are enough', async () => {
    await arena.play(3);
    expect(arena.world.items.size).toBeGreaterThan(20);
    await arena.play(20);
    // Goblins leave gems behind, which nobody counts.
    expect(arena.world.items.size).toBeLessThanOrEqual(70);
  });

  test('do what they are for', async () => {
    await begin();
    const ann = arena.player();
    ann.hp = 30;
    for (const kind of ['heart', 'shield', 'bolt', 'gem']) {
      const item = arena.world.spawnItem(kind, { shape: kind, hue: 0, size: 8 }, ann);
      arena.world.pickUp(ann, item);
    }
    expect(ann).toMatchObject({ hp: 75, shield: 3, score: 2, boostUntil: arena.world.now + 5000 });
  });
});

describe('goblins', () => {
  test('come, gather gems, and leave them behind', async () => {
    await arena.play(12);
    expect(arena.world.npcs.size).toBe(14);
    const fat = [...arena.world.npcs.values()].reduce((a, b) => (a.size > b.size ? a : b));
    expect(fat.size).toBeGreaterThan(13);
    const gems = arena.world.items.size;
    arena.world.hit({ target: fat, by: undefined, damage: 10_000 });
    expect(arena.world.items.size).toBeGreaterThan(gems);
  });

  test('bite who comes too near', async () => {
    await arena.play(12);
    const ann = arena.player();
    const goblin = [...arena.world.npcs.values()][0];
    if (!goblin) throw new Error('There is no goblin');
    stand(ann, goblin.x + 20, goblin.y);
    await arena.play(1);
    expect(ann.hp).toBeLessThan(100);
    expect(goblin.mood).toBe('angry');
  });
});

describe('the match', () => {
  test('warms up, is played, ends, and begins again', async () => {
    const phases: string[] = [];
    arena.bus.on('phase', ({ phase }) => phases.push(phase));
    const ann = arena.player('Ann');
    ann.score = 7;
    await arena.play(10);
    expect(ann.score).toBe(0);
    ann.score = 50;
    await arena.play(120);
    expect(arena.world.match.winner).toBe('Ann');
    await arena.play(10);
    expect(phases).toEqual(['warm-up', 'playing', 'ended', 'warm-up']);
    expect(arena.world.match).toMatchObject({ round: 2, winner: null });
  });

  test('goes on when it is close', async () => {
    const [ann, bob] = [arena.player('Ann'), arena.player('Bob')];
    await arena.play(125);
    ann.score = bob.score = 40;
    await arena.play(5);
    expect(arena.world.match.phase).toBe('overtime');
  });

  test('is told by the announcer', async () => {
    const lines: string[] = [];
    arena.bus.on('say', ({ text }) => lines.push(text));
    await arena.play(10);
    expect(lines).toEqual(['Round 1: warm up', 'Round 1 begins']);
  });
});
