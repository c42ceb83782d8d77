// The child that loads a folder of modules with Node itself: `node native.mjs FOLDER ROOT`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '', root = ''] = process.argv.slice(2);
const [start, processor] = [performance.now(), process.cpuUsage()];
const { visit } = await import(pathToFileURL(join(folder, root)).href);
const answers = [visit({ id: 1, health: 1 })];
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(processor);
process.send?.({ milliseconds, processor: (user + system) / 1000, answers });
process.disconnect();
