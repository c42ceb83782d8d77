import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { isStoreError } from '@rekindle/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderStore } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

function open(folder: TemporaryFolder) {
  const store = folderStore(folder.path);
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** Saves a file, as an author would, and commits what is there, as a host would. */
async function save(store: ReturnType<typeof open>, folder: TemporaryFolder, files: Record<string, string | null>) {
  folder.write(files);
  return store.committed((await store.head())?.hash ?? '');
}

const codeOf = async (promise: Promise<unknown>) => {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return isStoreError(error) ? error.code : error;
  }
};

describe('the history of a folder', () => {
  it('has what hosts committed, with the texts of then', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one', 'lib/b.ts': 'b' });
    const store = open(folder);
    await save(store, folder, {});
    await save(store, folder, { 'a.ts': 'two', 'lib/b.ts': null });
    const again = open(folder);
    await store[Symbol.asyncDispose]();
    expect((await again.history?.())?.map(({ number, parent }) => [number, parent])).toEqual([
      [2, 1],
      [1, null],
    ]);
    const first = await again.release?.(1);
    const texts = await Promise.all([...(first?.manifest ?? [])].map(([id, revision]) => again.read(id, revision)));
    expect(texts.sort()).toEqual(['b', 'one']);
  });

  it('goes back: an earlier release is published once more, and stands in the working tree', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one', 'lib/b.ts': 'b' });
    const store = open(folder);
    await save(store, folder, {});
    await save(store, folder, { 'a.ts': 'two', 'lib/b.ts': null, 'c.ts': 'c' });
    const release = await store.promote?.({ from: { number: 1 }, expected: 2, author: 'dana', message: 'back' });
    expect(release).toMatchObject({ number: 3, parent: 2, author: 'dana' });
    expect(fs.readFileSync(folder.at('a.ts'), 'utf8')).toBe('one');
    expect(fs.readFileSync(folder.at('lib/b.ts'), 'utf8')).toBe('b');
    expect(fs.existsSync(folder.at('c.ts'))).toBe(false);
  });

  it('names who works there, where git knows it', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    execFileSync('git', ['init', '-q'], { cwd: folder.path });
    execFileSync('git', ['config', 'user.name', 'Dana'], { cwd: folder.path });
    const store = open(folder);
    await save(store, folder, {});
    await store.publish(new Map([['a.ts', 'two']]), { expected: 1 });
    await store.publish(new Map([['a.ts', 'three']]), { expected: 2, author: 'bob' });
    expect((await store.history?.())?.map(({ author }) => author)).toEqual(['bob', 'Dana', 'Dana']);
    // and git is not asked about any of it
    expect(execFileSync('git', ['status', '--short'], { cwd: folder.path, encoding: 'utf8' })).toBe('?? a.ts\n');
  });

  it('is safe to delete, and what is damaged in it is not there', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = open(folder);
    await store.publish(new Map([['a.ts', 'two']]), { expected: 0 });
    await store.publish(new Map([['a.ts', 'three']]), { expected: 1 });
    const [text = ''] = [...((await store.release?.(1))?.manifest.values() ?? [])];
    fs.writeFileSync(folder.at(`.rekindle/texts/${text}`), 'something else');
    expect(await codeOf(Promise.resolve(store.promote?.({ from: { number: 1 }, expected: 2 })))).toBe(
      'STORE_RELEASE_GONE',
    );
    fs.rmSync(folder.at('.rekindle'), { recursive: true });
    const again = open(folder);
    expect(await again.history?.()).toEqual([]);
    expect(await again.release?.(1)).toBe(undefined);
    expect((await again.publish(new Map([['a.ts', 'four']]), { expected: 0 })).number).toBe(1);
  });

  it('is bounded: what none of the remembered releases needs goes', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = open(folder);
    await store.publish(new Map([['a.ts', 'two']]), { expected: 0 });
    const stale = ['releases/0.json', 'texts/0'].map((name) => folder.at(`.rekindle/${name}`));
    for (const file of stale) {
      fs.writeFileSync(file, '');
      fs.utimesSync(file, 0, 0);
    }
    const fresh = folder.at('.rekindle/texts/1'); // another process may be writing a release
    fs.writeFileSync(fresh, '');
    await store.publish(new Map([['a.ts', 'three']]), { expected: 1 });
    expect([...stale, fresh].map((file) => fs.existsSync(file))).toEqual([false, false, true]);
  });

  it('has one channel', async () => {
    const store = open(temporaryFolder({ 'a.ts': 'one' }));
    const channel = 'staging';
    expect(await codeOf(store.publish(new Map(), { expected: 0, channel }))).toBe('STORE_BAD_OPTION');
    expect(await codeOf(Promise.resolve(store.history?.({ channel })))).toBe('STORE_BAD_OPTION');
    expect(await store.history?.({ channel: 'live' })).toEqual([]);
  });
});
