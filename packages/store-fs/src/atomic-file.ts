/**
 * Files that are there whole or not at all, also after the power went: written beside their place under another name,
 * brought to the disk, then renamed.
 */
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDenied } from './files.ts';

/** Writes a file to the disk, and not merely to the system's cache. */
export async function writeDurably(path: string, text: string, mode?: number): Promise<void> {
  const file = await fs.open(path, 'w', mode);
  try {
    await file.writeFile(text, 'utf8');
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces a file in one step. */
export async function replaceFile(path: string, text: string, nonce: string): Promise<void> {
  const temporary = `${path}.${nonce}.tmp`;
  try {
    await writeDurably(temporary, text);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Brings the names in a directory to the disk. Windows has no such thing, and refuses to open one. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await fs.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (process.platform !== 'win32' && !isDenied(error)) throw error;
  }
}
