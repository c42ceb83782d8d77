// The game of README's second section, as small as it can be and still run: `prove -- packages` compiles it in an empty
// project with what npm would install there.
import { folderStore } from '@rekindle/store-fs';
import { createHook, createHost } from 'rekindle';
import { world } from './world.js';

export const tick = createHook<(dt: number) => void>('tick');

const host = createHost({
  stores: [folderStore('scripts')],
  modules: { '@arena/api': { ...world.api, onTick: tick.add } },
});

host.on('reload:refused', ({ diagnostics }) => world.tellAdmins(diagnostics));
host.on('reload:committed', ({ modules }) => console.log(`committed ${modules?.join(', ')}`));

await host.start({ entries: ['main.ts'] });
const loop = setInterval(() => tick.call(16), 16);
process.once('SIGTERM', () => {
  clearInterval(loop);
  void host.close();
});
