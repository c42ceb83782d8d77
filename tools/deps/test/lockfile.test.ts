import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../workspace.ts';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly hasInstallScript?: boolean }>>;
}

const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(join(root, file), 'utf8'));

describe('package-lock.json', () => {
  it('names no registry, so that everybody installs from their own', async () => {
    const { packages } = await read<Lockfile>('package-lock.json');
    const resolved = Object.values(packages).flatMap((one) => one.resolved ?? []);
    expect(resolved.filter((where) => where.includes(':'))).toEqual([]);
  });

  it('brings no install script that package.json does not decide about', async () => {
    const { packages } = await read<Lockfile>('package-lock.json');
    const { allowScripts } = await read<{ allowScripts: Readonly<Record<string, boolean>> }>('package.json');
    const scripted = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true);
    const names = scripted.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    const decided = Object.keys(allowScripts);
    expect(names.filter((name) => !decided.includes(name))).toEqual([]);
  });
});
