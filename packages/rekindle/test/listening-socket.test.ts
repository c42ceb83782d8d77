/** A listening socket in a slot, with a living handler: no connection is lost, however often its module is edited. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { committed, hostOf } from './stories.ts';

const RELOADS = 1_000;
/** Connections that are there all the time. */
const LASTING = 8;

const server = (version: number) => `import { createServer } from 'node:net';
import { live, state } from 'rekindle/script';
import { bound } from '@game';
const connections = state('connections', () => ({ there: 0, made: 0, errors: 0 }));
const onLine = live(function onLine(line: string) { return line + ' ${version}'; });
const onConnection = live(function onConnection(socket) {
  connections.there += 1;
  connections.made += 1;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => { for (const line of text.split('\\n')) if (line !== '') socket.write(onLine(line) + '\\n'); });
  socket.on('error', () => { connections.errors += 1; });
  socket.on('close', () => { connections.there -= 1; });
});
export const there = connections;
export const version = ${version};
state('server', () => createServer(onConnection).listen(0, '127.0.0.1', function () { bound(this.address().port); }), { dispose: (it) => it.close() });
`;

/** A client that says a line and waits for the answer. */
class Client {
  readonly #socket: Socket;
  #text = '';
  #answered: (line: string) => void = () => {};
  #failed: (error: Error) => void = () => {};
  closed = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => {
      this.#text += text;
      const end = this.#text.indexOf('\n');
      if (end < 0) return;
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#answered(line);
    });
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.on('close', () => {
      this.closed = true;
      this.#failed(new Error('The connection is gone.'));
    });
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(`${line}\n`);
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#failed = () => {};
      this.#socket.once('close', () => resolve());
      this.#socket.end();
    });
  }
}

describe('a listening socket in a slot', () => {
  it(`loses no connection over ${RELOADS} edits, and is answered by the newest code`, {
    timeout: 240_000,
  }, async () => {
    let bound: (port: number) => void = () => {};
    const port = new Promise<number>((resolve) => {
      bound = resolve;
    });
    const modules = { '@game': { bound: (at: number) => bound(at) } };
    const t = await hostOf({ 'server.ts': server(0) }, { modules, entries: ['server.ts'], limits: { loop: 10_000 } });
    const clients = Array.from({ length: LASTING }, () => undefined).map(async () => new Client(await port));
    const lasting = await Promise.all(clients);
    const module = await t.import<{ there: { there: number; made: number; errors: number }; version: number }>(
      'server.ts',
    );
    for (let version = 1; version <= RELOADS; version++) {
      const old = version - 1;
      // one asks before the edit, one while it is on its way, and one that has just come
      const early = lasting[version % LASTING]?.ask('early');
      const changing = t.change({ 'server.ts': server(version) });
      const during = lasting[(version + 1) % LASTING]?.ask('during');
      const newcomer = new Client(await port);
      const late = newcomer.ask('late');
      committed(await changing);
      const [first, second, third] = await Promise.all([early, during, late]);
      expect([`early ${old}`, `early ${version}`]).toContain(first);
      expect([`during ${old}`, `during ${version}`]).toContain(second);
      expect([`late ${old}`, `late ${version}`]).toContain(third);
      expect(await newcomer.ask('now')).toBe(`now ${version}`);
      await newcomer.end();
      t.forget();
    }
    expect(await Promise.all(lasting.map((client) => client.ask('still')))).toEqual(
      lasting.map(() => `still ${RELOADS}`),
    );
    expect(lasting.filter(({ closed }) => closed)).toEqual([]);
    expect(module.there).toMatchObject({ made: RELOADS + LASTING, errors: 0 });
    expect(module.version).toBe(RELOADS);
    await Promise.all(lasting.map((client) => client.end()));
  });

  it('is closed when nobody names it any more', async () => {
    let bound: (port: number) => void = () => {};
    const port = new Promise<number>((resolve) => {
      bound = resolve;
    });
    const t = await hostOf(
      { 'server.ts': server(0) },
      { modules: { '@game': { bound: (at: number) => bound(at) } }, entries: ['server.ts'] },
    );
    const client = new Client(await port);
    expect(await client.ask('a')).toBe('a 0');
    await client.end();
    committed(await t.host.unload('server.ts'));
    await expect(new Client(await port).ask('b')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
