// FerretDB, which speaks MongoDB's protocol over SQLite files: built once from Go's modules, pinned in `ferretdb/`, into
// the workspace's cache. It is the last line whose server is one program: later ones need PostgreSQL with an extension.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';
import { bring } from '../requirements/bring.ts';
import { findGo } from './go.ts';
import type { ServerProgram } from './server.ts';

const source = fileURLToPath(new URL('ferretdb', import.meta.url));
const program = process.platform === 'win32' ? 'ferretdb.exe' : 'ferretdb';

/** The program, built first where it is not there. @throws Error that says what was tried */
export async function ferret(): Promise<ServerProgram> {
  const home = join(root, 'node_modules/.cache/ferretdb', await nameOfSource());
  await bring(home, build);
  return {
    command: join(home, program),
    args: ({ folder, port }) => ['-folder', folder, '-port', String(port)],
    ready: /listening on mongodb:\/\/127\.0\.0\.1:(\d+)/,
  };
}

/** What is built of other files stands beside. */
async function nameOfSource(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}

async function build(draft: string): Promise<void> {
  const go = await findGo();
  console.error('mongodb: building FerretDB (one to three minutes, or seconds where Go has built it before)');
  const begin = performance.now();
  await mkdir(draft);
  await promisify(execFile)(go, ['build', '-buildvcs=false', '-o', join(draft, program), '.'], {
    cwd: source,
    env: { ...process.env, GOWORK: 'off' },
  });
  console.error(`mongodb: built in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}
