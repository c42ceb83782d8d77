import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';
import type { Artifact } from '../src/artifact.ts';
import { DiskCache } from '../src/disk-cache.ts';
import { type CompileOptions, compile, instantiate } from '../src/index.ts';
import { toolchain } from '../src/toolchain.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-disk-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const options = { id: 'rules/speed.ts' };
const source = 'export const speed: number = 5;';

function artifactOf(text: string, of: CompileOptions): Artifact {
  const compiled = compile(text, of);
  if (!compiled.ok) throw new Error(compiled.diagnostics[0]?.message);
  return compiled.artifact;
}

/** Compiles into the cache, and gives the key. */
async function keep(cache: DiskCache, text = source, of: CompileOptions = options): Promise<string> {
  const key = cache.keyOf(text, of);
  cache.set(key, artifactOf(text, of));
  await cache.idle();
  return key;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function onlyFileIn(folder: string): Promise<string> {
  const [file, ...others] = await filesIn(folder);
  if (file === undefined || others.length > 0) throw new Error('Not one file.');
  return file;
}

describe('an artifact is found again', () => {
  it('by another process, as it was', async () => {
    const folder = await temporaryFolder();
    const key = await keep(new DiskCache(folder));
    const later = new DiskCache(folder);
    expect(later.keyOf(source, options)).toBe(key);
    expect(later.get(key)?.artifact).toEqual(artifactOf(source, options));
  });

  it('under its text, its id and its options, and under no others', async () => {
    const cache = new DiskCache(await temporaryFolder());
    const key = await keep(cache);
    const others: [string, CompileOptions][] = [
      ['export const speed: number = 6;', options],
      [`${source}\n`, options],
      [source, { id: 'rules/speed.mts' }],
      [source, { ...options, as: 'text' }],
      [source, { ...options, tsconfig: { verbatimModuleSyntax: true } }],
      [source, { ...options, limits: { nesting: 10 } }],
    ];
    const keys = others.map((other) => cache.keyOf(...other));
    expect(new Set([key, ...keys]).size).toBe(others.length + 1);
    for (const other of keys) expect(cache.get(other)).toBeUndefined();
  });

  it('and a text that no file can hold is not taken for one that looks like it in UTF-8', async () => {
    const cache = new DiskCache(await temporaryFolder());
    expect(cache.keyOf("export default '\ud800';", options)).not.toBe(cache.keyOf("export default '\ufffd';", options));
  });

  it.each([
    { abi: toolchain().abi + 1 },
    { compiler: '99.0.0' },
    { swc: '99.0.0' },
    { acorn: '99.0.0' },
    { node: 'v99.0.0' },
    { platform: 'plan9' },
    { arch: 'z80' },
  ])('but not with another toolchain: %o', async (other) => {
    const folder = await temporaryFolder();
    const key = await keep(new DiskCache(folder));
    const cache = new DiskCache(folder, { toolchain: { ...toolchain(), ...other } });
    expect(cache.keyOf(source, options)).not.toBe(key);
  });
});

describe('a damaged entry is noticed, removed and made again', () => {
  const damages: Record<string, (file: string, folder: string) => Promise<void>> = {
    'a byte of it is another one': async (file) => {
      const bytes = await readFile(file);
      const at = bytes.indexOf('speed', 100);
      bytes[at] = (bytes[at] as number) ^ 1;
      await writeFile(file, bytes);
    },
    'its end is missing': (file) => truncate(file, 200),
    'its beginning alone was written': (file) => truncate(file, 10),
    'it is empty': (file) => truncate(file, 0),
    'it holds something else': (file) => writeFile(file, '{"abi":2}'),
    'it is the entry of another module': async (file, folder) => {
      const other = join(folder, 'other');
      await keep(new DiskCache(other), 'export const speed = 99;', options);
      await copyFile(await onlyFileIn(other), file);
      await rm(other, { recursive: true });
    },
  };
  it.each(Object.keys(damages))('%s', async (damage) => {
    const folder = await temporaryFolder();
    const key = await keep(new DiskCache(folder));
    await damages[damage]?.(await onlyFileIn(folder), folder);
    const cache = new DiskCache(folder);
    expect(cache.get(key)).toBeUndefined();
    expect(await filesIn(folder)).toEqual([]);
    expect(await keep(cache)).toBe(key);
    expect(new DiskCache(folder).get(key)?.artifact).toEqual(artifactOf(source, options));
  });

  it('a directory that stands in its place is no entry', async () => {
    const folder = await temporaryFolder();
    const cache = new DiskCache(folder);
    const key = await keep(cache);
    const file = await onlyFileIn(folder);
    await rm(file);
    await mkdir(file);
    expect(cache.get(key)).toBeUndefined();
    await keep(cache);
  });
});

describe('it is only slow', () => {
  it('where its folder cannot be made', async () => {
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    const cache = new DiskCache(join(folder, 'cache'), { tree: 'scripts' });
    await cache.open();
    const key = await keep(cache);
    expect(cache.get(key)).toBeUndefined();
    await load(cache, tree(40));
    await cache.idle();
  });
});

describe('its size is bounded', () => {
  it('and the oldest entries go first', async () => {
    const folder = await temporaryFolder();
    const maxBytes = 100_000;
    const cache = new DiskCache(folder, { maxBytes });
    const keys: string[] = [];
    for (let version = 0; version < 300; version += 1) {
      keys.push(await keep(cache, `export const speed = ${version}; // ${'-'.repeat(50)}`));
    }
    const sizes = await Promise.all((await filesIn(folder)).map(async (file) => (await stat(file)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(maxBytes);
    expect(total).toBeGreaterThan(maxBytes / 2);
    expect(cache.get(keys[0] as string)).toBeUndefined();
    expect(cache.get(keys[299] as string)).toBeDefined();
  });

  it('also of packs', async () => {
    const folder = await temporaryFolder();
    for (let other = 0; other < 10; other += 1) {
      const cache = new DiskCache(folder, { tree: `tree ${other}`, maxBytes: 200_000 });
      await load(cache, tree(40, other));
      await cache.idle();
    }
    const sizes = await Promise.all((await filesIn(folder)).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(200_000);
  });

  it('and what a process left half written long ago is removed', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'ab'), { recursive: true });
    const left = join(folder, 'ab', 'abc.json.123.tmp');
    await writeFile(left, 'half');
    const { utimes } = await import('node:fs/promises');
    await utimes(left, 1, 1);
    await keep(new DiskCache(folder));
    expect(await filesIn(folder)).toHaveLength(1);
  });
});

/** Sources by id. */
function tree(count: number, edition = 0): Map<string, string> {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `area/room${index}.ts`,
      `export const place: number = ${index + edition * 1000}; export function visit() { return place + 1; }`,
    ]),
  );
}

