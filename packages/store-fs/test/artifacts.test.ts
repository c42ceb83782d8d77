import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { revisionOf } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { FolderArtifacts, type FolderWork } from '../src/folder-artifacts.ts';
import { folderStore } from '../src/index.ts';
import { makeFolder } from './temporary-folder.ts';

const artifact = (name: string, size = 3) => ({
  id: `${name}.ts`,
  revision: revisionOf(name),
  key: revisionOf(`key of ${name}`),
  bytes: new Uint8Array(size),
});

const plainly: FolderWork = (_, work) => work();

describe('artifacts of a folder', () => {
  it('stand in `.rekindle`, which git leaves alone, and change nothing of what a host sees', async () => {
    const folder = makeFolder({ 'a.ts': 'a' });
    await using store = folderStore(folder.path);
    const before = await store.head();
    await store.artifacts?.write([artifact('a')]);
    expect(readdirSync(join(folder.path, '.rekindle', 'artifacts'))).toEqual([artifact('a').key]);
    expect(readdirSync(join(folder.path, '.rekindle'))).toContain('.gitignore');
    expect(await store.head()).toEqual(before);
    folder.remove();
  });

  it('are bounded: the oldest go, and what a writer that died has left', async () => {
    const folder = makeFolder();
    const directory = join(folder.path, '.rekindle', 'artifacts');
    const artifacts = new FolderArtifacts('a folder', folder.path, plainly, 100);
    const [a, b, c] = [artifact('a', 40), artifact('b', 40), artifact('c', 40)];
    await artifacts.write([a, b]);
    utimesSync(join(directory, a.key), 2, 2);
    utimesSync(join(directory, b.key), 1, 1);
    writeFileSync(join(directory, 'x.tmp'), 'half');
    utimesSync(join(directory, 'x.tmp'), 1, 1);
    await artifacts.write([c]);
    expect(readdirSync(directory).sort()).toEqual([a.key, c.key].sort());
    folder.remove();
  });

  it('say where nobody may write', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder.path, '.rekindle'), 'a file');
    await using store = folderStore(folder.path);
    await expect(store.artifacts?.write([artifact('a')])).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(await store.artifacts?.read([artifact('a')])).toEqual(new Map());
    folder.remove();
  });
});
