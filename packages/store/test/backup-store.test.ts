import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backupStore, memoryStore, restoreStore, type Store, verifyBackup } from '../src/index.ts';
import { allOf, withHistory } from './histories.ts';

async function bytesOf(store: Store): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of backupStore(store)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A file that comes in pieces. */
const file = (bytes: Uint8Array, piece = 1_000) =>
  async function* () {
    for (let start = 0; start < bytes.length; start += piece) yield bytes.subarray(start, start + piece);
  };

const STAGING = 'staging / β';

describe('a backup', () => {
  it('has everything: texts, history, authors, channels', async () => {
    const [from, to] = [await withHistory(), memoryStore()];
    const bytes = await bytesOf(from);
    const progress: string[] = [];
    const content = await restoreStore(to, file(bytes), {
      onProgress: ({ channel, release, done, total }) => progress.push(`${channel} ${release} ${done}/${total}`),
    });
    expect([...content.channels.keys()]).toEqual(['live', STAGING]);
    for (const channel of ['live', STAGING]) expect(await allOf(to, channel)).toEqual(await allOf(from, channel));
    expect(progress).toEqual(['live 1 1/4', 'live 2 2/4', 'live 3 3/4', `${STAGING} 1 4/4`]);
    expect(content.source).toBe('the first');
  });

  it('of any history comes back as it was', async () => {
    const id = fc.constantFrom('a.ts', 'b.ts', 'lib/c.ts', 'lib/δ.ts');
    const change = fc.tuple(id, fc.option(fc.string({ unit: 'grapheme', maxLength: 2_000 }), { freq: 3 }));
    const releases = fc.array(fc.tuple(fc.constantFrom('live', 'next'), fc.array(change, { maxLength: 4 })), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(releases, fc.integer({ min: 1, max: 5_000 }), async (all, piece) => {
        const [from, to] = [memoryStore(), memoryStore()];
        for (const [channel, changes] of all) {
          const [head] = (await from.history?.({ channel, limit: 1 })) ?? [];
          await from.publish(new Map(changes), { expected: head?.number ?? 0, channel, author: channel });
        }
        await restoreStore(to, file(await bytesOf(from), piece));
        for (const channel of ['live', 'next']) expect(await allOf(to, channel)).toEqual(await allOf(from, channel));
      }),
      { numRuns: 40 },
    );
  });

  it('is a tar archive that tar lists and unpacks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-backup-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'arena.tar');
    writeFileSync(path, await bytesOf(await withHistory()));
    const names = execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toContain('releases/0/00000003.json');
    expect(names.at(-1)).toBe('end.json');
    const format = execFileSync('tar', ['-xOf', path, 'rekindle.json'], { encoding: 'utf8' });
    expect(JSON.parse(format)).toEqual({ format: 1, source: 'the first' });
  });

  it('is refused where it is half copied, at whatever byte, and nothing is written', async () => {
    const bytes = await bytesOf(await withHistory());
    const whole = await verifyBackup(file(bytes)());
    const to = memoryStore();
    // the blocks of zeros after the last entry hold nothing
    const end = bytes.length - 1_024;
    for (let length = 0; length < end; length += 97) {
      await expect(restoreStore(to, file(bytes.subarray(0, length)))).rejects.toMatchObject({
        code: 'STORE_BACKUP_DAMAGED',
      });
    }
    expect(await to.head()).toBe(undefined);
    expect(whole.channels.size).toBe(2);
  });

  it('is refused where a byte is another one, or comes back as it was', async () => {
    const from = await withHistory();
    const bytes = await bytesOf(from);
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 61) {
      const to = memoryStore();
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x15;
      const error = await restoreStore(to, file(damaged)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) {
        expect(await allOf(to)).toEqual(await allOf(from)); // a byte between entries
      } else {
        refused += 1;
        expect(error).toMatchObject({ code: 'STORE_BACKUP_DAMAGED' });
        expect(await to.head()).toBe(undefined);
      }
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('never overwrites: a store that has something else is left alone', async () => {
    const bytes = await bytesOf(await withHistory());
    const to = memoryStore({ modules: { 'main.ts': 'mine' } });
    await expect(restoreStore(to, file(bytes))).rejects.toMatchObject({ code: 'STORE_DIVERGED' });
    expect((await allOf(to)).length).toBe(1);
  });

  it('adds what is missing in a store that has a part of it', async () => {
    const from = await withHistory();
    const to = memoryStore();
    await restoreStore(to, file(await bytesOf(from)));
    await from.publish(new Map([['main.ts', 'four']]), { expected: 3 });
    await restoreStore(to, file(await bytesOf(from)));
    expect(await allOf(to)).toEqual(await allOf(from));
  });

  it('of several channels goes into a store with one, when it is said which', async () => {
    const bytes = await bytesOf(await withHistory());
    const one = (): Store => {
      const { channels: _, ...rest } = bind(memoryStore());
      return { ...rest, capabilities: { publish: true, watch: true, history: true } };
    };
    await expect(restoreStore(one(), file(bytes))).rejects.toMatchObject({ code: 'STORE_BAD_OPTION' });
    await expect(restoreStore(one(), file(bytes), { channel: 'no' })).rejects.toMatchObject({
      code: 'STORE_BAD_OPTION',
    });
    const to = one();
    await restoreStore(to, file(bytes), { channel: STAGING });
    expect(await to.head()).toMatchObject({ number: 1 });
  });

  it('that is something else says so', async () => {
    for (const bytes of [Buffer.from(''), Buffer.from('no archive at all'), Buffer.alloc(4_096)]) {
      await expect(verifyBackup(file(bytes)())).rejects.toMatchObject({ code: 'STORE_BACKUP_DAMAGED' });
    }
  });

  it('is streamed: a text at a time', async () => {
    const from = memoryStore();
    const large = 'x'.repeat(2 ** 20);
    const texts = Array.from({ length: 32 }, (_, index) => [`m${index}.ts`, `${index}${large}`] as const);
    await from.publish(new Map(texts), { expected: 0 });
    let reading = 0;
    let most = 0;
    const slow: Store = {
      ...bind(from),
      read: async (id, revision) => {
        reading += 1;
        most = Math.max(most, reading);
        return from.read(id, revision);
      },
    };
    for await (const chunk of backupStore(slow)) if (chunk.length > 2 ** 19) reading -= 1;
    expect(most).toBeLessThanOrEqual(2);
  });
});

/** The members of a store as a plain object. */
function bind(store: Store): Store {
  return {
    name: store.name,
    capabilities: store.capabilities,
    head: (options) => store.head(options),
    manifest: (hash, options) => store.manifest(hash, options),
    read: (id, revision, options) => store.read(id, revision, options),
    watch: (wake, options) => store.watch(wake, options),
    publish: (changes, options) => store.publish(changes, options),
    history: async (options) => (await store.history?.(options)) ?? [],
    release: async (number, options) => store.release?.(number, options),
    channels: async (options) => (await store.channels?.(options)) ?? [],
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
