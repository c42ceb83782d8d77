// SecantusDB, a database that speaks MongoDB's protocol and comes from PyPI: installed once, into a virtual environment
// of Python in the workspace's cache.
import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';
import type { ServerProgram } from './server.ts';

const run = promisify(execFile);

const VERSION = '0.7.0b3';
const home = join(root, 'node_modules/.cache/secantus', VERSION);
/** It needs Python 3.10 to 3.13. */
const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

export interface SecantusOptions {
  /** As a standalone server: it refuses change streams. @default false */
  readonly standalone?: boolean;
  /** Acknowledged writes survive a kill. @default false */
  readonly sync?: boolean;
  /** Users have to say who they are. They are made before, without it. @default false */
  readonly auth?: boolean;
  /** `configureFailPoint` works. @default false */
  readonly failpoints?: boolean;
}

/** The program, installed first where it is not there. @throws Error that says what was tried */
export async function secantus(options: SecantusOptions = {}): Promise<ServerProgram> {
  const { standalone = false, sync = false, auth = false, failpoints = false } = options;
  if (!(await isThere())) {
    installing ??= install();
    await installing;
  }
  return {
    // not its command in `bin`, which names the folder in which it was installed
    command: join(home, 'bin/python'),
    args: ({ folder, port }) => [
      ...['-c', 'import sys; from secantus.cli import main; sys.exit(main())'],
      ...['--host', '127.0.0.1', '--port', String(port), '--storage-path', join(folder, 'data')],
      ...(standalone ? ['--standalone'] : []),
      ...(sync ? ['--sync-on-commit'] : []),
      ...(auth ? ['--auth'] : []),
      ...(failpoints ? ['--enable-test-commands'] : []),
    ],
    ready: /listening on 127\.0\.0\.1:(\d+)/,
  };
}

let installing: Promise<void> | undefined;

function isThere(): Promise<boolean> {
  return access(home).then(
    () => true,
    () => false,
  );
}

/** Test files run side by side, in processes of their own: the first one installs, the others wait for it. */
async function install(): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const lock = `${home}.lock`;
  while (!(await take(lock))) {
    await setTimeout(500);
    if (await isThere()) return;
  }
  try {
    if (!(await isThere())) await installNow();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Makes a file with the number of this process; one that a dead process has left is taken away first. */
async function take(lock: string): Promise<boolean> {
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
  return writeFile(lock, String(process.pid), { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Into another folder, which then takes its place: what is broken off is not taken for installed. */
async function installNow(): Promise<void> {
  const python = await findPython();
  console.error(`mongodb: installing SecantusDB ${VERSION} from PyPI (about ten seconds)`);
  const begin = performance.now();
  const draft = `${home}.${process.pid}`;
  try {
    await run(python, ['-m', 'venv', draft]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `SecantusDB==${VERSION}`];
    await run(join(draft, 'bin/python'), pip);
    await rename(draft, home);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  console.error(`mongodb: installed in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

async function findPython(): Promise<string> {
  for (const python of pythons) {
    const version = await run(python, ['-c', 'import sys, venv; print(sys.version_info[:2])']).catch(() => undefined);
    if (version !== undefined && /\(3, 1[0-3]\)/.test(version.stdout)) return python;
  }
  throw new Error(`No Python from 3.10 to 3.13 with venv among ${pythons.join(', ')}`);
}
