/**
 * A game for a debugger: a process of its own that follows a folder and does what its parent says.
 *
 * `open` opens the inspector on a free port of the loopback and answers with its address; `start` makes the host.
 */

import inspector from 'node:inspector';
import { folderStore } from '@rekindle/store-fs';
import { createHost } from 'rekindle';

const [folder = ''] = process.argv.slice(2);
const commands: Record<string, () => unknown> = {
  open() {
    inspector.open(0, '127.0.0.1');
    return inspector.url();
  },
  async start() {
    const host = createHost({ stores: [folderStore(folder)], cache: false });
    Object.assign(globalThis, { host, goblin: await host.import('npc/goblin.ts') });
  },
};

process.on('message', async (name: string) => process.send?.({ answer: await commands[name]?.() }));
process.once('disconnect', () => process.exit());
