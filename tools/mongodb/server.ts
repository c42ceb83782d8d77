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
  stop(): Promise<void>;
}

export interface ServerProgram {
  readonly command: string;
  readonly args: (folder: string) => readonly string[];
  /** Its line, on either stream, from which the port is read. */
  readonly ready: RegExp;
}

/** Milliseconds for a start, and for an end before it is killed. */
const PATIENCE = { start: 30_000, stop: 8_000 };

/** A server that runs, and what ends it. */
export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server program and waits for its port. @throws Error with what it said when it does not come up */
export async function startProgram({ command, args, ready }: ServerProgram): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-mongodb-'));
  const child = spawn(command, args(folder), { stdio: ['ignore', 'pipe', 'pipe'] });
  let ended: Promise<void> | undefined;
  const stop = () => {
    ended ??= end(child, folder);
    return ended;
  };
  process.once('exit', () => child.kill('SIGKILL')); // a test that dies leaves nothing behind
  try {
    const port = await portOf(child, ready);
    return { port, stop };
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
      output += String(chunk);
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

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE.stop);
    await gone;
    clearTimeout(timer);
  }
  await rm(folder, { recursive: true, force: true });
}
