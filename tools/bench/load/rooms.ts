// The child that loads one folder of modules in many namespaces: `node --expose-gc rooms.ts FOLDER ROOT COUNT`. Answers with
// the milliseconds that each took to its first answer, and the heap that each holds, when garbage has been collected.
import { setImmediate as turn } from 'node:timers/promises';
import { folderStore } from '@rekindle/store-fs';
import { createHost } from 'rekindle';
import type { RoomsReport } from '../load.ts';

interface Root {
  visit(visitor: { id: number; health: number }): number;
}

/** Namespaces that are not counted: with them V8 has compiled and seen everything. */
const WARMUP = 20;

const [folder = '', root = '', count = '0'] = process.argv.slice(2);
const host = createHost({ stores: [folderStore(folder)] });
const milliseconds: number[] = [];
const answers: number[] = [];

async function open(name: string): Promise<void> {
  const start = performance.now();
  const namespace = await host.namespace(name, { entries: [root] });
  const { visit } = (await namespace.import(root)) as Root;
  answers.push(visit({ id: 1, health: 1 }));
  milliseconds.push(performance.now() - start);
}

async function heap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

for (let index = 0; index < WARMUP; index += 1) await open(`first-${index}`);
milliseconds.length = 0;
const before = await heap();
for (let index = 0; index < Number(count); index += 1) {
  await open(`room-${index}`);
  await turn(); // a server would have turned its loop
}
const report: RoomsReport = { milliseconds, answers, bytes: ((await heap()) - before) / Number(count) };
process.send?.(report);
await host.close();
process.disconnect?.();
