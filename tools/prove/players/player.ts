// A player at the other end of a real socket: says numbered lines, and notes what it is told, by kind.
import { connect, type Socket } from 'node:net';

/** What one player was told of one kind, in order: `number`, and the version of the script that said it. */
export type Told = readonly { readonly number: number; readonly version: number }[];

export class Player {
  readonly #socket: Socket;
  readonly #told = new Map<string, { number: number; version: number }[]>();
  #rest = '';
  said = 0;
  /** Why the connection is gone, where it is. */
  lost: string | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', (error) => {
      this.lost ??= error.message;
    });
    socket.on('close', () => {
      this.lost ??= 'closed';
    });
  }

  static join(port: number): Promise<Player> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => resolve(new Player(socket)));
      socket.once('error', reject);
    });
  }

  say(): void {
    this.said += 1;
    this.#socket.write(`${this.said}\n`);
  }

  told(kind: string): Told {
    return this.#told.get(kind) ?? [];
  }

  leave(): void {
    this.lost ??= 'left';
    this.#socket.destroy();
  }

  #hear(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [kind = '', number, version] = line.split(' ');
      const list = this.#told.get(kind);
      const one = { number: Number(number), version: Number(version) };
      if (list === undefined) this.#told.set(kind, [one]);
      else list.push(one);
    }
  }
}

/** What is wrong with numbers that are to follow one another; undefined where nothing is. */
export function brokenAt(told: Told, from: number, to?: number): string | undefined {
  let expected = from;
  for (const { number } of told) {
    if (number !== expected) return number < expected ? `${number} came twice` : `${expected} was lost`;
    expected += 1;
  }
  return to !== undefined && expected !== to + 1 ? `${expected} to ${to} were lost` : undefined;
}
