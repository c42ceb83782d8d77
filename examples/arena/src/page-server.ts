/**
 * The web side of the arena: the page, `GET /status.json`, and the door to the WebSocket.
 *
 * It listens on the loopback only, and speaks to nobody but the machine's own users: a foreign web page that resolves
 * its name to 127.0.0.1, or opens a WebSocket to it, is turned away. The page is read from the disk at each request,
 * so that it can be edited too.
 */

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { Duplex } from 'node:stream';

const HOST = '127.0.0.1';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'self'; connect-src 'self' ws:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
} as const;

/** The port is taken: the message says what to do. */
export class PortInUseError extends Error {
  readonly code = 'ARENA_PORT_IN_USE';
  override readonly name = 'PortInUseError';

  constructor(port: number, cause: unknown) {
    super(`Port ${port} is in use. Choose another one: PORT=${port + 1} npm start`, { cause });
  }
}

export interface PageServerOptions {
  /** Folder of the page. */
  readonly page: URL;
  /** 0 takes any free port. */
  readonly port: number;
  readonly status: () => unknown;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface PageServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function servePage({ page, port, status, upgrade }: PageServerOptions): Promise<PageServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => send(response, 500, 'text/plain', 'The page could not be read'));
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/socket' && isOurs(request)) return upgrade(request, socket, head);
    rejectUpgrade(socket, '403 Forbidden');
  });
  await listen(server, port);
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOurs(request)) return send(response, 403, 'text/plain', 'The arena answers on 127.0.0.1 only');
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'GET only');
    const { pathname } = new URL(request.url ?? '/', `http://${HOST}`);
    if (pathname === '/status.json') return send(response, 200, 'application/json', JSON.stringify(status()));
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const type = TYPES[extname(name)];
    // One flat folder: whatever could climb out of it is not a name in it.
    if (!type || !/^[a-z0-9-]+(\/[a-z0-9-]+)?\.[a-z]+$/.test(name))
      return send(response, 404, 'text/plain', 'Not here');
    let body: Buffer;
    try {
      body = await readFile(new URL(name, page));
    } catch {
      return send(response, 404, 'text/plain', 'Not here');
    }
    send(response, 200, type, body);
  }

  return {
    port: taken,
    url: `http://${HOST}:${taken}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** Turns a request for a WebSocket away. */
export function rejectUpgrade(socket: Duplex, status: string): void {
  // Node has handed the socket over: an error that nobody listens to would end the process.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
}

function send(response: ServerResponse, code: number, type: string, body: string | Buffer): void {
  response.writeHead(code, { ...HEADERS, 'content-type': type });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Asked for under a name of this machine, by nobody or by our own page. */
function isOurs({ headers, socket }: IncomingMessage): boolean {
  const names = [`${HOST}:${socket.localPort}`, `localhost:${socket.localPort}`];
  const { host = '', origin } = headers;
  return names.includes(host) && (origin === undefined || origin === `http://${host}`);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port, error) : error);
    });
    server.listen({ port, host: HOST, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
