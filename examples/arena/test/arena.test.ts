import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Arena, startArena } from '../src/arena.ts';
import type { ReloadEntry } from '../src/reload-log.ts';

let scripts: string;
let arena: Arena;
let entries: ReloadEntry[];
let onEntry: () => void;

beforeEach(async () => {
  scripts = await mkdtemp(join(tmpdir(), 'arena-scripts-'));
  // Without the history that playing with the example has left there.
  const filter = (path: string) => !path.includes('.rekindle');
  await cp(fileURLToPath(new URL('../scripts', import.meta.url)), scripts, { recursive: true, filter });
  entries = [];
  onEntry = () => {};
  arena = await startArena({
    port: 0,
    bots: 3,
    quiet: true,
    scripts,
    onReload: (entry) => {
      entries.push(entry);
      onEntry();
    },
  });
});

afterEach(async () => {
  await arena.close();
  await rm(scripts, { recursive: true });
});

async function nextEntry(kind: ReloadEntry['kind']): Promise<ReloadEntry> {
  for (;;) {
    const entry = entries.find((one) => one.kind === kind);
    if (entry) return entry;
    await new Promise<void>((resolve) => {
      onEntry = resolve;
    });
  }
}

async function save(id: string, from: string, to: string): Promise<void> {
  const file = join(scripts, id);
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}

test('an arena with its bots: a save is seen, and nobody is thrown out', async () => {
  const loaded = await nextEntry('loaded');
  expect(loaded).toMatchObject({ modules: arena.host.modules().length });
  await arena.bots.playing;
  await save('rules/movement.ts', 'grip = 7', 'grip = 5');
  expect(await nextEntry('committed')).toMatchObject({
    release: loaded.release + 1,
    changed: ['rules/movement.ts'],
    ran: ['rules/movement.ts'],
  });
  const status = await (await fetch(`${arena.url}/status.json`)).json();
  expect(status).toMatchObject({ release: loaded.release + 1, players: 3, bots: 3, lastReload: { kind: 'committed' } });
  const report = await arena.bots.report();
  expect(report).toMatchObject({ bots: 3, playing: 3 });
  expect(report.problems.filter(({ kind }) => kind !== 'silence')).toEqual([]);
});

test('a broken save changes nothing, and is told with the place', async () => {
  await save('rules/combat.ts', 'const barrels = 1;', 'const barrels = ;');
  const { release } = await nextEntry('loaded');
  const refused = await nextEntry('refused');
  expect(refused).toMatchObject({ release, faults: [{ module: 'rules/combat.ts', line: 11 }] });
  expect(arena.host.release.number).toBe(release);
});

test('close ends the bots and the server, and may be called twice', async () => {
  await arena.bots.playing;
  await Promise.all([arena.close(), arena.close()]);
  await expect(fetch(arena.url)).rejects.toThrow();
  await expect(arena.bots.report()).rejects.toThrow('The bots have ended');
});
