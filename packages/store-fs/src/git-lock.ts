/**
 * Whether git is writing a working tree at this moment: it holds `index.lock` while it does. Git itself is not asked.
 */
import { dirname, join, resolve } from 'node:path';
import { readFile, stat } from './files.ts';

/** An older lock was left behind by a git that died. */
const OLDEST_MS = 10_000;

/** Looks for the repository around a folder. Never rejects. */
export async function isGitAtWork(folder: string): Promise<boolean> {
  for (let place = folder; ; place = dirname(place)) {
    const directory = await gitDirectory(join(place, '.git'));
    if (directory !== undefined) return isFresh(join(directory, 'index.lock'));
    if (dirname(place) === place) return false;
  }
}

/** `.git` is the repository, or, in a worktree and a submodule, a file that says where it is. */
async function gitDirectory(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return path;
    const [, place] = /^gitdir: (.*)$/m.exec(await readFile(path, 'utf8')) ?? [];
    return place === undefined ? undefined : resolve(dirname(path), place);
  } catch {
    return undefined;
  }
}

async function isFresh(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs < OLDEST_MS;
  } catch {
    return false;
  }
}
