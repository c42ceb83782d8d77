import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { secantusdb } from '../../../tools/mongodb/find.ts';
import { uriOf as uriIn } from '../../../tools/mongodb/uri.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { sourceFlags } from '../../../tools/run/flags.ts';
import { startArena } from '../src/arena.ts';
import type { ReloadEntry } from '../src/reload-log.ts';
import { databaseAt, scriptStores } from '../src/script-stores.ts';

const server = await obtain(secantusdb());
afterAll(() => server?.stop());

const uriOf = (database: string) => uriIn(server?.uri ?? 'mongodb://none', database);

/** A copy of the scripts, without the history that playing with the example has left there. */
async function copyOfScripts(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'arena-scripts-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const filter = (path: string) => !path.includes('.rekindle');
  await cp(fileURLToPath(new URL('../scripts', import.meta.url)), folder, { recursive: true, filter });
  return folder;
}

async function edit(folder: string, id: string, from: string, to: string): Promise<void> {
  const file = join(folder, id);
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}

/** `npm run publish-scripts`, as the process that it is. */
async function publish(uri: string, ...options: string[]): Promise<{ code: number; said: string }> {
  const file = fileURLToPath(new URL('../src/publish.ts', import.meta.url));
  const env = { ...process.env, MONGODB_URI: uri };
  return new Promise((resolve) => {
    execFile(process.execPath, [...sourceFlags, file, ...options], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });
}

/** An arena on a database, and what becomes of each release. */
async function arenaOn(mongodb: string, scripts: string) {
  const entries: ReloadEntry[] = [];
  const arena = await startArena({
    ...{ port: 0, bots: 0, quiet: true, scripts, scriptsName: 'scripts', mongodb },
    onReload: (entry) => entries.push(entry),
  });
  onTestFinished(() => arena.close());
  return { arena, entries };
}

describe.runIf(server !== undefined)('an arena whose scripts are in a database', () => {
  test('fills an empty one from the folder, and takes what a second process publishes', async () => {
    const [uri, folder, desk] = [uriOf('filled'), await copyOfScripts(), await copyOfScripts()];
    const { arena, entries } = await arenaOn(uri, folder);
    expect(entries).toMatchObject([{ kind: 'loaded', release: 1 }]);
    const status = await (await fetch(`${arena.url}/status.json`)).json();
    expect(status).toMatchObject({ release: 1, scripts: "MongoDB 'filled', channel 'live', then scripts" });

    await edit(desk, 'rules/movement.ts', 'grip = 7', 'grip = 5');
    const published = await publish(uri, '--folder', desk, '-m', 'slippery', '--author', 'dana');
    expect(published).toMatchObject({ code: 0 });
    expect(published.said).toMatch(/^ {2}rules\/movement\.ts {2}changed\nrelease 2 on .* 1 module .* 1 → 2 .* by dana/);
    await expect
      .poll(() => entries[1], { timeout: 20_000 })
      .toMatchObject({
        ...{ kind: 'committed', release: 2, changed: ['rules/movement.ts'], ran: ['rules/movement.ts'] },
      });

    await edit(desk, 'rules/movement.ts', 'grip = 5', 'grip = 3');
    const late = await publish(uri, '--folder', desk, '--onto', '1');
    expect(late.code).toBe(4);
    expect(late.said).toMatch(/at release 2 by 'dana', 'slippery'\. Both changed: 'rules\/movement\.ts'\./);
    expect(arena.host.release.number).toBe(2);
  }, 120_000);

  test('has from the folder what the database has not', async () => {
    const [uri, folder] = [uriOf('behind'), await copyOfScripts()];
    const { prepare, stores } = await scriptStores({ folder, folderName: 'scripts', mongodb: uri });
    expect(await prepare()).toMatch(/^\d+ files of scripts are release 1 of MongoDB 'behind', channel 'live'$/);
    expect(await prepare()).toBe(undefined);
    for (const store of stores) await store[Symbol.asyncDispose]();
    await using database = await databaseAt(uri);
    await database.publish(new Map([['lib/every.ts', null]]), { expected: 1 });

    const { arena, entries } = await arenaOn(uri, folder);
    const origin = (id: string) => arena.host.modules().find((module) => module.id === id)?.origin?.source;
    expect(entries).toMatchObject([{ kind: 'loaded', release: 2 }]);
    expect([origin('lib/every.ts'), origin('main.ts')]).toEqual([
      `folder '${folder}'`,
      "MongoDB 'behind', channel 'live'",
    ]);
  });

  test('does not start where the database cannot be reached, and says so', async () => {
    const folder = await copyOfScripts();
    const start = startArena({
      ...{ port: 0, bots: 0, quiet: true, scripts: folder },
      mongodb: 'mongodb://127.0.0.1:1/arena?serverSelectionTimeoutMS=100',
    });
    await expect(start).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', message: /MongoDB 'arena'/ });
  });

  test('publishing says what it needs', async () => {
    const [usage, unreachable] = await Promise.all([
      publish(uriOf('x'), '--onto', 'last'),
      publish('mongodb://127.0.0.1:1/arena?serverSelectionTimeoutMS=100'),
    ]);
    expect(usage).toMatchObject({ code: 2, said: expect.stringContaining('--onto takes a number') });
    expect(unreachable).toMatchObject({ code: 3, said: expect.stringContaining('ECONNREFUSED') });
  });
});
