import { expect, test } from 'vitest';
import { View } from '../src/bots/view.ts';
import { Bus } from '../src/bus.ts';
import * as protocol from '../src/protocol.ts';
import { SnapshotWriter } from '../src/snapshot.ts';
import { World } from '../src/world.ts';
import { pageModule } from './support/page-module.ts';
import { plainHooks } from './support/plain-hooks.ts';

interface Wire {
  readonly PROTOCOL: number;
  readonly STRIDES: typeof protocol.STRIDES;
  readonly FLAGS: typeof protocol.FLAGS;
  readonly MOODS: typeof protocol.MOODS;
  readonly MOMENTS: typeof protocol.MOMENTS;
  readSnapshot(snapshot: protocol.Snapshot): Record<'players' | 'npcs' | 'shots' | 'items', Map<number, object>> & {
    readonly tick: number;
    readonly moments: object[];
  };
}

const wire = await pageModule<Wire>('wire.js');

function someWorld() {
  const world = new World({ hooks: plainHooks(), bus: new Bus() });
  const ann = world.addPlayer('Ann', false);
  world.place(ann, { x: 123.44, y: 55.5 });
  Object.assign(ann, { aim: Math.PI, hp: 41.2, score: 12, shield: 2 });
  const bob = world.addPlayer('Bob', true);
  const goblin = world.spawnNpc({ kind: 'goblin', x: 20, y: 30, aim: 0, size: 13, hp: 60, mood: 'angry' });
  const shot = world.shoot({ by: ann.id, x: 130, y: 60, vx: 1, vy: 0, damage: 9, size: 4, life: 1 });
  const item = world.spawnItem('heart', { shape: 'heart', hue: 350, size: 9 }, { x: 200, y: 210 });
  return { world, ann, bob, goblin, shot, item };
}

test('the page and the server mean the same by the same numbers', () => {
  expect(wire.PROTOCOL).toBe(protocol.PROTOCOL);
  expect(wire.STRIDES).toEqual(protocol.STRIDES);
  expect(wire.FLAGS).toEqual(protocol.FLAGS);
  expect(wire.MOODS).toEqual(protocol.MOODS);
  expect(wire.MOMENTS).toEqual(protocol.MOMENTS);
});

test('what is written on the server is read on the page', () => {
  const { world, ann, bob, goblin, shot, item } = someWorld();
  const snapshot = new SnapshotWriter(world, () => {}).write();
  const read = wire.readSnapshot(JSON.parse(JSON.stringify(snapshot)) as protocol.Snapshot);
  const { alive, shield, bot } = protocol.FLAGS;
  expect(read.players.get(ann.id)).toEqual({
    id: ann.id,
    x: 123.4,
    y: 55.5,
    aim: Math.PI,
    hp: 42,
    score: 12,
    flags: alive | shield,
    size: 11,
  });
  expect(read.players.get(bob.id)).toMatchObject({ flags: bot });
  expect(read.npcs.get(goblin.id)).toMatchObject({ x: 20, y: 30, hp: 60, mood: 'angry', size: 13 });
  expect(read.shots.get(shot.id)).toEqual({ id: shot.id, x: 130, y: 60, by: ann.id, size: 4 });
  expect(read.items.get(item.id)).toEqual({ id: item.id, x: 200, y: 210, look: 0 });
  expect(read.moments).toContainEqual({ moment: 'shoot', x: 130, y: 60, id: ann.id });
});

test('a bot reads the same snapshot where it lies', () => {
  const { world, ann, goblin, item } = someWorld();
  const view = new View();
  new SnapshotWriter(world, (index, look) => {
    view.looks[index] = look;
  }).write();
  view.show(new SnapshotWriter(world, () => {}).write());
  const self = view.self(ann.id);
  expect(self).toEqual({ id: ann.id, x: 123.4, y: 55.5, hp: 42, shielded: true });
  if (!self) return;
  expect(view.nearestNpc(self, 500)).toMatchObject({ id: goblin.id, x: 20, y: 30 });
  expect(view.bestItem(self, 500, (kind) => (kind === 'heart' ? 1 : undefined))).toMatchObject({ id: item.id });
  expect(view.nearestPlayer(self, 5000)).toBeUndefined();
});

test('a look is told once, before it is named', () => {
  const { world } = someWorld();
  const told: protocol.LookEntry[] = [];
  const writer = new SnapshotWriter(world, (_, look) => told.push(look));
  writer.write();
  world.spawnItem('heart', { shape: 'heart', hue: 350, size: 9 }, { x: 1, y: 1 });
  world.spawnItem('heart', { shape: 'heart', hue: 10, size: 9 }, { x: 1, y: 1 });
  const { items } = writer.write();
  expect(told).toEqual([
    ['heart', 'heart', 350, 9],
    ['heart', 'heart', 10, 9],
  ]);
  expect([items[3], items[7], items[11]]).toEqual([0, 0, 1]);
});
