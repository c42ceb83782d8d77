import * as fs from 'node:fs';
import { backupStore, copyStore, memoryStore, restoreStore } from '@rekindle/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderStore } from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

function open() {
  const folder = temporaryFolder();
  const store = folderStore(folder.path);
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { folder, store };
}

/** A folder with three releases, the second of which deletes. */
async function withHistory() {
  const here = open();
  const publish = (expected: number, texts: Record<string, string | null>) =>
    here.store.publish(new Map(Object.entries(texts)), { expected, author: `author ${expected}`, message: 'why' });
  await publish(0, { 'main.ts': 'one', 'lib/a.ts': 'a' });
  await publish(1, { 'lib/a.ts': null, 'lib/b.ts': 'b' });
  await publish(2, { 'main.ts': 'three' });
  return here;
}

describe('a folder and other stores', () => {
  it('is copied into a store of another kind, and back, with its history', async () => {
    const { store } = await withHistory();
    const memory = memoryStore();
    await copyStore(store, memory);
    const { store: back, folder } = open();
    await copyStore(memory, back);
    expect(await back.history?.()).toEqual(await store.history?.());
    expect(fs.readFileSync(folder.at('main.ts'), 'utf8')).toBe('three');
    expect(fs.existsSync(folder.at('lib/a.ts'))).toBe(false);
    expect((await back.release?.(1))?.manifest.has('lib/a.ts')).toBe(true);
  });

  it('goes into a file and comes out of it', async () => {
    const { store, folder } = await withHistory();
    const path = folder.at('arena.tar');
    await fs.promises.writeFile(path, backupStore(store));
    const { store: restored, folder: other } = open();
    await restoreStore(restored, () => fs.createReadStream(path));
    expect(await restored.history?.()).toEqual(await store.history?.());
    expect(fs.readFileSync(other.at('lib/b.ts'), 'utf8')).toBe('b');
  });

  it('that holds what nobody published is not overwritten', async () => {
    const { store } = await withHistory();
    const { store: other, folder } = open();
    folder.write({ 'main.ts': 'mine, and never committed' });
    const outcome = await copyStore(store, other).then(
      () => 'copied',
      (error: { code?: string }) => error.code,
    );
    expect(outcome).toBe('STORE_DIVERGED');
    expect(fs.readFileSync(folder.at('main.ts'), 'utf8')).toBe('mine, and never committed');
  });
});

it('what nobody has committed yet is copied, too: the first step from a folder into a database', async () => {
  const { store, folder } = open();
  folder.write({ 'main.ts': 'one', 'lib/a.ts': 'a' });
  const to = memoryStore();
  expect(await copyStore(store, to)).toEqual({ copied: 1, number: 1 });
  expect(await copyStore(store, to)).toEqual({ copied: 0, number: 1 });
});
