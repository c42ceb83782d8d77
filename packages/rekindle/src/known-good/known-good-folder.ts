/**
 * The folder in which a host keeps its last known good release: the release itself, releases that may become it, and what
 * is not to be started again.
 *
 *     good.jsonl          the last release whose probation ended well
 *     candidate-….jsonl   one that runs, on probation: becomes `good.jsonl` by a rename
 *     barred.json         releases whose starts died
 *     starting/           marks
 *
 * Everything is there whole or not at all, also where the process is killed in the middle, and safe to delete. Several
 * processes may share it: the last one wins.
 */

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReleaseSource } from '@rekindle/store';
import { replaceDurably, syncFolder } from '../durable-file.ts';
import { type KnownModule, type KnownRelease, readKnownRelease, writeKnownRelease } from './known-release.ts';
import { StartingMarks } from './starting-marks.ts';

/** A release that is not to be started again while its content is what it was. */
export interface BarredRelease {
  readonly hash: string;
  readonly number: number;
  readonly why: string;
}

/** Releases that are remembered as barred. */
const MOST_BARRED = 64;
/** Probation takes half a minute unless somebody says otherwise: what is older than a day has been left behind. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

export class KnownGoodFolder {
  readonly path: string;
  readonly marks: StartingMarks;

  /**
   * @param parent holds one folder for each kind of host
   * @param stores whose names, with the working directory, say which host it is
   */
  constructor(parent: string, stores: readonly ReleaseSource[]) {
    const host = JSON.stringify([process.cwd(), ...stores.map(({ name, folder }) => [name, folder ?? ''])]);
    this.path = path.join(parent, createHash('sha256').update(host).digest('hex').slice(0, 32));
    this.marks = new StartingMarks(path.join(this.path, 'starting'));
  }

  /** The release, every byte of it verified; undefined where there is none. Never rejects. */
  good(): Promise<KnownRelease | undefined> {
    return readKnownRelease(this.#good);
  }

  /** Writes a release that may become the last known good one. @returns its file */
  async write(release: KnownRelease['release'], modules: AsyncIterable<KnownModule>): Promise<string> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const file = path.join(this.path, `candidate-${randomUUID()}.jsonl`);
    try {
      await writeKnownRelease(file, release, modules);
      return file;
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  /** A release that was written; undefined where it is gone, or damaged. Never rejects. */
  read(candidate: string): Promise<KnownRelease | undefined> {
    return readKnownRelease(candidate);
  }

  /** Makes a candidate the last known good release, in one step. */
  async accept(candidate: string): Promise<void> {
    await rename(candidate, this.#good);
    await syncFolder(this.path);
  }

  /** There is no last known good release any more. */
  async forget(): Promise<void> {
    await rm(this.#good, { force: true });
  }

  async drop(candidate: string): Promise<void> {
    await rm(candidate, { force: true });
  }

  /** Never rejects: what cannot be read bars nothing. */
  async barred(): Promise<BarredRelease[]> {
    try {
      const barred: unknown = JSON.parse(await readFile(this.#barred, 'utf8'));
      return Array.isArray(barred) ? barred.filter((one): one is BarredRelease => typeof one?.hash === 'string') : [];
    } catch {
      return [];
    }
  }

  async setBarred(barred: readonly BarredRelease[]): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await replaceDurably(this.#barred, JSON.stringify(barred.slice(-MOST_BARRED)));
  }

  /** Removes what processes that died have left half written. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.path).catch(() => [])) {
      if (!name.startsWith('candidate-') && !name.startsWith('barred.json.')) continue;
      const file = path.join(this.path, name);
      const stats = await stat(file).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > LEFT_BEHIND_MS) await rm(file, { force: true });
    }
  }

  get #good(): string {
    return path.join(this.path, 'good.jsonl');
  }

  get #barred(): string {
    return path.join(this.path, 'barred.json');
  }
}
