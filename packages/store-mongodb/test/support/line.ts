// A line to a server that can be disturbed: what goes wrong between a driver and a database, at the byte where it does.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of a request. */
export type Fate =
  /** The server gets it; its answer is lost together with the connection. */
  | 'lose the answer'
  /** The server gets it; its answer never comes, and the connection stays. */
  | 'never answer'
  /** The server gets it when this resolves. */
  | (() => Promise<void>);

export class Line implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #rules: { readonly matches: (request: Buffer) => boolean; readonly fate: Fate; times: number }[] = [];
  /** How many connections were made. */
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param at the port on which it listens; 0 takes any */
  static async to(port: number, at = 0): Promise<Line> {
    const server = createServer();
    const line = new Line(server);
    server.on('connection', (client) => line.#connect(client, port));
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return line;
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${(this.#server.address() as AddressInfo).port}/?directConnection=true`;
  }

  /** Decides over the next requests that contain all these words. */
  next(words: readonly string[], fate: Fate, times = 1): void {
    this.#rules.push({ matches: (request) => words.every((word) => request.includes(word)), fate, times });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket, port: number): void {
    this.connections += 1;
    const server = connect(port, '127.0.0.1');
    let answers: 'pass' | Fate = 'pass';
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', end).on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on('data', async (request) => {
      const fate = this.#fateOf(request);
      if (typeof fate === 'function') await fate();
      else if (fate !== undefined) answers = fate;
      server.write(request);
    });
    server.on('data', (answer) => {
      if (answers === 'pass') client.write(answer);
      else if (answers === 'lose the answer') end();
    });
  }

  #fateOf(request: Buffer): Fate | undefined {
    const rule = this.#rules.find(({ matches, times }) => times > 0 && matches(request));
    if (rule === undefined) return undefined;
    rule.times -= 1;
    return rule.fate;
  }
}
