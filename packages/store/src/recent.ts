/**
 * What a source without history keeps of its last states, so that a reload that has begun can read them to its end:
 * a few manifests, and texts up to a number of bytes.
 */
import type { Revision } from './contract.ts';

/** The last few values by key; naming one again makes it the newest. */
export class RecentMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value, where it is still kept; asking does not make it newer. */
  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  /** Keeps a value as the newest; the oldest beyond the limit go. */
  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }

  /** Forgets a value. */
  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Newest first. */
  values(): Value[] {
    return [...this.#entries.values()].reverse();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }
}

/** Texts by revision, at most so many UTF-16 units in all; the longest unused go first. */
export class RecentTexts {
  readonly #texts = new Map<Revision, string>();
  readonly #limit: number;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The text, which is now the last that was used. */
  get(revision: Revision): string | undefined {
    const text = this.#texts.get(revision);
    if (text === undefined) return undefined;
    this.#texts.delete(revision);
    this.#texts.set(revision, text);
    return text;
  }

  /** A text that alone is larger than the limit is still kept, alone: it is the one that is about to be read. */
  set(revision: Revision, text: string): void {
    if (this.#texts.delete(revision)) this.#size -= text.length;
    this.#texts.set(revision, text);
    this.#size += text.length;
    for (const [oldest, old] of this.#texts) {
      if (this.#size <= this.#limit || oldest === revision) break;
      this.#texts.delete(oldest);
      this.#size -= old.length;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#texts.clear();
    this.#size = 0;
  }
}
