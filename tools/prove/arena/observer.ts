// Somebody who watches the arena over its WebSocket, like any client: what is seen here has gone the whole way from a
// script over the tick to the wire. Reads snapshots alone; STRIDES in the arena's protocol says what stands where.
import { once } from 'node:events';
import WebSocket from 'ws';
import { quantile } from '../../door/statistics.ts';

/** Numbers for each player in a snapshot; the first three are id, x and y, positions in tenths of a unit. */
const stride = 8;

interface Snapshot {
  readonly t: 's';
  readonly tick: number;
  readonly players: readonly number[];
}

interface Position {
  readonly x: number;
  readonly y: number;
}

export class Observer {
  #socket: WebSocket;
  #tick = 0;
  #positions = new Map<number, Position>();
  /** Units a tick, of everybody who moved, newest last. */
  #speeds: number[] = [];
  #onSnapshot: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const message: { t?: string } | Snapshot = JSON.parse(String(data));
      if (message.t === 's') this.#take(message as Snapshot);
    });
  }

  /** Resolves when a tick has been seen. */
  static async connect(url: string): Promise<Observer> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`);
    const observer = new Observer(socket);
    await once(socket, 'open');
    await observer.#next();
    return observer;
  }

  get players(): number {
    return this.#positions.size;
  }

  /** Waits until that many play. @throws Error when it takes more than 600 ticks. */
  async crowd(players: number): Promise<void> {
    for (let tick = 0; this.players < players; tick += 1) {
      if (tick === 600) throw new Error(`Only ${this.players} of ${players} players have come.`);
      await this.#next();
    }
  }

  /**
   * How fast players move, in units a tick: the upper quartile over the next thousand moves, since some are at a wall;
   * a few that appear elsewhere do not count in it.
   *
   * @throws Error when nobody moves for 600 ticks.
   */
  async speed(): Promise<number> {
    this.#speeds = [];
    for (let tick = 0; this.#speeds.length < 1000; tick += 1) {
      if (tick === 600) throw new Error(`Players moved ${this.#speeds.length} times in 600 ticks.`);
      await this.#next();
    }
    return quantile(this.#speeds, 0.75);
  }

  /** Measures again until it is above `limit`, at most ten times. */
  async speedAbove(limit: number): Promise<number> {
    let speed = 0;
    for (let attempt = 0; attempt < 10 && speed <= limit; attempt += 1) speed = await this.speed();
    return speed;
  }

  close(): void {
    this.#socket.close();
  }

  #take({ tick, players }: Snapshot): void {
    const ticks = tick - this.#tick;
    const next = new Map<number, Position>();
    for (let at = 0; at < players.length; at += stride) {
      const [id = 0, x = 0, y = 0] = players.slice(at, at + 3);
      const before = this.#positions.get(id);
      next.set(id, { x, y });
      if (before === undefined || ticks <= 0) continue;
      const distance = Math.hypot(x - before.x, y - before.y) / 10;
      if (distance > 0) this.#speeds.push(distance / ticks);
    }
    this.#tick = tick;
    this.#positions = next;
    this.#onSnapshot();
  }

  /** The next snapshot. @throws Error when there is none for 10 s or the server has gone. */
  #next(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => () => finish(() => reject(new Error(`The arena ${why}.`)));
      const timer = setTimeout(fail('sent no tick for 10 s'), 10_000);
      const closed = fail('closed the connection');
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.#socket.off('close', closed);
        this.#onSnapshot = () => {};
        settle();
      };
      this.#socket.once('close', closed);
      this.#onSnapshot = () => finish(resolve);
    });
  }
}
