/**
 * Whether a head is older than what runs: a store that was emptied, or whose backup is being restored, gives no order to
 * unload or to go back. What was published since counts, whatever its number.
 *
 * Judged are sources whose releases have a time; a working tree is what it is.
 */

import type { Head } from '@rekindle/store';

interface DatedOrigin {
  readonly source: string;
  readonly number: number;
  readonly hash?: string | undefined;
  readonly time?: number;
}

type DatedHead = Head & { readonly origins?: readonly DatedOrigin[] };

/** A source whose head is older than what runs of it. */
export interface Behind {
  readonly source: string;
  /** 0 where it has no release at all. */
  readonly number: number;
  /** Its number in what runs. */
  readonly running: number;
}

/** The first source that is behind; undefined where none is. */
export function behind(running: DatedHead, now: DatedHead | undefined, name: string): Behind | undefined {
  const before = originsOf(running, name);
  const after = now === undefined ? [] : originsOf(now, name);
  for (const [index, { source, number, hash, time }] of before.entries()) {
    if (time === undefined) continue;
    const next = after[index];
    if (next?.hash !== undefined && next.hash === hash) continue;
    const isOlder = next === undefined || next.number < number || (next.number === number && next.hash !== hash);
    const isDated = next?.time !== undefined && next.time > time;
    if (isOlder && !isDated) return { source, number: next?.number ?? 0, running: number };
  }
  return undefined;
}

/** A source that is no overlay is its only origin. */
function originsOf(head: DatedHead, name: string): readonly DatedOrigin[] {
  const { number, hash, time } = head;
  return head.origins ?? [{ source: name, number, hash, ...(time === undefined ? {} : { time }) }];
}
