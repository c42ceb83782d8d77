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
}

/** The program, installed first where it is not there. @throws Error that says what was tried */
export async function secantus({ standalone = false, sync = false }: SecantusOptions = {}): Promise<ServerProgram> {
  const command = join(home, 'bin/secantusd-py');
  const isThere = await access(command).then(
    () => true,
    () => false,
  );
  if (!isThere) await install();
  return {
    command,
    args: (folder) => [
      ...['--host', '127.0.0.1', '--port', '0', '--storage-path', join(folder, 'data')],
      ...(standalone ? ['--standalone'] : []),
      ...(sync ? ['--sync-on-commit'] : []),
    ],
    ready: /listening on 127\.0\.0\.1:(\d+)/,
  };
}

async function install(): Promise<void> {
  const python = await findPython();
  console.error(`mongodb: installing SecantusDB ${VERSION} from PyPI (about ten seconds)`);
  const begin = performance.now();
  const draft = `${home}.${process.pid}`;
  await mkdir(join(home, '..'), { recursive: true });
  try {
    // made where it will stand, since the scripts of a virtual environment name its folder
    await rm(home, { recursive: true, force: true });
    await run(python, ['-m', 'venv', home]);
    await run(join(home, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `SecantusDB==${VERSION}`]);
  } catch (error) {
    await rename(home, draft).catch(() => {});
    await rm(draft, { recursive: true, force: true });
    throw error;
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
