import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Bus } from '../src/bus.ts';
import { Connections } from '../src/connections.ts';
import { type PageServer, servePage } from '../src/page-server.ts';
import type { ServerMessage } from '../src/protocol.ts';
import { World } from '../src/world.ts';
import { plainHooks } from './support/plain-hooks.ts';

let world: World;
let bus: Bus;
let connections: Connections;
let server: PageServer;

beforeEach(async () => {
  bus = new Bus();
  world = new World({ hooks: plainHooks(), bus });
  connections = new Connections({ world, bus, rate: 20, history: () => ({ entries: [], pulse: [3, 1] }) });
  server = await servePage({
    page: new URL('../page/', import.meta.url),
    port: 0,
    status: () => ({}),
    upgrade: (request, socket, head) => connections.accept(request, socket, head),
  });
});

afterEach(async () => {
  await connections.close();
  await server.close();
});

type Kind = ServerMessage['t'];

class Client {
  readonly socket = new WebSocket(`${server.url}/socket`);
  #messages: ServerMessage[] = [];
  #onMessage = () => {};

  constructor() {
    this.socket.on('message', (data) => {
      this.#messages.push(JSON.parse(data.toString()) as ServerMessage);
      this.#onMessage();
    });
  }

  /** Sends, and waits until the server has read it. */
  async send(message: unknown): Promise<void> {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    this.socket.ping();
    await once(this.socket, 'pong');
  }

  /** The next message of a kind; those before it are dropped. */
  async next<T extends Kind>(kind: T): Promise<Extract<ServerMessage, { t: T }>> {
    for (;;) {
      const message = this.#messages.shift();
      if (message?.t === kind) return message as Extract<ServerMessage, { t: T }>;
      if (!message) {
        await new Promise<void>((resolve) => {
          this.#onMessage = resolve;
        });
      }
    }
  }

  get kinds(): Kind[] {
    return this.#messages.map(({ t }) => t);
  }
}

async function client(): Promise<Client> {
  const one = new Client();
  await once(one.socket, 'open');
  return one;
}

describe('a client', () => {
  test('is welcomed with what it needs to draw the first snapshot', async () => {
    world.addPlayer('Ann', true);
    world.spawnItem('gem', { shape: 'gem', hue: 190, size: 7 }, { x: 1, y: 1 });
    connections.broadcast();
    const welcome = await (await client()).next('welcome');
    expect(welcome).toMatchObject({ protocol: 1, tick: 0, rate: 20, roster: [[1, 'Ann', true]] });
    expect(welcome.looks).toEqual([['gem', 'gem', 190, 7]]);
    expect(welcome.arena.pillars.length).toBeGreaterThan(0);
  });

  test('joins, moves and leaves', async () => {
    const ann = await client();
    await ann.send({ t: 'join', name: 'Ann', bot: false });
    const { id } = await ann.next('you');
    await ann.send(['i', 0, -100, 64, 1]);
    expect(world.players.get(id)).toMatchObject({ name: 'Ann', intent: { moveX: 0, moveY: -1, fire: true } });
    connections.broadcast();
    expect(await ann.next('join')).toMatchObject({ players: [[id, 'Ann', false]] });
    await ann.send({ t: 'leave' });
    connections.broadcast();
    expect(await ann.next('leave')).toEqual({ t: 'leave', ids: [id] });
    expect(world.players.size).toBe(0);
  });

  test('plays once, however often it joins', async () => {
    const ann = await client();
    await ann.send({ t: 'join', name: 'Ann', bot: false });
    await ann.send({ t: 'join', name: 'Ann again', bot: false });
    expect([...world.players.values()].map(({ name }) => name)).toEqual(['Ann']);
  });

  test('takes its player along when the connection ends', async () => {
    const left = once(bus, 'leave');
    const ann = await client();
    await ann.send({ t: 'join', name: 'Ann', bot: false });
    ann.socket.terminate();
    await left;
    expect(world.players.size).toBe(0);
    expect(connections.size).toBe(0);
  });

  test('that sends nonsense is shown out; the others stay', async () => {
    const [good, bad] = [await client(), await client()];
    bad.socket.send('{"t":"reboot"}');
    const [code] = await once(bad.socket, 'close');
    expect(code).toBe(1008);
    await good.send({ t: 'watch' });
    expect(connections.size).toBe(1);
  });

  test('that sends too much is shown out', async () => {
    const bad = await client();
    bad.socket.send('x'.repeat(5000));
    const [code] = await once(bad.socket, 'close');
    expect(code).toBe(1009);
  });
});

test('only watchers hear of reloads and the feed', async () => {
  const [player, watcher] = [await client(), await client()];
  await watcher.send({ t: 'watch' });
  expect(await watcher.next('history')).toEqual({ t: 'history', entries: [], pulse: [3, 1] });
  bus.emit('say', { text: 'hello', tone: 'plain' });
  connections.broadcast();
  expect(await watcher.next('say')).toEqual({ t: 'say', text: 'hello', tone: 'plain' });
  await player.next('s');
  await player.send({ t: 'leave' });
  expect(player.kinds).not.toContain('say');
});

test('the match is told when it changes, not each tick', async () => {
  const watcher = await client();
  connections.broadcast();
  connections.broadcast();
  world.match.phase = 'playing';
  connections.broadcast();
  await watcher.send({ t: 'watch' });
  expect(watcher.kinds.filter((kind) => kind === 'match')).toHaveLength(2);
  expect(watcher.kinds.filter((kind) => kind === 's')).toHaveLength(3);
});
