import * as fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FolderStore, folderStore } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** Saves a text, and commits the head that shows it, as a host does. */
async function commit(store: FolderStore, folder: TemporaryFolder, text: string): Promise<number> {
  folder.write({ 'a.ts': text });
  const head = await store.head();
  return store.committed(head?.hash ?? '');
}

/** Runs as a user who may not write to the folder. The superuser may everywhere, and steps down for it. */
function withoutRights(folder: TemporaryFolder): void {
  fs.chmodSync(folder.path, 0o555);
  const superuser = process.geteuid?.() === 0;
  if (superuser) process.seteuid?.(65_534);
  onTestFinished(() => {
    if (superuser) process.seteuid?.(0);
    fs.chmodSync(folder.path, 0o755);
  });
}

describe('the numbers of a folder', () => {
  it('count what was committed, and not what was tried', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = folderStore(folder.path);
    expect(await commit(store, folder, 'one')).toBe(1);
    for (const broken of ['two', 'three', 'four']) {
      folder.write({ 'a.ts': broken });
      expect((await store.head())?.number).toBe(1);
    }
    expect(await commit(store, folder, 'five')).toBe(2);
  });

  it('go on in a new process', async () => {
    const folder = temporaryFolder();
    expect(await commit(folderStore(folder.path), folder, 'one')).toBe(1);
    const again = folderStore(folder.path);
    expect((await again.head())?.number).toBe(1);
    expect(await commit(again, folder, 'one')).toBe(1);
    expect(await commit(again, folder, 'two')).toBe(2);
  });

  it('are those of all hosts on the folder', async () => {
    const folder = temporaryFolder();
    const [one, other] = [folderStore(folder.path), folderStore(folder.path)];
    expect(await commit(one, folder, 'one')).toBe(1);
    expect(await commit(other, folder, 'one')).toBe(1);
    expect(await commit(other, folder, 'two')).toBe(2);
    expect((await one.head())?.number).toBe(2);
    expect(await commit(one, folder, 'two')).toBe(2);
    expect(await commit(one, folder, 'three')).toBe(3);
  });

  it('are given once each, to hosts that commit at the same time', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const stores = Array.from({ length: 8 }, () => folderStore(folder.path));
    const numbers = await Promise.all(stores.map(async (store) => store.committed((await store.head())?.hash ?? '')));
    expect(numbers).toEqual(Array(8).fill(1));
  });

  it('stand in .rekindle, which git is told to leave alone', async () => {
    const folder = temporaryFolder();
    const store = folderStore(folder.path);
    await commit(store, folder, 'one');
    await store[Symbol.asyncDispose]();
    expect(fs.readdirSync(folder.at('.rekindle')).sort()).toEqual(['.gitignore', 'numbers.json', 'releases', 'texts']);
    expect(fs.readFileSync(folder.at('.rekindle/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('are not written before something was committed', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    await folderStore(folder.path).head();
    expect(fs.readdirSync(folder.path)).toEqual(['a.ts']);
  });

  it('go on in the process that knows them when .rekindle is deleted, and begin anew in another', async () => {
    const folder = temporaryFolder();
    const store = folderStore(folder.path);
    await commit(store, folder, 'one');
    await commit(store, folder, 'two');
    folder.write({ '.rekindle': null });
    expect((await store.head())?.number).toBe(2);
    expect((await folderStore(folder.path).head())?.number).toBe(0);
    expect(await commit(store, folder, 'three')).toBe(3);
    expect((await folderStore(folder.path).head())?.number).toBe(3);
  });

  it('begin anew where the file is damaged', async () => {
    for (const damage of ['', '{', '[]', '{"releases":[{"number":"x"}]}']) {
      const folder = temporaryFolder({ '.rekindle/numbers.json': damage });
      expect(await commit(folderStore(folder.path), folder, 'one')).toBe(1);
    }
  });

  it('are kept in memory where the folder cannot be written', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one', 'b.ts': 'b' });
    withoutRights(folder);
    const store = folderStore(folder.path);
    const head = await store.head();
    expect(await store.committed(head?.hash ?? '')).toBe(1);
    expect(await store.head()).toEqual({ number: 1, next: 1, hash: head?.hash });
    expect(fs.readdirSync(folder.path).sort()).toEqual(['a.ts', 'b.ts']);
    const publish = store.publish(new Map([['a.ts', 'two']]), { expected: 1 });
    await expect(publish).rejects.toMatchObject({ code: 'STORE_READ_ONLY', cause: { code: 'EACCES' } });
  });

  it('are kept in memory where .rekindle cannot be what it should', async () => {
    const folder = temporaryFolder({ '.rekindle': 'a file' });
    const store = folderStore(folder.path);
    expect(await commit(store, folder, 'one')).toBe(1);
    expect(await commit(store, folder, 'two')).toBe(2);
  });
});

it('a file that may not be read is named', async () => {
  const folder = temporaryFolder({ 'a.ts': 'one', 'npc/b.ts': 'b' });
  fs.chmodSync(folder.at('npc/b.ts'), 0);
  withoutRights(folder);
  const error = await folderStore(folder.path)
    .head()
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', cause: { code: 'EACCES' } });
  expect(String(error)).toContain("'npc/b.ts'");
});
