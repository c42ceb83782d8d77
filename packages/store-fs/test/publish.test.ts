import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pace } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isStoreError, revisionOf } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';
import { folderStore } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { textsOf } from './watching.ts';

const changes = (texts: Record<string, string | null>) => new Map(Object.entries(texts));

/** Every file below the folder, by path, `.rekindle` excepted. */
function filesIn(folder: TemporaryFolder): string[] {
  return fs
    .readdirSync(folder.path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1))
    .filter((path) => !path.startsWith('.rekindle'))
    .sort();
}

describe('a publish to a folder', () => {
  it('writes files, makes folders, and removes those that become empty', async () => {
    const folder = temporaryFolder({ 'old/deep/a.ts': 'a', 'old/b.ts': 'b', 'notes/readme.md': '' });
    const store = folderStore(folder.path);
    await store.publish(changes({ 'npc/goblin.ts': 'new', 'old/deep/a.ts': null, 'old/b.ts': null }), { expected: 0 });
    expect(filesIn(folder)).toEqual(['notes/readme.md', 'npc/goblin.ts']);
    expect(fs.readdirSync(folder.path).sort()).toEqual(['.rekindle', 'notes', 'npc']);
    expect(fs.readFileSync(folder.at('npc/goblin.ts'), 'utf8')).toBe('new');
  });

  it('leaves alone what has the text already, in the form in which it was written', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one\r\ntwo\r\n', 'b.ts': 'b' });
    const before = fs.statSync(folder.at('a.ts'));
    await folderStore(folder.path).publish(changes({ 'a.ts': 'one\ntwo\n', 'b.ts': 'c' }), { expected: 0 });
    expect(fs.readFileSync(folder.at('a.ts'), 'utf8')).toBe('one\r\ntwo\r\n');
    expect(fs.statSync(folder.at('a.ts')).ino).toBe(before.ino);
  });

  it('keeps the permissions of a file', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a' });
    fs.chmodSync(folder.at('a.ts'), 0o640);
    await folderStore(folder.path).publish(changes({ 'a.ts': 'b' }), { expected: 0 });
    expect(fs.statSync(folder.at('a.ts')).mode & 0o777).toBe(0o640);
  });

  it('puts a module where a folder lost its last one', async () => {
    const folder = temporaryFolder({ 'npc.ts/goblin.ts': '' });
    fs.mkdirSync(folder.at('empty.ts'));
    const store = folderStore(folder.path);
    await store.publish(changes({ 'npc.ts/goblin.ts': null, 'npc.ts': 'x', 'empty.ts': 'y' }), { expected: 0 });
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'empty.ts': 'y', 'npc.ts': 'x' });
  });

  it('writes into the folder that is there, however the disk spells its name', async () => {
    const folder = temporaryFolder({ 'cafe\u0301/deep/a.ts': '' });
    const store = folderStore(folder.path);
    await store.publish(changes({ 'caf\u00e9/deep/b.ts': 'b', 'caf\u00e9/c.ts': 'c' }), { expected: 0 });
    expect(fs.readdirSync(folder.path).sort()).toEqual(['.rekindle', 'cafe\u0301']);
    expect([...(await textsOf(store)).keys()].sort()).toEqual([
      'caf\u00e9/c.ts',
      'caf\u00e9/deep/a.ts',
      'caf\u00e9/deep/b.ts',
    ]);
  });

  it('replaces a link, and does not write through it', async () => {
    const folder = temporaryFolder({ 'lib/a.ts': 'lib' });
    fs.symlinkSync('lib/a.ts', folder.at('alias.ts'));
    const store = folderStore(folder.path);
    await store.publish(changes({ 'alias.ts': 'own' }), { expected: 0 });
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'alias.ts': 'own', 'lib/a.ts': 'lib' });
  });

  it('refuses what would change another module through a link', async () => {
    const folder = temporaryFolder({ 'lib/a.ts': 'lib' });
    fs.symlinkSync('lib', folder.at('linked'));
    const error = await folderStore(folder.path)
      .publish(changes({ 'linked/a.ts': 'x' }), { expected: 0 })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_READ_ONLY' });
    expect(String(error)).toContain("'lib/a.ts'");
  });

  it('refuses modules that the folder would not show', async () => {
    const folder = temporaryFolder({ '.gitignore': 'gen/\n', 'npc/.gitignore': '*.local.ts\n', 'npc/a.ts': '' });
    const store = folderStore(folder.path, { ignore: ['*.spec.ts'] });
    const ids = [
      '.hidden.ts',
      '.rekindle/x.ts',
      'node_modules/x.js',
      'a.css',
      'a.d.ts',
      'gen/a.ts',
      'npc/b.local.ts',
      'a.spec.ts',
    ];
    for (const id of ids) {
      const publish = store.publish(changes({ [id]: '' }), { expected: 0 });
      await expect(publish, id).rejects.toMatchObject({ code: 'STORE_BAD_ID' });
    }
    expect(filesIn(folder)).toEqual(['.gitignore', 'npc/.gitignore', 'npc/a.ts']);
  });

  it('is made on the working tree: what was edited by hand goes with it', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a' });
    const store = folderStore(folder.path);
    await store.publish(changes({ 'b.ts': 'b' }), { expected: 0 });
    folder.write({ 'a.ts': 'edited' });
    const release = await store.publish(changes({ 'b.ts': 'c' }), { expected: 1 });
    expect(await store.head()).toEqual({ number: 2, next: 2, hash: release.hash });
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'a.ts': 'edited', 'b.ts': 'c' });
  });

  it('leaves no temporary file when it fails half-way', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a' });
    // A file where a folder is needed: staging the second text fails.
    folder.write({ blocked: 'a file' });
    const error = await folderStore(folder.path)
      .publish(changes({ 'a.ts': 'b', 'blocked/b.ts': 'b' }), { expected: 0 })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(filesIn(folder)).toEqual(['a.ts', 'blocked']);
    expect(fs.readFileSync(folder.at('a.ts'), 'utf8')).toBe('a');
    expect(fs.existsSync(folder.at('.rekindle/publish.json'))).toBe(false);
  });

  it('R26: refuses changes on an older release, with whose it is, and leaves the folder as it was', async () => {
    const folder = temporaryFolder({ 'combat.ts': 'old' });
    const [ours, theirs] = [folderStore(folder.path), folderStore(folder.path)];
    await theirs.publish(changes({ 'combat.ts': 'theirs' }), { expected: 0, author: 'dana', message: 'harder orcs' });
    const error = await ours
      .publish(changes({ 'combat.ts': 'ours', 'flee.ts': 'new' }), { expected: 0 })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_CONFLICT', expected: 0, release: { number: 1, author: 'dana' } });
    expect(String(error)).toContain("release 1 by 'dana', 'harder orcs'");
    expect(Object.fromEntries(await textsOf(ours))).toEqual({ 'combat.ts': 'theirs' });
  });
});

