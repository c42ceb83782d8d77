import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type PageServer, PortInUseError, rejectUpgrade, servePage } from '../src/page-server.ts';

let server: PageServer;
const page = new URL('../page/', import.meta.url);

function serve(port = 0): Promise<PageServer> {
  return servePage({
    page,
    port,
    status: () => ({ release: 3 }),
    upgrade: (_, socket) => rejectUpgrade(socket, '418 Teapot'),
  });
}

/** `fetch` does not let one choose the name in `Host`. */
async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const asked = request({ host: '127.0.0.1', port: server.port, path, headers }).end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const part of response) body += part;
  return { status: response.statusCode, body };
}

beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.close());

describe('the page server', () => {
  test('serves the page and its parts', async () => {
    expect((await get('/')).body).toContain('<title>Rekindle arena</title>');
    const response = await fetch(`${server.url}/scene/scene.js`);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  test('tells how the server is', async () => {
    expect(JSON.parse((await get('/status.json')).body)).toEqual({ release: 3 });
  });

  test.each(['/nothing.js', '/../package.json', '/..%2fsrc%2fmain.ts', '/scene', '/.env', '/panel/../../src/main.js'])(
    'has nothing at %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test('does not write', async () => {
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
  });

  test('turns foreign pages away', async () => {
    expect((await get('/status.json', { host: 'evil.example' })).status).toBe(403);
    const own = `127.0.0.1:${server.port}`;
    expect((await get('/status.json', { host: own, origin: 'http://evil.example' })).status).toBe(403);
    expect((await get('/status.json', { host: own, origin: `http://${own}` })).status).toBe(200);
    const socket = new WebSocket(`${server.url}/socket`, { origin: 'http://evil.example' });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
  });

  test('hands a WebSocket on', async () => {
    const [, response] = await once(new WebSocket(`${server.url}/socket`), 'unexpected-response');
    expect(response.statusCode).toBe(418);
  });

  test('says which port is taken, and what to do', async () => {
    const error = await serve(server.port).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PortInUseError);
    expect(error).toHaveProperty(
      'message',
      `Port ${server.port} is in use. Choose another one: PORT=${server.port + 1} npm start`,
    );
  });
});
