/**
 * Numbers, lock and journal of one folder together: everything that stands in `.rekindle`, with the archive of earlier
 * releases. All writing of numbers and all publishing goes through `alone`.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Release } from '@rekindle/store';
import { Archive } from './archive.ts';
import { realpath } from './files.ts';
import { withLock } from './folder-lock.ts';
import { gitAuthor } from './git-author.ts';
import { type FileChange, Journal } from './journal.ts';
import { Ledger, makeDirectory } from './ledger.ts';
import { removeLeftovers } from './leftovers.ts';

export class FolderLedger {
  readonly #path: string;
  readonly #directory: string;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  readonly #nonce = randomUUID();
  #author: Promise<string> | undefined;
  #hasTidied = false;
  /** The releases with their texts. */
  readonly archive: Archive;

  /** @param path of the folder */
  constructor(path: string) {
    this.#path = path;
    this.#directory = join(path, '.rekindle');
    this.#ledger = new Ledger(this.#directory);
    this.#journal = new Journal(path, this.#directory);
    this.archive = new Archive(this.#directory);
  }

  /** The last number that was given; 0 before the first. */
  async number(): Promise<number> {
    return (await this.#ledger.last())?.number ?? 0;
  }

  last(): Promise<Release | undefined> {
    return this.#ledger.last();
  }

  /** The releases that are remembered, oldest first. */
  all(): Promise<readonly Release[]> {
    return this.#ledger.all();
  }

  /** Whether a publish is decided whose texts are not all in place. */
  async isPublishing(): Promise<boolean> {
    return (await this.#journal.pending()) !== undefined;
  }

  /**
   * Runs `work` while nobody else writes, after the end of what a process that died had begun.
   *
   * @param signal ends the waiting for others, and not the work
   * @throws the error of the file system where `.rekindle` cannot be written
   */
  async alone<Value>(work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    await makeDirectory(this.#directory);
    const recoverAndWork = async () => {
      await this.#journal.recover((release) => this.#append(release));
      if (!this.#hasTidied) await removeLeftovers(this.#directory, Date.now());
      this.#hasTidied = true; // a process that is killed has a successor
      return work();
    };
    return withLock(join(await realpath(this.#path), '.rekindle', 'lock'), recoverAndWork, signal);
  }

  /** Changes files and gives the number, as one step. Only within `alone`. */
  publish(release: Release, changes: readonly FileChange[]): Promise<void> {
    return this.#journal.run(release, changes, (decided) => this.#append(decided));
  }

  /**
   * The number of a manifest that a host committed: see `ReleaseSource.committed`.
   *
   * @param current the manifest that is the content now, as far as known
   */
  async commit(hash: string, current: string | undefined, signal?: AbortSignal): Promise<number> {
    const last = await this.#ledger.last();
    if (last?.hash === hash) return last.number;
    try {
      return await this.alone(() => this.#commit(hash, current, (release) => this.#append(release)), signal);
    } catch {
      signal?.throwIfAborted();
      // A host has committed; that a number cannot be written down, because the folder is read-only or the disk full, must
      // not break that. The folder then has its numbers in this process alone.
      return this.#commit(hash, current, async (release) => this.#ledger.note(release));
    }
  }

  async #commit(hash: string, current: string | undefined, note: (release: Release) => Promise<void>): Promise<number> {
    const last = await this.#ledger.last();
    if (last?.hash === hash) return last.number;
    const known = this.#ledger.find(hash);
    if (known && hash !== current) return known.number;
    const number = (last?.number ?? 0) + 1;
    const author = await this.author();
    await note({ number, hash, parent: last?.number ?? null, author, message: '', time: Date.now() });
    return number;
  }

  /** Who works here, where git knows it; else empty. */
  author(): Promise<string> {
    this.#author ??= gitAuthor(this.#path);
    return this.#author;
  }

  #append(release: Release): Promise<void> {
    return this.#ledger.append(release, this.#nonce);
  }
}
