import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testStore } from '@rekindle/store/conformance';
import { describe, expect, it } from 'vitest';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { sqlite } from '../../../tools/sqlite/native.ts';
import { sqliteStore } from '../src/index.ts';
import { libraryOf } from './library.ts';

const library = await obtain(sqlite(libraryOf));

// Which library it ran with stands in the name: what is built for one Node does not load in another one.
if (library === undefined) it.skip('sqliteStore: there is no SQLite here', () => {});
else
  await testStore({ describe, it, expect }, `sqliteStore with ${library}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-sqlite-'));
    const open = () => sqliteStore(join(folder, 'scripts.db'), { poll: 20 });
    return {
      store: open(),
      again: async () => open(),
      close: async () => rmSync(folder, { recursive: true, maxRetries: 5 }),
    };
  });
