// The game of the proof `nodes`: every line that it prints is one that the proof waits for.
import { createHost, memoryStore } from 'rekindle';

const store = memoryStore();
let number = 0;
const publish = async (text: string) => {
  ({ number } = await store.publish(new Map([['main.ts', text]]), { expected: number }));
};

console.log(`node ${process.version}`);
const host = createHost({ stores: [store] });
await publish(`
  import { state } from 'rekindle/script';
  import { setInterval } from 'node:timers';
  export const version: number = 1;
  export const kept = state('kept', () => ({ since: version }));
  setInterval(() => {}, 1_000);
`);
const main = (await host.import('main.ts')) as { readonly version: number; readonly kept: { readonly since: number } };
console.log(`loaded ${main.version}`);

await publish(`
  import { state } from 'rekindle/script';
  export const version: number = 2;
  export const kept = state('kept', () => ({ since: version }));
`);
const committed = await host.sync();
if (main.kept.since !== 1) throw new Error(`The state was not kept: ${main.kept.since}`);
console.log(`${committed.status} ${main.version}`);

await publish('export const version = ;');
const refused = await host.sync();
const code = refused.status === 'refused' ? refused.diagnostics[0]?.code : undefined;
console.log(`${refused.status} ${code}, still ${main.version}`);

await host.close();
console.log('closed');
