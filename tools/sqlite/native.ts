// The native part of better-sqlite3, for a test: built where it is not there, once, because no script of a package runs
// when the workspace is installed. Its own way is taken: a prebuilt binary where one can be downloaded, else the sources
// that the package has in it, with a compiler (one or two minutes).
import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';
import type { Requirement } from '../requirements/obtain.ts';

const run = promisify(execFile);

const home = join(root, 'node_modules/better-sqlite3');
const lock = join(root, 'node_modules/.cache/better-sqlite3.lock');
/** Milliseconds: a build takes two minutes on a slow machine. */
const PATIENCE = 10 * 60_000;

/**
 * @param open opens a database with whatever library loads, and closes it
 * @returns `obtain(…)` gives the name of the library
 */
export function sqlite(open: () => string): Requirement<string> {
  return {
    name: 'SQLite',
    remedy: "Use Node 22.13 or newer, which has it, or install a C++ compiler, make and Python for better-sqlite3's.",
    async find() {
      try {
        return open();
      } catch {
        await build(open);
        return open();
      }
    },
  };
}

/** Test files run side by side: the first one builds, the others wait for it. */
async function build(open: () => string): Promise<void> {
  await mkdir(join(lock, '..'), { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch {
      const age = await stat(lock).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > PATIENCE) await rm(lock, { recursive: true, force: true });
      await pause(500);
    }
  }
  try {
    if (opens(open)) return;
    console.error("sqlite: building the native part of better-sqlite3 (a minute or two, where it can't be downloaded)");
    const begin = performance.now();
    await run('npm', ['run', 'install'], { cwd: home, timeout: PATIENCE, maxBuffer: 2 ** 26 });
    console.error(`sqlite: built in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

function opens(open: () => string): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}
