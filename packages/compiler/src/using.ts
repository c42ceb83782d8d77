/**
 * `using` declarations on their way past SWC: the text that SWC gets has a `const` in their place, of the same length, so
 * that every column stays; its map tells later which `const` was one. See `rewrite/disposal.ts` for why.
 */

import type { Disposal } from './rewrite/disposal.ts';

/** Offset of a declaration → how it disposes. */
export type UsingPlaces = ReadonlyMap<number, Disposal>;

/** A `using` that a scan found: a word followed by a name, on one line. */
export interface UsingWord {
  readonly at: number;
  /** Where the `await` before it stands. */
  readonly awaitAt: number | undefined;
}

export function withConst(source: string, words: readonly UsingWord[]): { text: string; places: UsingPlaces } {
  let text = '';
  let done = 0;
  const places = new Map<number, Disposal>();
  for (const { at, awaitAt } of words) {
    const start = awaitAt ?? at;
    const end = at + 'using'.length;
    text += source.slice(done, start) + 'const'.padEnd(end - start);
    done = end;
    places.set(start, awaitAt === undefined ? 'sync' : 'async');
  }
  return { text: text + source.slice(done), places };
}
