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

  it('is bounded: what none of the remembered releases needs goes, once there is enough of it', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = open(folder);
    await store.publish(new Map([['a.ts', 'two']]), { expected: 0 });
    const stale = [...Array(80).keys()].flatMap((index) => [`releases/${index}.json`, `texts/${index}`]);
    for (const file of stale.map((name) => folder.at(`.rekindle/${name}`))) {
      fs.writeFileSync(file, '');
      fs.utimesSync(file, 0, 0);
    }
    const fresh = 'texts/fresh'; // another process may be writing a release
    fs.writeFileSync(folder.at(`.rekindle/${fresh}`), '');
    await store.publish(new Map([['a.ts', 'three']]), { expected: 1 });
    const left = [...stale, fresh].filter((file) => fs.existsSync(folder.at(`.rekindle/${file}`)));
    expect(left).toEqual([fresh]);
    expect((await store.release?.(1))?.release.number).toBe(1);
  });

  it('keeps a release as what it changed, however many modules there are', async () => {
    const modules = Object.fromEntries([...Array(300).keys()].map((index) => [`lib/m${index}.ts`, `${index}`]));
    const folder = temporaryFolder(modules);
    const store = open(folder);
    const files = () => fs.readdirSync(folder.at('.rekindle/releases'));
    await store.publish(new Map([['a.ts', '0']]), { expected: 0 });
    const first = files();
    await store.publish(new Map([['a.ts', '1']]), { expected: 1 });
    const second = files().filter((name) => !first.includes(name));
    const bytes = (names: string[]) =>
      names.map((name) => fs.statSync(folder.at(`.rekindle/releases/${name}`)).size).reduce((a, b) => a + b, 0);
    expect(bytes(first)).toBeGreaterThan(300 * 64);
    expect(bytes(second)).toBeLessThan(300);
  });

  it('has every release that is remembered, over whole manifests and changes, in a process that comes later', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c', 'd.ts': 'd' });
    const store = open(folder);
    for (let number = 1; number <= 70; number += 1) {
      const text = number % 10 === 0 ? null : `${number % 7}`; // the same content comes again
      await store.publish(new Map([['a.ts', text]]), { expected: number - 1 });
    }
    const formats = fs
      .readdirSync(folder.at('.rekindle/releases'))
      .map((name) => JSON.parse(fs.readFileSync(folder.at(`.rekindle/releases/${name}`), 'utf8')).format);
    expect(new Set(formats)).toEqual(new Set([1, 2]));
    const again = open(folder);
    for (let number = 7; number <= 70; number += 1) {
      const found = await again.release?.(number);
      const revision = found?.manifest.get('a.ts');
      const text = revision === undefined ? null : await again.read('a.ts', revision);
      expect([number, text]).toEqual([number, number % 10 === 0 ? null : `${number % 7}`]);
    }
  });

  it('writes a whole manifest again where the one before is damaged or gone', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
    await open(folder).publish(new Map([['a.ts', '1']]), { expected: 0 });
    for (const name of fs.readdirSync(folder.at('.rekindle/releases'))) {
      fs.writeFileSync(folder.at(`.rekindle/releases/${name}`), '{"format":2,"after":"../../x","changes":[]}');
    }
    const store = open(folder);
    await store.publish(new Map([['a.ts', '2']]), { expected: 1 });
    expect(await store.release?.(1)).toBe(undefined);
    expect((await store.release?.(2))?.manifest.size).toBe(3);
  });

  it('mends a release that is published once more', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' });
    await open(folder).publish(new Map([['a.ts', '1']]), { expected: 0 });
    const { hash } = await open(folder).publish(new Map([['a.ts', '2']]), { expected: 1 });
    await open(folder).publish(new Map([['a.ts', '3']]), { expected: 2 });
    fs.writeFileSync(folder.at(`.rekindle/releases/${hash}.json`), 'damaged');
    expect((await open(folder).release?.(3))?.manifest).toBe(undefined);
    await open(folder).publish(new Map([['a.ts', '2']]), { expected: 3 });
    const store = open(folder);
    const sizes = [2, 3, 4].map(async (number) => (await store.release?.(number))?.manifest.size);
    expect(await Promise.all(sizes)).toEqual([3, 3, 3]);
  });

  it('reads what earlier versions kept, and leaves alone what a later one did', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a' });
    const store = open(folder);
    const { hash } = await store.publish(new Map([['a.ts', '1']]), { expected: 0 });
    const file = folder.at(`.rekindle/releases/${hash}.json`);
    const kept = JSON.parse(fs.readFileSync(file, 'utf8'));
    expect(kept).toEqual({ format: 1, modules: [['a.ts', expect.any(String)]] });
    expect((await open(folder).release?.(1))?.manifest.size).toBe(1);
    fs.writeFileSync(file, JSON.stringify({ ...kept, format: 3 }));
    expect(await open(folder).release?.(1)).toBe(undefined);
  });

  it('has one channel', async () => {
    const store = open(temporaryFolder({ 'a.ts': 'one' }));
    const channel = 'staging';
    expect(await codeOf(store.publish(new Map(), { expected: 0, channel }))).toBe('STORE_BAD_OPTION');
    expect(await codeOf(Promise.resolve(store.history?.({ channel })))).toBe('STORE_BAD_OPTION');
    expect(await store.history?.({ channel: 'live' })).toEqual([]);
  });
});
