/**
 * Files that are there whole or not at all, also after the power went: written beside their place under another name,
 * brought to the disk, then renamed.
 */
import { dirname } from 'node:path';
import { close, fchmod, fsync, isDenied, open, remove, rename, write } from './files.ts';

/**
 * Writes a file to the disk, and not merely to the system's cache.
 *
 * @param mode permissions; without one the file has those of a new file
 */
export async function writeDurably(path: string, text: string, mode?: number): Promise<void> {
  const file = await open(path, 'w', mode ?? 0o666);
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let done = 0; done < bytes.length; ) done += (await write(file, bytes, done)).bytesWritten;
    // The mask of the process took away from the mode with which the file was opened.
    if (mode !== undefined) await fchmod(file, mode);
    await fsync(file);
  } finally {
    await close(file);
  }
}

/** Replaces a file in one step. */
export async function replaceFile(path: string, text: string, nonce: string): Promise<void> {
  const temporary = `${path}.${nonce}.tmp`;
  try {
    await writeDurably(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await remove(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Brings the names in a directory to the disk. Windows has no such thing, and refuses to open one. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    try {
      await fsync(directory);
    } finally {
      await close(directory);
    }
  } catch (error) {
    if (process.platform !== 'win32' && !isDenied(error)) throw error;
  }
}
