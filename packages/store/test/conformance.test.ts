import { describe, expect, it } from 'vitest';
import { testStore } from '../src/conformance/index.ts';
import { type Changes, defineStore, memoryStore, overlay, type Store, type StoreDefinition } from '../src/index.ts';
import { handle } from './broken-stores.ts';

const runner = { describe, it, expect };

/** A place outside that a defined store reads: what a game's own database would be. */
function outside() {
  const texts = new Map<string, string>();
  const listeners = new Set<() => void>();
  const write = async (changes: Changes) => {
    for (const [id, text] of changes) if (text === null) texts.delete(id);
    for (const [id, text] of changes) if (text !== null) texts.set(id, text);
    for (const listener of listeners) listener();
  };
  const read = async (id: string) => texts.get(id);
  const list = async () => texts.keys();
  const watch = (wake: () => void, { signal }: { signal: AbortSignal }) => {
    listeners.add(wake);
    signal.addEventListener('abort', () => listeners.delete(wake));
  };
  return { write, read, list, watch };
}

function defined(pick: (place: ReturnType<typeof outside>) => StoreDefinition) {
  return () => {
    const place = outside();
    return { store: defineStore(pick(place)), write: place.write };
  };
}

/** Writes into one store of an overlay, as somebody who has that store would. */
function into(store: Store) {
  return async (changes: Changes) => {
    await store.publish(changes, { expected: (await store.head())?.number ?? 0 });
  };
}

await testStore(runner, 'memoryStore', () => ({ store: memoryStore() }));

await testStore(runner, 'memoryStore, opened twice', () => {
  const inner = memoryStore();
  return { store: handle(inner), again: async () => handle(inner) };
});

await testStore(
  runner,
  'defineStore with read',
  defined(({ read }) => ({ read })),
);
await testStore(
  runner,
  'defineStore with read and list',
  defined(({ read, list }) => ({ read, list })),
);
await testStore(
  runner,
  'defineStore with read and watch',
  defined(({ read, watch }) => ({ read, watch })),
);
await testStore(
  runner,
  'defineStore with read, list and watch',
  defined(({ read, list, watch }) => ({ read, list, watch })),
);

await testStore(runner, 'overlay of one', () => {
  const store = memoryStore();
  return { store: overlay([store]), write: into(store) };
});

await testStore(runner, 'overlay, written to its first store', () => {
  const first = memoryStore();
  return { store: overlay([first, memoryStore()]), write: into(first) };
});

await testStore(runner, 'overlay in which a deletion hides, written to its first store', () => {
  const first = memoryStore();
  return { store: overlay([first, memoryStore()], { hide: true }), write: into(first) };
});

await testStore(runner, 'overlay in which a deletion hides, written to its last store', () => {
  const last = memoryStore();
  return { store: overlay([memoryStore(), last], { hide: true }), write: into(last) };
});

await testStore(runner, 'overlay, written to its last store', () => {
  const last = memoryStore();
  return { store: overlay([memoryStore(), last]), write: into(last) };
});

await testStore(runner, 'overlay of a store that cannot list and one that can', () => {
  const place = outside();
  const store = overlay([defineStore({ read: place.read, watch: place.watch }), memoryStore()]);
  return { store, write: place.write };
});
