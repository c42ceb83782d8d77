/**
 * Texts that came with a look whether they are there, or with the release that names them, kept for the reads that follow
 * on it: for a moment, up to a size, and each until it is read.
 */
import type { Revision } from '@rekindle/store';

/** UTF-16 units in all. */
const MOST_UNITS = 32 * 2 ** 20;
const MOMENT_MS = 10_000;

export class Ahead {
  readonly #texts = new Map<Revision, string>();
  #units = 0;
  #end: ReturnType<typeof setTimeout> | undefined;

  has(revision: Revision): boolean {
    return this.#texts.has(revision);
  }

  /** Keeps a text, where there is room. */
  keep(revision: Revision, text: string): void {
    if (this.#texts.has(revision) || this.#units + text.length > MOST_UNITS) return;
    this.#texts.set(revision, text);
    this.#units += text.length;
    this.#end ??= setTimeout(() => this.clear(), MOMENT_MS).unref();
  }

  /** A text, which is not kept any longer. */
  take(revision: Revision): string | undefined {
    const text = this.#texts.get(revision);
    if (text === undefined) return undefined;
    this.#texts.delete(revision);
    this.#units -= text.length;
    return text;
  }

  clear(): void {
    clearTimeout(this.#end);
    this.#end = undefined;
    this.#texts.clear();
    this.#units = 0;
  }
}
