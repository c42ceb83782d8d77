import { isStoreError, type StoreConflictError } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { mongodb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import type { ReleaseDocument } from '../src/documents.ts';
import { entriesIn } from '../src/entries.ts';
import { databasesOn } from './support/databases.ts';
import { changes, textsOf } from './support/fixtures.ts';

const server = await obtain(mongodb);
const place = databasesOn(server);

describe.runIf(server !== undefined)('a head whose content is incomplete', () => {
  it('is passed over for the newest release that is whole', async () => {
    const { revisions, opened } = place();
    const author = opened();
    for (const number of [1, 2, 3]) await author.publish(changes({ 'a.ts': `a${number}` }), { expected: number - 1 });
    await revisions.deleteOne({ text: 'a3' });
    const host = opened();
    expect((await host.head())?.number).toBe(2);
    expect(await textsOf(host)).toEqual({ 'a.ts': 'a2' });
  });

  it('is passed over, and is read whole as soon as it is, where there are hundreds of modules', async () => {
    const { revisions, opened } = place();
    const many = (version: number) =>
      Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`m${index}.ts`, `${index} of ${version}`]));
    const author = opened();
    for (const version of [1, 2]) await author.publish(changes(many(version)), { expected: version - 1 });
    const gone = await revisions.findOneAndDelete({ text: '600 of 2' });
    const host = opened();
    expect((await host.head())?.number).toBe(1);
    expect(await textsOf(host)).toEqual(many(1));
    if (gone) await revisions.insertOne(gone);
    expect(await textsOf(host)).toEqual(many(2));
    expect(await textsOf(opened())).toEqual(many(2));
  });

  it('is noticed by somebody who knew it whole when a text is missed', async () => {
    const { revisions, opened } = place();
    const store = opened();
    await store.publish(changes({ 'a.ts': 'a1' }), { expected: 0 });
    const { hash } = await store.publish(changes({ 'a.ts': 'a2' }), { expected: 1 });
    await revisions.deleteOne({ text: 'a2' });
    const revision = (await store.manifest(hash)).get('a.ts') ?? '';
    await expect(store.read('a.ts', revision)).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING' });
    expect((await store.head())?.number).toBe(1);
  });

  it('is no head at all where none is whole', async () => {
    const { revisions, opened } = place();
    await opened().publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    await revisions.deleteMany({});
    expect(await opened().head()).toBe(undefined);
  });

  it('keeps its number: the next release is made on the one before it', async () => {
    const { revisions, releases, opened } = place();
    const author = opened();
    await author.publish(changes({ 'a.ts': 'a', 'b.ts': 'b' }), { expected: 0 });
    await author.publish(changes({ 'a.ts': 'broken' }), { expected: 1 });
    await revisions.deleteOne({ text: 'broken' });
    const other = opened();
    const error = await other.publish(changes({ 'a.ts': 'x' }), { expected: 2 }).catch((thrown: unknown) => thrown);
    expect(isStoreError(error, 'STORE_CONFLICT') && (error as StoreConflictError).release?.number).toBe(1);
    const release = await other.publish(changes({ 'a.ts': 'mended' }), { expected: 1 });
    expect([release.number, release.parent]).toEqual([3, 1]);
    expect(await textsOf(opened())).toEqual({ 'a.ts': 'mended', 'b.ts': 'b' });
    const document = await releases.findOne({ '_id.number': 3 });
    expect([document?.base, entriesIn(document?.manifest).length]).toEqual([3, 2]);
  });

  it('wakes who follows when the last of its texts arrives', async () => {
    const { revisions, opened } = place();
    const author = opened();
    await author.publish(changes({ 'a.ts': 'a1' }), { expected: 0 });
    await author.publish(changes({ 'a.ts': 'a2' }), { expected: 1 });
    const text = await revisions.findOneAndDelete({ text: 'a2' });
    const host = opened();
    const end = new AbortController();
    const seen: unknown[] = [];
    await host.watch(async () => seen.push((await host.head())?.number), { signal: end.signal });
    expect((await host.head())?.number).toBe(1);
    if (text !== null) await revisions.insertOne(text);
    await expect.poll(() => seen.at(-1), { timeout: 10_000 }).toBe(2);
    end.abort();
  });
});

describe.runIf(server !== undefined)('the history of a channel', () => {
  it('gives every manifest, whole or put together', async () => {
    const { releases, opened } = place();
    const author = opened();
    const expected: { hash: string; texts: Record<string, string | null> }[] = [];
    const texts: Record<string, string> = { 'a.ts': '', 'b.ts': '', 'c.ts': '', 'd.ts': '' };
    for (let number = 1; number <= 56; number += 1) {
      const id = `${'abcd'[number % 4]}.ts`;
      const deleted = number % 9 === 8 && id in texts;
      if (deleted) delete texts[id];
      else texts[id] = `text ${number}`;
      const change = number === 1 ? texts : { [id]: deleted ? null : (texts[id] ?? null) };
      const { hash } = await author.publish(changes(change), { expected: number - 1 });
      expected.push({ hash, texts: { ...texts } });
    }
    const whole = await releases.find({ manifest: { $exists: true } }, { projection: { _id: 1 } }).toArray();
    expect(whole.map(({ _id }) => _id.number)).toContain(51);
    expect(whole.length).toBeLessThan(10);
    for (const { hash, texts: content } of [...expected.slice(-3), ...expected.slice(0, 3)]) {
      const reader = opened();
      const manifest = await reader.manifest(hash);
      const read = [...manifest].map(async ([id, revision]) => [id, await reader.read(id, revision)]);
      expect(Object.fromEntries(await Promise.all(read))).toEqual(content);
    }
  });

  it('takes no release whose way from the last whole one has a gap', async () => {
    const { releases, opened } = place();
    const author = opened();
    await author.publish(changes({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c', 'd.ts': 'd' }), { expected: 0 });
    for (const number of [2, 3]) {
      await author.publish(changes({ [`${'abc'[number - 2]}.ts`]: `${number}` }), { expected: number - 1 });
    }
    await releases.deleteOne({ '_id.number': 2 });
    expect((await opened().head())?.number).toBe(1);
  });

  it('is not taken for another one with the same numbers, as after a restore', async () => {
    const { releases, opened } = place();
    const host = opened();
    const four = { 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c', 'd.ts': 'd' };
    await host.publish(changes(four), { expected: 0 });
    await host.publish(changes({ 'a.ts': 'lost' }), { expected: 1 });
    await host.publish(changes({ 'b.ts': 'lost too' }), { expected: 2 });
    expect((await host.head())?.number).toBe(3);

    await releases.deleteMany({ '_id.number': { $gt: 1 } });
    const author = opened();
    await author.publish(changes({ 'c.ts': 'found' }), { expected: 1 });
    await author.publish(changes({ 'd.ts': 'found too' }), { expected: 2 });
    expect(await textsOf(host)).toEqual({ ...four, 'c.ts': 'found', 'd.ts': 'found too' });
  });

  it('says so where thirty releases in a row are not whole', async () => {
    const { releases, opened } = place();
    await opened().publish(changes({ 'a.ts': 'a' }), { expected: 0 });
    const one = await releases.findOne({});
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...(one as ReleaseDocument),
      _id: { channel: 'live', number: index + 2 },
      hash: 'f'.repeat(64),
    }));
    await releases.insertMany(many);
    await expect(opened().head()).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING', message: /last 30 rel/ });
  });
});
