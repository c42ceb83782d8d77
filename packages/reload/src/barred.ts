/**
 * What a namespace does not take again by itself: texts whose errors had a release taken back, and releases from which
 * somebody went back. Following a store would bring them again at its next wake.
 *
 * A mended release has other texts and another hash, so it comes through; nothing has to be lifted by hand.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { idOf } from '@rekindle/loader';
import type { Manifest } from '@rekindle/store';
import type { ReleaseInfo } from './events.ts';
import { type Ground, isIn } from './grounds.ts';

interface BarredText extends Ground {
  readonly why: string;
}

export class Barred {
  readonly #texts = new Map<string, BarredText>();
  readonly #releases = new Map<string, string>();

  /** A text whose errors counted, with what it took for them. */
  text(ground: Ground, why: string): void {
    const { id, revision, brought } = ground;
    this.#texts.set(JSON.stringify([id, revision, ...brought]), { ...ground, why });
  }

  release(hash: string, why: string): void {
    this.#releases.set(hash, why);
  }

  /** Somebody asked for this release by name. */
  lift(hash: string, manifest: Manifest): void {
    this.#releases.delete(hash);
    for (const [key, text] of this.#texts) if (isIn(manifest, text)) this.#texts.delete(key);
  }

  /** Why a release is not taken; undefined where it may be. */
  refusal({ number, hash }: Pick<ReleaseInfo, 'number' | 'hash'>, manifest: Manifest): Diagnostic | undefined {
    for (const text of this.#texts.values()) {
      if (!isIn(manifest, text)) continue;
      const { id, brought, why } = text;
      const [module = id, ...others] = [...brought.keys()].map(idOf);
      const what =
        brought.size === 0 ? `This text of '${module}'` : `What changed in '${module}'${more(others.length)}`;
      return {
        code: 'BARRED',
        message: `${what} was taken back and is not taken again: ${brought.size === 0 ? 'it' : `'${id}'`} ${why}.`,
        module,
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

function more(modules: number): string {
  return modules === 0 ? '' : ` and ${modules} other module${modules === 1 ? '' : 's'}`;
}
