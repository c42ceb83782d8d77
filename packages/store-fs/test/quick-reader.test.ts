import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuickReader } from '../src/quick-reader.ts';
import { readSource, readSourceNow } from '../src/source-file.ts';

async function temporaryFile(content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-quick-reader-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'goblin.ts');
  await writeFile(path, content);
  return path;
}

describe('a file that is read at once', () => {
  it.each([
    ['a text', 'export const hp = 5;\n'],
    ['one with a mark and other line ends', '\ufeffexport const hp = 5;\r\n'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00])],
  ])('is what it is when it is read in turns: %s', async (_, content) => {
    const path = await temporaryFile(content);
    expect(readSourceNow(path)).toEqual(await readSource(path));
  });

  it('is left to the other way where it is empty: an editor may be about to fill it', async () => {
    expect(readSourceNow(await temporaryFile(''))).toBeUndefined();
  });

  it('throws as the file system does where it is gone', async () => {
    await expect(new QuickReader(readSourceNow).read('/nowhere/goblin.ts')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('reading many files', () => {
  /** A disk on which each file takes so many milliseconds. */
  function reading(milliseconds: number) {
    let now = 0;
    const read: string[] = [];
    const reader = new QuickReader(
      (path) => {
        now += milliseconds;
        read.push(path);
        return undefined;
      },
      () => now,
    );
    return { reader, read };
  }

  it('holds the thread for a few milliseconds at a time', async () => {
    const { reader, read } = reading(0.25);
    const all = Array.from({ length: 40 }, (_, index) => reader.read(String(index)));
    let turns = 0;
    for (let before = -1; read.length < 40; turns += 1) {
      expect(read.length - before).toBeLessThanOrEqual(17);
      before = read.length;
      await turn();
    }
    expect(turns).toBeGreaterThanOrEqual(2);
    await Promise.all(all);
    expect(new Set(read).size).toBe(40);
  });

  it('ends where the disk is slow', async () => {
    const { reader, read } = reading(10);
    for (let index = 0; index < 40; index += 1) await reader.read(String(index));
    expect(read.length).toBeLessThan(5);
  });
});
