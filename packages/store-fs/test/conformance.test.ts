import { type Changes, overlay } from '@rekindle/store';
import { testStore } from '@rekindle/store/conformance';
import { describe, expect, it } from 'vitest';
import { folderStore } from '../src/index.ts';
import { makeFolder } from './temporary-folder.ts';

const runner = { describe, it, expect };

await testStore(runner, 'folderStore', () => {
  const folder = makeFolder();
  return {
    store: folderStore(folder.path),
    again: async () => folderStore(folder.path),
    close: async () => folder.remove(),
  };
});

await testStore(runner, 'folderStore that polls', () => {
  const folder = makeFolder();
  const open = () => folderStore(folder.path, { poll: 20 });
  return { store: open(), again: async () => open(), close: async () => folder.remove() };
});

await testStore(runner, 'overlay of two folders', () => {
  const [first, second] = [makeFolder(), makeFolder()];
  const publisher = folderStore(first.path);
  return {
    store: overlay([folderStore(first.path), folderStore(second.path)]),
    write: async (changes: Changes) => {
      await publisher.publish(changes, { expected: (await publisher.head())?.number ?? 0 });
    },
    close: async () => {
      await publisher[Symbol.asyncDispose]();
      first.remove();
      second.remove();
    },
  };
});
