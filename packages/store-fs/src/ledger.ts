/**
 * The numbers of a folder: which manifests were committed or published, in order, in `.rekindle/numbers.json`.
 *
 * It names manifests and does not keep them (`archive.ts` does), and it forgets all but the last few. It can be deleted: the process that has the folder open goes on counting, a new one begins at 1.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Release } from '@rekindle/store';
import { replaceFile } from './atomic-file.ts';
import { errorCode, readFile } from './files.ts';

/** Releases that are remembered, for hosts that lag behind and for the text of a conflict. */
const REMEMBERED = 64;
const FORMAT = 1;

export class Ledger {
  readonly #path: string;
  /** Oldest first. */
  #releases: readonly Release[] = [];

  /** @param directory `.rekindle` in the folder; it need not exist */
  constructor(directory: string) {
    this.#path = join(directory, 'numbers.json');
  }

  /** The last release that was given a number. Read anew: other processes count too. */
  async last(): Promise<Release | undefined> {
    await this.#read();
    return this.#releases.at(-1);
  }

  /** Those that are remembered, oldest first. */
  async all(): Promise<readonly Release[]> {
    await this.#read();
    return this.#releases;
  }

  /** The newest release with this manifest, among those that are remembered. */
  find(hash: string): Release | undefined {
    return this.#releases.findLast((release) => release.hash === hash);
  }

  /** Remembers a release in this process alone. */
  note(release: Release): void {
    this.#releases = [...this.#releases, release].slice(-REMEMBERED);
  }

  /** Remembers a release and writes it down. Only for the holder of the lock. */
  async append(release: Release, nonce: string): Promise<void> {
    await this.#read();
    if ((this.#releases.at(-1)?.number ?? 0) < release.number) this.note(release);
    const text = JSON.stringify({ format: FORMAT, releases: this.#releases }, undefined, 1);
    await replaceFile(this.#path, `${text}\n`, nonce);
  }

  async #read(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch {
      // Absent, or not for us to read: then what this process knows is all there is.
      return;
    }
    const written = parse(text);
    // A file that was deleted and begun again is behind us: numbers never go back.
    if ((written.at(-1)?.number ?? 0) >= (this.#releases.at(-1)?.number ?? 0)) this.#releases = written;
  }
}

/** Makes `.rekindle`, and keeps git from asking about it. The folder itself is not made: it may be a slip of the pen. */
export async function makeDirectory(directory: string): Promise<void> {
  await fs.mkdir(directory).catch(unlessThere);
  await fs.writeFile(join(directory, '.gitignore'), '*\n', { flag: 'wx' }).catch(unlessThere);
}

/** For directories that somebody may have made. */
export function unlessThere(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}

/** A damaged ledger counts as none: the numbers are a convenience, and the folder itself is the truth. */
function parse(text: string): Release[] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('releases' in value) || !Array.isArray(value.releases))
      return [];
    return value.releases.every(isRelease) ? value.releases : [];
  } catch {
    return [];
  }
}

export function isRelease(value: unknown): value is Release {
  if (typeof value !== 'object' || value === null) return false;
  const { number, hash, parent, author, message, time } = value as Partial<Release>;
  return (
    Number.isSafeInteger(number) &&
    typeof hash === 'string' &&
    (parent === null || Number.isSafeInteger(parent)) &&
    typeof author === 'string' &&
    typeof message === 'string' &&
    typeof time === 'number'
  );
}
