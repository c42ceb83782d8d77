import { describe, expect, it } from 'vitest';
import { memoryStore, revisionOf, StoreConflictError } from '../src/index.ts';

const changes = (texts: Record<string, string | null>) => new Map(Object.entries(texts));

describe('a memory store', () => {
  it('begins with release 1 where it is given modules, and with none where not', async () => {
    const store = memoryStore({ modules: { 'main.ts': 'export {};' } });
    const head = await store.head();
    expect(head?.number).toBe(1);
    expect(await store.manifest(head?.hash ?? '')).toEqual(new Map([['main.ts', revisionOf('export {};')]]));
    expect(await memoryStore().head()).toBe(undefined);
  });

  it('refuses modules that make no tree', () => {
    expect(() => memoryStore({ modules: { 'a.ts': '', 'A.ts': '' } })).toThrow(/a\.ts.*A\.ts/);
    expect(() => memoryStore({ modules: { '../a.ts': '' } })).toThrow(
      expect.objectContaining({ code: 'STORE_BAD_ID' }),
    );
  });

  it('dates releases by the clock that it is given', async () => {
    const store = memoryStore({ now: () => 42 });
    expect((await store.publish(changes({ 'a.ts': '' }), { expected: 0 })).time).toBe(42);
  });

  it('keeps so many releases, and the texts that they name', async () => {
    const store = memoryStore({ keep: 3 });
    const hashes: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      const texts = { 'a.ts': `text ${number}`, 'fixed.ts': 'fixed', 'back.ts': number === 2 ? 'other' : 'back' };
      hashes.push((await store.publish(changes(texts), { expected: number })).hash);
    }
    await expect(store.manifest(hashes[1] ?? '')).rejects.toMatchObject({ code: 'STORE_RELEASE_GONE' });
    expect((await store.manifest(hashes[2] ?? '')).get('a.ts')).toBe(revisionOf('text 2'));
    await expect(store.read('a.ts', revisionOf('text 1'))).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING' });
    for (const text of ['text 2', 'text 4', 'fixed', 'back', 'other']) {
      expect(await store.read('a.ts', revisionOf(text))).toBe(text);
    }
  });

  it('R26: tells a publisher which modules both changed, and not what they alone did', async () => {
    const store = memoryStore({ modules: { 'combat.ts': 'old', 'same.ts': 'same' } });
    const theirs = { 'combat.ts': 'theirs', 'orc.ts': 'new', 'gone.ts': null };
    await store.publish(changes(theirs), { expected: 1, author: 'dana', message: 'harder orcs' });
    const ours = changes({ 'combat.ts': 'ours', 'flee.ts': 'new', 'same.ts': 'mine' });
    const error = await store.publish(ours, { expected: 1, author: 'kim' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreConflictError);
    expect(error).toMatchObject({
      code: 'STORE_CONFLICT',
      expected: 1,
      release: { number: 2, author: 'dana', message: 'harder orcs' },
      modules: ['combat.ts'],
    });
    expect(String(error)).toMatch(/at release 2 by 'dana', 'harder orcs'.*Both changed: 'combat\.ts'\. Bring/);
    expect(String(error)).not.toContain('flee.ts');
    expect((await store.head())?.number).toBe(2);
  });

  it('does not know which modules both changed once the base is gone', async () => {
    const store = memoryStore({ keep: 1 });
    await store.publish(changes({ 'a.ts': 'one' }), { expected: 0 });
    await store.publish(changes({ 'a.ts': 'two' }), { expected: 1 });
    const error = await store.publish(changes({ 'a.ts': 'x' }), { expected: 1 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_CONFLICT', modules: undefined });
  });

  it('says so when it has no release at all', async () => {
    const error = await memoryStore()
      .publish(changes({ 'a.ts': 'x' }), { expected: 7 })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_CONFLICT', release: undefined });
    expect(String(error)).toContain('release 7');
  });
});
