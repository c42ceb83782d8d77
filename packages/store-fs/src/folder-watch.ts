/**
 * Says when something in the folder may have changed.
 *
 * On Linux every directory has a watch of its own. The recursive watch of Node is not used there: it watches files, and
 * a file that an editor replaced by renaming is never seen again. Nor is a watcher that gathers events for 50 ms, which
 * is longer than everything that follows. Where the system itself watches a tree (macOS, Windows), one watch does it.
 *
 * A directory is watched before it is read, so nothing falls between; what falls between anyway (a directory that was
 * replaced, a watch that died) is found by walking again after every event that can have moved a directory.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SourceNotice } from '@rekindle/store';
import { fileFailure, folderNotFound } from './errors.ts';
import { errorCode, isAbsent, lstat, realpath, stat } from './files.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { linkTrail } from './link-trail.ts';
import { Throttle } from './throttle.ts';
import { isInside, walk } from './walk.ts';

/** How often the root is looked at: a directory above it that is renamed or mounted over sends no event. */
const ROOT_CHECK_MS = 1_000;
/** How often a root that is gone is looked for. */
const ROOT_RETURN_MS = 250;

const TREE_WATCH = process.platform === 'darwin' || process.platform === 'win32';

export interface FolderWatchOptions {
  readonly name: string;
  readonly path: string;
  readonly rules: IgnoreRules;
  readonly gitignore: boolean;
  /** True where nobody waits for a wake: the process may end. @default false */
  readonly isForItself?: boolean;
  readonly wake: () => void;
  readonly notice: (notice: SourceNotice) => void;
  /** Told of the path of a file that may have moved; without one, anything may have. */
  readonly moved?: (path?: string) => void;
  /** Told once when the system gives no more watches; this watch has then ended. */
  readonly exhausted: (cause: unknown) => void;
}

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #open: typeof fs.watch;
  readonly #throttle: Throttle;
  /** By the path of the directory. */
  readonly #watches = new Map<string, fs.FSWatcher>();
  /** Entries on the way of symbolic links: they count whatever they are called. */
  #trails = new Set<string>();
  #root: { readonly path: string; readonly identity: string } | undefined;
  #rootTimer: ReturnType<typeof setTimeout> | undefined;
  #walking: Promise<void> | undefined;
  #walkAgain = false;
  /** The last walk did not come to its end. */
  #faulty = false;
  /** The folder was said to be lost, and not yet to be there again. */
  #lost = false;
  #closed = false;

  /** @param open opens the watch of one directory */
  constructor(options: FolderWatchOptions, open: typeof fs.watch = fs.watch) {
    this.#options = options;
    this.#open = open;
    this.#throttle = new Throttle(options.wake);
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when everything that is there now is watched. */
  async begin(): Promise<void> {
    try {
      await this.#walk();
    } catch (error) {
      this.#faulty = true;
      if (isAbsent(error)) {
        this.close();
        throw folderNotFound(this.#options.name, this.#options.path, error);
      }
    }
    this.#checkRoot(ROOT_CHECK_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#rootTimer);
    this.#throttle.stop();
    this.#closeAll();
  }

  #closeAll(): void {
    for (const watcher of this.#watches.values()) watcher.close();
    this.#watches.clear();
  }

  /** Watches what is there and not watched yet, and lets go of what is gone. */
  async #walk(): Promise<void> {
    const { name, rules, gitignore } = this.#options;
    const root = await this.#locate();
    const seen = new Set<string>();
    const trails = new Set<string>();
    const keep = (path: string) => {
      if (TREE_WATCH ? path !== root : !isInside(root, path)) return;
      seen.add(path);
      this.#watch(path);
    };
    await walk({
      name,
      root,
      rules,
      gitignore,
      directory: keep,
      link: async (path) => {
        for (const entry of await linkTrail(path)) {
          if (!isInside(root, entry)) continue;
          trails.add(entry);
          keep(dirname(entry));
        }
      },
    });
    this.#trails = trails;
    for (const path of this.#watches.keys()) if (!seen.has(path)) this.#unwatch(path);
  }

  async #locate(): Promise<string> {
    const path = await realpath(this.#options.path);
    const { dev, ino } = await stat(path, { bigint: true });
    const identity = `${path}\0${dev}\0${ino}`;
    if (this.#root && this.#root.identity !== identity) this.#closeAll();
    this.#root = { path, identity };
    return path;
  }

  #watch(path: string): void {
    if (this.#closed || this.#watches.has(path)) return;
    try {
      const options = { recursive: TREE_WATCH, persistent: this.#options.isForItself !== true };
      const watcher = this.#open(path, options, (event, name) => this.#onEvent(path, event, name));
      watcher.on('error', (error) => this.#onError(path, error));
      this.#watches.set(path, watcher);
    } catch (error) {
      this.#onError(path, error);
    }
  }

  /** Whether it was watched. */
  #unwatch(path: string): boolean {
    this.#watches.get(path)?.close();
    return this.#watches.delete(path);
  }

  #onEvent(directory: string, event: string, name: string | null): void {
    if (this.#closed) return;
    if (name === null) {
      this.#options.moved?.();
      this.#throttle.hit();
      this.#rewalk();
      return;
    }
    const path = join(directory, name);
    const renamed = event === 'rename';
    // A directory of that name is not the one that was watched; the event may also be about the directory itself.
    let lost = renamed && this.#unwatch(path);
    if (renamed && name === basename(directory)) lost = this.#unwatch(directory) || lost;
    const trail = this.#trails.has(path);
    if (!trail && !lost && !this.#counts(name)) return;
    const rules = basename(name) === '.gitignore';
    const module = this.#options.rules.isModuleName(name);
    if (trail || lost || rules || (renamed && !module)) this.#options.moved?.();
    else if (module) this.#options.moved?.(path);
    if (trail || lost || rules || module) this.#throttle.hit();
    // Any other name can be that of a directory or a link. Then the walk finds something new, and wakes.
    if (trail || lost || rules || this.#faulty || (renamed && !module)) this.#rewalk();
    else if (renamed) void this.#rewalkUnlessFile(path);
  }

  /** Most names of modules are those of files, whatever became of them: they are no reason to walk. */
  async #rewalkUnlessFile(path: string): Promise<void> {
    try {
      if ((await lstat(path)).isFile()) return;
    } catch (error) {
      if (isAbsent(error)) return; // what went was neither watched nor on the way of a link
    }
    this.#options.moved?.();
    if (!this.#closed) this.#rewalk();
  }

  #counts(name: string): boolean {
    const names = name.split(/[\\/]/);
    const last = names.pop() ?? '';
    return !names.some(IgnoreRules.isFixed) && (last === '.gitignore' || !IgnoreRules.isFixed(last));
  }

  #onError(path: string, error: unknown): void {
    this.#unwatch(path);
    if (this.#closed) return;
    const code = errorCode(error);
    if (code === 'ENOSPC' || code === 'EMFILE') {
      this.close();
      this.#options.exhausted(error);
    } else if (!isAbsent(error)) {
      this.#options.moved?.();
      this.#throttle.hit();
      this.#rewalk();
    }
  }

  /** Walks once more after what happens now, and wakes when that is done: only then is all that is new watched. */
  #rewalk(): void {
    this.#walkAgain = true;
    this.#walking ??= this.#walkUntilCalm().finally(() => {
      this.#walking = undefined;
    });
  }

  async #walkUntilCalm(): Promise<void> {
    while (this.#walkAgain && !this.#closed) {
      this.#walkAgain = false;
      const before = this.#reach();
      const wasFaulty = this.#faulty;
      try {
        await this.#walk();
        this.#faulty = false;
        this.#find();
      } catch (error) {
        // What is wrong with the folder is for the head to say; the watch goes on with what it has.
        this.#faulty = true;
        if (isAbsent(error)) this.#lose(error);
      }
      const after = this.#reach();
      if (this.#faulty) this.#options.moved?.();
      if (wasFaulty || after.size !== before.size || [...after].some((part) => !before.has(part))) {
        this.#options.moved?.();
        this.#throttle.hit();
      }
    }
  }

  /** What the watch covers. */
  #reach(): Set<unknown> {
    return new Set<unknown>([...this.#watches.values(), ...this.#trails]);
  }

  #lose(cause: unknown): void {
    if (!this.#root) return;
    this.#root = undefined;
    this.#lost = true;
    this.#options.moved?.();
    this.#closeAll();
    const { name, path, notice } = this.#options;
    notice({
      type: 'lost',
      cause: isAbsent(cause) ? folderNotFound(name, path, cause) : fileFailure(name, 'opening the folder', cause),
    });
    this.#throttle.hit();
    this.#checkRoot(ROOT_RETURN_MS);
  }

  /** Any walk may be the first to meet the new folder: one that was due already when the old one went, too. */
  #find(): void {
    if (!this.#lost || this.#closed) return;
    this.#lost = false;
    this.#options.notice({ type: 'connected' });
    this.#throttle.hit();
  }

  #checkRoot(delay: number): void {
    clearTimeout(this.#rootTimer);
    if (this.#closed) return;
    this.#rootTimer = setTimeout(() => void this.#compareRoot(), delay);
    if (this.#options.isForItself === true) this.#rootTimer.unref();
  }

  async #compareRoot(): Promise<void> {
    const before = this.#root;
    try {
      const path = await realpath(this.#options.path);
      const { dev, ino } = await stat(path, { bigint: true });
      if (before?.identity !== `${path}\0${dev}\0${ino}`) {
        this.#options.moved?.();
        this.#rewalk();
        await this.#walking;
        this.#throttle.hit();
      }
      this.#checkRoot(this.#root ? ROOT_CHECK_MS : ROOT_RETURN_MS);
    } catch (error) {
      if (before && !this.#closed) this.#lose(error);
      else this.#checkRoot(ROOT_RETURN_MS);
    }
  }
}
