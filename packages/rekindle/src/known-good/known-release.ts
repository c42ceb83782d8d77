/**
 * A release in one file, manifest and texts: how it is written, and how it is read again with every byte verified.
 *
 * One line of JSON for the release, one for each module, and one with the SHA-256 of all lines before it. A file that was
 * not written to its end, or changed since, is none. It decides neither what is good nor where files stand.
 */

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReleaseInfo } from '@rekindle/reload';
import { type Manifest, type ModuleId, manifestHash, type Revision, revisionOf } from '@rekindle/store';

const FORMAT = 1;
/** Bytes that are written at once. */
const CHUNK = 2 ** 20;
/** Bytes that are looked at before the event loop has a turn. */
const TURN_BYTES = 2 ** 17;
const LF = 10;

/** A module of a release, with the place of its store in the host's order. */
export interface KnownModule {
  readonly id: ModuleId;
  readonly revision: Revision;
  readonly store: number;
  readonly text: string;
}

/** A release as it was read. */
export interface KnownRelease {
  readonly release: ReleaseInfo;
  readonly manifest: Manifest;
  readonly texts: ReadonlyMap<Revision, string>;
  /** The place of the store of each module in the host's order. */
  readonly stores: ReadonlyMap<ModuleId, number>;
}

/** Writes a release to a file that is not there yet, and to the disk; its modules may come in any order. */
export async function writeKnownRelease(
  file: string,
  release: ReleaseInfo,
  modules: AsyncIterable<KnownModule>,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const lines = new Lines(handle);
    await lines.write({ format: FORMAT, release });
    for await (const { id, revision, store, text } of modules) await lines.write([id, revision, store, text]);
    await lines.end();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The release in a file; undefined where there is none, or not all of it, or it is damaged. Never rejects. */
export async function readKnownRelease(file: string): Promise<KnownRelease | undefined> {
  try {
    return await verified(await readFile(file));
  } catch {
    return undefined;
  }
}

async function verified(content: Buffer): Promise<KnownRelease | undefined> {
  const end = content.lastIndexOf(LF, content.length - 2) + 1;
  const { sha256 } = JSON.parse(content.toString('utf8', end)) as { sha256?: unknown };
  const hash = createHash('sha256');
  const manifest = new Map<ModuleId, Revision>();
  const texts = new Map<Revision, string>();
  const stores = new Map<ModuleId, number>();
  let release: ReleaseInfo | undefined;
  let turn = 0;
  for (let start = 0; start < end; ) {
    const next = content.indexOf(LF, start) + 1;
    hash.update(content.subarray(start, next));
    const line: unknown = JSON.parse(content.toString('utf8', start, next));
    if (release === undefined) {
      const head = line as { format?: unknown; release: ReleaseInfo };
      if (head.format !== FORMAT) return undefined;
      release = head.release;
    } else {
      const [id, revision, store, text] = line as [string, string, number, string];
      if (revisionOf(text) !== revision) return undefined;
      manifest.set(id, revision);
      texts.set(revision, text);
      stores.set(id, store);
    }
    start = next;
    if (start - turn > TURN_BYTES) {
      turn = start;
      await nextTurn(); // a game may be running
    }
  }
  if (hash.digest('hex') !== sha256 || release === undefined || manifestHash(manifest) !== release.hash)
    return undefined;
  return { release, manifest, texts, stores };
}

/** Lines of JSON into a file, a megabyte at a time, and what they hash to. */
class Lines {
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #size = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(value: unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
    this.#hash.update(bytes);
    await this.#push(bytes);
  }

  async end(): Promise<void> {
    await this.#push(Buffer.from(`${JSON.stringify({ sha256: this.#hash.digest('hex') })}\n`, 'utf8'));
    await this.#flush();
  }

  async #push(bytes: Buffer): Promise<void> {
    this.#size += bytes.length;
    this.#waiting.push(bytes);
    if (this.#size >= CHUNK) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#size = 0;
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#handle.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}
