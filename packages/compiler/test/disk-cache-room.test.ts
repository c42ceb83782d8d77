// The bound of the cache while entries and a pack are written beside each other: what comes while the folder is measured
// is put there by the test, at the one moment at which it counts.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Artifact } from '../src/artifact.ts';
import { DiskCache } from '../src/disk-cache.ts';
import { compile, instantiate } from '../src/index.ts';

/** Called when a folder has been listed, before whoever listed it goes on; and for each file that got its name. */
const watcher = vi.hoisted(() => ({
  listed: async () => {},
  named: (_file: string) => {},
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    readdir: async (...args: Parameters<typeof real.readdir>) => {
      const names = await real.readdir(...args);
      await watcher.listed();
      return names;
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      await real.rename(...args);
      watcher.named(String(args[1]));
    },
  };
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-disk-cache-room-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  onTestFinished(() => {
    watcher.listed = async () => {};
    watcher.named = () => {};
  });
  return folder;
}

function compiled(text: string, id: string): Artifact {
  const result = compile(text, { id });
  if (!result.ok) throw new Error(result.diagnostics[0]?.message);
  return result.artifact;
}

/** Loads modules of a tree, which are then to be packed. */
function load(cache: DiskCache, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const artifact = compiled(
      `export const place = ${index}; export function visit() { return place + 1; }`,
      'room.ts',
    );
    const instantiated = instantiate(artifact, undefined, undefined);
    if (!instantiated.ok) throw new Error(instantiated.diagnostic.message);
    cache.loaded(cache.keyOf(String(index), { id: 'room.ts' }), artifact, instantiated.script);
  }
}

/** So many at once are written without a wait. */
const MANY = 256;

function setMany(cache: DiskCache, note = ''): void {
  const artifact = compiled(`export const note = '${note}';`, 'note.ts');
  for (let index = 0; index < MANY; index += 1) cache.set(cache.keyOf(String(index), { id: 'note.ts' }), artifact);
}

async function bytesIn(folder: string): Promise<{ pack: number; singles: number }> {
  const names = await readdir(folder, { recursive: true });
  let [pack, singles] = [0, 0];
  for (const name of names) {
    const stats = await stat(join(folder, name));
    if (stats.isFile() && name.endsWith('.pack')) pack += stats.size;
    else if (stats.isFile()) singles += stats.size;
  }
  return { pack, singles };
}

it('entries that are written while the folder is measured for a pack do not go past the bound', async () => {
  // without a bound that matters: what both need
  const wide = await temporaryFolder();
  const unbound = new DiskCache(wide, { tree: 'scripts' });
  load(unbound, 40);
  setMany(unbound);
  await unbound.idle();
  const { pack, singles } = await bytesIn(wide);

  // the entries alone fit, and a pack may take half of it
  const maxBytes = Math.max(pack * 2, singles) + 1_000;
  expect(pack + singles).toBeGreaterThan(maxBytes);
  const folder = await temporaryFolder();
  const cache = new DiskCache(folder, { tree: 'scripts', maxBytes });
  load(cache, 40);
  let times = 0;
  watcher.listed = async () => {
    times += 1;
    if (times > 1) return;
    let left = MANY;
    const all = new Promise<void>((resolve) => {
      watcher.named = (file) => {
        if (file.endsWith('.json')) left -= 1;
        if (left === 0) resolve();
      };
    });
    setMany(cache);
    await all;
  };
  await cache.idle();
  expect(times).toBeGreaterThan(0);
  watcher.listed = async () => {};
  const found = await bytesIn(folder);
  expect(found.pack + found.singles).toBeLessThanOrEqual(maxBytes);
});

it('a text counts by its bytes, not by its characters', async () => {
  const folder = await temporaryFolder();
  const note = 'ж'.repeat(2_000);
  const maxBytes = 800_000;
  const cache = new DiskCache(folder, { maxBytes });
  setMany(cache, note);
  await cache.idle();
  const { singles } = await bytesIn(folder);
  expect(singles).toBeLessThanOrEqual(maxBytes);
  expect(singles).toBeGreaterThan(maxBytes / 2);
});

it('idle waits for a pack that is being written already', async () => {
  const folder = await temporaryFolder();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const cache = new DiskCache(folder, { tree: 'scripts' });
  await cache.open();
  load(cache, 40);
  let packed = false;
  watcher.named = (file) => {
    if (file.endsWith('.pack')) packed = true;
  };
  vi.advanceTimersByTime(2_000); // by itself, after a while without loads
  await cache.idle();
  expect(packed).toBe(true);
});
