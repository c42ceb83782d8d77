/**
 * Everybody who is connected: players, bots and people who watch. Turns messages into intents and the world into
 * messages.
 *
 * One snapshot is sent to all, encoded once. Who cannot keep up gets fewer snapshots and is let go when far behind;
 * nobody else notices. A connection that breaks the protocol is closed, without an answer that could be argued with.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Bus } from './bus.ts';
import type { Intent, Player } from './entities.ts';
import { rejectUpgrade } from './page-server.ts';
import { type ClientMessage, PROTOCOL, type RosterEntry, readClientMessage, type ServerMessage } from './protocol.ts';
import { SnapshotWriter } from './snapshot.ts';
import type { Status } from './status.ts';
import type { World } from './world.ts';

/** Bytes that may wait for a client before it misses snapshots, and before it is let go. */
const SLOW = 256 * 1024;
const LOST = 4 * 1024 * 1024;
const MOST_CONNECTIONS = 600;
const PING_EVERY = 10_000;

interface Client {
  readonly socket: WebSocket;
  player: Player | undefined;
  watching: boolean;
  answered: boolean;
}

export interface ConnectionsOptions {
  readonly world: World;
  readonly bus: Bus;
  /** Ticks per second. */
  readonly rate: number;
  /** What a watcher who comes later has missed. */
  readonly history: () => Omit<Extract<ServerMessage, { t: 'history' }>, 't'>;
}

export class Connections {
  #world: World;
  #rate: number;
  #history: ConnectionsOptions['history'];
  #writer: SnapshotWriter;
  #clients = new Set<Client>();
  #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false, clientTracking: false });
  #joined: RosterEntry[] = [];
  #left: number[] = [];
  #lastMatch = '';
  #ping = setInterval(() => this.#checkPulse(), PING_EVERY).unref();

  constructor({ world, bus, rate, history }: ConnectionsOptions) {
    this.#world = world;
    this.#rate = rate;
    this.#history = history;
    this.#writer = new SnapshotWriter(world, (index, look) => this.#send({ t: 'look', index, look }));
    bus.on('say', ({ text, tone }) => this.tellWatchers({ t: 'say', text, tone }));
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Takes over a request for a WebSocket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#clients.size >= MOST_CONNECTIONS) rejectUpgrade(socket, '503 Service Unavailable');
    else this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket));
  }

  /** Tells everybody what the last tick made of the world. */
  broadcast(): void {
    if (this.#left.length > 0) this.#send({ t: 'leave', ids: this.#left.splice(0) });
    if (this.#joined.length > 0) this.#send({ t: 'join', players: this.#joined.splice(0) });
    const match = JSON.stringify(this.#world.match);
    if (match !== this.#lastMatch) {
      this.#lastMatch = match;
      this.#send({ t: 'match', match: this.#world.match });
    }
    const snapshot = encode(this.#writer.write());
    for (const client of this.#clients) {
      const waiting = client.socket.bufferedAmount;
      if (waiting > LOST) client.socket.terminate();
      else if (waiting < SLOW) client.socket.send(snapshot, { binary: false });
    }
  }

  tellWatchers(message: ServerMessage): void {
    this.#send(message, (client) => client.watching);
  }

  status(status: Status): void {
    this.tellWatchers({ t: 'status', status });
  }

  /** Ends every connection; resolves when the last has gone. */
  async close(): Promise<void> {
    clearInterval(this.#ping);
    const sockets = [...this.#clients].map(({ socket }) => socket);
    const gone = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const socket of sockets) socket.close(1001, 'The arena closes');
    const impatience = setTimeout(() => {
      for (const socket of sockets) socket.terminate();
    }, 500);
    await Promise.all(gone);
    clearTimeout(impatience);
    this.#server.close();
  }

  #open(socket: WebSocket): void {
    const client: Client = { socket, player: undefined, watching: false, answered: true };
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : readClientMessage(data.toString());
      if (message) this.#receive(client, message);
      else socket.close(1008, 'Not a message of the arena');
    });
    socket.on('pong', () => {
      client.answered = true;
    });
    // What went wrong on the wire ends the connection; 'close' follows and says so.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#clients.delete(client);
      this.#leave(client);
    });
    const { width, height, pillars, match, tick } = this.#world;
    const welcome: ServerMessage = {
      t: 'welcome',
      protocol: PROTOCOL,
      tick,
      rate: this.#rate,
      arena: { width, height, pillars },
      match,
      roster: [...this.#world.players.values()].map(rosterEntry),
      looks: this.#writer.looks,
    };
    socket.send(encode(welcome), { binary: false });
    this.#clients.add(client);
  }

  #receive(client: Client, message: ClientMessage): void {
    switch (message.t) {
      case 'watch':
        if (client.watching) return;
        client.watching = true;
        client.socket.send(encode({ t: 'history', ...this.#history() }), { binary: false });
        return;
      case 'join':
        this.#join(client, message.name, message.bot);
        return;
      case 'leave':
        this.#leave(client);
        return;
      case 'input': {
        const { moveX, moveY, aim, fire } = message;
        if (client.player) Object.assign(client.player.intent, { moveX, moveY, aim, fire } satisfies Intent);
        return;
      }
      default:
        message satisfies never;
    }
  }

  #join(client: Client, name: string, bot: boolean): void {
    if (client.player) return;
    const player = this.#world.addPlayer(name, bot);
    client.player = player;
    this.#joined.push(rosterEntry(player));
    client.socket.send(encode({ t: 'you', id: player.id }), { binary: false });
  }

  #leave(client: Client): void {
    const { player } = client;
    if (!player) return;
    client.player = undefined;
    this.#world.removePlayer(player.id);
    this.#left.push(player.id);
  }

  #checkPulse(): void {
    for (const client of this.#clients) {
      if (!client.answered) client.socket.terminate();
      client.answered = false;
      client.socket.ping();
    }
  }

  #send(message: ServerMessage, only: (client: Client) => boolean = () => true): void {
    const bytes = encode(message);
    for (const client of this.#clients) if (only(client)) client.socket.send(bytes, { binary: false });
  }
}

function encode(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function rosterEntry({ id, name, bot }: Player): RosterEntry {
  return [id, name, bot];
}