describe('a publish that its process did not live to end', () => {
  const OLD = revisionOf('old');
  const release = { number: 1, hash: 'f'.repeat(64), parent: null, author: 'dana', message: '', time: 0 };
  const staged = (number: number) => `.rekindle-00000000-0000-4000-8000-00000000000${number}.tmp`;
  const step = (path: string, waiting: string | null, before: string | null) => ({ path, staged: waiting, before });

  /** Puts the folder into the state after a crash: texts staged, and the plan written down. */
  function crash(folder: TemporaryFolder, decided: object | null, steps: readonly object[]): void {
    folder.write({ '.rekindle/publish.json': JSON.stringify({ release: decided, steps }) });
  }

  it('is ended by whoever comes next, when it was decided', async () => {
    const folder = temporaryFolder({
      'a.ts': 'old',
      'gone.ts': 'old',
      [staged(1)]: 'new a',
      [`npc/${staged(2)}`]: 'new b',
    });
    crash(folder, release, [
      step('a.ts', staged(1), OLD),
      step('npc/b.ts', `npc/${staged(2)}`, null),
      step('gone.ts', null, OLD),
    ]);
    const store = folderStore(folder.path);
    expect((await store.head())?.number).toBe(1);
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'a.ts': 'new a', 'npc/b.ts': 'new b' });
    expect(filesIn(folder)).toEqual(['a.ts', 'npc/b.ts']);
  });

  it('is ended also when half of it was done', async () => {
    const folder = temporaryFolder({ 'a.ts': 'new a', [`npc/${staged(2)}`]: 'new b' });
    crash(folder, release, [step('a.ts', staged(1), OLD), step('npc/b.ts', `npc/${staged(2)}`, null)]);
    const store = folderStore(folder.path);
    expect((await store.head())?.number).toBe(1);
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'a.ts': 'new a', 'npc/b.ts': 'new b' });
  });

  it('does not write over what an author saved meanwhile', async () => {
    const folder = temporaryFolder({
      'a.ts': 'by hand',
      'b.ts': 'by hand',
      'gone.ts': 'by hand',
      [staged(1)]: 'new a',
      [staged(2)]: 'new b',
    });
    crash(folder, release, [step('a.ts', staged(1), OLD), step('gone.ts', null, OLD), step('b.ts', staged(2), null)]);
    const store = folderStore(folder.path);
    await store.head();
    expect(filesIn(folder)).toEqual(['a.ts', 'b.ts', 'gone.ts']);
    expect(new Set((await textsOf(store)).values())).toEqual(new Set(['by hand']));
  });

  it('has not happened when it was not decided, and leaves nothing behind', async () => {
    const folder = temporaryFolder({ 'a.ts': 'old', [staged(1)]: 'half' });
    crash(folder, null, [step('a.ts', staged(1), OLD)]);
    const store = folderStore(folder.path);
    expect((await store.head())?.number).toBe(0);
    expect(Object.fromEntries(await textsOf(store))).toEqual({ 'a.ts': 'old' });
    await store.publish(changes({ 'b.ts': 'b' }), { expected: 0 });
    expect(filesIn(folder)).toEqual(['a.ts', 'b.ts']);
  });

  it.each([
    ['a path that leads out', step('../victim.ts', `../${staged(1)}`, OLD)],
    ['a link that leads out', step('out/victim.ts', `out/${staged(1)}`, OLD)],
    ['a path that publishes nothing', step('.git/hooks/pre-commit', `.git/hooks/${staged(1)}`, null)],
    ['a file that no publish staged', step('a.ts', 'payload.ts', OLD)],
  ])('is not believed where it names %s', async (_, forged) => {
    const folder = temporaryFolder({
      'victim.ts': 'old',
      [staged(1)]: 'new',
      'scripts/a.ts': 'old',
      'scripts/payload.ts': 'new',
      [`scripts/${staged(1)}`]: 'new',
      [`scripts/.git/hooks/${staged(1)}`]: 'new',
    });
    fs.symlinkSync('..', folder.at('scripts/out'));
    folder.write({ 'scripts/.rekindle/publish.json': JSON.stringify({ release, steps: [forged] }) });
    const before = filesIn(folder);
    await folderStore(folder.at('scripts'), { ignore: ['out'] }).head();
    expect(filesIn(folder)).toEqual(before);
    expect(fs.readFileSync(folder.at('victim.ts'), 'utf8')).toBe('old');
    expect(fs.readFileSync(folder.at('scripts/a.ts'), 'utf8')).toBe('old');
  });

  it('shows the old release or the new one, whenever the process is killed', async () => {
    const folder = temporaryFolder();
    const modules = 20;
    for (let kill = 0; kill < 4; kill += 1) {
      const script = fileURLToPath(new URL('./publisher.ts', import.meta.url));
      const publisher = spawn(process.execPath, [...sourceFlags, script, folder.path, String(modules)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      if (kill === 0) await once(publisher.stdout, 'data');
      else await moved(folder);
      await pace(kill * 11);
      publisher.kill('SIGKILL');
      await once(publisher, 'exit');

      const store = folderStore(folder.path);
      const head = await store.head();
      const texts = await textsOf(store);
      expect(texts.size).toBe(modules);
      expect([...new Set(texts.values())]).toEqual([`export const generation = ${head?.number};\n`]);
      await store[Symbol.asyncDispose]();
    }
    await folderStore(folder.path).committed('0'.repeat(64));
    expect(filesIn(folder).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  }, 60_000);
});

/** Resolves when a publisher has begun to publish to the folder. */
async function moved(folder: TemporaryFolder): Promise<void> {
  const end = new AbortController();
  try {
    for await (const _ of fs.promises.watch(folder.at('.rekindle'), { signal: end.signal })) return;
  } finally {
    end.abort();
  }
}

describe('the lock', () => {
  const lockOf = (folder: TemporaryFolder, holder: object) =>
    folder.write({ '.rekindle/lock': JSON.stringify(holder) });
  const publish = (folder: TemporaryFolder) =>
    folderStore(folder.path).publish(changes({ 'a.ts': 'a' }), { expected: 0 });

  it('of a process that died is taken over', async () => {
    const folder = temporaryFolder();
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    lockOf(folder, { nonce: 'n', pid: dead.pid, thread: 0, host: (await import('node:os')).hostname() });
    expect((await publish(folder)).number).toBe(1);
    expect(fs.existsSync(folder.at('.rekindle/lock'))).toBe(false);
  });

  it('of an earlier life of this process is taken over', async () => {
    const folder = temporaryFolder();
    const { hostname } = await import('node:os');
    const { threadId } = await import('node:worker_threads');
    lockOf(folder, { nonce: 'n', pid: process.pid, thread: threadId, host: hostname() });
    expect((await publish(folder)).number).toBe(1);
  });

  it('of another machine is taken over when nobody renewed it for half a minute', async () => {
    const folder = temporaryFolder();
    lockOf(folder, { nonce: 'n', pid: 1, thread: 0, host: 'elsewhere' });
    const before = new Date(Date.now() - 31_000);
    fs.utimesSync(folder.at('.rekindle/lock'), before, before);
    expect((await publish(folder)).number).toBe(1);
  });

  it('that is held is waited for', async () => {
    const folder = temporaryFolder();
    lockOf(folder, { nonce: 'n', pid: 1, thread: 0, host: 'elsewhere' });
    const publishing = publish(folder);
    const first = await Promise.race([publishing, pace(50, 'waits')]);
    expect(first).toBe('waits');
    fs.rmSync(folder.at('.rekindle/lock'));
    expect((await publishing).number).toBe(1);
  });

  it('is not waited for by a publish that is aborted, or a store that is disposed of', async () => {
    const folder = temporaryFolder();
    lockOf(folder, { nonce: 'n', pid: 1, thread: 0, host: 'elsewhere' });
    const store = folderStore(folder.path);
    const end = new AbortController();
    const publishing = store.publish(changes({ 'a.ts': 'a' }), { expected: 0, signal: end.signal });
    end.abort('enough');
    await expect(publishing).rejects.toBe('enough');
    const committing = store.committed('0'.repeat(64));
    await store[Symbol.asyncDispose]();
    await expect(committing).rejects.toMatchObject({ code: 'STORE_DISPOSED' });
    expect(fs.readdirSync(folder.at('.rekindle')).sort()).toEqual(['.gitignore', 'lock']);
  });

  it('that is damaged is taken over in the end', async () => {
    const folder = temporaryFolder({ '.rekindle/lock': '{"no' });
    const before = new Date(Date.now() - 31_000);
    fs.utimesSync(folder.at('.rekindle/lock'), before, before);
    expect((await publish(folder)).number).toBe(1);
  });
});

it('an error of a publish is always one of the store', async () => {
  const folder = temporaryFolder({ 'a.ts': 'a', '.rekindle': 'a file, where the folder should be' });
  const error = await folderStore(folder.path)
    .publish(changes({ 'a.ts': 'b' }), { expected: 0 })
    .catch((reason: unknown) => reason);
  expect(isStoreError(error)).toBe(true);
  expect((error as Error).cause).toBeInstanceOf(Error);
});
