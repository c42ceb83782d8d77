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

await testStore(runner, 'overlay of a folder that is edited by hand, and one that is empty', () => {
  const [first, second] = [makeFolder(), makeFolder()];
  return {
    store: overlay([folderStore(first.path), folderStore(second.path)]),
    write: async (changes: Changes) => {
      const [kept, deleted] = [new Map(changes), new Map(changes)];
      for (const [id, text] of changes) (text === null ? kept : deleted).delete(id);
      first.write(Object.fromEntries(deleted));
      first.write(Object.fromEntries(kept));
    },
    close: async () => {
      first.remove();
      second.remove();
    },
  };
});
