/**
 * What is in the folder: the newest scan, and what the last few found, so that a reload that has begun can be read to its
 * end although the author saves again.
 *
 * A scan never shows half of a publish, also of another process: it is taken again when one happened meanwhile.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  contentMissing,
  type Manifest,
  type ModuleId,
  RecentMap,
  RecentTexts,
  type Revision,
  releaseGone,
  unreachable,
} from '@rekindle/store';
import { badText, fileFailure, folderNotFound } from './errors.ts';
import { isAbsent, isDenied, realpath } from './files.ts';
import type { FolderLedger } from './folder-ledger.ts';
import { IgnoreRules } from './ignore-rules.ts';
import type { FileChange } from './journal.ts';
import { Movement } from './movement.ts';
import type { ResolvedOptions } from './options.ts';
import { type Scan, Scanner } from './scan.ts';
import { readSource, type SourceFile } from './source-file.ts';
import { isInside } from './walk.ts';

/** Heads whose manifests can still be asked for. */
const KEPT_MANIFESTS = 8;
/** UTF-16 units of text that are kept. */
const KEPT_TEXT = 16 * 2 ** 20;
/** A scan that a publish ran into is taken again, so often; then no publish is let in before it is done. */
const ATTEMPTS = 5;
/** How long a folder that cannot be written waits for somebody else's publish to end. */
const PATIENCE_MS = 5_000;

/** A scan with the number that the folder had while it was taken. */
export interface Numbered {
  readonly scan: Scan;
  readonly number: number;
}

export class FolderContent {
  readonly #options: ResolvedOptions;
  readonly #ledger: FolderLedger;
  readonly #scanner: Scanner;
  readonly #manifests = new RecentMap<Manifest>(KEPT_MANIFESTS);
  readonly #texts = new RecentTexts(KEPT_TEXT);
  /** Told by those who watch the folder. */
  readonly movement = new Movement();
  /** What was last published here. */
  #published: Pick<Scan, 'hash' | 'manifest'> | undefined;
  #paths: ReadonlyMap<ModuleId, string> = new Map();
  /** How often single files were looked at. */
  #updates = 0;
  /** The real path of the folder, when it was last asked for. */
  #root = '';
  #running: Promise<Numbered> | undefined;
  #next: Promise<Numbered> | undefined;

  constructor(options: ResolvedOptions, ledger: FolderLedger) {
    this.#options = options;
    this.#ledger = ledger;
    this.#scanner = new Scanner({
      name: options.name,
      path: options.path,
      gitignore: options.gitignore,
      rules: IgnoreRules.of(options.extensions, options.ignore),
      onText: (revision, text) => this.#texts.set(revision, text),
    });
  }

  /**
   * What is there now: never a scan that began before the call. Those who ask while one is running share the next.
   */
  current(): Promise<Numbered> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  async manifest(hash: string): Promise<Manifest> {
    const manifest = this.#manifests.get(hash) ?? (await this.#ledger.archive.manifest(hash));
    if (!manifest) throw releaseGone(this.#options.name, hash);
    return manifest;
  }

  /** A text that was read lately. */
  kept(revision: Revision): string | undefined {
    return this.#texts.get(revision);
  }

  async read(id: ModuleId, revision: Revision): Promise<string> {
    const kept = this.kept(revision);
    if (kept !== undefined) return kept;
    const source = await this.#readFile(id);
    if (source?.revision !== revision) {
      const archived = await this.#ledger.archive.text(revision);
      if (archived === undefined) throw contentMissing(this.#options.name, id, revision);
      return archived;
    }
    if (source.text === undefined) throw badText(this.#options.name, id);
    this.#texts.set(revision, source.text);
    return source.text;
  }

  /**
   * What is there for a publish: where a watch has told what moved since the last scan, that alone is looked at, with the
   * modules that are about to change.
   */
  async known(ids: Iterable<ModuleId>): Promise<Scan> {
    const moved = this.movement.paths;
    // nobody watches: it is a program that publishes and not a game that runs
    if (moved === undefined) return this.scan({ hurried: true });
    const paths = new Set(moved);
    try {
      this.#root = await realpath(this.#options.path);
      for (const id of ids) paths.add(this.#paths.get(id) ?? join(this.#root, id));
      this.movement.restart();
      this.#updates += 1;
      const scan = await this.#scanner.update(paths, this.#published);
      if (scan !== undefined) return this.#keepScan(scan);
    } catch (error) {
      this.movement.hit();
      if (!isAbsent(error)) throw error; // the folder itself is gone, which a scan says better
    }
    return this.scan();
  }

  /** A scan for whoever holds the lock: nobody publishes meanwhile. */
  async scan(options: { readonly hurried?: boolean } = {}): Promise<Scan> {
    this.movement.restart();
    const updates = this.#updates;
    try {
      const scan = await this.#scanner.scan(options);
      if (updates !== this.#updates) this.movement.hit(); // it may have overtaken what was looked at meanwhile
      return this.#keepScan(scan);
    } catch (error) {
      this.movement.hit();
      if (isAbsent(error)) throw folderNotFound(this.#options.name, this.#options.path, error);
      if (isDenied(error)) throw fileFailure(this.#options.name, 'opening the folder', error);
      throw error;
    }
  }

  #keepScan(scan: Scan): Scan {
    this.#manifests.set(scan.hash, scan.manifest);
    this.#paths = scan.paths;
    return scan;
  }

  /** Keeps what was published, as if it had been scanned. */
  keep(
    hash: string,
    manifest: Manifest,
    files: readonly FileChange[],
    texts: Iterable<{ readonly revision: Revision; readonly text: string }>,
  ): void {
    this.#published = { hash, manifest };
    for (const { path } of files) this.movement.hit(join(this.#root, path));
    this.#manifests.set(hash, manifest);
    for (const { revision, text } of texts) this.#texts.set(revision, text);
  }

  clear(): void {
    this.#manifests.clear();
    this.#texts.clear();
  }

  #start(): Promise<Numbered> {
    this.#next = undefined;
    const running = this.#whole().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #whole(): Promise<Numbered> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (await this.#ledger.isPublishing()) await this.#settle();
      const before = await this.#ledger.number();
      const scan = await this.scan();
      if (!(await this.#ledger.isPublishing()) && (await this.#ledger.number()) === before) {
        return { scan, number: before };
      }
    }
    return this.#ledger.alone(async () => ({ scan: await this.scan(), number: await this.#ledger.number() }));
  }

  /** Waits for the end of a publish, or brings it about where its process died. */
  async #settle(): Promise<void> {
    try {
      await this.#ledger.alone(async () => {});
    } catch (error) {
      if (!isDenied(error)) throw error;
      const until = performance.now() + PATIENCE_MS;
      while (await this.#ledger.isPublishing()) {
        if (performance.now() > until) {
          const cause = new Error('a publish was broken off, and this process may not write here to finish it', {
            cause: error,
          });
          throw unreachable(this.#options.name, 'reading', cause);
        }
        await pause(10);
      }
    }
  }

  async #readFile(id: ModuleId): Promise<SourceFile | undefined> {
    try {
      const path = await realpath(this.#paths.get(id) ?? join(this.#options.path, id));
      return isInside(await realpath(this.#options.path), path) ? await readSource(path) : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fileFailure(this.#options.name, `reading '${id}'`, error);
    }
  }
}
