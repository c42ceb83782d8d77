import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bring } from '../bring.ts';

async function place(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bring-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const making = (text: string) => async (draft: string) => {
  await mkdir(draft);
  await writeFile(join(draft, 'program'), text);
};

it('is made once, however many ask, and leaves nothing beside it', async () => {
  const cache = await place();
  const home = join(cache, 'server');
  let made = 0;
  const make = (draft: string) => {
    made += 1;
    return making('1')(draft);
  };
  await Promise.all([bring(home, make), bring(home, make)]);
  await bring(home, make);
  expect([made, await readdir(cache)]).toEqual([1, ['server']]);
});

it('is not there where it was broken off, and says why', async () => {
  const cache = await place();
  const broken = bring(join(cache, 'server'), async (draft) => {
    await making('half')(draft);
    throw new Error('the compiler is missing');
  });
  await expect(broken).rejects.toThrow('the compiler is missing');
  expect(await readdir(cache)).toEqual([]);
});

it('is made by the next one where a process died over it', async () => {
  const cache = await place();
  const home = join(cache, 'server');
  await writeFile(`${home}.lock`, String(spawnSync(process.execPath, ['--version']).pid));
  await bring(home, making('whole'));
  expect(await readFile(join(home, 'program'), 'utf8')).toBe('whole');
});

it('is waited for where another process makes it', async () => {
  const cache = await place();
  const home = join(cache, 'server');
  await writeFile(`${home}.lock`, String(process.ppid));
  const bringing = bring(home, making('a second time'));
  await making('by another one')(home);
  await bringing;
  expect(await readFile(join(home, 'program'), 'utf8')).toBe('by another one');
});
