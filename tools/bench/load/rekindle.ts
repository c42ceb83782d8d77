// The child that loads a folder of modules with Rekindle: `node rekindle.ts FOLDER ROOT`. Answers with the milliseconds from
// the making of the host to the first answer of the graph. The SDK itself is loaded before, without the compiler, which it
// loads when there is something to compile.
import { folderStore } from '@rekindle/store-fs';
import { createHost } from 'rekindle';
import type { LoadReport } from '../load.ts';

const [folder = '', root = ''] = process.argv.slice(2);

const [start, processor] = [performance.now(), process.cpuUsage()];
const host = createHost({ stores: [folderStore(folder)] });
const { visit } = (await host.import(root)) as { visit(visitor: { id: number; health: number }): number };
const answers = [visit({ id: 1, health: 1 })];
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(processor);
const report: LoadReport = { milliseconds, processor: (user + system) / 1000, answers };
process.send?.(report);
await host.close();
process.disconnect?.();
