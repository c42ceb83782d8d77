/** What publishing a folder would change in a database. */

import type { Store } from 'rekindle';

export interface Differences {
  /** The number of the head that was compared with; 0 where there is none. */
  readonly head: number;
  /** Texts that are new or changed, by id, in order. */
  readonly changes: Map<string, string>;
  /** Which of them the database does not have yet. */
  readonly added: ReadonlySet<string>;
  /** Ids that the database has and the folder has not. */
  readonly missing: readonly string[];
}

export async function differences(folder: Store, database: Store): Promise<Differences> {
  const [files, released] = await Promise.all([contentOf(folder), contentOf(database)]);
  const ids = [...files.manifest.keys()].filter((id) => files.manifest.get(id) !== released.manifest.get(id)).sort();
  const texts = ids.map(async (id) => [id, await folder.read(id, files.manifest.get(id) ?? '')] as const);
  return {
    head: released.number,
    changes: new Map(await Promise.all(texts)),
    added: new Set(ids.filter((id) => !released.manifest.has(id))),
    missing: [...released.manifest.keys()].filter((id) => !files.manifest.has(id)).sort(),
  };
}

async function contentOf(store: Store): Promise<{ number: number; manifest: ReadonlyMap<string, string> }> {
  const head = await store.head();
  return head ? { number: head.number, manifest: await store.manifest(head.hash) } : { number: 0, manifest: new Map() };
}
