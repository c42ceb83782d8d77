/** Who works in a folder, as git knows them. */
import { execFile } from 'node:child_process';

/** How long git may take to answer, in milliseconds. */
const PATIENCE_MS = 2_000;

/** `user.name` for the folder; empty where there is no git, or it knows nobody. Never rejects. */
export function gitAuthor(folder: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: PATIENCE_MS, windowsHide: true };
    execFile('git', ['config', '--get', 'user.name'], options, (error, stdout) => {
      resolve(error === null ? stdout.trim() : '');
    });
  });
}
