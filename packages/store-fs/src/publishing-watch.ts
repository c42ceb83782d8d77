/**
 * A watch that a store keeps for its own publishes, where nobody has asked it to watch: a program that publishes again and
 * again, as an editor of scripts does, need not look at every file each time.
 *
 * It begins with the second publish, because most programs publish once and end; it keeps no process alive and wakes
 * nobody. Where the system gives no watch, each publish looks at every file, as the first one does.
 */
import type * as fs from 'node:fs';
import { FolderWatch, type FolderWatchOptions } from './folder-watch.ts';
import type { Movement } from './movement.ts';

export class PublishingWatch {
  readonly #options: Pick<FolderWatchOptions, 'name' | 'path' | 'rules' | 'gitignore'>;
  readonly #movement: Movement;
  readonly #open: typeof fs.watch | undefined;
  #isSecond = false;
  #isExhausted = false;
  #watch: FolderWatch | undefined;
  #end: (() => void) | undefined;

  /** @param open opens the watch of one directory */
  constructor(
    options: Pick<FolderWatchOptions, 'name' | 'path' | 'rules' | 'gitignore'>,
    movement: Movement,
    open?: typeof fs.watch,
  ) {
    this.#options = options;
    this.#movement = movement;
    this.#open = open;
  }

  /** Before a publish looks at the folder; a folder that is gone is for that look to say. */
  async prepare(): Promise<void> {
    const isSecond = this.#isSecond;
    this.#isSecond = true;
    if (!isSecond || this.#watch !== undefined || this.#isExhausted || this.#movement.isWatched) return;
    const options: FolderWatchOptions = {
      ...this.#options,
      isForItself: true,
      wake: () => {},
      notice: () => {},
      moved: (path) => this.#movement.hit(path),
      exhausted: () => {
        this.#isExhausted = true;
        this.close();
      },
    };
    const watch = new FolderWatch(options, this.#open);
    this.#watch = watch;
    try {
      await watch.begin();
    } catch {
      this.close();
      return;
    }
    if (!watch.closed) this.#end = this.#movement.begin();
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#end?.();
    this.#end = undefined;
  }
}
