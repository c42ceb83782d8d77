// A database server of a test's own: on loopback, on a free port, in a temporary folder, ended by its process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MongoServer extends AsyncDisposable {
  /** `mongod 7.0`, `SecantusDB`: for the names of tests. */
  readonly kind: string;
  /** Without a database. */
  readonly uri: string;
  /** Whether it has change streams. */
  readonly streams: boolean;
  /** Whether its data goes with it. Where it does not, tests remove what they made. */
  readonly temporary: boolean;
  stop(): Promise<void>;
}

export interface ServerProgram {
  readonly command: string;
  readonly args: (place: { readonly folder: string; readonly port: number }) => readonly string[];
  /** Its line, on either stream, from which the port is read. */
  readonly ready: RegExp;
}

/** Where a server runs, for tests that stop one and start it again. */
export interface Place {
  /** Its data stays there when it ends. @default a temporary folder */
  readonly folder?: string;
  /** @default a free one */
  readonly port?: number;
}

/** Milliseconds for a start, and for an end before it is killed. */
const PATIENCE = { start: 30_000, stop: 8_000 };

/** A server that runs, and what ends it. */
export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
  /** Ends it by SIGKILL, as a power cut would; its data stays, where it has a folder. */
  kill(): Promise<void>;
}

/** Starts a server program and waits for its port. @throws Error with what it said when it does not come up */
export async function startProgram(program: ServerProgram, place: Place = {}): Promise<RunningServer> {
  const folder = place.folder ?? (await mkdtemp(join(tmpdir(), 'rekindle-mongodb-')));
  const args = program.args({ folder, port: place.port ?? 0 });
  const child = spawn(program.command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // a test that dies leaves nothing behind
  let ended: Promise<void> | undefined;
  const stop = () => {
    // data that is thrown away need not be brought to rest first
    ended ??= end(child, place.folder === undefined ? 'SIGKILL' : 'SIGTERM').then(() => {
      process.off('exit', kill);
      return place.folder === undefined ? rm(folder, { recursive: true, force: true }) : undefined;
    });
    return ended;
  };
  const die = async () => {
    await end(child, 'SIGKILL');
    process.off('exit', kill);
  };
  try {
    return { port: await portOf(child, program.ready), stop, kill: die };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(child: ChildProcess, ready: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string) => reject(new Error(`The database server ${why}. It said:\n${output.slice(-2_000)}`));
    const timer = setTimeout(() => fail(`did not come up within ${PATIENCE.start} ms`), PATIENCE.start);
    const read = (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-100_000);
      const match = ready.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE.stop);
  await gone;
  clearTimeout(timer);
}
