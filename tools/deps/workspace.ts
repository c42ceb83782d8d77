// What the check of directions looks at: each package's name, its own dependencies, its references, its sources.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Package {
  readonly name: string;
  /** Its folder's name under `packages/`. */
  readonly folder: string;
  /** What is installed with it: dependencies and peers. */
  readonly dependencies: readonly string[];
  /** The folder names that its tsconfig references. */
  readonly references: readonly string[];
  /** Path from the root → text, for `src/` alone. */
  readonly sources: Readonly<Record<string, string>>;
}

export async function readPackages(): Promise<Package[]> {
  const folders = await readdir(join(root, 'packages'));
  return Promise.all(folders.sort().map((folder) => readPackage(folder)));
}

async function readPackage(folder: string): Promise<Package> {
  const home = join(root, 'packages', folder);
  const manifest = await json(join(home, 'package.json'));
  const config = await json(join(home, 'tsconfig.json'));
  const files = await readdir(join(home, 'src'), { recursive: true });
  const texts = files
    .filter((file) => file.endsWith('.ts'))
    .map(async (file) => {
      const path = join(home, 'src', file);
      return [relative(root, path), await readFile(path, 'utf8')] as const;
    });
  return {
    name: String(manifest['name']),
    folder,
    dependencies: [...Object.keys(manifest['dependencies'] ?? {}), ...Object.keys(manifest['peerDependencies'] ?? {})],
    references: ((config['references'] ?? []) as { path: string }[]).map(({ path }) => basename(path)),
    sources: Object.fromEntries(await Promise.all(texts)),
  };
}

async function json(path: string): Promise<Record<string, object | string | undefined>> {
  return JSON.parse(await readFile(path, 'utf8'));
}
