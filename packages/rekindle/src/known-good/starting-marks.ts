/**
 * Marks of releases that are starting: one file for each process and release, which whoever starts next finds where the
 * process died. A mark is there before anything of the release is compiled and goes when it has proven itself.
 *
 * It only keeps them; what a number of deaths means is decided elsewhere. Marks need not survive a power cut, so they are
 * not brought to the disk: a reload must not wait for one.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { watchProcessEnd } from './process-end.ts';

interface Mark {
  readonly hash: string;
  readonly number: number;
  readonly nonce: string;
  readonly pid: number;
  readonly thread: number;
  readonly host: string;
  /** When the process began, as the system counts; the empty text where it does not tell. */
  readonly began: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A release that was starting when its process died. */
export interface DeadStart {
  readonly hash: string;
  readonly number: number;
}

/** A machine of another name may be a container that is gone, or one that lives: a start takes no longer than this. */
const FOREIGN_MS = 120_000;

/** The marks that this thread holds: after a restart in a container the dead process had our own pid. */
const held = new Set<string>();

export class StartingMarks {
  readonly #folder: string;
  /** By the hash of the release, with how many namespaces it is starting in. */
  readonly #marks = new Map<string, { readonly file: string; readonly nonce: string; count: number }>();
  #unwatch: (() => void) | undefined;

  /** @param folder is made with the first mark */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A release is starting, in one more namespace. */
  async set(release: DeadStart): Promise<void> {
    const known = this.#marks.get(release.hash);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const nonce = randomUUID();
    const file = path.join(this.#folder, `${nonce}.json`);
    const { hash, number } = release;
    const began = processBegan(process.pid);
    const mark: Mark = {
      hash,
      number,
      nonce,
      pid: process.pid,
      thread: threadId,
      host: hostname(),
      began,
      time: Date.now(),
    };
    this.#marks.set(hash, { file, nonce, count: 1 });
    held.add(nonce);
    this.#unwatch ??= watchProcessEnd(() => this.clear());
    await mkdir(this.#folder, { recursive: true });
    await writeFile(file, JSON.stringify(mark));
    // taken away meanwhile: the process is ending
    if (!held.has(nonce)) rmSync(file, { force: true });
  }

  /** It has proven itself in a namespace, or will not run there. */
  remove(hash: string): void {
    const mark = this.#marks.get(hash);
    if (mark === undefined) return;
    mark.count -= 1;
    if (mark.count > 0) return;
    this.#marks.delete(hash);
    this.#take(mark);
    if (this.#marks.size === 0) this.#leave();
  }

  /** Takes all marks of this process away: whatever ends it, it is not the release. */
  clear(): void {
    for (const mark of this.#marks.values()) this.#take(mark);
    this.#marks.clear();
    this.#leave();
  }

  /** The starts that died. */
  async dead(): Promise<DeadStart[]> {
    const dead: DeadStart[] = [];
    for (const file of await this.#files()) {
      const mark = await readMark(file);
      if (mark !== undefined && isDead(mark)) dead.push({ hash: mark.hash, number: mark.number });
    }
    return dead;
  }

  /** Forgets the starts that died. */
  async forget(): Promise<void> {
    for (const file of await this.#files()) {
      const mark = await readMark(file);
      // what cannot be read is being written this instant, or was never written to its end
      if (mark === undefined ? await isOld(file) : isDead(mark)) await rm(file, { force: true });
    }
  }

  async #files(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.map((name) => path.join(this.#folder, name));
  }

  #take({ file, nonce }: { readonly file: string; readonly nonce: string }): void {
    held.delete(nonce);
    try {
      rmSync(file, { force: true });
    } catch {
      // a folder that cannot be written any more
    }
  }

  #leave(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}

async function readMark(file: string): Promise<Mark | undefined> {
  try {
    const mark = JSON.parse(await readFile(file, 'utf8')) as Partial<Mark> | null;
    return typeof mark?.hash === 'string' && typeof mark.pid === 'number' ? (mark as Mark) : undefined;
  } catch {
    return undefined; // being written, or gone
  }
}

async function isOld(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > FOREIGN_MS;
}

function isDead({ nonce, pid, thread, host, began, time }: Mark): boolean {
  if (host !== hostname()) return Date.now() - time > FOREIGN_MS;
  if (pid === process.pid && began === processBegan(pid)) return thread === threadId && !held.has(nonce);
  try {
    process.kill(pid, 0);
    return began !== '' && began !== processBegan(pid); // somebody else has its number by now
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** When a process began, in the system's own ticks; Linux tells. */
function processBegan(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
