/**
 * What processes left in `.rekindle` that were killed while they wrote there: names for a moment, before a rename or a
 * link. The archive removes its own; files that wait beside modules are named by the journal, which does.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds: what is younger may be in use by a process that is slow. */
const OLD_MS = 3_600_000;

const LEFTOVER = /^(?:lock\.[0-9a-f-]{36}|(?:numbers|publish)\.json\.[0-9a-f-]{36}\.tmp)$/;

/** Removes them, where that can be. Never rejects: nothing depends on it. */
export async function removeLeftovers(directory: string, now: number): Promise<void> {
  const names = await fs.readdir(directory).catch(() => []);
  for (const name of names.filter((each) => LEFTOVER.test(each))) {
    const path = join(directory, name);
    try {
      if (now - (await fs.stat(path)).mtimeMs > OLD_MS) await fs.rm(path, { force: true });
    } catch {
      // somebody else removes it too, or this user may not
    }
  }
}
