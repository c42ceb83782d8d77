// Compiles modules for other hosts, in a process of its own: what it is sent, it seals, and sends back.
import type { StoredArtifact } from '@rekindle/store';
import { memoryStore, writeArtifacts } from 'rekindle';

const store = memoryStore();
const { artifacts } = store;
if (artifacts === undefined) throw new Error('The store keeps no artifacts.');
let written: StoredArtifact[] = [];
artifacts.write = async (made) => {
  written.push(...made);
};

process.on('message', async (changes: ReadonlyMap<string, string>) => {
  await writeArtifacts(store, { changes });
  process.send?.(written);
  written = [];
});
