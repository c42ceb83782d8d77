// What is installed or built once, into a folder of the workspace's cache, by whichever process needs it first: test
// files run side by side, in processes of their own, so the others wait for it.
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds between two looks whether somebody else is ready. */
const LOOK = 500;

const begun = new Map<string, Promise<void>>();

/**
 * Resolves when the folder is there. It is made under another name, which is put in its place when it is whole: what is
 * broken off is not taken for ready.
 *
 * @param make fills the folder that it is given; its failure is everybody's in this process, and others try again
 */
export function bring(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  let bringing = begun.get(folder);
  if (bringing === undefined) {
    bringing = bringNow(folder, make);
    begun.set(folder, bringing);
  }
  return bringing;
}

async function bringNow(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (await isThere(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  while (!(await take(lock))) {
    await setTimeout(LOOK);
    if (await isThere(folder)) return;
  }
  const draft = `${folder}.${process.pid}`;
  try {
    if (await isThere(folder)) return;
    await make(draft);
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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
