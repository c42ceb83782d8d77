/** The least client of the inspector protocol that a debugger's story needs. */

import { once } from 'node:events';
import { WebSocket } from 'ws';

type Message = Record<string, unknown>;

interface Frame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

export interface ParsedScript {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
}

export class DebuggerClient {
  /** Every script that the game has compiled since the debugger was enabled, and those that it had before. */
  readonly scripts: ParsedScript[] = [];
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, (params: unknown) => void>();
  #id = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
  }

  static async connect(url: string): Promise<DebuggerClient> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new DebuggerClient(socket);
  }

  async send<Result = Message>(method: string, params: Message = {}): Promise<Result> {
    this.#id += 1;
    const id = this.#id;
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as Result;
  }

  /** The next event of a kind. */
  next<Params>(method: string): Promise<Params> {
    return new Promise((resolve) => {
      this.#listeners.set(method, (params) => {
        this.#listeners.delete(method);
        resolve(params as Params);
      });
    });
  }

  /** Where the game stops while it does something, and what that gives when it has gone on. */
  async stopIn(doing: () => Promise<unknown>): Promise<{ place: string; result: unknown }> {
    const paused = this.next<{ callFrames: Frame[] }>('Debugger.paused');
    const result = doing();
    const stopped = await Promise.race([paused, result.then((value) => ({ value }))]);
    if ('value' in stopped) throw new Error(`It did not stop, and gave ${JSON.stringify(stopped.value)}`);
    const [{ location }] = stopped.callFrames as [Frame];
    await this.send('Debugger.resume');
    return {
      place: `${this.scripts.find(({ scriptId }) => scriptId === location.scriptId)?.url}:${location.lineNumber + 1}`,
      result: await result,
    };
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, method, params, ...rest }: { id?: number; method?: string; params?: unknown }): void {
    if (id !== undefined) this.#answers.get(id)?.(rest);
    else if (method === 'Debugger.scriptParsed') this.scripts.push(params as ParsedScript);
    else if (method !== undefined) this.#listeners.get(method)?.(params);
  }
}
