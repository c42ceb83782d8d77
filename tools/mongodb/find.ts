// A MongoDB server for tests: the one in MONGODB_URI, a `mongod` on the PATH, else SecantusDB from PyPI; and FerretDB for
// those that ask for it. Never a mock.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import type { Requirement } from '../requirements/obtain.ts';
import { ferret } from './ferret.ts';
import { type SecantusOptions, secantus } from './secantus.ts';
import { type MongoServer, type Place, type ServerProgram, startProgram } from './server.ts';

const run = promisify(execFile);

/** A server of a test's own, with its port, to be started there again. */
export interface LocalServer extends MongoServer {
  readonly port: number;
  /** Ends it as a power cut would; its data stays, where it has a folder. */
  kill(): Promise<void>;
}

/** Starts SecantusDB. @throws Error that says what was tried */
export async function startSecantus(options: SecantusOptions & Place = {}): Promise<LocalServer> {
  const streams = options.standalone !== true;
  return startLocal(streams ? 'SecantusDB' : 'SecantusDB, standalone', await secantus(options), streams, options);
}

/** Starts FerretDB. It has no change streams. @throws Error that says what was tried */
async function startFerret(place: Place = {}): Promise<LocalServer> {
  return startLocal('FerretDB', await ferret(), false, place);
}

async function startLocal(kind: string, program: ServerProgram, streams: boolean, place: Place): Promise<LocalServer> {
  const { port, stop, kill } = await startProgram(program, place);
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  return { kind, uri, port, streams, temporary: place.folder === undefined, stop, kill, [Symbol.asyncDispose]: stop };
}

/** Kinds of servers for whoever stops one and starts it again where it was: acknowledged writes survive that. */
export const localServers: Readonly<Record<string, (place?: Place) => Promise<LocalServer>>> = {
  secantusdb: (place) => startSecantus({ ...place, sync: true }),
  standalone: (place) => startSecantus({ ...place, sync: true, standalone: true }),
  ferretdb: startFerret,
};

/** Starts a `mongod` from the PATH as a replica set of one; undefined where there is none. */
async function startMongod(): Promise<MongoServer | undefined> {
  const version = await run('mongod', ['--version']).catch(() => undefined);
  if (version === undefined) return undefined;
  const program = {
    command: 'mongod',
    args: ({ folder, port }: Required<Place>) => [
      ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder, '--replSet', 'rekindle'],
    ],
    ready: /"Waiting for connections"[^\n]*"port":(\d+)/,
  };
  const { port, stop } = await startProgram(program, { port: await freePort() }); // it takes no 0 for any
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  try {
    await initiate(uri, port);
  } catch (error) {
    await stop();
    throw error;
  }
  const [, number = ''] = /db version v(\S+)/.exec(version.stdout) ?? [];
  return { kind: `mongod ${number}`, uri, streams: true, temporary: true, stop, [Symbol.asyncDispose]: stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Makes the server the primary of a replica set of one: change streams need that. */
async function initiate(uri: string, port: number): Promise<void> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    const admin = client.db('admin');
    await admin.command({ replSetInitiate: { _id: 'rekindle', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const hello = await admin.command({ hello: 1 });
      if (hello['isWritablePrimary'] === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('mongod did not become primary within 10 s');
  } finally {
    await client.close();
  }
}

/** The server that is named in the environment: it is used, and left as it is. */
async function namedServer(): Promise<MongoServer | undefined> {
  const uri = process.env['MONGODB_URI'];
  if (uri === undefined || uri === '') return undefined;
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    const stop = () => Promise.resolve();
    return {
      kind: 'MONGODB_URI',
      uri,
      streams: 'setName' in hello,
      temporary: false,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } finally {
    await client.close();
  }
}

/** The best server that can be had. @throws Error that says what was tried */
export async function startMongo(): Promise<MongoServer> {
  return (await namedServer()) ?? (await startMongod()) ?? (await startSecantus());
}

/** For `obtain(mongodb)` in a test, which then has a server that it stops. */
export const mongodb: Requirement<MongoServer> = {
  name: 'A MongoDB server',
  remedy: 'Set MONGODB_URI, put mongod on the PATH, or install Python 3.10 to 3.13 with venv.',
  find: startMongo,
};

/** SecantusDB and nothing else: for tests that need its failpoints, its users, or to stop it. */
export function secantusdb(options: SecantusOptions & Place = {}): Requirement<LocalServer> {
  return {
    name: options.standalone === true ? 'A MongoDB server without change streams' : 'A MongoDB server of its own',
    remedy: 'Install Python 3.10 to 3.13 with venv.',
    find: () => startSecantus(options),
  };
}

/** FerretDB: for what has to hold on a server that can do little. */
export const ferretdb: Requirement<LocalServer> = {
  name: 'FerretDB, a MongoDB server that can do little',
  remedy: 'Install Go 1.24 or newer, or Python 3.10 to 3.13 with venv.',
  find: startFerret,
};
