import { describe, expect, test, vi } from 'vitest';
import { Bus } from '../src/bus.ts';
import { CAPACITY, World } from '../src/world.ts';
import { plainHooks } from './support/plain-hooks.ts';

function emptyWorld() {
  const hooks = plainHooks();
  const bus = new Bus();
  return { hooks, bus, world: new World({ hooks, bus, seed: 7 }) };
}

const somebody = { kind: 'goblin', x: 100, y: 100, aim: 0, size: 12, hp: 30, mood: 'calm' };
const gem = { shape: 'gem', hue: 190, size: 7 };

describe('players', () => {
  test('come in dead: a rule decides where they stand', () => {
    const { hooks, world } = emptyWorld();
    hooks.join.add((player) => world.place(player, { x: 10, y: 20 }));
    const ann = world.addPlayer('Ann', false);
    expect(ann).toMatchObject({ alive: true, hp: 100, x: 10, y: 20, score: 0 });
    expect(emptyWorld().world.addPlayer('Bob', true).alive).toBe(false);
  });

  test('leave once', () => {
    const { hooks, world } = emptyWorld();
    const left = vi.fn();
    hooks.leave.add(left);
    const ann = world.addPlayer('Ann', false);
    world.removePlayer(ann.id);
    world.removePlayer(ann.id);
    expect(left).toHaveBeenCalledExactlyOnceWith(ann);
    expect(world.players.size).toBe(0);
  });

  test('ids are never used again', () => {
    const { world } = emptyWorld();
    const first = world.addPlayer('Ann', false);
    world.removePlayer(first.id);
    expect(world.addPlayer('Ann', false).id).not.toBe(first.id);
  });
});

describe('a hit', () => {
  function duel() {
    const { hooks, bus, world } = emptyWorld();
    const ann = world.addPlayer('Ann', false);
    const bob = world.addPlayer('Bob', false);
    for (const player of [ann, bob]) world.place(player, { x: 100, y: 100 });
    return { hooks, bus, world, ann, bob };
  }

  test('takes health', () => {
    const { world, ann, bob } = duel();
    world.hit({ target: bob, by: ann, damage: 30 });
    expect(bob.hp).toBe(70);
  });

  test('may be changed, or taken away, by rules', () => {
    const { hooks, world, ann, bob } = duel();
    hooks.hit.add((hit) => {
      hit.damage *= 0.5;
    });
    world.hit({ target: bob, by: ann, damage: 30 });
    expect(bob.hp).toBe(85);
    hooks.hit.add((hit) => {
      hit.damage = 0;
    });
    world.hit({ target: bob, by: ann, damage: 1000 });
    expect(bob.hp).toBe(85);
  });

  test('that is the last one defeats, once', () => {
    const { hooks, bus, world, ann, bob } = duel();
    const death = vi.fn();
    const kill = vi.fn();
    hooks.death.add(death);
    bus.on('kill', kill);
    world.step();
    world.hit({ target: bob, by: ann, damage: 100 });
    world.hit({ target: bob, by: ann, damage: 100 });
    expect(bob).toMatchObject({ alive: false, hp: 0, diedAt: 50 });
    expect(death).toHaveBeenCalledExactlyOnceWith(bob, ann);
    expect(kill).toHaveBeenCalledExactlyOnceWith({ victim: bob, by: ann });
  });

  test('does nothing to who is safe', () => {
    const { world, ann, bob } = duel();
    bob.safeUntil = 50;
    world.hit({ target: bob, by: ann, damage: 30 });
    expect(bob.hp).toBe(100);
    world.step();
    world.hit({ target: bob, by: ann, damage: 30 });
    expect(bob.hp).toBe(70);
  });

  test('takes an NPC out when it was the last', () => {
    const { hooks, world, ann } = duel();
    const goblin = world.spawnNpc(somebody);
    const death = vi.fn();
    hooks.death.add(death);
    world.hit({ target: goblin, by: ann, damage: 31 });
    expect(world.npcs.size).toBe(0);
    expect(death).toHaveBeenCalledExactlyOnceWith(goblin, ann);
  });

  test('of a listener that throws is reported, and the rest of the tick goes on', () => {
    const { bus, world, ann, bob } = duel();
    const report = vi.fn();
    bus.report = report;
    bus.on('kill', () => {
      throw new Error('announcer');
    });
    world.hit({ target: bob, by: ann, damage: 100 });
    expect(report).toHaveBeenCalledOnce();
    expect(bob.alive).toBe(false);
  });
});

test('an item is picked up by the first who comes', () => {
  const { hooks, world } = emptyWorld();
  const pickup = vi.fn();
  hooks.pickup.add(pickup);
  const ann = world.addPlayer('Ann', false);
  const bob = world.addPlayer('Bob', false);
  const item = world.spawnItem('gem', gem, { x: 1, y: 2 });
  world.pickUp(ann, item);
  world.pickUp(bob, item);
  expect(pickup).toHaveBeenCalledExactlyOnceWith(ann, item);
});

describe('no rule can break the world for good', () => {
  test('who is nowhere goes back to where they were', () => {
    const { hooks, world } = emptyWorld();
    const ann = world.addPlayer('Ann', false);
    world.place(ann, { x: 300, y: 400 });
    world.step();
    let broken = true;
    hooks.tick.add(() => {
      if (broken) Object.assign(ann, { x: Number.NaN, vx: Number.POSITIVE_INFINITY, aim: Number.NaN, hp: Number.NaN });
    });
    world.step();
    expect(ann).toMatchObject({ x: 300, y: 400, vx: 0, aim: 0, hp: 100 });
    broken = false;
    ann.x = 310;
    world.step();
    expect(ann.x).toBe(310);
  });

  test('nobody leaves through the walls', () => {
    const { world } = emptyWorld();
    const ann = world.addPlayer('Ann', false);
    Object.assign(ann, { x: -50, y: 99_999 });
    world.step();
    expect(ann).toMatchObject({ x: 0, y: world.height });
  });

  test('a shot that is nowhere goes out', () => {
    const { world } = emptyWorld();
    world.shoot({ by: 1, x: Number.NaN, y: 0, vx: 0, vy: 0, damage: 1, size: 4, life: 1 });
    world.step();
    expect(world.shots.size).toBe(0);
  });

  test('there is an upper bound for everything', () => {
    const { world } = emptyWorld();
    for (let n = 0; n < CAPACITY.items; n++) world.spawnItem('gem', gem, { x: n, y: n });
    expect(() => world.spawnItem('gem', gem, { x: 0, y: 0 })).toThrow(`at most ${CAPACITY.items} items`);
  });
});

test('the same seed gives the same chance', () => {
  const draw = () => {
    const { world } = emptyWorld();
    return Array.from({ length: 5 }, () => world.random());
  };
  expect(draw()).toEqual(draw());
  for (const value of draw()) expect(value).toSatisfy((number: number) => number >= 0 && number < 1);
});

test('moments are handed out once', () => {
  const { world } = emptyWorld();
  world.spawnNpc(somebody);
  expect(world.takeMoments()).toEqual([{ moment: 'spawn', x: 100, y: 100, id: 1 }]);
  expect(world.takeMoments()).toEqual([]);
});
