// Somebody who watches the arena over its WebSocket and writes down what a player would notice: ticks that are left
// out, scores that go down, what is said, and what became of each save.
import { once } from 'node:events';
import WebSocket from 'ws';
import type { ServerMessage, Snapshot } from '../../../examples/arena/src/protocol.ts';
import type { ReloadEntry } from '../../../examples/arena/src/reload-log.ts';

/** Numbers for each player in a snapshot; STRIDES in the arena's protocol says what stands where. */
const stride = 8;

interface Player {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

export class Watcher {
  #socket: WebSocket;
  #players = new Map<number, Player>();
  #onChange = new Set<() => void>();
  /** Number of the last tick seen. */
  tick = 0;
  /** Ticks seen. */
  ticks = 0;
  /** What went wrong, in words. */
  readonly troubles: string[] = [];
  /** What was said, in order, with the last tick seen before it, and when, in ms. */
  readonly says: { readonly text: string; readonly tick: number; readonly time: number }[] = [];
  readonly reloads: ReloadEntry[] = [];
  /** The latest tick of each second, in ms. */
  readonly lateness: number[] = [];
  #distances: number[] = [];
  #phase = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#take(JSON.parse(String(data)) as ServerMessage);
      for (const look of this.#onChange) look();
    });
    socket.on('close', () => this.troubles.push('the connection was closed'));
  }

  static async connect(url: string): Promise<Watcher> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`);
    const watcher = new Watcher(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ t: 'watch' }));
    await watcher.until('a tick', () => watcher.ticks > 0);
    return watcher;
  }

  get players(): number {
    return this.#players.size;
  }

  /** Sum of all scores. */
  get points(): number {
    return [...this.#players.values()].reduce((sum, player) => sum + player.score, 0);
  }

  /**
   * Waits until something that was seen makes `look` true.
   *
   * @throws Error after `patience` milliseconds.
   */
  async until<Found>(what: string, look: () => Found | undefined | false, patience = 15_000): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => done(() => reject(new Error(`waited ${patience} ms for ${what}`))), patience);
        const changed = () => done(resolve);
        const done = (settle: () => void) => {
          clearTimeout(timer);
          this.#onChange.delete(changed);
          settle();
        };
        this.#onChange.add(changed);
      });
    }
  }

  /** The reload after the `after` that were there before, as soon as it is told. */
  async reload(after: number): Promise<ReloadEntry> {
    return this.until('a reload', () => this.reloads[after]);
  }

  /** Lets the game go on for so many ticks. */
  async pass(ticks: number): Promise<void> {
    const end = this.ticks + ticks;
    await this.until(`${ticks} ticks`, () => this.ticks >= end);
  }

  /** Units that players move in a tick: the upper quartile, since some stand still. */
  async speed(): Promise<number> {
    this.#distances = [];
    await this.pass(30);
    const sorted = this.#distances.sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.75)] ?? 0;
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.close();
  }

  #take(message: ServerMessage): void {
    if (message.t === 's') this.#see(message);
    else if (message.t === 'say') this.says.push({ text: message.text, tick: this.tick, time: performance.now() });
    else if (message.t === 'reload') this.reloads.push(message.entry);
    else if (message.t === 'match') this.#phase = message.match.phase;
    else if (message.t === 'welcome') this.#welcome(message);
    else if (message.t === 'status') this.lateness.push(message.status.worst);
  }

  /** The tick that was going on: what is said before the first snapshot belongs to it. */
  #welcome({ tick, match }: Extract<ServerMessage, { t: 'welcome' }>): void {
    this.tick = tick;
    this.#phase = match.phase;
  }

  #see({ tick, players }: Snapshot): void {
    if (this.tick > 0 && tick !== this.tick + 1) this.troubles.push(`tick ${tick} came after tick ${this.tick}`);
    const next = new Map<number, Player>();
    for (let at = 0; at < players.length; at += stride) {
      const [id = 0, x = 0, y = 0, , , score = 0] = players.slice(at, at + stride);
      const before = this.#players.get(id);
      if (before !== undefined && score < before.score && this.#phase === 'playing') {
        this.troubles.push(`player ${id} had ${before.score} points and has ${score} in tick ${tick}`);
      }
      if (before !== undefined) {
        const distance = Math.hypot(x - before.x, y - before.y) / 10;
        if (distance > 0) this.#distances.push(distance);
      }
      next.set(id, { x, y, score });
    }
    for (const id of this.#players.keys()) {
      if (!next.has(id)) this.troubles.push(`player ${id} has gone before tick ${tick}`);
    }
    this.tick = tick;
    this.ticks += 1;
    this.#players = next;
  }
}