/** Loads modules as a host does; gives the ids that had to be compiled, and those for which V8 took code from the cache. */
async function load(
  cache: DiskCache,
  texts: ReadonlyMap<string, string>,
): Promise<{ compiled: string[]; warm: string[] }> {
  const compiled: string[] = [];
  const warm: string[] = [];
  onTestFinished(() => cache.idle());
  await cache.open();
  for (const [id, text] of texts) {
    const key = cache.keyOf(text, { id });
    const cached = cache.get(key);
    const artifact = cached?.artifact ?? artifactOf(text, { id });
    expect(artifact).toEqual(artifactOf(text, { id }));
    if (cached === undefined) {
      compiled.push(id);
      cache.set(key, artifact);
    }
    const instantiated = instantiate(artifact, undefined, cached?.code);
    if (!instantiated.ok) throw new Error(instantiated.diagnostic.message);
    if (instantiated.script.cachedDataRejected === false) warm.push(id);
    cache.loaded(key, artifact, instantiated.script);
  }
  return { compiled, warm };
}

describe('the pack of a tree', () => {
  const packIn = async (folder: string) => {
    const [file] = (await filesIn(folder)).filter((name) => name.endsWith('.pack'));
    if (file === undefined) throw new Error('There is no pack.');
    return file;
  };
  const removeSingles = async (folder: string) => {
    for (const name of await filesIn(folder)) if (!name.endsWith('.pack')) await rm(name);
  };

  it('gives a later start all that was loaded, with what V8 made of it', async () => {
    const folder = await temporaryFolder();
    const first = new DiskCache(folder, { tree: 'scripts' });
    expect((await load(first, tree(40))).compiled).toHaveLength(40);
    await first.idle();
    await removeSingles(folder);
    const second = await load(new DiskCache(folder, { tree: 'scripts' }), tree(40));
    expect(second.compiled).toEqual([]);
    expect(second.warm).toHaveLength(40);
    expect(await load(new DiskCache(folder, { tree: 'other scripts' }), tree(1))).toMatchObject({ warm: [] });
  });

  it('is not written for a few edits, and again when much has changed; what others use of it stays', async () => {
    const folder = await temporaryFolder();
    const start = async (texts: ReadonlyMap<string, string>) => {
      const cache = new DiskCache(folder, { tree: 'scripts' });
      await load(cache, texts);
      await cache.idle();
      return readFile(await packIn(folder));
    };
    const whole = await start(tree(80));
    const edited = new Map([...tree(80), ...tree(10, 1)]);
    expect((await start(edited)).equals(whole)).toBe(true);
    expect((await start(new Map([...tree(80), ...tree(40, 2)]))).equals(whole)).toBe(false);
    await removeSingles(folder);
    const cache = new DiskCache(folder, { tree: 'scripts' });
    expect((await load(cache, new Map([...tree(80), ...tree(40, 2)]))).compiled).toEqual([]);
    expect((await load(cache, tree(80))).compiled).toEqual([]);
  });

  it('that is damaged anywhere gives what is whole of it, and nothing else', async () => {
    const folder = await temporaryFolder();
    const first = new DiskCache(folder, { tree: 'scripts' });
    await load(first, tree(40));
    await first.idle();
    await removeSingles(folder);
    const file = await packIn(folder);
    const whole = await readFile(file);
    const damage = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 1), bits: fc.integer({ min: 1, max: 255 }) }).map(({ at, bits }) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ bits;
        return bytes;
      }),
      fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        await writeFile(file, bytes);
        const cache = new DiskCache(folder, { tree: 'scripts' });
        await load(cache, tree(40)); // which compares each artifact with the right one
        await cache.idle();
        await removeSingles(folder);
      }),
      { numRuns: 40 },
    );
  });

  it('whose entries are damaged is made again', async () => {
    const folder = await temporaryFolder();
    const first = new DiskCache(folder, { tree: 'scripts' });
    await load(first, tree(40));
    await first.idle();
    const file = await packIn(folder);
    await writeFile(file, 'nothing of the kind');
    const second = new DiskCache(folder, { tree: 'scripts' });
    expect((await load(second, tree(40))).compiled).toEqual([]);
    await second.idle();
    await removeSingles(folder);
    expect((await load(new DiskCache(folder, { tree: 'scripts' }), tree(40))).warm).toHaveLength(40);
  });
});

describe('several processes share a folder', () => {
  it('writing and reading the same entries at once', async () => {
    const folder = await temporaryFolder();
    const file = fileURLToPath(new URL('disk-cache-process.ts', import.meta.url));
    const runs = Array.from({ length: 4 }, async (_, index) => {
      const child = fork(file, [folder, String(index)], { execArgv: [...sourceFlags] });
      const [answer] = (await once(child, 'message')) as [{ wrong: number; found: number }];
      const [code] = await once(child, 'close');
      return { ...answer, code };
    });
    const answers = await Promise.all(runs);
    for (const answer of answers) expect(answer).toMatchObject({ wrong: 0, code: 0 });
    expect(answers.reduce((sum, { found }) => sum + found, 0)).toBeGreaterThan(0);
    expect((await filesIn(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await load(new DiskCache(folder, { tree: 'scripts' }), tree(60))).compiled).toEqual([]);
  }, 60_000);
});
