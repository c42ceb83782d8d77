import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { revisionOf } from '@rekindle/store';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';
import { IgnoreRules } from '../src/ignore-rules.ts';
import { folderStore } from '../src/index.ts';
import { Movement } from '../src/movement.ts';
import { PublishingWatch } from '../src/publishing-watch.ts';
import { makeFolder, type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** A store that never reads its head by itself; it is watched, or watches for its own publishes from the second on. */
async function watched(folder: TemporaryFolder, by: 'somebody' | 'itself' = 'somebody') {
  const store = folderStore(folder.path);
  const end = new AbortController();
  if (by === 'somebody') await store.watch(() => {}, { signal: end.signal });
  /** Does something by hand, and waits until the watch has been told of it: events of one thread come in order. */
  const byHand = async (work: () => void) => {
    work();
    const watcher = fs.watch(folder.path);
    const told = new Promise<void>((resolve) => {
      watcher.on('change', (_, name) => {
        if (name === '.mark') resolve();
      });
    });
    fs.writeFileSync(folder.at('.mark'), '');
    await told;
    watcher.close();
  };
  const close = async () => {
    end.abort();
    await store[Symbol.asyncDispose]();
  };
  return { store, byHand, close };
}

/** What somebody else finds there, who looks at everything. */
async function hashOf(folder: TemporaryFolder): Promise<string | undefined> {
  await using store = folderStore(folder.path);
  return (await store.head())?.hash;
}

const modules = { 'a.ts': 'a', 'lib/b.ts': 'b', 'lib/deep/c.ts': 'c' };

describe('a publish to a folder that is watched', () => {
  it('has what authors saved meanwhile', async () => {
    const folder = temporaryFolder(modules);
    const { store, byHand, close } = await watched(folder);
    onTestFinished(close);
    await store.publish(new Map([['a.ts', 'a1']]), { expected: 0 });
    await store.publish(new Map([['a.ts', 'a2']]), { expected: 1 });
    await byHand(() => folder.write({ 'lib/b.ts': 'b, saved' }));
    const third = await store.publish(new Map([['a.ts', 'a3']]), { expected: 2 });
    const manifest = await store.manifest(third.hash);
    expect(manifest.get('lib/b.ts')).toBe(revisionOf('b, saved'));
    expect(await hashOf(folder)).toBe(third.hash);
  });

  it('replaces what stands in the file, also where nobody has told of it yet', async () => {
    const folder = temporaryFolder(modules);
    const { store, close } = await watched(folder);
    onTestFinished(close);
    await store.publish(new Map([['a.ts', 'a1']]), { expected: 0 });
    await store.publish(new Map([['a.ts', 'a2']]), { expected: 1 });
    folder.write({ 'a.ts': 'by hand' });
    await store.publish(new Map([['a.ts', 'a3']]), { expected: 2 });
    expect(fs.readFileSync(folder.at('a.ts'), 'utf8')).toBe('a3');
  });

  it.each(['somebody', 'itself'] as const)(
    'is what somebody finds who looks at everything (watched by %s)',
    async (by) => {
      const id = fc.constantFrom('a.ts', 'lib/b.ts', 'lib/deep/c.ts', 'new/d.ts', 'new/more/e.ts');
      const text = fc.constantFrom('one', 'two', 'three', null);
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const), id, text }) },
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('save' as const), id, text }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('rules' as const), id, text }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('head' as const), id, text }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
          const folder = makeFolder(modules);
          const { store, byHand, close } = await watched(folder, by);
          try {
            let expected = 0;
            let round = 0;
            for (const { kind, id, text } of steps) {
              round += 1;
              if (kind === 'head') await store.head();
              else if (kind === 'rules') {
                await byHand(() => folder.write({ 'lib/.gitignore': `deep/\n# ${round}\n` }));
              } else if (kind === 'save') {
                if (text === null && !fs.existsSync(folder.at(id))) continue;
                await byHand(() => folder.write({ [id]: text === null ? null : `${text} ${round}` }));
              } else {
                const ignored = id === 'lib/deep/c.ts' && fs.existsSync(folder.at('lib/.gitignore'));
                if (ignored) continue;
                const release = await store.publish(new Map([[id, text]]), { expected });
                expected = release.number;
                expect(await hashOf(folder)).toBe(release.hash);
              }
            }
          } finally {
            await close();
            folder.remove();
          }
        }),
        { numRuns: 25 },
      );
    },
    120_000,
  );
});

describe('a store that publishes again and again, and that nobody watches', () => {
  it('looks at what has moved alone, from the third publish on', async () => {
    const folder = temporaryFolder(modules);
    const outside = temporaryFolder();
    fs.linkSync(folder.at('lib/b.ts'), outside.at('b.ts'));
    const editUntold = (text: string) => fs.writeFileSync(outside.at('b.ts'), text); // no watch of the folder hears it
    const { store, byHand, close } = await watched(folder, 'itself');
    onTestFinished(close);
    const published = async (number: number) => {
      const { hash } = await store.publish(new Map([['a.ts', `a${number}`]]), { expected: number - 1 });
      return (await store.manifest(hash)).get('lib/b.ts');
    };
    editUntold('first');
    expect(await published(1)).toBe(revisionOf('first'));
    editUntold('second');
    expect(await published(2)).toBe(revisionOf('second'));
    editUntold('third');
    expect(await published(3)).toBe(revisionOf('second'));
    await byHand(() => folder.write({ 'lib/deep/c.ts': 'c, saved' }));
    const { hash } = await store.publish(new Map([['a.ts', 'a4']]), { expected: 3 });
    expect((await store.manifest(hash)).get('lib/deep/c.ts')).toBe(revisionOf('c, saved'));
    const head = await store.head(); // which looks at everything
    expect((await store.manifest(head?.hash ?? '')).get('lib/b.ts')).toBe(revisionOf('third'));
    expect(head).toMatchObject({ number: 4, next: 5 });
  });

  it('looks at everything each time where the folder has to be polled', async () => {
    const folder = temporaryFolder(modules);
    const outside = temporaryFolder();
    fs.linkSync(folder.at('lib/b.ts'), outside.at('b.ts'));
    await using store = folderStore(folder.path, { poll: 1_000 });
    for (let number = 1; number <= 4; number++) {
      fs.writeFileSync(outside.at('b.ts'), `edit ${number}`);
      const { hash } = await store.publish(new Map([['a.ts', `a${number}`]]), { expected: number - 1 });
      expect((await store.manifest(hash)).get('lib/b.ts')).toBe(revisionOf(`edit ${number}`));
    }
  });

  it('does so, too, where the system gives no watch, and asks it once', async () => {
    const folder = temporaryFolder(modules);
    const movement = new Movement();
    let asked = 0;
    const open: typeof fs.watch = () => {
      asked += 1;
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const rules = IgnoreRules.of(['.ts'], []);
    const watch = new PublishingWatch({ name: 'folder', path: folder.path, gitignore: true, rules }, movement, open);
    onTestFinished(() => watch.close());
    for (let publish = 1; publish <= 4; publish++) {
      await watch.prepare();
      movement.restart();
      expect(movement).toMatchObject({ isWatched: false, paths: undefined });
    }
    expect(asked).toBe(1);
  });

  it('keeps no process alive', async () => {
    const folder = temporaryFolder(modules);
    const script = fileURLToPath(new URL('publishes-thrice.ts', import.meta.url));
    const child = spawn(process.execPath, [...sourceFlags, script, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(fs.readFileSync(folder.at('a.ts'), 'utf8')).toBe('release 3');
  });
});
