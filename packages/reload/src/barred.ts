/**
 * What a namespace does not take again by itself: texts whose errors had a release taken back, and releases from which
 * somebody went back. Following a store would bring them again at its next wake.
 *
 * A mended release has other texts and another hash, so it comes through; nothing has to be lifted by hand.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { Manifest } from '@rekindle/store';
import type { ReleaseInfo } from './events.ts';

export class Barred {
  readonly #texts = new Map<string, { readonly id: string; readonly revision: string; readonly why: string }>();
  readonly #releases = new Map<string, string>();

  /** A text whose errors counted. */
  text(id: string, revision: string, why: string): void {
    this.#texts.set(`${id} ${revision}`, { id, revision, why });
  }

  release(hash: string, why: string): void {
    this.#releases.set(hash, why);
  }

  /** Somebody asked for this release by name. */
  lift(hash: string, manifest: Manifest): void {
    this.#releases.delete(hash);
    for (const [key, { id, revision }] of this.#texts) if (manifest.get(id) === revision) this.#texts.delete(key);
  }

  /** Why a release is not taken; undefined where it may be. */
  refusal({ number, hash }: Pick<ReleaseInfo, 'number' | 'hash'>, manifest: Manifest): Diagnostic | undefined {
    for (const { id, revision, why } of this.#texts.values()) {
      if (manifest.get(id) !== revision) continue;
      return {
        code: 'BARRED',
        message: `This text of '${id}' was taken back and is not taken again: ${why}.`,
        module: id,
        hint: 'A mended text comes through by itself. revert() with the number of its release takes it all the same.',
      };
    }
    const why = this.#releases.get(hash);
    if (why === undefined) return undefined;
    return {
      code: 'BARRED',
      message: `Release ${number} is not taken again: ${why}.`,
      hint: 'A release with another content comes through by itself. revert() with its number takes it all the same.',
    };
  }
}
