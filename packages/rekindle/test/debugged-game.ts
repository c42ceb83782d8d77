/**
 * A game for a debugger: a process of its own that follows a folder and does what its parent says.
 *
 * `open` opens the inspector on a free port of the loopback and answers with its address; `start` makes the host;
 * `sync` answers how the newest files were decided; `call step` and `call think` call the script.
 *
 * The parent says it over the process's own channel, not by `Runtime.evaluate`: Node runs that wherever the game's code
 * just is, also at the entry of a function whose scope V8 has not made yet, and a breakpoint that is met from there ends
 * the process ("Check failed: needs_context && current_scope_ == closure_scope_", https://github.com/nodejs/node/issues/57606).
 */

import inspector from 'node:inspector';
import { folderStore } from '@rekindle/store-fs';
import { createHost, type Host } from 'rekindle';

interface Goblin {
  step(): string;
  think(): number;
}

const [folder = ''] = process.argv.slice(2);
let host: Host | undefined;
let goblin: Goblin | undefined;

const commands: Record<string, () => unknown> = {
  open() {
    inspector.open(0, '127.0.0.1');
    return inspector.url();
  },
  async start() {
    host = createHost({ stores: [folderStore(folder)], cache: false });
    goblin = (await host.import('npc/goblin.ts')) as unknown as Goblin;
  },
  sync: async () => (await host?.sync())?.status,
  'call step': () => goblin?.step(),
  'call think': () => goblin?.think(),
};

process.on('message', async (name: string) => process.send?.({ answer: await commands[name]?.() }));
process.once('disconnect', () => process.exit());
