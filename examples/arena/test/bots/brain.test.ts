import { describe, expect, test } from 'vitest';
import { Brain, type Temper } from '../../src/bots/brain.ts';
import { View } from '../../src/bots/view.ts';
import { Bus } from '../../src/bus.ts';
import { seededRandom } from '../../src/random.ts';
import { SnapshotWriter } from '../../src/snapshot.ts';
import { World } from '../../src/world.ts';
import { plainHooks } from '../support/plain-hooks.ts';

const peaceful: Temper = { hunger: 0, fear: 30, clumsiness: 0 };
const fierce: Temper = { hunger: 1, fear: 0, clumsiness: 0 };

/** A world with a bot in it, far from walls and pillars, and what it does after some thought. */
function scene(temper: Temper) {
  const world = new World({ hooks: plainHooks(), bus: new Bus() });
  const me = world.addPlayer('Me', true);
  world.place(me, { x: 600, y: 560 });
  const brain = new Brain(temper, world, seededRandom(3));
  const view = new View();
  const writer = new SnapshotWriter(world, (index, look) => {
    view.looks[index] = look;
  });
  const think = (times = 8) => {
    let move = brain.think(view, me.id);
    for (let n = 0; n < times; n++) {
      view.show(writer.write());
      move = brain.think(view, me.id);
    }
    return move;
  };
  const other = (x: number, y: number) => {
    const player = world.addPlayer('Other', true);
    world.place(player, { x, y });
    return player;
  };
  return { world, me, think, other };
}

describe('a bot', () => {
  test('does nothing before it is in the arena', () => {
    const { me, think } = scene(peaceful);
    me.alive = false;
    expect(think()).toEqual({ x: 0, y: 0, aim: 0, fire: false });
  });

  test('goes for an item', () => {
    const { world, think } = scene(peaceful);
    world.spawnItem('gem', { shape: 'gem', hue: 190, size: 7 }, { x: 600, y: 700 });
    const { x, y } = think();
    expect(y).toBeGreaterThan(0.9);
    expect(Math.abs(x)).toBeLessThan(0.1);
  });

  test('leaves a heart to others when it is well', () => {
    const { world, me, think } = scene(peaceful);
    world.spawnItem('heart', { shape: 'heart', hue: 350, size: 9 }, { x: 600, y: 700 });
    world.spawnItem('gem', { shape: 'gem', hue: 190, size: 7 }, { x: 600, y: 350 });
    expect(think().y).toBeLessThan(0);
    me.hp = 40;
    expect(think().y).toBeGreaterThan(0);
  });

  test('chases, aims and fires when it is fierce', () => {
    const { think, other } = scene(fierce);
    other(600, 300);
    const moves = Array.from({ length: 20 }, () => think(1));
    expect(moves.at(-1)?.y).toBeLessThan(-0.5);
    expect(moves.at(-1)?.aim).toBeCloseTo(-Math.PI / 2);
    expect(moves.some(({ fire }) => fire)).toBe(true);
  });

  test('runs when it is hurt', () => {
    const { me, think, other } = scene({ ...fierce, fear: 50 });
    other(600, 660);
    me.hp = 20;
    expect(think().y).toBeLessThan(-0.5);
  });

  test('aims at where its enemy will be', () => {
    const { think, other } = scene(fierce);
    const enemy = other(600, 260);
    think(2);
    enemy.x += 5;
    const { aim } = think(1);
    // Ahead of the enemy, which runs to the right.
    expect(Math.cos(aim)).toBeGreaterThan(Math.cos(Math.atan2(-300, 5)));
  });
});
