// SecantusDB, a database that speaks MongoDB's protocol and comes from PyPI: installed once, into a virtual environment
// of Python in the workspace's cache.
import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
  const isThere = await access(home).then(
    () => true,
    () => false,
  );
  if (!isThere) await install();
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

/** Into a folder of its own, which then takes its place: test files run side by side, and the first one wins. */
async function install(): Promise<void> {
  const python = await findPython();
  console.error(`mongodb: installing SecantusDB ${VERSION} from PyPI (about ten seconds)`);
  const begin = performance.now();
  const draft = `${home}.${process.pid}`;
  await mkdir(join(home, '..'), { recursive: true });
  try {
    await run(python, ['-m', 'venv', draft]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `SecantusDB==${VERSION}`];
    await run(join(draft, 'bin/python'), pip);
    await rename(draft, home).catch(() => access(home));
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
