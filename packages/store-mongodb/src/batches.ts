/** Names of documents in batches, for commands that name many. */

/** Names in one command: their number squared is what it costs on some servers. */
export const BATCH = 100;

export function* batches<Item>(items: readonly Item[]): Iterable<Item[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
