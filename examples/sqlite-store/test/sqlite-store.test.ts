import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { sqlite } from '../../../tools/sqlite/native.ts';
import { openDatabase } from '../src/database.ts';
import { sqliteStore } from '../src/index.ts';
import { libraryOf } from './library.ts';

const library = await obtain(sqlite(libraryOf));

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
  return join(folder, 'scripts.db');
}

describe.runIf(library !== undefined)('a store over an SQLite file', () => {
  it('is followed by a game, while another program publishes', async () => {
    const path = file();
    const author = sqliteStore(path);
    await author.publish(new Map([['main.ts', 'export const speed = 1;']]), { expected: 0 });
    const host = createHost({ stores: [sqliteStore(path, { poll: 10 })], lastKnownGood: false, cache: false });
    await host.start({ entries: ['main.ts'] });
    const main = (await host.import('main.ts')) as { readonly speed: number };
    expect(main.speed).toBe(1);
    const committed = new Promise((resolve) => host.on('reload:committed', resolve));
    await author.publish(new Map([['main.ts', 'export const speed = 2;']]), { expected: 1 });
    await committed;
    expect(main.speed).toBe(2);
    await host.close();
    await author[Symbol.asyncDispose]();
  });

  it('leaves a file of a later version alone', async () => {
    const path = file();
    await using store = sqliteStore(path);
    const database = openDatabase(path);
    database.exec('PRAGMA user_version = 2');
    database.close();
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
  });

  it('says what is wrong with a file that is no database', async () => {
    await using store = sqliteStore(tmpdir());
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });
});
