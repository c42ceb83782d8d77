import { describe, expect, it } from 'vitest';
import {
  defineStore,
  manifestHash,
  memoryStore,
  overlay,
  type ReleaseSource,
  revisionOf,
  type Store,
} from '../src/index.ts';

async function publish(store: Store, texts: Record<string, string | null>): Promise<void> {
  await store.publish(new Map(Object.entries(texts)), { expected: (await store.head())?.number ?? 0 });
}

async function textsOf(source: ReleaseSource): Promise<Record<string, string>> {
  const head = await source.head();
  const texts: Record<string, string> = {};
  for (const [id, revision] of head ? await source.manifest(head.hash) : [])
    texts[id] = await source.read(id, revision);
  return texts;
}

const live = (modules: Record<string, string>) => memoryStore({ name: 'live', modules });
const folder = (modules: Record<string, string>) => memoryStore({ name: 'folder', modules });

describe('an overlay', () => {
  it('takes each module from the first store that has it', async () => {
    const view = overlay([live({ 'a.ts': 'live a' }), folder({ 'a.ts': 'folder a', 'b.ts': 'folder b' })]);
    expect(await textsOf(view)).toEqual({ 'a.ts': 'live a', 'b.ts': 'folder b' });
    expect(view.origin('a.ts')).toEqual({ index: 0, source: 'live', hides: ['folder'] });
    expect(view.origin('b.ts')).toEqual({ index: 1, source: 'folder', hides: [] });
    expect(view.origin('c.ts')).toBe(undefined);
  });

  it('has the first store’s number, the merged hash, and each store’s share', async () => {
    const [first, second] = [live({ 'a.ts': 'a' }), folder({ 'b.ts': 'b' })];
    await publish(first, { 'a.ts': 'a2' });
    const view = overlay([first, second]);
    const head = await view.head();
    expect(head).toMatchObject({
      number: 2,
      hash: manifestHash(new Map(Object.entries({ 'a.ts': revisionOf('a2'), 'b.ts': revisionOf('b') }))),
      origins: [
        { source: 'live', number: 2, hash: (await first.head())?.hash },
        { source: 'folder', number: 1, hash: (await second.head())?.hash },
      ],
    });
  });

  it('has the number 0 while its first store has none, and no head while no store has one', async () => {
    const [first, second] = [memoryStore({ name: 'live' }), memoryStore({ name: 'folder' })];
    const view = overlay([first, second]);
    expect(await view.head()).toBe(undefined);
    await publish(second, { 'a.ts': 'a' });
    expect(await view.head()).toMatchObject({ number: 0, origins: [{ number: 0, hash: undefined }, { number: 1 }] });
  });

  it('shows the next store’s module when the first store’s is deleted', async () => {
    const first = live({ 'a.ts': 'live', 'x.ts': '' });
    const view = overlay([first, folder({ 'a.ts': 'folder' })]);
    await publish(first, { 'a.ts': null });
    expect(await textsOf(view)).toEqual({ 'a.ts': 'folder', 'x.ts': '' });
    expect(view.origin('a.ts')).toEqual({ index: 1, source: 'folder', hides: [] });
  });

  it('hides the next store’s module when the first store’s is deleted, where that is said', async () => {
    const [first, second] = [
      live({ 'a.ts': 'live a', 'b.ts': 'live b' }),
      folder({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' }),
    ];
    const view = overlay([first, second], { hide: true });
    await view.head();
    await publish(first, { 'a.ts': null });
    expect(await textsOf(view)).toEqual({ 'b.ts': 'live b', 'c.ts': 'c' });
    expect(view.origin('a.ts')).toBe(undefined);
    await publish(second, { 'a.ts': 'edited behind' });
    expect(await textsOf(view)).toEqual({ 'b.ts': 'live b', 'c.ts': 'c' });
    await publish(first, { 'a.ts': 'again' });
    expect(await textsOf(view)).toEqual({ 'a.ts': 'again', 'b.ts': 'live b', 'c.ts': 'c' });
  });

  it('hides what was deleted before anybody looked, also between two looks', async () => {
    const [first, second] = [live({ 'a.ts': 'live a', 'b.ts': 'live b' }), folder({ 'a.ts': 'a', 'd.ts': 'd' })];
    await publish(first, { 'a.ts': null });
    const view = overlay([first, second], { hide: true });
    expect(await textsOf(view)).toEqual({ 'b.ts': 'live b', 'd.ts': 'd' });
    await publish(first, { 'd.ts': 'for a moment' });
    await publish(first, { 'd.ts': null });
    expect(await textsOf(view)).toEqual({ 'b.ts': 'live b' });
    expect(await textsOf(overlay([first, second]))).toEqual({ 'a.ts': 'a', 'b.ts': 'live b', 'd.ts': 'd' });
  });

  it('cannot hide what a store without history has deleted', () => {
    const first = defineStore({ name: 'scripts of the game', read: async () => undefined });
    expect(() => overlay([first, folder({})], { hide: true })).toThrow(/scripts of the game.*history/);
    expect(overlay([live({}), first], { hide: true }).sources.length).toBe(2);
  });

  it('is shared by others where one of its stores is', () => {
    expect([
      overlay([live({})]).shared,
      overlay([live({}), Object.assign(folder({}), { shared: true })]).shared,
    ]).toEqual([false, true]);
  });

  it('R22: does not let an edit live that an earlier store hides, and says which', async () => {
    const second = folder({ 'combat.ts': 'draft 1' });
    const view = overlay([live({ 'combat.ts': 'released' }), second]);
    const before = await view.head();
    for (const draft of ['draft 2', 'draft 3', 'draft 4']) {
      await publish(second, { 'combat.ts': draft });
      const head = await view.head();
      expect(head?.hash).toBe(before?.hash);
    }
    expect(await textsOf(view)).toEqual({ 'combat.ts': 'released' });
    expect(view.origin('combat.ts')).toEqual({ index: 0, source: 'live', hides: ['folder'] });
  });

  it('still knows where a module came from in an earlier head', async () => {
    const first = live({ 'a.ts': 'live', 'x.ts': '' });
    const view = overlay([first, folder({ 'a.ts': 'folder' })]);
    const before = await view.head();
    await publish(first, { 'a.ts': null });
    await view.head();
    expect(view.origin('a.ts', before?.hash)?.source).toBe('live');
    expect(view.origin('a.ts')?.source).toBe('folder');
    const revision = (await view.manifest(before?.hash ?? '')).get('a.ts') ?? '';
    expect(await view.read('a.ts', revision)).toBe('live');
  });

  it('reads a text that two stores have from the one that still has it', async () => {
    const inner = live({ 'a.ts': 'same' });
    const forgetful: ReleaseSource = {
      name: 'forgetful',
      head: () => inner.head(),
      manifest: (hash) => inner.manifest(hash),
      read: (id) => inner.read(id, '0'),
      watch: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    const view = overlay([forgetful, folder({ 'a.ts': 'same' })]);
    await view.head();
    expect(await view.read('a.ts', revisionOf('same'))).toBe('same');
  });

  it('refuses modules of two stores that could be one file, with both names', async () => {
    const view = overlay([live({ 'npc/goblin.ts': '' }), folder({ 'npc/Goblin.ts': '' })]);
    await expect(view.head()).rejects.toThrow(/'npc\/goblin\.ts' and 'npc\/Goblin\.ts'/);
  });

  it('does not fall back to the next store when one cannot be reached', async () => {
    let up = true;
    const first = defineStore({
      name: 'live',
      list: () => ['a.ts'],
      read: () => {
        if (!up) throw new Error('connection lost');
        return 'live';
      },
    });
    const view = overlay([first, folder({ 'a.ts': 'folder' })]);
    const before = await view.head();
    up = false;
    await expect(view.head()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(view.origin('a.ts')?.source).toBe('live');
    up = true;
    expect(await view.head()).toEqual(before);
  });

  it('reads again when a store moves between its head and its manifest', async () => {
    const inner = live({ 'a.ts': 'one' });
    let moved = false;
    const source: ReleaseSource = {
      name: 'moving',
      head: () => inner.head(),
      manifest: async (hash, options) => {
        if (moved) return inner.manifest(hash, options);
        moved = true;
        await publish(inner, { 'a.ts': 'two' });
        return inner.manifest('0'.repeat(64), options);
      },
      read: (id, revision, options) => inner.read(id, revision, options),
      watch: (wake, options) => inner.watch(wake, options),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
    expect(await textsOf(overlay([source]))).toEqual({ 'a.ts': 'two' });
  });

  it('gives up on a store that never has the manifest of its head', async () => {
    const inner = live({ 'a.ts': 'one' });
    const source: ReleaseSource = {
      name: 'torn',
      head: () => inner.head(),
      manifest: () => inner.manifest('0'.repeat(64)),
      read: (id, revision) => inner.read(id, revision),
      watch: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    await expect(overlay([source]).head()).rejects.toMatchObject({ code: 'STORE_RELEASE_GONE' });
  });

  it('needs a store', () => {
    expect(() => overlay([])).toThrow(expect.objectContaining({ code: 'STORE_BAD_OPTION' }));
  });

  it('is called after its stores, or as it is told', () => {
    expect(overlay([live({}), folder({})]).name).toBe('live, then folder');
    expect(overlay([live({})], { name: 'scripts' }).name).toBe('scripts');
  });
});

describe('an overlay with a store that cannot list', () => {
  const texts = new Map<string, string>();
  const open = (modules: Record<string, string>) => {
    texts.clear();
    const first = defineStore({ name: 'hotfixes', read: (id) => texts.get(id) });
    return overlay([first, folder(modules)]);
  };

  it('asks that store first, also for what a later one has', async () => {
    const view = open({ 'a.ts': 'folder', 'b.ts': 'folder' });
    texts.set('a.ts', 'hotfix');
    await view.head();
    expect(view.origin('a.ts')?.source).toBe('folder');
    expect(await view.find?.('a.ts')).toBe(revisionOf('hotfix'));
    expect(await view.read('a.ts', revisionOf('hotfix'))).toBe('hotfix');
    expect(view.origin('a.ts')).toEqual({ index: 0, source: 'hotfixes', hides: ['folder'] });
    expect(await view.find?.('b.ts')).toBe(revisionOf('folder'));
    expect(await view.find?.('c.ts')).toBe(undefined);
    expect(await textsOf(view)).toEqual({ 'a.ts': 'hotfix', 'b.ts': 'folder' });
  });

  it('shows a hotfix for a module that was asked for before there was one', async () => {
    const view = open({ 'a.ts': 'folder' });
    expect(await view.find?.('a.ts')).toBe(revisionOf('folder'));
    const before = await view.head();
    texts.set('a.ts', 'hotfix');
    const after = await view.head();
    expect(after?.hash).not.toBe(before?.hash);
    expect(await textsOf(view)).toEqual({ 'a.ts': 'hotfix' });
    texts.delete('a.ts');
    expect((await view.head())?.hash).toBe(before?.hash);
  });

  it('has no find where every store lists', () => {
    expect(overlay([live({}), folder({})]).find).toBe(undefined);
  });
});

describe('numbers of an overlay', () => {
  it('are given by the first store, and told to each that numbers', async () => {
    const texts = new Map([['a.ts', 'one']]);
    const define = (name: string, id: string) =>
      defineStore({ name, list: () => [id], read: () => texts.get('a.ts') ?? '' });
    const [first, second] = [define('first', 'a.ts'), define('second', 'b.ts')];
    const view = overlay([live({ 'z.ts': '' }), first, second]);
    const head = await view.head();
    expect(await view.committed?.(head?.hash ?? '')).toBe(1);
    expect(await view.head()).toMatchObject({
      hash: head?.hash,
      origins: [{ number: 1 }, { number: 1 }, { number: 1 }],
    });
    texts.set('a.ts', 'two');
    const next = await view.head();
    expect(await view.committed?.(next?.hash ?? '')).toBe(1);
    expect((await view.head())?.origins.map(({ number }) => number)).toEqual([1, 2, 2]);
  });

  it('are not given where every store publishes', () => {
    expect(overlay([live({})]).committed).toBe(undefined);
  });

  it('are not given to a manifest that the overlay never showed', async () => {
    const view = overlay([defineStore({ read: () => '' })]);
    await expect(view.committed?.('0'.repeat(64))).rejects.toMatchObject({ code: 'STORE_RELEASE_GONE' });
  });
});

describe('watching an overlay', () => {
  it('passes on what the sources say about themselves', async () => {
    const source: ReleaseSource = {
      name: 'line',
      head: async () => undefined,
      manifest: async () => new Map(),
      read: async () => '',
      watch: async (_, { notice }) => notice?.({ type: 'lost', cause: 'cable' }),
      [Symbol.asyncDispose]: async () => {},
    };
    const notices: unknown[] = [];
    const watching = { signal: new AbortController().signal, notice: (notice: unknown) => void notices.push(notice) };
    await overlay([source, live({})]).watch(() => {}, watching);
    expect(notices).toEqual([{ type: 'lost', cause: 'cable' }]);
  });

  it('ends every watch when one cannot begin', async () => {
    const signals: AbortSignal[] = [];
    const good = defineStore({ read: () => '', watch: (_, { signal }) => void signals.push(signal) });
    const bad = defineStore({ read: () => '', watch: () => Promise.reject(new Error('refused')) });
    const watching = overlay([good, bad]).watch(() => {}, { signal: new AbortController().signal });
    await expect(watching).rejects.toThrow(/refused/);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });
});

describe('artifacts of an overlay', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const named = (id: string, text: string) => ({ id, revision: revisionOf(text), key: revisionOf(`${id} ${text}`) });

  it('are those of the store that a module comes from, read and written', async () => {
    const [first, second] = [live({ 'a.ts': 'a' }), folder({ 'a.ts': 'a', 'b.ts': 'b' })];
    const [a, b] = [named('a.ts', 'a'), named('b.ts', 'b')];
    const view = overlay([first, second]);
    await view.head();
    await second.artifacts?.write([{ ...a, bytes }]); // by somebody who may not say what runs as `a.ts`
    expect(await view.artifacts?.read([a, b])).toEqual(new Map());
    await view.artifacts?.write([a, b].map((name) => ({ ...name, bytes })));
    expect([...((await view.artifacts?.read([a, b])) ?? [])].map(([key]) => key)).toEqual([a.key, b.key]);
    expect((await first.artifacts?.read([a, b]))?.has(b.key)).toBe(false);
    expect((await second.artifacts?.read([a, b]))?.has(b.key)).toBe(true);
  });

  it('are none of a module that it does not show', async () => {
    const first = live({ 'a.ts': 'a' });
    const view = overlay([first]);
    await view.head();
    const hidden = { ...named('x.ts', 'x'), bytes };
    await first.artifacts?.write([hidden]);
    expect(await view.artifacts?.read([hidden])).toEqual(new Map());
  });

  it('are there where one store keeps some, and declared where all do', () => {
    const plain = defineStore({ read: () => undefined });
    const some = overlay([plain, live({})]);
    expect([some.artifacts !== undefined, some.capabilities.artifacts]).toEqual([true, undefined]);
    expect([overlay([plain]).artifacts, overlay([live({}), folder({})]).capabilities.artifacts]).toEqual([
      undefined,
      true,
    ]);
  });
});

describe('disposing of an overlay', () => {
  it('disposes of its stores, unless they are not its own', async () => {
    const [mine, theirs] = [live({}), live({})];
    await overlay([mine])[Symbol.asyncDispose]();
    await overlay([theirs], { owned: false })[Symbol.asyncDispose]();
    await expect(mine.head()).rejects.toMatchObject({ code: 'STORE_DISPOSED' });
    expect(await theirs.head()).toBeDefined();
  });
});
