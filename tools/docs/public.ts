// What of the packages is public: those that games, scripts and adapters import, with each of their entries. The others
// are published without a promise.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { sourceCondition } from '../run/flags.ts';

/** Folders under `packages/`, in the order in which a reader meets them. */
const PUBLIC = ['rekindle', 'store', 'store-fs', 'store-mongodb'];

export interface Entry {
  /** What an import names: `rekindle/script`. */
  readonly specifier: string;
  /** The absolute path of its source. */
  readonly source: string;
  /** The absolute path of its declarations, which a build makes. */
  readonly declarations: string;
}

export async function publicEntries(): Promise<Entry[]> {
  const found = await Promise.all(PUBLIC.map((folder) => entriesOf(join(root, 'packages', folder))));
  return found.flat();
}

async function entriesOf(home: string): Promise<Entry[]> {
  const manifest: { name: string; exports: Record<string, Record<string, string>> } = JSON.parse(
    await readFile(join(home, 'package.json'), 'utf8'),
  );
  return Object.entries(manifest.exports).map(([path, targets]) => ({
    specifier: manifest.name + path.slice(1),
    source: join(home, targets[sourceCondition] ?? ''),
    declarations: join(home, targets['types'] ?? ''),
  }));
}
