import * as fs from 'node:fs';
import { join } from 'node:path';
import { diffManifests, manifestHash, revisionOf } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { IgnoreRules } from '../src/ignore-rules.ts';
import { Scanner } from '../src/scan.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** A scanner, with the texts that it read since it was last asked. */
function scannerOf(folder: TemporaryFolder) {
  let texts: string[] = [];
  const scanner = new Scanner({
    name: 'folder',
    path: folder.path,
    rules: IgnoreRules.of(['.ts'], []),
    gitignore: true,
    onText: (_, text) => texts.push(text),
  });
  const read = () => {
    const now = texts.sort();
    texts = [];
    return now;
  };
  return { scanner, read };
}

/** Until a fresh file's times are worth something, it is read again with each scan. */
async function settled(folder: TemporaryFolder): Promise<ReturnType<typeof scannerOf>> {
  const pair = scannerOf(folder);
  await expect
    .poll(async () => {
      await pair.scanner.scan();
      return pair.read();
    })
    .toEqual([]);
  return pair;
}

describe('a scan', () => {
  it('reads what changed, and nothing else', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b', 'npc/c.ts': 'c' });
    const { scanner, read } = await settled(folder);
    folder.write({ 'b.ts': 'b2', 'npc/d.ts': 'd' });
    const { manifest } = await scanner.scan();
    expect(read()).toEqual(['b2', 'd']);
    expect([...manifest.keys()].sort()).toEqual(['a.ts', 'b.ts', 'npc/c.ts', 'npc/d.ts']);
  });

  it('that is hurried finds the same: what changed, came, went, or became a folder', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b', 'npc/c.ts': 'c', 'npc/e.ts': 'e' });
    const { scanner, read } = await settled(folder);
    folder.write({ 'b.ts': 'b2', 'npc/d.ts': 'd' });
    fs.rmSync(join(folder.path, 'npc/c.ts'));
    fs.rmSync(join(folder.path, 'a.ts'));
    folder.write({ 'a.ts/f.ts': 'f' });
    const { hash, manifest, paths } = await scanner.scan({ hurried: true });
    expect(read()).toEqual(['b2', 'd', 'f']);
    const fresh = await scannerOf(folder).scanner.scan();
    expect({ hash, manifest: new Map(manifest) }).toEqual({ hash: fresh.hash, manifest: new Map(fresh.manifest) });
    expect(new Map(paths)).toEqual(new Map(fresh.paths));
    expect((await scanner.scan({ hurried: true })).hash).toBe(hash);
  });

  it('reads a file again that was touched, and has the same manifest', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a' });
    const { scanner, read } = await settled(folder);
    const before = await scanner.scan();
    fs.utimesSync(folder.at('a.ts'), new Date(), new Date());
    expect(await scanner.scan()).toBe(before);
    expect(read()).toEqual(['a']);
  });

  it('gives the same value while nothing changes, and another one when something does', async () => {
    const folder = temporaryFolder({ 'a.ts': 'a', 'b.ts': 'b' });
    const { scanner } = scannerOf(folder);
    const one = await scanner.scan();
    expect(await scanner.scan()).toBe(one);
    folder.write({ 'b.ts': null });
    const two = await scanner.scan();
    expect(diffManifests(one.manifest, two.manifest)).toEqual({ added: [], changed: [], removed: ['b.ts'] });
    folder.write({ 'c.ts': 'c', 'a.ts': null });
    const three = await scanner.scan();
    expect(diffManifests(two.manifest, three.manifest)).toEqual({ added: ['c.ts'], changed: [], removed: ['a.ts'] });
    expect(three.hash).toBe(manifestHash(new Map([['c.ts', revisionOf('c')]])));
  });

  it('knows where a module lies after its file became a link, with the same text', async () => {
    const folder = temporaryFolder({ 'a.ts': 'same', 'lib/a.ts': 'same' });
    const { scanner } = await settled(folder);
    await scanner.scan();
    fs.rmSync(folder.at('a.ts'));
    fs.symlinkSync('lib/a.ts', folder.at('a.ts'));
    folder.write({ 'lib/a.ts': 'other' });
    expect((await scanner.scan()).manifest.get('a.ts')).toBe(revisionOf('other'));
  });
});
