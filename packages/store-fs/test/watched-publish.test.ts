import * as fs from 'node:fs';
import { revisionOf } from '@rekindle/store';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderStore } from '../src/index.ts';
import { makeFolder, type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** A store that is watched, and that never reads its head by itself. */
async function watched(folder: TemporaryFolder) {
  const store = folderStore(folder.path);
  const end = new AbortController();
  await store.watch(() => {}, { signal: end.signal });
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

  it('is what somebody finds who looks at everything, whatever was done by hand before', async () => {
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
        const { store, byHand, close } = await watched(folder);
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
  }, 120_000);
});
