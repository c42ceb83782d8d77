/** Files that are there whole or not at all, also after the power went. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Puts a file in the place of what stood there, in one step; its folder is made where there is none. */
export async function replaceDurably(file: string, content: string | Uint8Array): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const beside = `${file}.${randomUUID()}.tmp`;
  await mkdir(folder, { recursive: true });
  try {
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Brings the names in a folder to the disk; Windows has no such thing, and some file systems refuse it. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // the rename has happened all the same
  }
}
